"""Clearing: sessions, links, tries and browsers that are long over go, a few at a time."""

from __future__ import annotations

import datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import delete, select

from app.access.signing.devices import delete_unseen
from app.access.signing.sessions import delete_expired
from app.access.signing.statements import met
from app.access.signing.tables import Attempt, Link, UsedState
from app.access.signing.tries import FORGOTTEN_AFTER
from app.core.clock import utc_now
from app.core.database import db
from app.core.jobs import JobKind, RecurringJob, RunningJob
from app.core.transaction import transaction

ROWS_AT_A_TIME = 500


def clear_expired(job: RunningJob) -> None:
    """Delete what is over in chunks of at most 500 rows of each kind, each chunk a transaction of its own."""
    cleared = int(job.state.get("cleared", 0))
    more = True
    while more:
        job.check()
        with transaction():
            gone = _clear_some()
            cleared += sum(gone)
            more = ROWS_AT_A_TIME in gone
            job.keep({"cleared": cleared}, cleared, 0)
    with transaction():
        job.finish({"cleared": cleared})


def _clear_some() -> tuple[int, ...]:
    now = utc_now()
    sessions, devices = delete_expired(ROWS_AT_A_TIME), delete_unseen(ROWS_AT_A_TIME)
    links = _delete_some(Link, Link.digest, Link.expires_at < now - datetime.timedelta(days=7))
    tries = _delete_some(Attempt, Attempt.key, Attempt.last_at < now - FORGOTTEN_AFTER)
    states = _delete_some(UsedState, UsedState.digest, UsedState.expires_at < now)
    return sessions, devices, links, tries, states


def _delete_some(model: Any, key: Any, condition: Any) -> int:
    keys = db.session.scalars(select(key).where(condition).limit(ROWS_AT_A_TIME)).all()
    return met(delete(model).where(key.in_(keys))) if keys else 0


def _summary(result: Any) -> str:
    count = int(result.get("cleared", 0))
    return ngettext("%(num)d line was cleared away.", "%(num)d lines were cleared away.", count)


CLEARING = JobKind(
    "access:clearing", _l("Clear away old sign-ins"), permission="", run=clear_expired, summary=_summary
)
DAILY_CLEARING = RecurringJob(CLEARING.name, every=datetime.timedelta(hours=1))
