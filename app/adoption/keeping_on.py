"""What is done to an adopted database after it was declared: published, looked at anew, paused, let go of."""

from __future__ import annotations

import uuid

from sqlalchemy import delete, select

from app.access.permission_sync import declared_permissions, sync_permissions
from app.adoption.declaring import ADOPT
from app.adoption.models import AdoptedColumn, AdoptedRole, AdoptedSource, AdoptedTable
from app.adoption.publishing import look_again
from app.core.database import db
from app.core.errors import NotFound
from app.core.transaction import command

MOST_TABLES = 2_000


def publish(source_id: uuid.UUID) -> None:
    """Show an adopted database's screens to whoever has the rights; owners get them now.

    A process that dies between the two leaves permissions that the next start writes.
    """
    _use(source_id, is_used=True)
    sync_permissions(declared_permissions())


def pause(source_id: uuid.UUID) -> None:
    """Hide an adopted database's screens; all that was said of it, and the rights to it, stay."""
    _use(source_id, is_used=False)


@command(ADOPT)
def _use(source_id: uuid.UUID, *, is_used: bool) -> None:
    _source(source_id).is_used = is_used


@command(ADOPT)
def look_anew(source_id: uuid.UUID) -> None:
    """Have every process look at the database again at its next request."""
    source = _source(source_id)
    # Each process looks again when the row is another one.
    source.looks += 1
    look_again(source.code)


@command(ADOPT)
def let_go(source_id: uuid.UUID) -> None:
    """Forget what was said of a database that is not in use; nothing is done to the database itself.

    The journal keeps what was changed through its screens, and that it was let go of.
    """
    source = _source(source_id)
    tables = db.session.scalars(
        select(AdoptedTable).where(AdoptedTable.source_id == source_id).limit(MOST_TABLES)
    ).all()
    quietly = {"unjournalled": "what was said of a database goes with it, and that is on record"}
    for start in range(0, len(tables), 500):
        keys = [each.id for each in tables[start : start + 500]]
        db.session.execute(
            delete(AdoptedColumn).where(AdoptedColumn.table_id.in_(keys)).execution_options(**quietly)
        )
    for model in (AdoptedTable, AdoptedRole):
        db.session.execute(delete(model).where(model.source_id == source_id).execution_options(**quietly))
    db.session.delete(source)


def _source(source_id: uuid.UUID) -> AdoptedSource:
    """Return an adopted database for a change; raise `NotFound`."""
    found = db.session.scalar(
        select(AdoptedSource)
        .where(AdoptedSource.id == source_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    return found
