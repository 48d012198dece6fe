"""Pickers: at most twenty suggestions for what was typed so far, by one statement, whatever the table's size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, bindparam, select, union

from app.core.database import db
from app.core.declaration import Screen
from app.core.fields import clean_line
from app.panel.cells import maker_of
from app.panel.columns import key_columns, token_maker
from app.panel.prefix import upper_bound
from app.panel.reading import alive, loading, loading_key, search_readings

MOST = 20
LONGEST_TEXT = 100

# (column, "exact" | "prefix" | "open"): "open" is a prefix that no text lies above.
Shape = tuple[tuple[str, str], ...]
_statements: dict[tuple[Any, ...], Select[Any]] = {}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One suggestion: the token that is stored, the title and a note that tells namesakes apart."""

    token: str
    title: str
    note: str


def suggest(screen: Screen, text: str, most: int = MOST) -> list[Suggestion]:
    """Return up to `most` records in use that `text` may mean, the newest without a text."""
    shape, values = _read(screen, clean_line(text)[:LONGEST_TEXT])
    records = db.session.scalars(_statement(screen, shape), {**values, "most": most}).unique().all()
    token, makers = token_maker(screen), [maker_of(screen, screen.fields[name]) for name in screen.facts]
    return [
        Suggestion(
            token(record),
            str(getattr(record, screen.title) or "—"),
            " · ".join(cell.text for make in makers if (cell := make(record)).text),
        )
        for record in records
    ]


def _read(screen: Screen, text: str) -> tuple[Shape | None, dict[str, str]]:
    """Return which columns `text` is looked for in, and the bounds to look between; None for the newest."""
    if not text:
        return None, {}
    shape, values = [], {}
    for number, (search, prepared) in enumerate(search_readings(screen, text)):
        values[f"low{number}"] = prepared
        bound = None if search.mode == "exact" else upper_bound(prepared)
        if bound is not None:
            values[f"high{number}"] = bound
        shape.append((search.column, search.mode if search.mode == "exact" or bound else "open"))
    return tuple(shape), values


def _statement(screen: Screen, shape: Shape | None) -> Select[Any]:
    """Return the statement for a shape, put together once: a picker asks it at every key stroke."""
    key = (shape, *loading_key(screen, screen.facts))
    if key not in _statements:
        _statements[key] = _newest(screen) if shape is None else _matching(screen, shape)
    return _statements[key]


def _newest(screen: Screen) -> Select[Any]:
    query = select(screen.model).options(*loading(screen, screen.facts)).where(*alive(screen))
    return query.order_by(*(key.desc() for key in key_columns(screen))).limit(bindparam("most"))


def _matching(screen: Screen, shape: Shape) -> Select[Any]:
    """Each column gives its first keys in index order; their union is looked up and ordered by title."""
    keys = key_columns(screen)
    query = select(screen.model).options(*loading(screen, screen.facts)).limit(bindparam("most"))
    if not shape:
        return query.where(keys[0].is_(None))
    parts = [_part(screen, keys, number, column, mode) for number, (column, mode) in enumerate(shape)]
    found = (union(*parts) if len(parts) > 1 else parts[0]).subquery("found")
    query = query.join(found, and_(*(key == found.c[key.key] for key in keys)))
    return query.order_by(getattr(screen.model, screen.title), *keys)


def _part(screen: Screen, keys: Sequence[Any], number: int, column: str, mode: str) -> Select[Any]:
    searched = getattr(screen.model, column)
    low = bindparam(f"low{number}", type_=searched.type)
    conditions = [searched == low] if mode == "exact" else [searched >= low]
    if mode == "prefix":
        conditions.append(searched < bindparam(f"high{number}", type_=searched.type))
    rows = select(*keys).where(*alive(screen), *conditions).order_by(searched).limit(bindparam("most"))
    return select(rows.subquery())
