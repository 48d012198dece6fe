"""Emptying a field: its values go chunk by chunk, in the order of the keys, so that no chunk looks for the next one."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import delete, select

from app.core import storage
from app.core.database import db
from app.core.jobs import RunningJob
from app.core.kernel import kernel
from app.core.transaction import transaction
from app.core.upload import Upload
from app.shaping import works
from app.shaping.models import Kind
from app.shaping.stored import Stored

CHUNK = 1000
# The journal would keep a copy of every value that somebody wants gone.
WHY = "deleted for good, as asked"


def clear_out(work_id: uuid.UUID, job: RunningJob, field: Stored, phase: str = "begun") -> None:
    """Empty the field everywhere; goes on behind what is done already."""
    work = works.find_work(work_id)
    after, total = work.after, work.total
    if after is None:
        total = work.done + field.count()
    db.session.rollback()
    while True:
        job.check()
        files: list[uuid.UUID] = []
        with transaction():
            work = works.held(work_id, phase, after)
            found = _next(field, after)
            if not found and after is None:
                return
            if not found:
                # A last look from the beginning, for what somebody may have saved at the same moment.
                work.after = after = None
                continue
            keys = [row.id for row in found]
            field.clear(keys, WHY)
            if field.kind is Kind.FILE:
                files = [field.value(row) for row in found]
                gone = delete(Upload).where(Upload.id.in_(files))
                db.session.execute(gone.execution_options(unjournalled=WHY))
            work.after, work.total = keys[-1], total
            work.done += len(keys)
            job.keep({}, work.done, max(work.done, total))
        after = keys[-1]
        # A file goes with the last row that names it.
        for each in files:
            storage.remove_files(kernel().home, each)


def _next(field: Stored, after: uuid.UUID | None) -> list[Any]:
    query = select(field.rows.c.id, *field.columns).where(field.is_filled)
    if after is not None:
        query = query.where(field.rows.c.id > after)
    return list(db.session.execute(query.order_by(field.rows.c.id).limit(CHUNK)))
