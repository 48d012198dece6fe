"""Codes: what an adopted table and its columns are called in addresses, permissions and forms, whatever their names."""

from __future__ import annotations

import re
from collections.abc import Container

from app.adoption.models import LONGEST_CODE, LONGEST_NOUN

_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_NO_LETTER = re.compile(r"[^a-z0-9]+")
LONGEST_ATTRIBUTE = 60
# What the panel, its forms or a mapped class mean by these names is not what another program's column means.
RESERVED = frozenset(
    {
        *(
            "id",
            "metadata",
            "registry",
            "query",
            "q",
            "next",
            "base",
            "ticket",
            "csrf_token",
            "sort",
            "after",
        ),
        *(
            "before",
            "view",
            "columns",
            "where",
            "limit",
            "fields",
            "include",
            "count",
            "which",
            "form",
            "reason",
        ),
        *("row_version", "deleted_at", "deleted_by", "created_at", "created_by", "changed_at", "changed_by"),
    }
)


def noun_for(name: str, taken: Container[str]) -> str:
    """Return a noun for a table: its name in small letters, a number where that says nothing or is taken."""
    plain = _NO_LETTER.sub("_", name.lower()).strip("_")[:LONGEST_NOUN]
    if not plain or not plain[0].isalpha():
        plain = f"t_{plain}"[:LONGEST_NOUN].rstrip("_") if plain else "t"
    return _numbered(plain, taken, LONGEST_NOUN)


def code_for(name: str, taken: Container[str]) -> str:
    """Return a code for a database: short, small letters and digits."""
    return noun_for(name[:LONGEST_CODE], taken)[:LONGEST_CODE]


def attribute_for(name: str, position: int, taken: Container[str], *, is_key: bool) -> str:
    """Return the attribute of a column: its own name where that means nothing else, else `c_…`."""
    usable = bool(_WORD.fullmatch(name)) and len(name) <= LONGEST_ATTRIBUTE and "__" not in name
    if usable and (name not in RESERVED or (name == "id" and is_key)):
        return _numbered(name, taken, LONGEST_ATTRIBUTE)
    plain = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")
    chosen = f"c_{plain}"[:LONGEST_ATTRIBUTE].rstrip("_") if plain else f"c_{position}"
    return _numbered(chosen, taken, LONGEST_ATTRIBUTE)


def _numbered(wanted: str, taken: Container[str], longest: int) -> str:
    if wanted not in taken:
        return wanted
    number = 2
    while (found := f"{wanted[: longest - len(str(number)) - 1]}_{number}") in taken:
        number += 1
    return found
