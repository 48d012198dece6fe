"""Index hints: MariaDB is told which index holds a list's order; the other databases find it themselves.

Nearly every row is in use, yet MariaDB likes to begin with the index of what is in the trash, and then reads half the
table for a page far down, or sorts it. (The others have that index for deleted rows only; MariaDB has none such.)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Index, Select, Table
from sqlalchemy.dialects import mysql
from sqlalchemy.exc import DBAPIError

_NAMES = mysql.dialect().identifier_preparer
_NO_SUCH_INDEX = 1176


def hinted(query: Select[Any], columns: Sequence[Column[Any]], *, is_filtered: bool) -> Select[Any]:
    """Return a statement about rows in use, in the order of `columns`, with the hint that MariaDB needs.

    A filter may have an index that finds fewer rows than the order's would: then only the trash is left aside.
    """
    table = columns[0].table
    if not isinstance(table, Table):
        return query
    held = None if is_filtered else _held_by(table, columns)
    hint = f"FORCE INDEX ({held})" if held else _without_trash(table)
    for dialect in ("mysql", "mariadb") if hint else ():
        query = query.with_hint(table, hint, dialect)
    return query


def misses_index(error: DBAPIError) -> bool:
    """Say whether a hint named an index that is not there, because it is being rebuilt or its field is going."""
    return bool(error.orig is not None and error.orig.args and error.orig.args[0] == _NO_SUCH_INDEX)


def _held_by(table: Table, columns: Sequence[Column[Any]]) -> str | None:
    if list(columns) == list(table.primary_key.columns):
        return "PRIMARY"
    held = [index for index in _indexes(table) if list(index.columns) == list(columns)]
    return _NAMES.format_index(held[0]) if held else None


def _without_trash(table: Table) -> str:
    trash = [index for index in _indexes(table) if next(iter(index.columns)).name == "deleted_at"]
    return f"IGNORE INDEX ({_NAMES.format_index(trash[0])})" if trash else ""


def _indexes(table: Table) -> list[Index]:
    return sorted(table.indexes, key=lambda index: str(index.name))
