"""Searching: the whole journal by time, person, kind, record, batch, branch and address, newest first."""

from __future__ import annotations

import datetime
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select

from app.core.database import db
from app.core.keys import keys_at
from app.journal.models import JournalEntry, Verb
from app.journal.reading import EntryPage

SEARCH_PERMISSION = "journal:entry:search"
PAGE_SIZE = 50
_TIME_BITS = 64


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for; what is left empty is not asked. `what` is a verb or the kind of a happening."""

    since: datetime.datetime | None = None
    until: datetime.datetime | None = None
    actor_id: int | None = None
    what: str = ""
    subject: str = ""
    record: str = ""
    batch_id: uuid.UUID | None = None
    branch_id: uuid.UUID | None = None
    address: str = ""

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return this as conditions; a time is asked of the key, which begins with it."""
        found: list[ColumnElement[bool]] = []
        if self.since is not None:
            found.append(JournalEntry.id >= _first_key(self.since))
        if self.until is not None:
            found.append(JournalEntry.id < _first_key(self.until))
        if self.what in {verb.value for verb in Verb}:
            found.append(JournalEntry.verb == Verb(self.what))
        elif self.what:
            found.append(JournalEntry.kind == self.what)
        asked: list[tuple[Any, Any]] = [
            (JournalEntry.actor_id, self.actor_id),
            (JournalEntry.subject, self.subject),
            (JournalEntry.record, self.record),
            (JournalEntry.batch_id, self.batch_id),
            (JournalEntry.branch_id, self.branch_id),
            (JournalEntry.address, self.address),
        ]
        return found + [column == value for column, value in asked if value not in (None, "")]


def _first_key(moment: datetime.datetime) -> uuid.UUID:
    """Return the smallest key of an entry made at a moment or later."""
    number = int.from_bytes(keys_at([moment])[0], "big")
    return uuid.UUID(int=number >> _TIME_BITS << _TIME_BITS)


def search(wish: Search, before: uuid.UUID | None = None, limit: int = PAGE_SIZE) -> EntryPage:
    """Return entries that fit, newest first, older than the entry `before`."""
    query = select(JournalEntry).where(*wish.conditions()).order_by(JournalEntry.id.desc())
    if before is not None:
        query = query.where(JournalEntry.id < before)
    found = db.session.scalars(query.limit(limit + 1)).all()
    return EntryPage(found[:limit], found[limit - 1].id if len(found) > limit else None)
