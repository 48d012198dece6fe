"""Converting: a field of another kind is made beside the old one and filled from it; the old one is parked.

Nothing is lost whatever fits or not: the old values stay where they are, and a report names what did not fit.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from app.access.version import bump_version
from app.core import fields
from app.core.choices import Option
from app.core.database import db
from app.core.declaration import Screen
from app.core.errors import Invalid
from app.core.fields import Field, FieldProblem
from app.core.fields.options import MOST_OPTIONS
from app.core.permissions import require
from app.core.transaction import command
from app.core.words import OwnWords
from app.panel.columns import title_of, token_of
from app.panel.loading import loading
from app.shaping.checking import extensible_screen
from app.shaping.definitions import find_field, read_definitions
from app.shaping.kinds import WITH_OPTIONS, field_of
from app.shaping.models import LONGEST_LABEL, Kind, ShapingField, State
from app.shaping.plans import FieldPlan, plan_of, write_plan
from app.shaping.services import FIELD_CHANGE, add_field, new_code
from app.shaping.shapes import load_shapes

CHUNK = 500
MOST_EXAMPLES = 20
# More than this takes longer than a person waits for a page.
MOST_RECORDS = 100_000
# Which kinds a field's values may be read as; links and files are nothing else.
KINDS: dict[Kind, tuple[Kind, ...]] = {
    Kind.TEXT: (Kind.LONG_TEXT, Kind.NUMBER, Kind.MONEY, Kind.DATE, Kind.CHOICE, Kind.CHOICES, Kind.ANSWER),
    Kind.LONG_TEXT: (Kind.TEXT,),
    Kind.NUMBER: (Kind.TEXT, Kind.MONEY),
    Kind.MONEY: (Kind.TEXT, Kind.NUMBER),
    Kind.DATE: (Kind.TEXT,),
    Kind.CHOICE: (Kind.TEXT, Kind.CHOICES),
    Kind.CHOICES: (Kind.TEXT, Kind.LONG_TEXT),
    Kind.ANSWER: (Kind.TEXT,),
}


@dataclass
class Report:
    """How many values fitted, and of those that did not: how many, and some of them with where they stand."""

    fitted: int = 0
    left: int = 0
    examples: list[tuple[str, str, str]] = field(default_factory=list)


def convert_field(field_id: uuid.UUID, kind: Kind, most: int = MOST_RECORDS) -> Report:
    """Make a field of `kind` out of this one, park this one, and report what did not fit.

    Raises `Invalid` when the kinds don't go together or more than `most` records would have to be read.
    """
    require(FIELD_CHANGE)
    row = find_field(field_id)
    screen = extensible_screen(row.screen)
    before, name = plan_of(row), row.name
    if kind not in KINDS.get(row.kind, ()):
        raise Invalid({"kind": _("Please choose one of the list.")})
    old = field_of(name, before)
    _require_few(screen, old, most)
    wanted = _plan(before, kind, screen, old)
    # The name is taken as long as the old field has it, so the new one is named at the end.
    interim = replace(wanted, label=OwnWords(en=f"{new_code(())} {new_code(())}"), required=False)
    new_id = add_field(row.screen, interim)
    load_shapes()
    report = _copy(screen, old, field_of(find_field(new_id).name, wanted))
    _change_places(field_id, new_id, wanted)
    return report


def _require_few(screen: Screen, old: Field, most: int) -> None:
    column = getattr(screen.model, old.column)
    keys = select(screen.model.id).where(column.is_not(None)).offset(most).limit(1)
    if db.session.scalar(keys) is not None:
        raise Invalid(
            {
                "": _(
                    "More than %(most)d records have a value here: too many to go through at once.", most=most
                )
            }
        )


def _plan(before: FieldPlan, kind: Kind, screen: Screen, old: Field) -> FieldPlan:
    settings = replace(before.settings, default=())
    if kind in WITH_OPTIONS and before.kind not in WITH_OPTIONS:
        settings = replace(settings, options=tuple(_options(screen, old)))
    if kind is Kind.NUMBER:
        settings = replace(settings, places=2)
    return replace(before, kind=kind, settings=settings, is_unique=False)


def _options(screen: Screen, old: Field) -> Iterable[Option]:
    """Yield an option for each different text; raise `Invalid` when there are too many to be choices."""
    column = getattr(screen.model, old.column)
    texts = db.session.scalars(
        select(column).where(column.is_not(None)).distinct().order_by(column).limit(MOST_OPTIONS + 1)
    ).all()
    if len(texts) > MOST_OPTIONS:
        raise Invalid(
            {"": _("There are more than %(most)d different texts: too many for choices.", most=MOST_OPTIONS)}
        )
    if not texts:
        raise Invalid({"": _("There is no text yet that choices could be made of.")})
    taken: set[str] = set()
    # What is longer than a choice's name may be does not fit and is told so.
    for text in (each for each in texts if len(each) <= LONGEST_LABEL):
        code = new_code(taken)
        taken.add(code)
        yield Option(code, OwnWords(text, text))


def _copy(screen: Screen, old: Field, new: Field) -> Report:
    """Read every record with a value and write what can be read as the new kind, chunk by chunk."""
    report = Report()
    last: uuid.UUID | None = None
    while True:
        last = _copy_chunk(screen, old, new, last, report)
        if last is None:
            return report


@command(FIELD_CHANGE)
def _copy_chunk(
    screen: Screen, old: Field, new: Field, after: uuid.UUID | None, report: Report
) -> uuid.UUID | None:
    model = screen.model
    query = (
        select(model)
        .options(*loading(screen, [old.name]))
        .where(getattr(model, old.column).is_not(None))
        .order_by(model.id)
        .limit(CHUNK)
    )
    if after is not None:
        query = query.where(model.id > after)
    records = db.session.scalars(query).all()
    for record in records:
        value = getattr(record, old.name)
        try:
            setattr(record, new.name, new.parse(_texts(old, new, value)))
            report.fitted += 1
        except FieldProblem:
            report.left += 1
            if len(report.examples) < MOST_EXAMPLES:
                address = screen.path + token_of(screen, record)
                report.examples.append((title_of(screen, record), old.display(value), address))
    return records[-1].id if records else None


def _texts(old: Field, new: Field, value: Any) -> list[str]:
    """Return a value as it would be typed into the new field: choices by their names, or by key among the same ones."""
    if isinstance(old, fields.OneChoice):
        return [value if isinstance(new, fields.ManyChoices) else old.display(value)]
    if isinstance(old, fields.ManyChoices | fields.Answer):
        return [old.display(value)]
    return [old.export(value)]


@command(FIELD_CHANGE)
def _change_places(old_id: uuid.UUID, new_id: uuid.UUID, plan: FieldPlan) -> None:
    """Give the new field the old one's name and place, and park the old one under a name of its own."""
    bump_version()
    old, new = find_field(old_id), find_field(new_id)
    write_plan(new, plan)
    new.position, old.position = old.position, new.position
    old.state = State.PARKED
    _rename(old, old.label)
    for other in read_definitions().of(old.screen):
        settings = plan_of(other).settings
        if settings.when == old.name:
            other.settings = replace(settings, when=new.name).as_text()


def _rename(row: ShapingField, label: OwnWords) -> None:
    kind = str(row.kind.label)
    row.label_zh = f"{label.zh_Hans[:40]} ({kind})" if label.zh_Hans else ""
    row.label_en = f"{label.en[:40]} ({kind})" if label.en else ""
