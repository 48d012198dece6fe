"""What the tests of undoing share: acting persons, changes made in a transaction of their own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import select

from app.core.database import db
from app.core.keys import encode_token, uuid7
from app.core.occasion import on_occasion
from app.core.transaction import transaction
from app.journal.listening import note_change
from app.journal.models import JournalEntry, Verb

EVERYTHING = frozenset(
    f"{screen}:{verb}"
    for screen in ("people:customer", "people:contact", "people:tag", "pets:pet", "access:branch")
    for verb in ("list", "show", "add", "edit", "delete", "purge", "export", "history")
) | {"journal:batch:undo", "people:contact:step"}


def last_entry(record: Any) -> JournalEntry:
    """Return a record's newest entry."""
    query = select(JournalEntry).where(JournalEntry.record == encode_token([record.id]))
    return db.session.scalars(query.order_by(JournalEntry.id.desc()).limit(1)).one()


def change(record: Any, **values: Any) -> JournalEntry:
    """Change a saved record in a transaction of its own and return the entry."""
    with transaction():
        fresh = db.session.get_one(type(record), record.id)
        for name, value in values.items():
            setattr(fresh, name, value)
    return last_entry(record)


def remove(record: Any) -> JournalEntry:
    """Delete a record for good and return the entry."""
    key = encode_token([record.id])
    with transaction():
        db.session.delete(db.session.get_one(type(record), record.id))
    query = select(JournalEntry).where(JournalEntry.record == key, JournalEntry.verb == Verb.DELETED)
    return db.session.scalars(query.order_by(JournalEntry.id.desc()).limit(1)).one()


def told(record: Any, before: dict[str, Any], after: dict[str, Any]) -> JournalEntry:
    """Write an entry that says this of a record, whatever became of the record itself; return it."""
    with transaction():
        note_change(type(record), [record.id], before, after)
    return last_entry(record)


@contextmanager
def one_batch(reason: str = "spring") -> Iterator[uuid.UUID]:
    """Let everything in the block belong to one batch and yield its key."""
    batch = uuid7()
    with on_occasion(batch_id=batch, reason=reason):
        yield batch
