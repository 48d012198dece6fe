"""Reading the journal: one record's history, one batch, page by page from the newest."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from app.core.database import db
from app.core.errors import NotFound
from app.journal.models import JournalEntry, Verb

PAGE_SIZE = 20
MOST_KINDS = 200


@dataclass(frozen=True)
class EntryPage:
    """Some entries, newest first, and the key to go on after; None at the end."""

    entries: Sequence[JournalEntry]
    next: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many records of one table were changed in one way."""

    subject: str
    verb: Verb
    count: int


@dataclass(frozen=True, slots=True)
class Touched:
    """That a record of a table was changed in one way, without the values."""

    subject: str
    record: str
    verb: Verb


def entry_of(entry_id: uuid.UUID) -> JournalEntry:
    """Return the entry; raise `NotFound`."""
    found: JournalEntry | None = db.session.get(JournalEntry, entry_id)
    if found is None:
        raise NotFound()
    return found


def history(subject: str, record: str, before: uuid.UUID | None = None, limit: int = PAGE_SIZE) -> EntryPage:
    """Return what happened to the record with this token, newest first, older than the entry `before`."""
    conditions = (JournalEntry.subject == subject, JournalEntry.record == record, JournalEntry.kind == "")
    return _page(conditions, before, limit)


def batch(
    batch_id: uuid.UUID,
    before: uuid.UUID | None = None,
    limit: int = PAGE_SIZE,
    *,
    subjects: Collection[str] | None = None,
) -> EntryPage:
    """Return what one batch did, newest first; with `subjects` in these tables alone."""
    conditions = [JournalEntry.batch_id == batch_id]
    if subjects is not None:
        conditions.append(JournalEntry.subject.in_(subjects))
    return _page(conditions, before, limit)


def _page(conditions: Iterable[object], before: uuid.UUID | None, limit: int) -> EntryPage:
    query = select(JournalEntry).where(*conditions).order_by(JournalEntry.id.desc())  # type: ignore[arg-type]
    if before is not None:
        query = query.where(JournalEntry.id < before)
    found = db.session.scalars(query.limit(limit + 1)).all()
    return EntryPage(found[:limit], found[limit - 1].id if len(found) > limit else None)


def tally(batch_id: uuid.UUID) -> list[Tally]:
    """Return what a batch did in numbers; an index leads to its entries, all of which are counted."""
    query = (
        select(JournalEntry.subject, JournalEntry.verb, func.count())
        .where(JournalEntry.batch_id == batch_id)
        .group_by(JournalEntry.subject, JournalEntry.verb)
        .order_by(JournalEntry.subject, JournalEntry.verb)
        .limit(MOST_KINDS)
    )
    return [Tally(subject, verb, count) for subject, verb, count in db.session.execute(query)]


def touched(batch_id: uuid.UUID, subjects: Collection[str], most: int) -> list[Touched] | None:
    """Return which records of these tables one batch changed; None if it did so more than `most` times."""
    query = (
        select(JournalEntry.subject, JournalEntry.record, JournalEntry.verb)
        .where(JournalEntry.batch_id == batch_id, JournalEntry.subject.in_(list(subjects)))
        .limit(most + 1)
    )
    found = [Touched(*row) for row in db.session.execute(query)]
    return found if len(found) <= most else None


def taken_back(subject: str, record: str, entries: Iterable[JournalEntry]) -> set[uuid.UUID]:
    """Return which of a record's `entries` were taken back, alone or with their batch."""
    by_name: dict[uuid.UUID, set[uuid.UUID]] = {}
    for entry in entries:
        for name in (entry.id, entry.batch_id):
            if name is not None:
                by_name.setdefault(name, set()).add(entry.id)
    if not by_name:
        return set()
    query = (
        select(JournalEntry.undoes_id)
        .where(
            JournalEntry.subject == subject,
            JournalEntry.record == record,
            JournalEntry.undoes_id.in_(list(by_name)),
        )
        .limit(len(by_name) * 4)
    )
    return {entry for name in db.session.scalars(query) if name is not None for entry in by_name[name]}


def taken_back_by(batch_id: uuid.UUID) -> uuid.UUID | None:
    """Return the newest batch that took this one back, if any did."""
    query = (
        select(JournalEntry.batch_id)
        .where(JournalEntry.undoes_id == batch_id, JournalEntry.batch_id.is_not(None))
        .order_by(JournalEntry.id.desc())
        .limit(1)
    )
    return db.session.scalar(query)
