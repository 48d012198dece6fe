"""Clearing: messages that have ended go after the days that the shop keeps them, a few at a time."""

from __future__ import annotations

import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import delete, select

from app.core.database import db
from app.core.jobs import JobKind, RecurringJob, RunningJob
from app.core.transaction import transaction
from app.messaging.models import Message
from app.messaging.sending_settings import outlets
from app.operations.clock import database_now
from app.operations.services import changed_rows

ROWS_AT_A_TIME = 500


def clear_ended(job: RunningJob) -> None:
    """Delete what ended long ago in chunks of at most 500 rows, each a transaction of its own."""
    long_ago = database_now(-outlets().days_kept * 24 * 3600)
    cleared = int(job.state.get("cleared", 0))
    more = True
    while more:
        job.check()
        with transaction():
            query = select(Message.id).where(Message.ended_at < long_ago).limit(ROWS_AT_A_TIME)
            keys = db.session.scalars(query).all()
            cleared += changed_rows(delete(Message).where(Message.id.in_(keys))) if keys else 0
            more = len(keys) == ROWS_AT_A_TIME
            job.keep({"cleared": cleared}, cleared, 0)
    with transaction():
        job.finish({"cleared": cleared})


def _summary(result: Any) -> str:
    count = int(result.get("cleared", 0))
    return ngettext("%(num)d message was cleared away.", "%(num)d messages were cleared away.", count)


CLEARING = JobKind(
    "messaging:clearing", _l("Clear away old messages"), permission="", run=clear_ended, summary=_summary
)
DAILY_CLEARING = RecurringJob(CLEARING.name, every=datetime.timedelta(days=1))
