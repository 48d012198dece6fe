"""The version counter: read once a request, grown inside every transaction that changes who may do what."""

from __future__ import annotations

from typing import Any

from flask import g, has_app_context, has_request_context, session
from flask_login import current_user
from sqlalchemy import event, insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapper

from app.access.models import AccessVersion, Branch
from app.core.clock import utc_now
from app.core.database import db, writing
from app.core.errors import ProgrammingError
from app.core.remembering import forget, remembers
from app.core.transaction import transaction

_ROW = 1


def present_version() -> int:
    """Return the counter as this request or this chunk of a job sees it; 0 on a database that was never prepared.

    Loading the signed-in person brings it along, so it costs a statement only for strangers.
    """
    if not remembers():
        return _read()
    if has_request_context() and "access_version" not in g and session.get("_user_id") is not None:
        bool(current_user)  # loads the person, who brings the number along
    if "access_version" in g:
        return int(g.access_version)
    version = _read()
    # A number read inside an open change may be undone and be given again to another change.
    if not writing.get():
        g.access_version = version
    return version


def _read() -> int:
    return db.session.scalar(select(AccessVersion.version).where(AccessVersion.id == _ROW)) or 0


def bump_version() -> None:
    """Grow the counter and hold its row until the transaction ends: access changes happen one by one.

    Called before anything is read that the change depends on; what is read after it can't change any more.
    """
    if not writing.get():
        raise ProgrammingError("the access version changes inside a transaction only")
    _bump(db.session.connection())


def _bump(connection: Connection) -> None:
    connection.execute(
        update(AccessVersion).where(AccessVersion.id == _ROW).values(version=AccessVersion.version + 1)
    )
    if has_app_context():
        # What was read under the old number is void.
        forget()


def prepare_version() -> None:
    """Make the counter's row if it is missing.

    It starts at the present millisecond, so that a database made anew never repeats a number that a running
    process has cached.
    """
    if _read():
        return
    start = int(utc_now().timestamp() * 1000)
    try:
        with transaction():
            db.session.execute(insert(AccessVersion).values(id=_ROW, version=start, permissions_digest=""))
    except IntegrityError:
        # Another process was first, which is all that was wanted.
        return


def grow_with(model: type[Any]) -> None:
    """Let the counter grow whenever a record of `model` is saved: something that processes remember depends on it."""
    for name in ("after_insert", "after_update", "after_delete"):
        event.listen(model, name, _grow)


def _grow(_mapper: Mapper[Any], connection: Connection, _target: Any) -> None:
    _bump(connection)


# Branches are saved by the generated form; the menu's list of branches is cached under the counter.
grow_with(Branch)
