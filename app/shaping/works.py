"""Works: long changes are begun, carried on chunk by chunk, stopped, gone on with or given up.

The row of a work says that its field is being changed; while it is there, nothing else may be done to that field. Small
ones are done at once by the same steps.
"""

from __future__ import annotations

import datetime
import uuid

from flask_babel import gettext as _
from sqlalchemy import select

from app.core.clock import utc_now
from app.core.database import db
from app.core.errors import NotFound
from app.core.jobs import LeaseLost, enqueue
from app.core.kernel import kernel
from app.core.keys import uuid7
from app.core.locking import lock
from app.core.transaction import transaction
from app.panel.importing.here import HereAndNow
from app.shaping.errors import StillInUse
from app.shaping.plans import FieldPlan
from app.shaping.work_models import ShapingWork, Task, WorkState

JOB = "shaping:work"
# A table with more rows than this is gone through by a worker; fewer take less than a second.
MOST_AT_ONCE = 2_000
# After this long without a word nobody is at it any more, and the page offers to go on.
SILENT = datetime.timedelta(minutes=5)
_MOST_UNFINISHED = 500
_UNFINISHED = (WorkState.RUNNING, WorkState.STOPPED)


def unfinished_works() -> dict[uuid.UUID, ShapingWork]:
    """Return what is under way or stopped, by the field or type that it is about."""
    query = select(ShapingWork).where(ShapingWork.state.in_(_UNFINISHED)).order_by(ShapingWork.id)
    rows = db.session.scalars(query.limit(_MOST_UNFINISHED).execution_options(populate_existing=True))
    return {row.subject_id: row for row in rows}


def find_work(work_id: uuid.UUID) -> ShapingWork:
    """Return a work by its key; raise `NotFound`."""
    query = select(ShapingWork).where(ShapingWork.id == work_id).limit(1)
    row = db.session.scalar(query.execution_options(populate_existing=True))
    if row is None:
        raise NotFound()
    return row


def reserved_codes() -> set[str]:
    """Return the codes of columns that works fill and no definition names yet."""
    query = select(ShapingWork.code).where(ShapingWork.state.in_(_UNFINISHED), ShapingWork.code != "")
    return set(db.session.scalars(query.limit(_MOST_UNFINISHED)))


def require_idle(subject_id: uuid.UUID) -> None:
    """Raise `StillInUse` while something long is being done to this field or type."""
    query = select(ShapingWork.task).where(
        ShapingWork.subject_id == subject_id, ShapingWork.state.in_(_UNFINISHED)
    )
    task = db.session.scalar(query.limit(1))
    if task is not None:
        raise StillInUse(_("%(what)s. Wait until that has ended, or give it up first.", what=task.label))


def begin(
    task: Task,
    screen: str,
    subject_id: uuid.UUID,
    *,
    is_long: bool,
    code: str = "",
    plan: FieldPlan | None = None,
) -> ShapingWork:
    """Write down that something long begins, within the open transaction, and ask a worker for it if it is long."""
    require_idle(subject_id)
    work = ShapingWork(
        task=task, screen=screen, subject_id=subject_id, code=code, plan=plan.as_text() if plan else ""
    )
    db.session.add(work)
    db.session.flush()
    if is_long:
        _ask_for(work)
    return work


def _ask_for(work: ShapingWork) -> None:
    if kernel().enqueue is not None:
        work.job_id = enqueue(JOB, {"work": str(work.id)}, key=f"{work.id}:{work.row_version}")


def carry_on(work_id: uuid.UUID) -> uuid.UUID | None:
    """Return the job that a worker does it by; without one do it here and now, and return None."""
    job_id = find_work(work_id).job_id
    db.session.rollback()
    if job_id is None:
        kernel().job_kinds[JOB].run(HereAndNow(uuid7(), {"work": str(work_id)}, {}))
    return job_id


def is_at_rest(work: ShapingWork) -> bool:
    """Say whether nobody is at it: it was stopped, or nothing was heard of it for long."""
    return work.state is WorkState.STOPPED or (
        work.state is WorkState.RUNNING and work.changed_at < utc_now() - SILENT
    )


def go_on(work_id: uuid.UUID, task: Task | None = None) -> uuid.UUID | None:
    """Go on with what is at rest, or with clearing away what it has made (`task`); return the job."""
    with transaction():
        work = lock(ShapingWork, [work_id])[work_id]
        if not is_at_rest(work):
            raise StillInUse(_("This is being worked on."))
        work.state, work.message = WorkState.RUNNING, ""
        if task is not None:
            work.task, work.after, work.done, work.phase = task, None, 0, "begun"
        # Written first, so that each time is another wish for a job.
        db.session.flush()
        had_job, work.job_id = work.job_id is not None, None
        if had_job:
            _ask_for(work)
    return carry_on(work_id)


def give_up(work_id: uuid.UUID) -> uuid.UUID | None:
    """Let go of what is at rest: the field is as it was, less what was deleted; return the job that clears away."""
    work = find_work(work_id)
    if work.task in (Task.CONVERT, Task.DISCARD):
        return go_on(work_id, Task.DISCARD)
    with transaction():
        work = lock(ShapingWork, [work_id])[work_id]
        if not is_at_rest(work):
            raise StillInUse(_("This is being worked on."))
        db.session.delete(work)
    return None


# --- For whoever does the steps ------------------------------------------------------------------------


def held(work_id: uuid.UUID, phase: str, after: uuid.UUID | None) -> ShapingWork:
    """Lock a work's row for the next chunk; raise `LeaseLost` when it was stopped, or another worker has gone on."""
    work = lock(ShapingWork, [work_id])[work_id]
    if work.state is not WorkState.RUNNING or (work.phase, work.after) != (phase, after):
        raise LeaseLost()
    return work


def stop(work_id: uuid.UUID, message: str = "") -> None:
    """Leave a work so that somebody can go on with it; harmless when it has ended."""
    with transaction():
        query = select(ShapingWork).where(ShapingWork.id == work_id).limit(1).with_for_update()
        work = db.session.scalar(query.execution_options(populate_existing=True))
        if work is not None and work.state is WorkState.RUNNING:
            work.state, work.message = WorkState.STOPPED, message[:500]


def forget(work_id: uuid.UUID) -> None:
    """Remove the row of a work that has nothing to tell."""
    with transaction():
        db.session.delete(lock(ShapingWork, [work_id])[work_id])


def past_conversions(subject_id: uuid.UUID) -> list[ShapingWork]:
    """Return what is still told of conversions of a field."""
    query = select(ShapingWork).where(
        ShapingWork.subject_id == subject_id, ShapingWork.state == WorkState.DONE
    )
    return list(db.session.scalars(query.limit(_MOST_UNFINISHED)))
