"""Prefix search as a range: `name >= '王' AND name < '玌'` uses an ordinary index on every database.

LIKE does not: SQLite's ignores case and so the index, PostgreSQL's needs an operator class, and both need escaping.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, String, and_, literal

from app.core.outside import outside_of

_LAST = "\U0010ffff"
ESCAPE = "!"


def upper_bound(prefix: str) -> str | None:
    """Return the smallest text greater than every text that begins with `prefix`, or None if there is none."""
    stem = prefix.rstrip(_LAST)
    if not stem:
        return None
    following = ord(stem[-1]) + 1
    if 0xD800 <= following <= 0xDFFF:
        following = 0xE000
    return stem[:-1] + chr(following)


def compares_otherwise(column: Any) -> bool:
    """Say whether a column lies in another program's database, which may order texts as some language does."""
    return bool(outside_of(getattr(getattr(column, "expression", column), "table", None)))


def pattern(prefix: str) -> str:
    """Return what LIKE compares with where `ESCAPE` names it: everything that begins with `prefix`."""
    for sign in (ESCAPE, "%", "_"):
        prefix = prefix.replace(sign, ESCAPE + sign)
    return f"{prefix}%"


def starts_with(column: Any, prefix: str) -> ColumnElement[bool]:
    """Return the condition that `column` begins with a non-empty `prefix`.

    Own columns are compared by code point, so a range does it. Of others only LIKE is sure to mean this.
    """
    if compares_otherwise(column):
        matches: ColumnElement[bool] = column.like(literal(pattern(prefix), String()), escape=ESCAPE)
        return matches
    bound = upper_bound(prefix)
    return and_(column >= prefix, column < bound) if bound is not None else column >= prefix
