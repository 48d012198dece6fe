"""Pickers: at most twenty suggestions for what was typed so far, by one statement, whatever the table's size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, select, union

from app.core.database import db
from app.core.declaration import Screen
from app.core.fields import clean_line
from app.panel.cells import cell_of
from app.panel.columns import key_columns, title_of, token_of
from app.panel.reading import alive, loading, search_conditions

MOST = 20


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One suggestion: the token that is stored, the title and a note that tells namesakes apart."""

    token: str
    title: str
    note: str


def suggest(screen: Screen, text: str, most: int = MOST) -> list[Suggestion]:
    """Return up to `most` records in use that `text` may mean, the newest without a text."""
    text = clean_line(text)[:100]
    records = db.session.scalars(_query(screen, text, most)).unique().all()
    return [
        Suggestion(token_of(screen, record), title_of(screen, record), note_of(screen, record))
        for record in records
    ]


def note_of(screen: Screen, record: Any) -> str:
    """Return the card's facts in one line (a phone and a branch beside a name)."""
    cells = [cell_of(screen, screen.fields[name], record) for name in screen.facts]
    return " · ".join(cell.text for cell in cells if cell.text)


def _query(screen: Screen, text: str, most: int) -> Select[Any]:
    keys = key_columns(screen)
    query = select(screen.model).options(*loading(screen, screen.facts))
    if not text:
        return query.where(*alive(screen)).order_by(*(key.desc() for key in keys)).limit(most)
    parts = [
        select(select(*keys).where(*alive(screen), condition).order_by(column).limit(most).subquery())
        for condition, column in search_conditions(screen, text)
    ]
    if not parts:
        return query.where(keys[0].is_(None)).limit(most)
    found = (union(*parts) if len(parts) > 1 else parts[0]).subquery("found")
    query = query.join(found, and_(*(key == found.c[key.key] for key in keys)))
    return query.order_by(getattr(screen.model, screen.title), *keys).limit(most)
