"""Plans: what a manager wants of a field or a record type, as one value that forms make and commands check."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.core.choices import Option
from app.core.words import OwnWords
from app.shaping.models import Kind, Personal, ShapingField

# Enough for measures of every trade, and one storage for all numbers: more decimals later need no new column.
STORED_PLACES = 4
NO_WORDS = OwnWords()
_WORDS = ("label", "help", "group")
_FLAGS = ("required", "is_unique", "sortable", "searchable", "filterable", "in_list")


@dataclass(frozen=True)
class Settings:
    """What only some kinds have: options, decimal places and unit, a link's target, first value, condition.

    `default` are raw texts. `when` is another field's name and `when_values` its raw values for which this one shows.
    """

    options: tuple[Option, ...] = ()
    places: int = 0
    unit: OwnWords = NO_WORDS
    to: str = ""
    default: tuple[str, ...] = ()
    when: str = ""
    when_values: tuple[str, ...] = ()

    def as_text(self) -> str:
        """Return the settings as the JSON text that is stored."""
        options = [
            {"key": each.value, **each.label.as_json(), **({"retired": True} if each.retired else {})}
            for each in self.options
        ]
        document = {
            "options": options,
            "places": self.places,
            "unit": self.unit.as_json() if self.unit else None,
            "to": self.to,
            "default": list(self.default),
            "when": self.when,
            "when_values": list(self.when_values),
        }
        return json.dumps({name: value for name, value in document.items() if value}, ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> Settings:
        """Return the settings of a stored text."""
        found: Mapping[str, Any] = json.loads(text or "{}")
        options = tuple(
            Option(each["key"], OwnWords.from_json(each), bool(each.get("retired")))
            for each in found.get("options", ())
        )
        return cls(
            options=options,
            places=int(found.get("places", 0)),
            unit=OwnWords.from_json(found.get("unit")),
            to=str(found.get("to", "")),
            default=tuple(found.get("default", ())),
            when=str(found.get("when", "")),
            when_values=tuple(found.get("when_values", ())),
        )


@dataclass(frozen=True)
class FieldPlan:
    """A field as a manager wants it."""

    kind: Kind
    label: OwnWords
    help: OwnWords = NO_WORDS
    group: OwnWords = NO_WORDS
    required: bool = False
    is_unique: bool = False
    sortable: bool = False
    searchable: bool = False
    filterable: bool = False
    in_list: bool = False
    personal: Personal = Personal.NONE
    settings: Settings = field(default_factory=Settings)

    @property
    def is_indexed(self) -> bool:
        """Whether an index stands behind the field."""
        keyed = self.kind in (Kind.LINK, Kind.FILE)
        return keyed or self.is_unique or self.sortable or self.searchable

    def as_text(self) -> str:
        """Return the plan as the JSON text that a long change keeps."""
        words = {name: getattr(self, name).as_json() for name in _WORDS}
        flags = {name: getattr(self, name) for name in _FLAGS}
        rest = {"kind": self.kind.value, "personal": self.personal.value, "settings": self.settings.as_text()}
        return json.dumps({**words, **flags, **rest}, ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> FieldPlan:
        """Return the plan that `as_text` wrote."""
        found: Mapping[str, Any] = json.loads(text)
        words: dict[str, Any] = {name: OwnWords.from_json(found[name]) for name in _WORDS}
        flags: dict[str, Any] = {name: bool(found[name]) for name in _FLAGS}
        kind, personal = Kind(found["kind"]), Personal(found["personal"])
        return cls(kind, personal=personal, settings=Settings.from_text(found["settings"]), **words, **flags)


@dataclass(frozen=True)
class TypePlan:
    """A record type as a manager wants it; `roles` are the numbers of the roles that may use it from the start."""

    label: OwnWords
    plural: OwnWords = NO_WORDS
    title: OwnWords = NO_WORDS
    icon: str = "box"
    roles: tuple[int, ...] = ()


def plan_of(row: ShapingField) -> FieldPlan:
    """Return what stands in a definition's row."""
    return FieldPlan(
        kind=row.kind,
        label=row.label,
        help=row.help,
        group=row.group,
        required=row.required,
        is_unique=row.is_unique,
        sortable=row.sortable,
        searchable=row.searchable,
        filterable=row.filterable,
        in_list=row.in_list,
        personal=row.personal,
        settings=Settings.from_text(row.settings),
    )


def write_plan(row: ShapingField, plan: FieldPlan) -> None:
    """Put a plan into a definition's row."""
    row.kind = plan.kind
    row.label_zh, row.label_en = plan.label.zh_Hans, plan.label.en
    row.help_zh, row.help_en = plan.help.zh_Hans, plan.help.en
    row.group_zh, row.group_en = plan.group.zh_Hans, plan.group.en
    row.required, row.is_unique = plan.required, plan.is_unique
    row.sortable, row.searchable = plan.sortable, plan.searchable
    row.filterable, row.in_list = plan.filterable, plan.in_list
    row.personal = plan.personal
    row.settings = plan.settings.as_text()
