"""The verbs of shaping: fields and record types are made, changed, parked, taken back and deleted for good.

A table is changed first, its definition is written after: a column that no definition names is seen by nobody, and
whoever changes something next sweeps it away. So a change that is cut off anywhere leaves nothing half made.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from flask_babel import gettext as _
from sqlalchemy import Column

from app.access.permission_sync import declared_permissions, sync_permissions
from app.access.roles import grant_to_roles
from app.access.version import bump_version
from app.core.database import db
from app.core.errors import Conflict, Invalid, NotFound
from app.core.kernel import kernel
from app.core.permissions import record_permissions, require
from app.core.transaction import command
from app.shaping import works
from app.shaping.altering import LARGE, Altering, altering
from app.shaping.checking import (
    check_indexes,
    check_room,
    checked_field,
    checked_fields,
    checked_type,
    extensible_screen,
)
from app.shaping.definitions import Definitions, find_field, find_type, new_code, read_definitions
from app.shaping.errors import StillInUse
from app.shaping.indexing import begin_index, index_or_refuse, prepare, waits_for_an_index
from app.shaping.kinds import UNIQUE, columns_of, indexes_of
from app.shaping.mapping import table_of, type_class
from app.shaping.models import Kind, ShapingField, ShapingType, State
from app.shaping.plans import STORED_PLACES, FieldPlan, TypePlan, plan_of, write_plan
from app.shaping.rights import FIELD_CHANGE, TYPE_CHANGE
from app.shaping.stored import holds_more_than, table_name
from app.shaping.sweeping import sweep

_NOUN = re.compile(r"[a-z][a-z0-9_]{1,30}")


# --- Fields ------------------------------------------------------------------------------------------


def add_field(screen_name: str, plan: FieldPlan) -> uuid.UUID:
    """Add a field to a screen and return its definition's key; every process shows it from its next request on.

    Raises `Invalid`, `NotFound` for a screen that takes no fields, `TableInUse`, `TableFull`.
    """
    return add_fields(screen_name, [plan])[0]


def add_fields(screen_name: str, plans: Sequence[FieldPlan]) -> list[uuid.UUID]:
    """Add several fields at once, all of them or none."""
    require(FIELD_CHANGE)
    screen = extensible_screen(screen_name)
    with altering() as tables:
        definitions = read_definitions()
        wanted = checked_fields(plans, screen, definitions)
        check_room(screen_name, wanted, definitions)
        position = max((row.position for row in definitions.of(screen_name)), default=0) + 1
        sweep(tables, definitions)
        made = _columns(screen_name, wanted, definitions)
        is_large = _makes_indexes_later(made.table)
        # A transaction of our own that has read these tables would stand in our own way.
        db.session.rollback()
        tables.add_columns(made.table, made.columns)
        at_once = [
            waits_for_an_index(code, None, plan) if is_large else plan
            for code, plan in zip(made.codes, wanted, strict=True)
        ]
        for code, plan in zip(made.codes, at_once, strict=True):
            for index in indexes_of(code, plan):
                tables.make_index(made.table, index)
        return _store_fields(screen_name, list(zip(made.codes, at_once, wanted, strict=True)), position)


def _makes_indexes_later(table: str) -> bool:
    """Say whether a table is so large that an index is a worker's work."""
    return kernel().enqueue is not None and holds_more_than(table, LARGE)


@dataclass(frozen=True)
class _Columns:
    """What new fields need: the table, a code for each and all their columns."""

    table: str
    codes: list[str]
    columns: list[Column[Any]]


def _columns(screen_name: str, plans: Sequence[FieldPlan], definitions: Definitions) -> _Columns:
    model = definitions.model_of(screen_name)
    if model is None:
        raise NotFound()
    made, taken = _Columns(table_of(model).name, [], []), definitions.used | works.reserved_codes()
    for plan in plans:
        target = definitions.model_of(plan.settings.to) if plan.kind is Kind.LINK else None
        if plan.kind is Kind.LINK and target is None:
            raise NotFound()
        code = new_code({*taken, *made.codes})
        made.codes.append(code)
        linked = table_of(target) if target is not None else None
        made.columns.extend(columns_of(f"x_{code}", plan, linked))
    return made


