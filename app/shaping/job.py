"""Long changes as a job: one kind for all of them, with the right that the change itself needs."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app.core.database import db
from app.core.errors import Invalid
from app.core.jobs import JobKind, LeaseLost, RunningJob
from app.shaping import works
from app.shaping.converting import convert, discard
from app.shaping.definitions import read_definitions
from app.shaping.deleting import empty
from app.shaping.errors import Unsuitable
from app.shaping.indexing import index
from app.shaping.rights import FIELD_CHANGE, TYPE_CHANGE
from app.shaping.work_models import ShapingWork, Task, WorkState

_STEPS: Mapping[Task, Callable[[uuid.UUID, RunningJob], None]] = {
    Task.CONVERT: convert,
    Task.DISCARD: discard,
    Task.EMPTY: empty,
    Task.INDEX: index,
}


def run(job: RunningJob) -> None:
    """Do what is left of a long change; stopped by whatever reason it stays there to be gone on with.

    A change whose values do not allow it raises `Unsuitable` and leaves nothing.
    """
    work_id = uuid.UUID(str(job.arguments["work"]))
    work = db.session.scalar(select(ShapingWork).where(ShapingWork.id == work_id).limit(1))
    if work is None or work.state is not WorkState.RUNNING:
        return
    task = work.task
    db.session.rollback()
    try:
        _STEPS[task](work_id, job)
    except (LeaseLost, OperationalError):
        # Another worker, or this one after a while, goes on behind the last chunk.
        raise
    except Invalid as refusal:
        db.session.rollback()
        works.forget(work_id)
        raise Unsuitable(" ".join(str(message) for message in refusal.errors.values())) from refusal
    except Exception as error:
        db.session.rollback()
        works.stop(work_id, str(error) if isinstance(error, Unsuitable) else "")
        raise


def _permission(arguments: Mapping[str, Any]) -> str:
    """Return the right that the change needs: that to types when a whole one is deleted."""
    work_id = uuid.UUID(str(arguments["work"]))
    subject = db.session.scalar(select(ShapingWork.subject_id).where(ShapingWork.id == work_id).limit(1))
    return TYPE_CHANGE if subject in {row.id for row in read_definitions().types} else FIELD_CHANGE


def _address(_job: uuid.UUID, result: Mapping[str, Any]) -> str:
    return f"/shaping/work/{result['work']}" if "work" in result else "/shaping/"


def _summary(result: Mapping[str, Any]) -> str:
    if "fitted" not in result:
        return ""
    fitted, left = int(result["fitted"]), int(result["left"])
    taken = ngettext("%(num)d value was taken over.", "%(num)d values were taken over.", fitted)
    if not left:
        return str(taken)
    return _("%(taken)s Values that do not fit: %(left)d.", taken=taken, left=left)


SHAPING_JOB = JobKind(works.JOB, _l("Change of an own field"), _permission, run, _address, _summary)
