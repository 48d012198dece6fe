"""Ready-made sets of fields for trades that have no slice of their own: health care, finance, education."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.choices import Option
from app.core.errors import NotFound
from app.core.words import OwnWords
from app.shaping.definitions import read_definitions
from app.shaping.models import Kind, Personal
from app.shaping.plans import FieldPlan, Settings
from app.shaping.services import add_fields


@dataclass(frozen=True)
class FieldSet:
    """A set: what it is called, the screens it is offered for, and its fields."""

    label: Any
    screens: tuple[str, ...]
    fields: tuple[FieldPlan, ...]


def _options(*labels: tuple[str, str]) -> tuple[Option, ...]:
    return tuple(
        Option(f"o{number}", OwnWords(chinese, english)) for number, (chinese, english) in enumerate(labels)
    )


_VISIT = OwnWords("就诊", "Visits")
_ACCOUNT = OwnWords("账户与信用", "Accounts and credit")
_LEARNING = OwnWords("学习", "Learning")

SETS: Mapping[str, FieldSet] = {
    "health": FieldSet(
        _l("Health care"),
        ("people:customer",),
        (
            FieldPlan(Kind.LONG_TEXT, OwnWords("过敏史", "Allergies"), group=_VISIT, personal=Personal.HEALTH),
            FieldPlan(
                Kind.LONG_TEXT, OwnWords("既往病史", "Medical history"), group=_VISIT, personal=Personal.HEALTH
            ),
            FieldPlan(
                Kind.LONG_TEXT, OwnWords("正在服用的药", "Present medication"), group=_VISIT,
                personal=Personal.HEALTH,
            ),
            FieldPlan(
                Kind.DATE, OwnWords("上次就诊", "Last visit"), group=_VISIT, sortable=True, filterable=True,
                in_list=True, personal=Personal.HEALTH,
            ),
            FieldPlan(
                Kind.CHOICE, OwnWords("血型", "Blood group"), group=_VISIT, filterable=True,
                personal=Personal.HEALTH,
                settings=Settings(options=_options(("A 型", "A"), ("B 型", "B"), ("AB 型", "AB"), ("O 型", "O"))),
            ),
        ),
    ),
    "finance": FieldSet(
        _l("Finance"),
        ("people:customer",),
        (
            FieldPlan(
                Kind.TEXT, OwnWords("账号", "Account number"), group=_ACCOUNT, is_unique=True, searchable=True,
                personal=Personal.FINANCIAL,
            ),
            FieldPlan(
                Kind.MONEY, OwnWords("余额", "Balance"), group=_ACCOUNT, sortable=True, filterable=True,
                in_list=True, personal=Personal.FINANCIAL,
            ),
            FieldPlan(
                Kind.NUMBER, OwnWords("信用评分", "Credit score"), group=_ACCOUNT, sortable=True,
                filterable=True, personal=Personal.FINANCIAL,
            ),
            FieldPlan(
                Kind.CHOICE, OwnWords("风险等级", "Risk class"), group=_ACCOUNT, filterable=True, in_list=True,
                personal=Personal.FINANCIAL,
                settings=Settings(options=_options(("低", "Low"), ("中", "Medium"), ("高", "High"))),
            ),
        ),
    ),
    "education": FieldSet(
        _l("Education"),
        ("people:customer",),
        (
            FieldPlan(Kind.TEXT, OwnWords("学校", "School"), group=_LEARNING, filterable=True),
            FieldPlan(
                Kind.CHOICE, OwnWords("年级", "Year"), group=_LEARNING, filterable=True, in_list=True,
                settings=Settings(
                    options=_options(("小学", "Primary"), ("初中", "Lower secondary"), ("高中", "Upper secondary"),
                                     ("大学", "University"), ("成人", "Adult"))
                ),
            ),
            FieldPlan(Kind.LONG_TEXT, OwnWords("学习进度", "Progress"), group=_LEARNING),
            FieldPlan(
                Kind.NUMBER, OwnWords("最近成绩", "Latest mark"), group=_LEARNING, sortable=True,
                filterable=True, settings=Settings(places=1),
            ),
            FieldPlan(Kind.LONG_TEXT, OwnWords("教学计划", "Teaching plan"), group=_LEARNING),
        ),
    ),
}  # fmt: skip


def offered_sets(screen_name: str) -> list[tuple[str, str]]:
    """Return the sets for a screen, by key and label."""
    return [(key, str(each.label)) for key, each in SETS.items() if screen_name in each.screens]


def add_set(screen_name: str, key: str) -> int:
    """Add those fields of a set whose names are still free, and return how many; raise `NotFound` for another set."""
    chosen = SETS.get(key)
    if chosen is None or screen_name not in chosen.screens:
        raise NotFound()
    rows = read_definitions().of(screen_name)
    missing = [plan for plan in chosen.fields if not any(row.label == plan.label for row in rows)]
    return len(add_fields(screen_name, missing)) if missing else 0
