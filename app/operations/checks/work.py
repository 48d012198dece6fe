"""Checks of background work: whether a worker lives, and whether what comes back by itself came back."""

from __future__ import annotations

import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import func, select

from app.core.checks import Check, Finding, green, red, yellow
from app.core.database import db
from app.core.kernel import kernel
from app.operations.clock import database_now, read_database_clock
from app.operations.models import Job, JobState, Slot
from app.operations.timekeeping import a_worker_lives

_MOST_COUNTED = 100


def worker() -> Finding:
    """Look at whether some worker has been heard of lately."""
    if a_worker_lives():
        return green(_("A worker runs."))
    return red(
        _("No worker runs: messages wait, and nothing is checked at night."),
        _("Start `python3 run.py worker`, or set KEBU_WORKER_PROCESS=yes and start Kebu anew."),
    )


def recurring() -> Finding:
    """Look at whether each recurring job was begun in this period or the one before."""
    rows = db.session.execute(select(Slot.name, func.max(Slot.slot)).group_by(Slot.name)).all()
    latest = {str(name): slot for name, slot in rows}
    now = read_database_clock()
    late = [
        work
        for work in kernel().recurring
        if (slot := latest.get(work.kind)) is None
        or now - slot > 2 * work.every + datetime.timedelta(hours=1)
    ]
    if late:
        labels = [str(kernel().job_kinds[work.kind].label) for work in late]
        return red(
            _("These jobs did not come back in time: %(names)s.", names=", ".join(labels)),
            _("Look whether a worker runs and what the page “Everybody's jobs” says."),
        )
    return green(_("Every recurring job came back in time."))


def failed_jobs() -> Finding:
    """Look at jobs of the program itself that failed within a day."""
    query = select(Job.id).where(
        Job.state == JobState.FAILED, Job.asked_by.is_(None), Job.finished_at > database_now(-24 * 3600)
    )
    count = len(db.session.scalars(query.limit(_MOST_COUNTED)).all())
    if not count:
        return green(_("No job of the program failed within a day."))
    words = ngettext(
        "%(num)d job of the program failed within a day.",
        "%(num)d jobs of the program failed within a day.",
        count,
    )
    return yellow(words, _("Look at the page “Everybody's jobs”; the log says more under the job's number."))


CHECKS = (
    Check("operations:worker", _l("Worker"), worker),
    Check("operations:recurring", _l("Recurring jobs"), recurring),
    Check("operations:failed_jobs", _l("Failed jobs"), failed_jobs),
)
