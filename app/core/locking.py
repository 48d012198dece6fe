"""Locking: rows are locked in key order, always, so that two commands never wait for each other in a circle."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import TypeVar

from sqlalchemy import select

from app.core.database import db, writing
from app.core.errors import NotFound, ProgrammingError
from app.core.record import Record

R = TypeVar("R", bound=Record)


def lock(model: type[R], keys: Iterable[uuid.UUID]) -> dict[uuid.UUID, R]:
    """Lock the rows with these keys until the transaction ends and return them fresh, by key.

    Taken in key order in one statement (unordered locking of hot rows deadlocks). SQLite has already locked
    the whole database at BEGIN. Raises `NotFound` if any row is missing.
    """
    if not writing.get():
        raise ProgrammingError("rows are locked inside a transaction only")
    wanted = sorted(set(keys), key=lambda key: key.bytes)
    query = (
        select(model)
        .where(model.id.in_(wanted))
        .order_by(model.id)
        .with_for_update(of=model)
        .execution_options(populate_existing=True)
        .limit(len(wanted))
    )
    rows = {row.id: row for row in db.session.scalars(query)}
    if len(rows) != len(wanted):
        raise NotFound()
    return rows
