"""Prefix search as a range: `name >= '王' AND name < '玌'` uses an ordinary index on every database.

LIKE does not: SQLite's ignores case and so the index, PostgreSQL's needs an operator class, and both need escaping.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_

_LAST = "\U0010ffff"


def upper_bound(prefix: str) -> str | None:
    """Return the smallest text greater than every text that begins with `prefix`, or None if there is none."""
    stem = prefix.rstrip(_LAST)
    if not stem:
        return None
    following = ord(stem[-1]) + 1
    if 0xD800 <= following <= 0xDFFF:
        following = 0xE000
    return stem[:-1] + chr(following)


def starts_with(column: Any, prefix: str) -> ColumnElement[bool]:
    """Return the condition that `column` (compared by code point) begins with a non-empty `prefix`."""
    bound = upper_bound(prefix)
    return and_(column >= prefix, column < bound) if bound is not None else column >= prefix
