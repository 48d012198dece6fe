"""Saving a form with its rows: the record and those that belong to it, in one transaction and one batch."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from app.core.database import db
from app.core.declaration import Screen
from app.core.errors import Conflict, Invalid, NotFound
from app.core.keys import uuid7
from app.core.occasion import on_occasion
from app.core.transaction import transaction
from app.panel.columns import Key, any_key, key_columns, read_key
from app.panel.removing import remove
from app.panel.rows.reading import PostedTable, Row
from app.panel.writing import Draft, Stale, add_once, find, save


class RowRefused(Invalid):
    """One row could not be saved, so nothing was; `errors` are its own, by field."""

    def __init__(self, row: Row, errors: Any) -> None:
        self.row = row
        super().__init__(errors)


class RowConflict(Conflict):
    """The record of one row was changed by somebody else, so nothing was saved."""

    def __init__(self, row: Row) -> None:
        self.row = row
        super().__init__()


class _RecordChanged(Conflict):
    """The database found the form's own record changed; what stands now can be read once the transaction is undone."""


@dataclass
class Wish:
    """What a form is to save: the record (`key` and `version`, or `new_key` for a new one) and its touched rows."""

    screen: Screen
    draft: Draft
    posted: Sequence[PostedTable]
    key: Key | None = None
    version: int | None = None
    new_key: uuid.UUID | None = None

    @property
    def rows(self) -> list[tuple[PostedTable, Row]]:
        """The rows with which something is to be done: first those that go, then those that change and come."""
        touched = [(table, row) for table in self.posted for row in table.rows if row.is_touched]
        return sorted(touched, key=lambda pair: (not pair[1].removed, not pair[1].token))


def save_with_rows(wish: Wish) -> Any:
    """Save the record and its rows, all or nothing; return the record.

    Raises `Invalid` and `Stale` for the record, `RowRefused` and `RowConflict` for a row. Sent twice, new records
    are added once.
    """
    if not wish.rows:
        if wish.key is None:
            return add_once(wish.screen, wish.draft, wish.new_key)
        return save(wish.screen, wish.draft, wish.key, wish.version)
    if wish.draft.errors or any(row.is_faulty for _table, row in wish.rows):
        raise Invalid(wish.draft.errors)
    try:
        return _together(wish)
    except Invalid as refusal:
        if not _has_arrived(wish):
            _tell(refusal)
            raise
    try:
        # Another sending of the same form was quicker: what it added is found now.
        return _together(wish)
    except Invalid as refusal:
        _tell(refusal)
        raise


def _tell(refusal: Invalid) -> None:
    if isinstance(refusal, RowRefused):
        errors = dict(refusal.errors)
        refusal.row.problem = errors.pop("", "")
        refusal.row.draft.errors.update(errors)


def _has_arrived(wish: Wish) -> bool:
    """Say whether any of the new records is there already; nothing is written here."""
    if wish.new_key is not None and db.session.get(wish.screen.model, wish.new_key) is not None:
        return True
    return any(_saved_already(table, [row]) for table, row in wish.rows if not row.token)


def _saved_already(table: PostedTable, rows: Sequence[Row]) -> dict[uuid.UUID, Any]:
    keys = [(key,) for row in rows if (key := table.key_of(row)) is not None]
    if not keys:
        return {}
    screen = table.table.screen
    query = select(screen.model).where(any_key(screen, keys)).limit(len(keys))
    return {getattr(child, key_columns(screen)[0].key): child for child in db.session.scalars(query)}


def _together(wish: Wish) -> Any:
    changes = len(wish.rows) + bool(wish.draft.values or wish.key is None)
    try:
        with _one_batch(changes), transaction():
            record = _save_record(wish)
            for table in wish.posted:
                new = [row for row in table.rows if row.is_touched and not row.token]
                there = _saved_already(table, new)
                for _table, row in (pair for pair in wish.rows if pair[0] is table):
                    _save_row(table, row, record, there)
        return record
    except _RecordChanged as error:
        raise Stale(find(wish.screen, wish.key or ())) from error


@contextmanager
def _one_batch(changes: int) -> Iterator[None]:
    """Tie the changes together in the journal, where they are several: one undo takes all of them back."""
    if changes < 2:
        yield
        return
    with on_occasion(batch_id=uuid7()):
        yield


def _save_record(wish: Wish) -> Any:
    try:
        if wish.key is None:
            return _add_record(wish)
        if not wish.draft.values:
            # Nothing of the record itself was touched: what others did to it is no conflict with its rows.
            return find(wish.screen, wish.key)
        return save(wish.screen, wish.draft, wish.key, wish.version)
    except Stale:
        raise
    except Conflict as error:
        raise _RecordChanged() from error


def _add_record(wish: Wish) -> Any:
    if wish.new_key is None:
        return save(wish.screen, wish.draft)
    saved = db.session.get(wish.screen.model, wish.new_key)
    if saved is not None:
        if _differs(saved, wish.draft.values):
            raise Stale(find(wish.screen, (wish.new_key,)))
        return saved
    wish.draft.values["id"] = wish.new_key
    try:
        return save(wish.screen, wish.draft)
    finally:
        del wish.draft.values["id"]


def _differs(record: Any, values: dict[str, Any]) -> bool:
    return any(getattr(record, name) != value for name, value in values.items())


def _save_row(table: PostedTable, row: Row, record: Any, there: dict[uuid.UUID, Any]) -> None:
    try:
        if row.removed:
            _remove(table, row)
        elif row.token:
            _change(table, row, record)
        else:
            _add(table, row, record, there)
    except Stale as stale:
        if _differs(stale.record, row.draft.values):
            raise RowConflict(row) from stale
    except RowConflict:
        raise
    except Conflict as error:
        raise RowConflict(row) from error
    except Invalid as refusal:
        raise RowRefused(row, refusal.errors) from refusal


def _change(table: PostedTable, row: Row, record: Any) -> None:
    screen = table.table.screen
    try:
        child = save(screen, row.draft, read_key(screen, row.token), row.version)
    except NotFound as error:
        raise RowConflict(row) from error
    if not table.table.is_of(child, record):
        raise RowConflict(row)


def _add(table: PostedTable, row: Row, record: Any, there: dict[uuid.UUID, Any]) -> None:
    key, via, values = table.key_of(row), table.table.panel.via, row.draft.values
    saved = there.get(key) if key is not None else None
    if saved is not None:
        if _differs(saved, values) or not table.table.is_of(saved, record):
            raise RowRefused(row, {"": _("This row was saved already, with other words. Look at it first.")})
        return
    values |= {via: record} if key is None else {via: record, "id": key}
    try:
        save(table.table.screen, row.draft)
    finally:
        values.pop(via)
        values.pop("id", None)


def _remove(table: PostedTable, row: Row) -> None:
    screen = table.table.screen
    key = read_key(screen, row.token)
    try:
        if getattr(find(screen, key, names=()), "row_version", row.version) != row.version:
            raise RowConflict(row)
        remove(screen, key)
    except NotFound:
        # Somebody else was quicker with the same.
        return
    except RowConflict:
        raise
    except Conflict as refusal:
        raise RowRefused(row, {"": str(refusal)}) from refusal
