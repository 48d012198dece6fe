"""Clearing: finished jobs and past slots go after a while, a few at a time."""

from __future__ import annotations

import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import delete, select

from app.core.database import db
from app.core.jobs import JobKind, RecurringJob, RunningJob
from app.core.transaction import transaction
from app.operations.clock import database_now
from app.operations.models import Job, Slot
from app.operations.services import changed_rows

KEPT_DAYS = 90
ROWS_AT_A_TIME = 500


def clear_finished(job: RunningJob) -> None:
    """Delete what ended more than 90 days ago in chunks of at most 500 rows, each a transaction of its own."""
    long_ago = database_now(-KEPT_DAYS * 24 * 3600)
    cleared = int(job.state.get("cleared", 0))
    more = True
    while more:
        job.check()
        with transaction():
            jobs = _delete_some(Job, Job.finished_at < long_ago)
            slots = _delete_some(Slot, Slot.slot < long_ago)
            cleared += jobs
            more = ROWS_AT_A_TIME in (jobs, slots)
            job.keep({"cleared": cleared}, cleared, 0)
    with transaction():
        job.finish({"cleared": cleared})


def _delete_some(model: Any, condition: Any) -> int:
    keys = db.session.scalars(select(model.id).where(condition).limit(ROWS_AT_A_TIME)).all()
    return changed_rows(delete(model).where(model.id.in_(keys))) if keys else 0


def _summary(result: Any) -> str:
    count = int(result.get("cleared", 0))
    return ngettext("%(num)d job was cleared away.", "%(num)d jobs were cleared away.", count)


CLEARING = JobKind(
    "operations:clearing", _l("Clear away old jobs"), permission="", run=clear_finished, summary=_summary
)
DAILY_CLEARING = RecurringJob(CLEARING.name, every=datetime.timedelta(days=1))