@command(FIELD_CHANGE)
def _store_fields(
    screen_name: str, fields: Sequence[tuple[str, FieldPlan, FieldPlan]], position: int
) -> list[uuid.UUID]:
    """Write down new fields as they are now, and ask a worker for what is wanted besides."""
    bump_version()
    rows = []
    for number, (code, plan, _wanted) in enumerate(fields):
        row = ShapingField(screen=screen_name, code=code, position=position + number, state=State.ACTIVE)
        write_plan(row, plan)
        rows.append(row)
    db.session.add_all(rows)
    db.session.flush()
    for row, (_code, plan, wanted) in zip(rows, fields, strict=True):
        if plan != wanted:
            begin_index(screen_name, row.id, wanted)
    return [row.id for row in rows]


def change_field(field_id: uuid.UUID, version: int, plan: FieldPlan) -> None:
    """Change what a field is called and how it takes part; its kind stays.

    Raises `Invalid` also where stored values stand against it, `Conflict` when somebody else changed it first.
    """
    require(FIELD_CHANGE)
    screen_name = find_field(field_id).screen
    screen = extensible_screen(screen_name)
    with altering() as tables:
        works.require_idle(field_id)
        row = find_field(field_id)
        if row.row_version != version:
            raise Conflict()
        definitions = read_definitions()
        before, code = plan_of(row), row.code
        wanted = checked_field(_same_kind(plan, before), screen, definitions, field_id)
        check_indexes(screen_name, [wanted], definitions, field_id)
        table = table_name(screen_name)
        is_large = _makes_indexes_later(table)
        db.session.rollback()
        at_once = waits_for_an_index(code, before, wanted) if is_large else wanted
        _check_values(tables, table, code, before, at_once)
        old, new = indexes_of(code, before), indexes_of(code, at_once)
        for index in new:
            if index not in old:
                index_or_refuse(tables, table, index)
        _store_change(field_id, version, at_once, wanted)
        for index in old:
            if index not in new:
                tables.drop_index(table, index.name)


def _same_kind(plan: FieldPlan, before: FieldPlan) -> FieldPlan:
    if plan.kind is not before.kind or plan.settings.to != before.settings.to:
        raise Invalid({"": _("What a field holds can't change. Make a new field out of it instead.")})
    return plan


def _check_values(tables: Altering, table: str, code: str, before: FieldPlan, wanted: FieldPlan) -> None:
    """Raise `Invalid` where stored values don't fit what is wanted."""
    name = f"x_{code}"
    if not before.is_indexed:
        prepare(tables, table, name, wanted)
    if wanted.kind is Kind.NUMBER and wanted.settings.places < before.settings.places:
        unit = 10 ** (STORED_PLACES - wanted.settings.places)
        finer = tables.ask(f"SELECT COUNT(*) FROM {table} WHERE {name} % {unit} <> 0")  # noqa: S608  # nosec B608
        if finer:
            raise Invalid({"places": _("%(count)d numbers have more decimal places than that.", count=finer)})
    if wanted.is_unique and not before.is_unique and wanted.kind in UNIQUE:
        _check_unique(tables, table, name)


def _check_unique(tables: Altering, table: str, name: str) -> None:
    doubled = tables.ask(
        f"SELECT COUNT(*) FROM (SELECT {name} FROM {table} WHERE {name} IS NOT NULL "  # noqa: S608  # nosec B608
        f"GROUP BY {name} HAVING COUNT(*) > 1) doubled"
    )
    if doubled:
        raise Invalid({"is_unique": _("%(count)d values are there more than once.", count=doubled)})


@command(FIELD_CHANGE)
def _store_change(field_id: uuid.UUID, version: int, plan: FieldPlan, wanted: FieldPlan) -> None:
    bump_version()
    row = find_field(field_id)
    if row.row_version != version:
        raise Conflict()
    write_plan(row, plan)
    if plan != wanted:
        begin_index(row.screen, field_id, wanted)


@command(FIELD_CHANGE)
def move_field(field_id: uuid.UUID, direction: Literal["up", "down"]) -> None:
    """Let a field change places with its neighbour of the same group; without effect at the end."""
    bump_version()
    row = find_field(field_id)
    rows = [
        other
        for other in read_definitions().of(row.screen, State.ACTIVE)
        if other.group == row.group or other.id == row.id
    ]
    place = next((number for number, other in enumerate(rows) if other.id == row.id), None)
    if place is None:
        raise NotFound()
    other_place = place - 1 if direction == "up" else place + 1
    if 0 <= other_place < len(rows):
        other = rows[other_place]
        row.position, other.position = other.position, row.position


