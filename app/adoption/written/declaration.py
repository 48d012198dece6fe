"""The declaration of one adopted database apart from rows and files, as both are made of it and compared by it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from flask_appbuilder.security.sqla.models import Role as AccountRole
from sqlalchemy import select

from app.access.rule_tables import FieldRule, RowRule
from app.adoption.models import AdoptedColumn, AdoptedRole, AdoptedSource, AdoptedTable
from app.adoption.written.errors import UnknownDatabase
from app.adoption.written.keys import COLUMN_KEYS, ROLE_KEYS, SOURCE_KEYS, TABLE_KEYS, Key, Values
from app.core.database import db
from app.core.reach import free_of_reach
from app.panel.saved_view_models import View, Visibility, view_role

MOST_TABLES = 2_000
MOST_COLUMNS = 60_000
MOST_RULES = 5_000
# Schema and name.
Place = tuple[str, str]


@dataclass(slots=True)
class RoleRules:
    """What a role is left to see of a screen: which rows (a filter, '' for all), and how much of each named field."""

    rows: str = ""
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class SharedView:
    """A view that others have as well: for everybody, or for the named roles."""

    arguments: list[list[str]]
    roles: list[str] = field(default_factory=list)
    position: int = 100
    pinned: bool = False
    default: bool = False


@dataclass(slots=True)
class DeclaredColumn:
    """A column: its values by attribute, and the table (with a column of it, '' for its key) that it leads to.

    One that the database has no more `is_parked`: that is no word of a person's, and a file does not tell of it.
    """

    values: Values
    link: tuple[Place, str] | None = None
    is_parked: bool = False


@dataclass(slots=True)
class DeclaredTable:
    """A table: its values by attribute, its columns in their order, and what its screen is to whom.

    A file that says nothing of rules or views (None) leaves those that are there.
    """

    values: Values
    columns: dict[str, DeclaredColumn] = field(default_factory=dict)
    rules: dict[str, RoleRules] | None = None
    views: dict[str, SharedView] | None = None


@dataclass(slots=True)
class DeclaredRole:
    """What a table stands for in analyses; `parent` is the table it is joined with."""

    values: Values
    table: Place
    parent: Place | None = None


@dataclass(slots=True)
class Declaration:
    """All that is said of a database, tables and columns in the order of their positions; roles as rules are."""

    values: Values
    tables: dict[Place, DeclaredTable] = field(default_factory=dict)
    roles: dict[str, DeclaredRole] | None = None


@dataclass(slots=True)
class Rows:
    """The rows that a declaration is made of."""

    source: AdoptedSource
    tables: Sequence[AdoptedTable]
    columns: Mapping[uuid.UUID, list[AdoptedColumn]]
    roles: Sequence[AdoptedRole]
    account_roles: Mapping[int, str]
    row_rules: Sequence[RowRule]
    field_rules: Sequence[FieldRule]
    views: Sequence[View]
    view_roles: Mapping[uuid.UUID, list[int]]

    def screen(self, table: AdoptedTable) -> str:
        """Return the name of a table's screen."""
        return f"{self.source.code}:{table.noun}"


def rows_of(code: str) -> Rows:
    """Read the declaration of an adopted database; raise `UnknownDatabase`."""
    with free_of_reach():
        source = db.session.scalar(select(AdoptedSource).where(AdoptedSource.code == code).limit(1))
        if source is None:
            raise UnknownDatabase
        tables = db.session.scalars(
            select(AdoptedTable)
            .where(AdoptedTable.source_id == source.id)
            .order_by(AdoptedTable.position, AdoptedTable.id)
            .limit(MOST_TABLES)
        ).all()
        roles = db.session.scalars(
            select(AdoptedRole)
            .where(AdoptedRole.source_id == source.id)
            .order_by(AdoptedRole.role)
            .limit(100)
        ).all()
        return Rows(source, tables, _columns(source), roles, *_access(source))


def _columns(source: AdoptedSource) -> dict[uuid.UUID, list[AdoptedColumn]]:
    found: dict[uuid.UUID, list[AdoptedColumn]] = {}
    for row in db.session.scalars(
        select(AdoptedColumn)
        .join(AdoptedTable, AdoptedTable.id == AdoptedColumn.table_id)
        .where(AdoptedTable.source_id == source.id)
        .order_by(AdoptedColumn.table_id, AdoptedColumn.position, AdoptedColumn.id)
        .limit(MOST_COLUMNS)
    ):
        found.setdefault(row.table_id, []).append(row)
    return found


