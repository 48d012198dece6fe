"""Kinds of own fields: which declared field, which columns and which index each of them is."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Date, ForeignKey, String, Table, Text
from sqlalchemy.types import TypeEngine

from app.core import fields
from app.core.choices import KeyList
from app.core.keys import Key
from app.core.quantity import Quantity
from app.core.upload import Upload
from app.shaping.models import Kind, Personal
from app.shaping.plans import STORED_PLACES, FieldPlan

# MariaDB wants a length to index a text, and all such texts of a row together have 65535 bytes: this is enough for
# a line and leaves room for as many of them as can be indexed.
LONGEST_LINE = 190
_OPTION_KEY = 8
_LARGEST = Decimal(10) ** 14

SORTABLE = {Kind.TEXT, Kind.NUMBER, Kind.MONEY, Kind.DATE}
SEARCHABLE = {Kind.TEXT}
UNIQUE = {Kind.TEXT, Kind.NUMBER}
FILTERABLE = set(Kind) - {Kind.FILE}
WITH_DEFAULT = set(Kind) - {Kind.LINK, Kind.FILE}
WITH_OPTIONS = {Kind.CHOICE, Kind.CHOICES}
CONTROLLING = {Kind.CHOICE, Kind.CHOICES, Kind.ANSWER}


@dataclass(frozen=True)
class OwnIndex:
    """An index behind an own field: for sorting and searching it ends with the key, a unique one does not."""

    name: str
    columns: tuple[str, ...]
    unique: bool = False


def field_of(name: str, plan: FieldPlan) -> fields.Field:  # noqa: PLR0911 - one line a kind
    """Return the field that the panel shows for a plan."""
    settings = plan.settings
    shared: dict[str, Any] = {
        "help": plan.help,
        "required": plan.required,
        "default": settings.default,
        "visible_when": (settings.when, settings.when_values) if settings.when else (),
        "personal": "" if plan.personal is Personal.NONE else plan.personal.value,
    }
    match plan.kind:
        case Kind.TEXT:
            return fields.Text(name, plan.label, max_length=LONGEST_LINE, **shared)
        case Kind.LONG_TEXT:
            return fields.LongText(name, plan.label, **shared)
        case Kind.NUMBER:
            return fields.Quantity(
                name, plan.label, scale=settings.places, least=-_LARGEST, most=_LARGEST, unit=settings.unit,
                **shared,
            )  # fmt: skip
        case Kind.MONEY:
            return fields.Money(name, plan.label, may_be_negative=True, **shared)
        case Kind.DATE:
            return fields.Date(name, plan.label, **shared)
        case Kind.CHOICE:
            return fields.OneChoice(name, plan.label, choices=settings.options, **shared)
        case Kind.CHOICES:
            return fields.ManyChoices(name, plan.label, choices=settings.options, **shared)
        case Kind.ANSWER:
            return fields.Answer(name, plan.label, **shared)
        case Kind.LINK:
            return fields.Link(name, plan.label, to=settings.to, **shared)
        case Kind.FILE:
            return fields.File(name, plan.label, **shared)


def columns_of(  # noqa: PLR0911 - one line a kind
    name: str, plan: FieldPlan, target: Table | None = None
) -> tuple[Column[Any], ...]:
    """Return the columns of a field, all of them nullable; `target` is the table that a link points to.

    An INSERT that says nothing of them leaves them out, so code that does not know the field costs nothing more
    and works while another process is just adding it.
    """
    match plan.kind:
        case Kind.TEXT:
            return (_column(name, _text(plan)),)
        case Kind.LONG_TEXT:
            return (_column(name, Text()),)
        case Kind.NUMBER:
            return (_column(name, Quantity(STORED_PLACES)),)
        case Kind.MONEY:
            return _column(f"{name}_minor", BigInteger()), _column(f"{name}_currency", String(3))
        case Kind.DATE:
            return (_column(name, Date()),)
        case Kind.CHOICE:
            return (_column(name, String(_OPTION_KEY)),)
        case Kind.CHOICES:
            return (_column(name, KeyList()),)
        case Kind.ANSWER:
            return (_column(name, Boolean()),)
        case Kind.LINK:
            assert target is not None, "a link points to a table"
            key = next(iter(target.primary_key))
            return (_column(f"{name}_id", key.type, key),)
        case Kind.FILE:
            return (_column(f"{name}_id", Key(), Upload.__table__.c.id),)


def indexes_of(code: str, plan: FieldPlan) -> tuple[OwnIndex, ...]:
    """Return the indexes that a plan needs."""
    name = f"x_{code}"
    column = {Kind.MONEY: f"{name}_minor", Kind.LINK: f"{name}_id", Kind.FILE: f"{name}_id"}.get(
        plan.kind, name
    )
    found = []
    if plan.sortable or plan.searchable or plan.kind in (Kind.LINK, Kind.FILE):
        found.append(OwnIndex(f"ix_own_{code}", (column, "id")))
    if plan.is_unique:
        found.append(OwnIndex(f"uq_own_{code}", (column,), unique=True))
    return tuple(found)


def _column(name: str, kind: TypeEngine[Any], target: Column[Any] | None = None) -> Column[Any]:
    # "Use alter" keeps the foreign key out of the order in which tables are emptied and made: own links may
    # go round in a circle.
    links = [ForeignKey(target, use_alter=True)] if target is not None else []
    return Column(name, kind.evaluates_none(), *links, nullable=True)


def _text(plan: FieldPlan) -> TypeEngine[Any]:
    """Return a text that compares by code point; MariaDB can index it with a length only."""
    length = String(LONGEST_LINE) if plan.is_indexed else Text()
    kind = Text().with_variant(Text(collation="C"), "postgresql")
    return kind.with_variant(length, "mysql", "mariadb")
