"""Taking a file's word: rows are changed as a person would change them, in one transaction and as one batch."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from flask_babel import gettext as _
from sqlalchemy import delete, func, insert, select

from app.access.models import Person
from app.access.rules import set_row_rule, set_sights
from app.access.version import bump_version
from app.adoption.declaring import ADOPT
from app.adoption.models import AdoptedRole, AdoptedTable, Role
from app.adoption.written.comparing import Change, compare
from app.adoption.written.composing import compose
from app.adoption.written.declaration import (
    Declaration,
    DeclaredColumn,
    DeclaredTable,
    Place,
    RoleRules,
    Rows,
    SharedView,
    declaration_of,
    rows_of,
)
from app.adoption.written.errors import Problem, WrongFile
from app.adoption.written.keys import Values
from app.adoption.written.parsing import Known, parse
from app.core.database import db
from app.core.errors import Forbidden, Invalid, NotFound
from app.core.keys import uuid7
from app.core.limits import Sight
from app.core.occasion import on_occasion
from app.core.permissions import granted, require
from app.core.record import actor_id
from app.core.transaction import command
from app.panel.saved_view_commands import SHARE
from app.panel.saved_view_models import View, Visibility, view_choice, view_role

RULE = "access:role:edit"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a file changes, or changed, and what of it was left out because it is not there."""

    changes: tuple[Change, ...]
    skipped: tuple[Problem, ...]


@command(ADOPT)
def export(code: str) -> bytes:
    """Return the file of an adopted database; raise `UnknownDatabase`."""
    return compose(_told(declaration_of(rows_of(code))), code)


def _told(declared: Declaration) -> Declaration:
    """Return a declaration without the rules and views that the person could not see on their own pages."""
    for table in declared.tables.values():
        if not granted(RULE):
            table.rules = None
        if not granted(SHARE):
            table.views = None
    return declared


def preview(code: str, data: bytes, *, skip_unknown: bool = False) -> Outcome:
    """Return what a file would change; raises as `take_in` does, but for what others may refuse at that moment."""
    require(ADOPT)
    rows = rows_of(code)
    declared, skipped = parse(data, Known.of(rows), skip_unknown=skip_unknown)
    return Outcome(compare(_told(declaration_of(rows)), _told(declared)), skipped)


@command(ADOPT)
def take_in(code: str, data: bytes, *, skip_unknown: bool = False, with_access: bool = True) -> Outcome:
    """Take a file's word for a database; with `with_access` False for all but what roles see and share.

    Raises `UnknownDatabase`, `Unreadable`, `WrongFile` and `UnknownNames`, and what the verbs of rules and views
    raise: nobody grants what he lacks.
    """
    # Changes of declarations come one after the other: what is read from here on stays.
    bump_version()
    rows = rows_of(code)
    declared, skipped = parse(data, Known.of(rows), skip_unknown=skip_unknown)
    changes = compare(declaration_of(rows), declared)
    with on_occasion(batch_id=uuid7()):
        _fill(rows.source, declared.values)
        _take_tables(rows, declared)
        _take_roles(rows, declared)
        db.session.flush()
    if with_access:
        for table in rows.tables:
            taken = declared.tables.get((table.schema_name, table.name))
            if taken is not None:
                _take_access(rows, table, taken)
    return Outcome(changes, skipped)


def _fill(row: object, values: Values) -> None:
    for attribute, value in values.items():
        if getattr(row, attribute) != value:
            setattr(row, attribute, value)


def _take_tables(rows: Rows, declared: Declaration) -> None:
    nouns = {(table.schema_name, table.name): table.noun for table in rows.tables}
    by_place = {(table.schema_name, table.name): table for table in rows.tables}
    for position, place in enumerate(_in_order(by_place, declared.tables)):
        table = by_place[place]
        _fill(table, {"position": position})
        taken = declared.tables.get(place)
        if taken is None:
            continue
        _fill(table, taken.values)
        columns = {column.name: column for column in rows.columns.get(table.id, [])}
        for number, name in enumerate(_in_order(columns, taken.columns)):
            _fill(columns[name], {"position": number})
            if name in taken.columns:
                _fill(columns[name], taken.columns[name].values)
                _fill(columns[name], {"links_to": _links_to(taken.columns[name], nouns)})


