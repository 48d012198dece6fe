"""From a declaration to its file: the same declaration is the same bytes, wherever it is written."""

from __future__ import annotations

from typing import Any

from app.adoption.written.declaration import (
    Declaration,
    DeclaredColumn,
    DeclaredRole,
    DeclaredTable,
    Place,
    RoleRules,
    SharedView,
)
from app.adoption.written.keys import COLUMN_KEYS, ROLE_KEYS, SOURCE_KEYS, TABLE_KEYS, write_values
from app.adoption.written.writing import Flow, write

VERSION = 1
# Both languages, whoever writes it: the file outlives the terminal's language.
HEADER = """\
# Kebu: what is said of an adopted database. Keep this file with your code; it holds no password and no data.
# Kebu（客簿）：对已接入数据库的说明。可与代码一起保存在 Git 中；不含密码，也不含数据。
# Only what somebody said stands here; a column without a word is as the database has it. Order counts.
# 只写明确设置过的内容；没有写任何设置的列，保持数据库中的样子。顺序即显示顺序。
# Take it in / 导入: python3 run.py adopt --import FILE --name {code} [--dry-run]

"""


def place_text(place: Place) -> str:
    """Return how the file names a table: `name`, or `schema.name`; a part that holds a point stands in quotes."""
    return ".".join(_part(each) for each in place if each)


def _part(name: str) -> str:
    return '"' + name.replace('"', '""') + '"' if "." in name or '"' in name else name


def compose(declared: Declaration, code: str) -> bytes:
    """Return the file of a declaration; `code` is what the database is called in addresses."""
    document: dict[str, Any] = {
        "version": VERSION,
        "database": write_values(SOURCE_KEYS, declared.values, code),
        "tables": {place_text(place): _table(table, place[1]) for place, table in declared.tables.items()},
    }
    if declared.roles is not None:
        document["roles"] = {name: _role(role, name) for name, role in declared.roles.items()}
    return (HEADER.format(code=code) + write(document, spaced=frozenset({"tables", "roles"}))).encode()


def _table(table: DeclaredTable, name: str) -> dict[str, Any]:
    written = write_values(TABLE_KEYS, table.values, name)
    written["columns"] = {
        name: _column(column, name) for name, column in table.columns.items() if not column.is_parked
    }
    if table.rules:
        written["rules"] = {role: _rules(rules) for role, rules in sorted(table.rules.items())}
    if table.views:
        written["views"] = {name: _view(view) for name, view in sorted(table.views.items())}
    return written


def _column(column: DeclaredColumn, name: str) -> dict[str, Any] | None:
    written = write_values(COLUMN_KEYS, column.values, name)
    if column.link is not None:
        place, of = column.link
        written["link"] = Flow(table=place_text(place), column=of) if of else place_text(place)
    return written or None


def _rules(rules: RoleRules) -> dict[str, Any]:
    written: dict[str, Any] = {"rows": rules.rows} if rules.rows else {}
    if rules.fields:
        written["fields"] = Flow(sorted(rules.fields.items()))
    return written


def _view(view: SharedView) -> dict[str, Any]:
    written: dict[str, Any] = {"asks": [list(pair) for pair in view.arguments]}
    if view.roles:
        written["roles"] = list(view.roles)
    if view.position != SharedView([]).position:
        written["position"] = view.position
    if view.pinned:
        written["pinned"] = True
    if view.default:
        written["default"] = True
    return written


def _role(role: DeclaredRole, name: str) -> dict[str, Any]:
    written: dict[str, Any] = {"table": place_text(role.table)}
    if role.parent is not None:
        written["parent"] = place_text(role.parent)
    return written | write_values(ROLE_KEYS, role.values, name)
