"""The verbs of jobs: asking for one, calling it off, moving its row, and the questions that pages ask."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from flask import current_app, has_request_context, session
from flask_babel import get_locale
from sqlalchemy import ColumnElement, CursorResult, and_, case, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.access.errors import NotByKey
from app.access.present import is_the_program, present_key, present_person_id
from app.core.database import db, writing
from app.core.errors import Forbidden, NotFound, ProgrammingError
from app.core.kernel import kernel
from app.core.keys import uuid7
from app.core.permissions import granted, require
from app.core.transaction import command, transaction
from app.operations.clock import database_now
from app.operations.models import UNFINISHED, Job, JobState
from app.operations.workflows import JOB_WORKFLOW

LIST_ALL = "operations:job:list_all"
CANCEL_ALL = "operations:job:cancel_all"
# In the session while jobs of this person may be under way: pages show a mark by it and ask no database.
WORKING = "working"
MOST_SHOWN_AS_WORKING = 99
CODES_OF_OUR_OWN = ("gave-up", "unexpected")


def move(step: str, job_id: uuid.UUID, *conditions: ColumnElement[bool], **values: Any) -> bool:
    """Take a step of the workflow with one conditional statement and say whether the job's row took it."""
    transition = JOB_WORKFLOW.transition(step)
    statement = (
        update(Job)
        .where(Job.id == job_id, Job.state.in_(transition.sources), *conditions)
        .values(state=transition.target, **values)
        .execution_options(synchronize_session=False)
    )
    return changed_rows(statement) == 1


def changed_rows(statement: Any) -> int:
    """Run a statement inside the open transaction and return how many rows it met."""
    if not writing.get():
        raise ProgrammingError("jobs and leases change inside a transaction only")
    result = db.session.execute(statement)
    assert isinstance(result, CursorResult), "an UPDATE or DELETE counts its rows"
    return int(result.rowcount)


# --- Asking for a job -----------------------------------------------------------------------------------


def put_job(kind_name: str, arguments: Mapping[str, Any], key: str | None) -> uuid.UUID:
    """Do what `core.jobs.enqueue` promises."""
    kind = kernel().job_kinds.get(kind_name)
    if kind is None:
        raise ProgrammingError(f"no slice declares jobs of the kind {kind_name!r}")
    if present_key() is not None:
        # A job works with all the rights of a person.
        raise NotByKey
    if not is_the_program():
        require(kind.permission_for(arguments))
    if writing.get():
        job_id = _put(kind_name, arguments, key)
    else:
        with transaction():
            job_id = _put(kind_name, arguments, key)
    if has_request_context():
        session[WORKING] = True
    return job_id


def _put(kind_name: str, arguments: Mapping[str, Any], key: str | None) -> uuid.UUID:
    person_id = present_person_id()
    intent = None if key is None else _intent(person_id, kind_name, key)
    known = _job_of(intent)
    if known is not None:
        return known
    job_id = uuid7()
    row = {
        "id": job_id,
        "kind": kind_name,
        "arguments": dict(arguments),
        "asked_by": person_id,
        "language": str(get_locale() or ""),
        "intent": intent,
        "created_at": database_now(),
    }
    try:
        with db.session.begin_nested():
            db.session.execute(insert(Job).values(row))
    except IntegrityError:
        # Somebody asked for the same thing at the same moment.
        known = _job_of(intent)
        if known is None:
            raise
        return known
    return job_id


def _intent(person_id: int | None, kind_name: str, key: str) -> str:
    # A key may hold what somebody typed; nobody needs to read it, only to recognise it.
    return hashlib.sha256(json.dumps([person_id, kind_name, key]).encode()).hexdigest()


def _job_of(intent: str | None) -> uuid.UUID | None:
    if intent is None:
        return None
    return db.session.scalar(select(Job.id).where(Job.intent == intent).limit(1))


# --- Calling it off -------------------------------------------------------------------------------------


@command(None)
def cancel_job(job_id: uuid.UUID) -> bool:
    """Call a job off and say whether there was anything to call off; raise `NotFound` or `Forbidden`.

    One that runs ends at its next chunk; one that waits, or whose worker has fallen silent, ends now.
    """
    job = find_job(job_id)
    if job.asked_by != present_person_id() and not granted(CANCEL_ALL):
        raise Forbidden()
    ended = {"cancel_asked_at": database_now(), "finished_at": database_now()}
    if move("withdraw", job_id, **ended) or move("stop", job_id, silent(), epoch=Job.epoch + 1, **ended):
        return True
    asked = update(Job).where(Job.id == job_id, Job.state == JobState.RUNNING, Job.cancel_asked_at.is_(None))
    return changed_rows(asked.values(cancel_asked_at=database_now())) == 1


def silent(lease_seconds: float | None = None) -> ColumnElement[bool]:
    """Return the condition that a running job's worker has not been heard of for as long as a lease lasts."""
    seconds = lease_seconds or current_app.config["KEBU_SETTINGS"].worker_lease_seconds
    return and_(Job.state == JobState.RUNNING, Job.heartbeat_at < database_now(-seconds))


def put_back() -> dict[str, Any]:
    """Return the values of a job that waits again through no fault of its own: the try does not count."""
    return {"holder": "", "attempts": case((Job.attempts > 0, Job.attempts - 1), else_=0)}


# --- Questions ------------------------------------------------------------------------------------------


def find_job(job_id: uuid.UUID) -> Job:
    """Return a job that whoever is present may see; raise `NotFound` for all others."""
    job = db.session.scalar(select(Job).where(Job.id == job_id, _visible()).limit(1))
    if job is None:
        raise NotFound()
    return job


def _visible() -> ColumnElement[bool]:
    return Job.id.is_not(None) if granted(LIST_ALL) else mine()


def mine() -> ColumnElement[bool]:
    """Return the condition that a job was asked for by whoever is present."""
    return Job.asked_by == present_person_id()


def list_jobs(*, everybody: bool, before: uuid.UUID | None, limit: int) -> Sequence[Job]:
    """Return up to `limit` jobs, newest first, from just before the job `before` on."""
    query = select(Job).order_by(Job.id.desc()).limit(limit)
    if not everybody:
        query = query.where(mine())
    if before is not None:
        query = query.where(Job.id < before)
    return db.session.scalars(query).all()


def count_working() -> int:
    """Return how many jobs of whoever is present wait or run, at most 99."""
    found = select(Job.id).where(mine(), Job.state.in_(UNFINISHED)).limit(MOST_SHOWN_AS_WORKING)
    return int(db.session.scalar(select(func.count()).select_from(found.subquery())) or 0)