def _in_order(known: Iterable[T], named: Iterable[T]) -> list[T]:
    """Return what is known, first what the file names, in its order."""
    there = list(known)
    first = [each for each in named if each in set(there)]
    return [*first, *(each for each in there if each not in set(first))]


def _links_to(column: DeclaredColumn, nouns: Mapping[Place, str]) -> str:
    if column.link is None:
        return ""
    place, of = column.link
    return f"{nouns[place]}.{of}" if of else nouns[place]


def _take_roles(rows: Rows, declared: Declaration) -> None:
    if declared.roles is None:
        return
    present = {row.role.value: row for row in rows.roles}
    for name, row in present.items():
        if name not in declared.roles:
            db.session.delete(row)
    for name, role in declared.roles.items():
        schema, parent = role.parent or ("", "")
        values = {
            **role.values,
            "schema_name": role.table[0],
            "table_name": role.table[1],
            "parent_schema": schema,
            "parent_table": parent,
        }
        if name in present:
            _fill(present[name], values)
        else:
            db.session.add(AdoptedRole(source_id=rows.source.id, role=Role(name), **values))


# --- Who sees what -------------------------------------------------------------------------------------


def _take_access(rows: Rows, table: AdoptedTable, taken: DeclaredTable) -> None:
    screen = rows.screen(table)
    numbers = {name: number for number, name in rows.account_roles.items()}
    before = declaration_of(rows).tables[table.schema_name, table.name]
    if taken.rules is not None:
        for name in sorted(set(before.rules or {}) | set(taken.rules)):
            former, wanted = (each.get(name, RoleRules()) for each in (before.rules or {}, taken.rules))
            if former != wanted:
                _take_rules(screen, numbers[name], name, former, wanted)
    if taken.views is not None and taken.views != before.views:
        _take_views(rows, screen, taken.views, numbers)


def _take_rules(screen: str, role_id: int, role: str, former: RoleRules, wanted: RoleRules) -> None:
    sights = {
        name: Sight(wanted.fields[name]) if name in wanted.fields else None
        for name in {*former.fields, *wanted.fields}
        if former.fields.get(name) != wanted.fields.get(name)
    }
    try:
        if former.rows != wanted.rows:
            set_row_rule(role_id, screen, wanted.rows or None)
        if sights:
            set_sights(role_id, screen, sights)
    except Invalid as problem:
        reason = " ".join(str(each) for each in problem.errors.values())
        raise WrongFile([Problem(0, f"{screen}, {role}: {reason}")]) from None
    except NotFound:
        raise WrongFile(
            [Problem(0, _("%(screen)s, %(role)s: there is no such field.", screen=screen, role=role))]
        ) from None


def _take_views(
    rows: Rows, screen: str, wanted: Mapping[str, SharedView], numbers: Mapping[str, int]
) -> None:
    require(SHARE)
    present = {view.name: view for view in reversed(rows.views) if view.screen == screen}
    for name, view in present.items():
        if name not in wanted:
            for linked in (view_role, view_choice):
                db.session.execute(delete(linked).where(linked.c.view_id == view.id))
            db.session.delete(view)
    for name, said in wanted.items():
        view = present.get(name) or View(id=uuid7(), screen=screen, name=name, owner_id=_owner())
        db.session.add(view)
        _fill(
            view,
            {
                "arguments": json.dumps(said.arguments, ensure_ascii=False, separators=(",", ":")),
                "visibility": Visibility.ROLES if said.roles else Visibility.EVERYBODY,
                "position": said.position,
                "is_pinned": said.pinned,
                "is_default": said.default,
            },
        )
        db.session.flush()
        db.session.execute(delete(view_role).where(view_role.c.view_id == view.id))
        if said.roles:
            db.session.execute(
                insert(view_role), [{"view_id": view.id, "role_id": numbers[role]} for role in said.roles]
            )


def _owner() -> int:
    """Return whose a new view is: whoever takes the file in, at the terminal the oldest account."""
    owner = actor_id() or db.session.scalar(select(func.min(Person.id)))
    if owner is None:
        raise Forbidden
    return owner
