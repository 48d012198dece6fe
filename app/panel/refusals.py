"""Refusals: which field a database's objection is about, in words; the statement and its values stay unseen."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Index, Table, UniqueConstraint
from sqlalchemy import inspect as inspect_mapper
from sqlalchemy.exc import DataError, DBAPIError, OperationalError

from app.core.database import is_broken_rule
from app.core.declaration import Screen

_SQLITE_UNIQUE = re.compile(r"UNIQUE constraint failed: (.+)")
_MARIADB_KEY = re.compile(r"for key '(?:[^'.]+\.)?([^'.]+)'")


def refusal_of(error: DBAPIError, screen: Screen) -> dict[str, Any]:
    """Return messages by field ('' for the record as a whole) for what the database refused."""
    if isinstance(error, OperationalError) and not is_broken_rule(error):
        raise error
    if isinstance(error, DataError):
        return {"": _("A value is too long or too large to be kept.")}
    columns = unique_columns(error, inspect_mapper(screen.model).local_table)
    if columns:
        names = _fields_of(screen, columns)
        message = _("Another record already has this. Look in the trash too.")
        return dict.fromkeys(names or [""], message)
    if _is_reference(error):
        return {
            "": _(
                "Other records that this one is linked with stand in the way. Change or remove those first."
            )
        }
    return {"": _("The database refused this: a rule of the record is broken.")}


def is_reference_refusal(error: DBAPIError) -> bool:
    """Say whether a row could not go because others point to it."""
    return _is_reference(error)


def unique_columns(error: DBAPIError, table: Any) -> list[str]:
    """Return the columns of the unique rule that was broken; empty when it was another rule."""
    text = str(error.orig)
    if (match := _SQLITE_UNIQUE.search(text)) is not None:
        return [part.strip().rpartition(".")[2] for part in match[1].split(",")]
    diagnostics = getattr(error.orig, "diag", None)
    name = (
        getattr(diagnostics, "constraint_name", None)
        if getattr(error.orig, "sqlstate", "") == "23505"
        else None
    )
    if name is None and "Duplicate entry" in text and (key := _MARIADB_KEY.search(text)) is not None:
        name = key[1]
    return _columns_named(table, name) if name else []


def _columns_named(table: Table, name: str) -> list[str]:
    for rule in (*table.constraints, *table.indexes):
        if isinstance(rule, UniqueConstraint | Index) and rule.name == name:
            return [column.name for column in rule.columns]
    return []


def _fields_of(screen: Screen, columns: list[str]) -> list[str]:
    return [
        entry.name for entry in screen.fields.values() if entry.column in columns or entry.name in columns
    ]


def _is_reference(error: DBAPIError) -> bool:
    text = str(error.orig)
    return "FOREIGN KEY" in text.upper() or getattr(error.orig, "sqlstate", "") == "23503"
