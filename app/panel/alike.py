"""Alike: text compared letter by letter, blind to case and width, with one meaning for Python and all databases.

No two databases fold letters alike, so the column is left as it is and what was typed is widened: each letter
stands for all letters that fold to the same one. SQLite reads the result as GLOB, the others as a regular expression.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Sequence
from typing import Any, Literal

from sqlalchemy import Boolean, ColumnElement, Dialect, String, and_, bindparam, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

from app.core.database import compares_by_code_point
from app.panel.prefix import starts_with

Mode = Literal["is", "has", "begins", "ends"]
# How many beginnings of a text are looked up in an index before its letters are compared.
MOST_BEGINNINGS = 16
# Above this there are no letters with case and no wide or narrow forms.
_LAST_FOLDING = 0x20000
_WIDTHS = ("<wide>", "<narrow>")


def fold(text: str) -> str:
    """Return `text` as it is compared: each letter in its usual width and in lower case, one for one."""
    return "".join(_fold_letter(letter) for letter in text)


@functools.lru_cache(maxsize=4096)
def _fold_letter(letter: str) -> str:
    width, _space, code = unicodedata.decomposition(letter).partition(" ")
    usual = chr(int(code, 16)) if width in _WIDTHS and " " not in code else letter
    lower = usual.lower()
    return lower if len(lower) == 1 else usual


@functools.cache
def _others() -> dict[str, str]:
    """Return for each folded letter the other letters that fold to it."""
    found: dict[str, str] = {}
    for code in range(_LAST_FOLDING):
        letter = chr(code)
        if not 0xD800 <= code <= 0xDFFF and (folded := _fold_letter.__wrapped__(letter)) != letter:
            found[folded] = found.get(folded, "") + letter
    return found


def variants(letter: str) -> str:
    """Return all letters that are alike to `letter`, the folded one first."""
    folded = _fold_letter(letter)
    return folded + _others().get(folded, "")


def glob(mode: Mode, text: str) -> str:
    """Return the SQLite GLOB pattern of all texts that are alike."""
    body = "".join(_class(letter) if _needs_class(letter) else letter for letter in text)
    return ("*" if mode in ("has", "ends") else "") + body + ("*" if mode in ("has", "begins") else "")


def _class(letter: str) -> str:
    # A class that began with ^ would be all other letters.
    return f"[{''.join(sorted(variants(letter), key='^'.__eq__))}]"


def _needs_class(letter: str) -> bool:
    return letter in "*?[" or len(variants(letter)) > 1


def regular_expression(mode: Mode, text: str) -> str:
    """Return the regular expression of all texts that are alike, as PostgreSQL and MariaDB both read it."""
    body = "".join(_alternatives(letter) for letter in text)
    # Neither `$` nor `\\Z` nor `\\z` ends a text on both, so an end is: no letter follows.
    return ("^" if mode in ("is", "begins") else "") + body + (_END if mode in ("is", "ends") else "")


_END = r"(?!.|\n)"
_PLAIN = re.compile(r"\w")


def _alternatives(letter: str) -> str:
    each = [one if _PLAIN.fullmatch(one) or ord(one) > 127 else f"\\{one}" for one in variants(letter)]
    return each[0] if len(each) == 1 else f"(?:{'|'.join(each)})"


class _Pattern(TypeDecorator[tuple[str, str]]):
    """A mode and a text, sent to each database as the pattern that it reads."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        if value is None:
            return None
        mode, text = value
        return glob(mode, text) if dialect.name == "sqlite" else regular_expression(mode, text)


class _Matches(FunctionElement[bool]):
    """`column` matches `pattern`, in the words of the database."""

    type = Boolean()
    inherit_cache = True
    name = "alike"


def _operator(sign: str) -> Any:
    def compile_matches(element: _Matches, compiler: Any, **kwargs: Any) -> str:
        column, pattern = element.clauses
        return f"({compiler.process(column, **kwargs)} {sign} {compiler.process(pattern, **kwargs)})"

    return compile_matches


for _dialect, _sign in {"sqlite": "GLOB", "postgresql": "~", "mysql": "REGEXP", "mariadb": "REGEXP"}.items():
    compiles(_Matches, _dialect)(_operator(_sign))


def alike(column: Any, mode: Mode, text: str) -> ColumnElement[bool]:
    """Return the condition that `column` is, has, begins or ends with a non-empty `text`, blind to case and width.

    Where the column compares by code point, the first letters of a beginning are looked up in its index.
    """
    beginnings, whole = _beginnings(text) if mode in ("is", "begins") else ([], False)
    if whole and mode == "is":
        return column.in_(beginnings)
    matches: ColumnElement[bool] = _Matches(column, bindparam(None, (mode, text), type_=_Pattern()))
    if not beginnings or not compares_by_code_point(column.type):
        return matches
    ranges = or_(*(starts_with(column, beginning) for beginning in beginnings))
    return ranges if whole else and_(ranges, matches)


def _beginnings(text: str) -> tuple[Sequence[str], bool]:
    """Return the few texts that everything alike begins with, and whether they are all of `text`."""
    found = [""]
    for letter in text:
        letters = variants(letter)
        if len(found) * len(letters) > MOST_BEGINNINGS:
            return ([] if found == [""] else found), False
        found = [beginning + each for beginning in found for each in letters]
    return found, True