@command(FIELD_CHANGE)
def park_field(field_id: uuid.UUID) -> None:
    """Hide a field everywhere; its values stay. Raises `StillInUse` while another one's condition hangs on it."""
    bump_version()
    works.require_idle(field_id)
    row = find_field(field_id)
    for other in read_definitions().of(row.screen, State.ACTIVE):
        if plan_of(other).settings.when == row.name:
            raise StillInUse(
                _("“%(field)s” shows depending on this field. Change that one first.", field=other.label)
            )
    row.state = State.PARKED


@command(FIELD_CHANGE)
def take_back_field(field_id: uuid.UUID) -> None:
    """Show a parked field again with all its values."""
    bump_version()
    works.require_idle(field_id)
    row = find_field(field_id)
    definitions = read_definitions()
    screen = extensible_screen(row.screen)
    plan = checked_field(plan_of(row), screen, definitions, field_id)
    check_room(row.screen, [plan_of(row)], _without(definitions, row))
    write_plan(row, plan)
    row.state = State.ACTIVE


def _without(definitions: Definitions, row: ShapingField) -> Definitions:
    rows = [other for other in definitions.fields if other is not row]
    return Definitions(definitions.types, rows, definitions.used)


# --- Record types ------------------------------------------------------------------------------------


def add_type(plan: TypePlan) -> str:
    """Make a record type with a table of its own and return its noun; the owner and the named roles may use it.

    Raises `Invalid`, `TableInUse`.
    """
    require(TYPE_CHANGE)
    with altering() as tables:
        definitions = read_definitions()
        wanted = checked_type(plan, definitions)
        sweep(tables, definitions)
        code = new_code(definitions.used)
        noun = _noun(wanted, code, [row.noun for row in definitions.types])
        position = max((row.position for row in definitions.types), default=0) + 1
        db.session.rollback()
        tables.make_table(table_of(type_class(code)))
        _store_type(wanted, code, noun, position)
        return noun


def _noun(plan: TypePlan, code: str, taken: Collection[str]) -> str:
    """Return the word in addresses and permissions: the English name where it makes one, else the code."""
    word = re.sub(r"[^a-z0-9]+", "_", plan.label.en.lower()).strip("_")[:30].strip("_")
    if not _NOUN.fullmatch(word):
        return code
    return word if word not in taken else f"{word}_{code}"


@command(TYPE_CHANGE)
def _store_type(plan: TypePlan, code: str, noun: str, position: int) -> None:
    bump_version()
    names = record_permissions(f"own:{noun}")
    sync_permissions({*declared_permissions(), *names})
    grant_to_roles(plan.roles, names)
    row = ShapingType(code=code, noun=noun, position=position, state=State.ACTIVE)
    _write_type(row, plan)
    db.session.add(row)


def _write_type(row: ShapingType, plan: TypePlan) -> None:
    row.label_zh, row.label_en = plan.label.zh_Hans, plan.label.en
    row.plural_zh, row.plural_en = plan.plural.zh_Hans, plan.plural.en
    row.title_zh, row.title_en = plan.title.zh_Hans, plan.title.en
    row.icon = plan.icon


@command(TYPE_CHANGE)
def change_type(noun: str, version: int, plan: TypePlan) -> None:
    """Change what a record type is called and its sign; raise `Invalid`, or `Conflict` when somebody was quicker."""
    bump_version()
    row = find_type(noun)
    if row.row_version != version:
        raise Conflict()
    _write_type(row, checked_type(plan, read_definitions(), row.id))


@command(TYPE_CHANGE)
def park_type(noun: str) -> None:
    """Hide a record type everywhere; its records stay."""
    bump_version()
    find_type(noun).state = State.PARKED


@command(TYPE_CHANGE)
def take_back_type(noun: str) -> None:
    """Show a parked record type again with all its records."""
    bump_version()
    row = find_type(noun)
    works.require_idle(row.id)
    row.state = State.ACTIVE
