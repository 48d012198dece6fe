"""Heads: which row names the columns, when titles, blank lines and merged cells stand around it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from flask_babel import gettext as _

from app.core.declaration import Screen
from app.panel.importing.reading import Row
from app.panel.importing.words import known_in, plain
from app.panel.sheet_writing import letters

SEARCHED_ROWS = 30
LONGEST_HEAD = 60
_VALUE = re.compile(r"[\d\s.,:/+\-¥￥$%年月日号]+")


def find_header(screen: Screen, rows: Sequence[Row]) -> int:
    """Return the number of the row that names the columns, 0 when there is none."""
    searched = rows[:SEARCHED_ROWS]
    known = [(known_in(screen, cells), -place) for place, (_number, cells) in enumerate(searched)]
    if known and max(known)[0] > 0:
        at = -max(known)[1]
        return searched[at + 1 if _is_lower_half(screen, searched, at + 1) else at][0]
    widest = max((_filled(cells) for _number, cells in searched), default=0)
    for number, cells in searched:
        # A title above the table fills one cell or two; the head fills nearly as many as the rows below.
        if _filled(cells) * 3 >= widest * 2 and widest > 1:
            return number if _looks_like_a_head(cells) else 0
    return 0


def _is_lower_half(screen: Screen, rows: Sequence[Row], at: int) -> bool:
    """Say whether this row names columns below merged cells: heads too, filling what the row above left blank."""
    if at >= len(rows) or rows[at][0] != rows[at - 1][0] + 1:
        return False
    lower, upper = rows[at][1], rows[at - 1][1]
    fills_gaps = any(
        cell.strip() and not (upper[place : place + 1] or [""])[0].strip() for place, cell in enumerate(lower)
    )
    return fills_gaps and known_in(screen, lower) > 1 and _looks_like_a_head(lower)


def _filled(cells: Sequence[str]) -> int:
    return sum(1 for cell in cells if cell.strip())


def _looks_like_a_head(cells: Sequence[str]) -> bool:
    filled = [cell.strip() for cell in cells if cell.strip()]
    is_text = all(len(cell) <= LONGEST_HEAD and not _VALUE.fullmatch(cell) for cell in filled)
    return is_text and len({plain(cell) for cell in filled}) == len(filled)


def headers_of(rows: Sequence[Row], header_row: int) -> tuple[str, ...]:
    """Return the names of the columns, each different; made up where the file has none.

    Where two rows of merged cells name the columns, a column without a name in the lower one has it in the upper.
    """
    width = max((len(cells) for _number, cells in rows), default=0)
    names = [""] * width
    for place, (number, cells) in enumerate(rows):
        if header_row and number == header_row:
            upper = rows[place - 1][1] if place and rows[place - 1][0] == number - 1 else []
            names = _from_two_rows(cells, upper, width)
    return _distinct([name or _("Column %(letter)s", letter=letters(at)) for at, name in enumerate(names)])


def _from_two_rows(lower: Sequence[str], upper: Sequence[str], width: int) -> list[str]:
    upper = upper if _filled(upper) > 1 else []
    names = []
    for at in range(width):
        name = lower[at] if at < len(lower) else ""
        above = upper[at] if at < len(upper) else ""
        names.append(" ".join((name or above).split())[:LONGEST_HEAD])
    return names


def _distinct(names: Sequence[str]) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    distinct = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        distinct.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(distinct)


def shape_of(screen: Screen, headers: Sequence[str]) -> str:
    """Return the fingerprint of a file's columns, by which what a person chose for them is found again."""
    joined = "\x1f".join([screen.name, *(plain(header) for header in headers)])
    return hashlib.sha256(joined.encode("utf-8", "replace")).hexdigest()
