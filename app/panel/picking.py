"""Pickers: at most twenty suggestions for what was typed so far, by one statement, whatever the table's size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, bindparam, select, union

from app.core.declaration import Screen
from app.core.fields import clean_line
from app.core.reach import present_reach
from app.panel.cells import maker_of
from app.panel.columns import key_columns, stored, token_maker
from app.panel.looking_through import note_shown
from app.panel.prefix import ESCAPE, compares_otherwise, pattern, upper_bound
from app.panel.reading import alive, search_readings
from app.panel.selecting import Selection, selection

MOST = 20
LONGEST_TEXT = 100

# (column, "exact" | "prefix" | "open"): "open" is a prefix that no text lies above.
Shape = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One suggestion: the token that is stored, the title and a note that tells namesakes apart."""

    token: str
    title: str
    note: str


def suggest(screen: Screen, text: str, most: int = MOST) -> list[Suggestion]:
    """Return up to `most` records in use that `text` may mean, the newest without a text."""
    shape, values = _read(screen, clean_line(text)[:LONGEST_TEXT])
    chosen = selection(screen, screen.facts)
    # Put together once a shape: a picker asks at every key stroke.
    statement = chosen.once(("pick", shape), lambda: _statement(screen, chosen, shape))
    rows = chosen.rows(chosen.fetch(statement, {**values, "most": most}))
    token, makers = token_maker(screen), [maker_of(screen, screen.fields[name]) for name in screen.facts]
    found = [
        Suggestion(
            token(row),
            screen.called(getattr(row, screen.title)),
            " · ".join(cell.text for make in makers if (cell := make(row)).text),
        )
        for row in rows
    ]
    note_shown(screen, (each.token for each in found))
    return found


def _read(screen: Screen, text: str) -> tuple[Shape | None, dict[str, str]]:
    """Return which columns `text` is looked for in, and the bounds to look between; None for the newest."""
    if not text:
        return None, {}
    shape, values = [], {}
    for number, (search, prepared) in enumerate(search_readings(screen, text)):
        values[f"low{number}"] = prepared
        if search.mode == "prefix" and compares_otherwise(getattr(screen.model, search.column)):
            values[f"low{number}"] = pattern(prepared)
            shape.append((search.column, "like"))
            continue
        bound = None if search.mode == "exact" else upper_bound(prepared)
        if bound is not None:
            values[f"high{number}"] = bound
        shape.append((search.column, search.mode if search.mode == "exact" or bound else "open"))
    return tuple(shape), values


def _statement(screen: Screen, chosen: Selection, shape: Shape | None) -> Select[Any]:
    """Each column gives its first keys in index order; their union is looked up and ordered by title."""
    keys = [stored(column) for column in key_columns(screen)]
    query = chosen.base.limit(bindparam("most"))
    if shape is None:
        return query.where(*alive(screen), *_within(screen)).order_by(*(key.desc() for key in keys))
    if not shape:
        return query.where(keys[0].is_(None))
    parts = [_part(screen, keys, number, column, mode) for number, (column, mode) in enumerate(shape)]
    found = (union(*parts) if len(parts) > 1 else parts[0]).subquery("found")
    query = query.join(found, and_(*(key == found.c[key.key] for key in keys)))
    return query.order_by(stored(getattr(screen.model, screen.title)), *keys)


def _within(screen: Screen) -> tuple[ColumnElement[bool], ...]:
    return present_reach().on(screen.model)


def _part(screen: Screen, keys: Sequence[Any], number: int, column: str, mode: str) -> Select[Any]:
    searched = stored(getattr(screen.model, column))
    low = bindparam(f"low{number}", type_=String() if mode == "like" else searched.type)
    conditions = [searched == low] if mode == "exact" else [searched >= low]
    if mode == "like":
        conditions = [searched.like(low, escape=ESCAPE)]
    if mode == "prefix":
        conditions.append(searched < bindparam(f"high{number}", type_=searched.type))
    rows = (
        select(*keys)
        .where(*alive(screen), *_within(screen), *conditions)
        .order_by(searched)
        .limit(bindparam("most"))
    )
    return select(rows.subquery())