def _access(
    source: AdoptedSource,
) -> tuple[
    dict[int, str], Sequence[RowRule], Sequence[FieldRule], Sequence[View], dict[uuid.UUID, list[int]]
]:
    names = {
        row.id: row.name
        for row in db.session.execute(select(AccountRole.id, AccountRole.name).limit(MOST_RULES))
    }
    mine = f"{source.code}:"
    rows = select(RowRule).where(RowRule.screen.startswith(mine, autoescape=True)).limit(MOST_RULES)
    fields = select(FieldRule).where(FieldRule.screen.startswith(mine, autoescape=True)).limit(MOST_RULES)
    shared = View.visibility != Visibility.OWN
    views = db.session.scalars(
        select(View)
        .where(View.screen.startswith(mine, autoescape=True), shared)
        .order_by(View.id)
        .limit(MOST_RULES)
    ).all()
    meant: dict[uuid.UUID, list[int]] = {}
    for view_id, role_id in db.session.execute(
        select(view_role.c.view_id, view_role.c.role_id)
        .where(view_role.c.view_id.in_([view.id for view in views]))
        .limit(MOST_RULES)
    ):
        meant.setdefault(view_id, []).append(role_id)
    return names, db.session.scalars(rows).all(), db.session.scalars(fields).all(), views, meant


def values_of(row: object, keys: Iterable[Key]) -> Values:
    """Return what a row holds for these keys."""
    return {attribute: getattr(row, attribute) for key in keys for attribute in key.attributes}


def declaration_of(rows: Rows) -> Declaration:
    """Return what rows say."""
    places = {table.noun: (table.schema_name, table.name) for table in rows.tables}
    screens = {rows.screen(table): (table.schema_name, table.name) for table in rows.tables}
    found = Declaration(values_of(rows.source, SOURCE_KEYS))
    for table in rows.tables:
        found.tables[table.schema_name, table.name] = DeclaredTable(
            values_of(table, TABLE_KEYS),
            {
                column.name: DeclaredColumn(
                    values_of(column, COLUMN_KEYS), _link(column, places), column.is_parked
                )
                for column in rows.columns.get(table.id, [])
            },
            {},
            {},
        )
    roles = found.roles = {}
    for role in rows.roles:
        roles[role.role.value] = DeclaredRole(
            values_of(role, ROLE_KEYS),
            (role.schema_name, role.table_name),
            (role.parent_schema, role.parent_table) if role.parent_table else None,
        )
    _add_rules(found, rows, screens)
    _add_views(found, rows, screens)
    return found


def _link(column: AdoptedColumn, places: Mapping[str, Place]) -> tuple[Place, str] | None:
    noun, _point, target_column = column.links_to.partition(".")
    place = places.get(noun)
    return None if place is None else (place, target_column)


def _add_rules(found: Declaration, rows: Rows, screens: Mapping[str, Place]) -> None:
    for rule in rows.row_rules:
        _rules(found, rows, screens, rule).rows = rule.where_document
    for sight in rows.field_rules:
        _rules(found, rows, screens, sight).fields[sight.field] = sight.sight.value


def _rules(
    found: Declaration, rows: Rows, screens: Mapping[str, Place], rule: RowRule | FieldRule
) -> RoleRules:
    place = screens.get(rule.screen)
    rules = found.tables[place].rules if place is not None else None
    if rules is None:
        # Of a screen that is no more; nothing of it is told.
        return RoleRules()
    return rules.setdefault(rows.account_roles[rule.role_id], RoleRules())


def _add_views(found: Declaration, rows: Rows, screens: Mapping[str, Place]) -> None:
    for view in rows.views:
        place = screens.get(view.screen)
        views = found.tables[place].views if place is not None else None
        # Two people may share views of one name; the older one is told.
        if views is None or view.name in views:
            continue
        views[view.name] = SharedView(
            json.loads(view.arguments),
            sorted(rows.account_roles[number] for number in rows.view_roles.get(view.id, [])),
            view.position,
            pinned=view.is_pinned,
            default=view.is_default,
        )
