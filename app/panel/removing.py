"""Removing records: into the trash, back out of it, and gone for good; each in one transaction on the whole key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from app.core.database import db
from app.core.declaration import Screen
from app.core.errors import Conflict, NotFound
from app.core.transaction import joined_transaction
from app.panel.columns import Key, record_url, title_of
from app.panel.refusals import is_reference_refusal
from app.panel.writing import find


@dataclass(frozen=True, slots=True)
class Removed:
    """What was moved or deleted: what people call it and where its page is or was."""

    title: str
    url: str


def remove(screen: Screen, key: Key) -> Removed:
    """Move to the trash, or delete for good what has none; raise `Conflict` while others point to it."""
    with _one_record(screen, key, in_trash=False) as record:
        removed = Removed(title_of(screen, record), record_url(screen, record))
        record.move_to_trash() if screen.has_trash else db.session.delete(record)
    return removed


def restore(screen: Screen, key: Key) -> Removed:
    """Take back out of the trash."""
    with _one_record(screen, key, in_trash=True) as record:
        record.restore()
        return Removed(title_of(screen, record), record_url(screen, record))


def purge(screen: Screen, key: Key) -> Removed:
    """Delete for good out of the trash; raise `Conflict` while others point to it."""
    with _one_record(screen, key, in_trash=True) as record:
        removed = Removed(title_of(screen, record), screen.path + "trash")
        db.session.delete(record)
    return removed


@contextmanager
def _one_record(screen: Screen, key: Key, *, in_trash: bool) -> Iterator[Any]:
    """Give the record in a transaction, the open one if there is one; put objections of the database into words."""
    if in_trash and not screen.has_trash:
        raise NotFound()
    try:
        with joined_transaction():
            yield find(screen, key, in_trash=in_trash, names=())
            # Inside somebody else's transaction the database would object only later, and to nobody here.
            db.session.flush()
    except StaleDataError as error:
        raise Conflict() from error
    except IntegrityError as error:
        if is_reference_refusal(error):
            raise Conflict(_("This is still used by other records. Delete or change those first.")) from error
        raise Conflict(_("The database refused this: a rule of the record is broken.")) from error
