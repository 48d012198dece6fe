"""Running: one job taken, carried through on behalf of whoever asked, and ended one way or another."""

from __future__ import annotations

import logging
import secrets
import threading
import traceback
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask_babel import force_locale
from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.exc import OperationalError

from app.access.acting import acting_as, still_acting
from app.core.database import db, writing
from app.core.errors import KebuError, ProgrammingError
from app.core.jobs import JobCancelled, JobKind, LeaseLost
from app.core.kernel import kernel
from app.core.permissions import require
from app.core.remembering import remembering
from app.core.shop import shop
from app.core.transaction import on_rollback, transaction
from app.operations.clock import database_now
from app.operations.models import Job, JobState
from app.operations.services import changed_rows, move, put_back, silent

# Tries without any progress between them; a job that brings its worker down each time must not do so for ever.
MOST_TRIES = 5
CANDIDATES = 10
LONGEST_MESSAGE = 500
log = logging.getLogger("kebu.jobs")


@dataclass
class HeldJob:
    """A job in the hands of this worker: what a job's function is given (`core.jobs.RunningJob`)."""

    id: uuid.UUID
    kind: JobKind
    arguments: Mapping[str, Any]
    state: Mapping[str, Any]
    epoch: int
    asked_by: int | None
    language: str
    stopping: Callable[[], bool]
    ended: bool = False

    def check(self) -> None:
        """Raise `JobCancelled`, `LeaseLost`, `AccountClosed` or `Forbidden` when the work should end here."""
        row = self._look()
        if self.stopping() or row is None or row.state is not JobState.RUNNING or row.epoch != self.epoch:
            raise LeaseLost()
        if row.cancel_asked_at is not None:
            raise JobCancelled()
        still_acting()
        self.require_permission()

    def keep(self, state: Mapping[str, Any], done: int, total: int) -> None:
        """Save resume point and progress within the open transaction; raise `LeaseLost` when it is another's job."""
        before = self.state
        values = {"resume_state": dict(state), "done": done, "total": total, "attempts": 1}
        self._write("keep", heartbeat_at=database_now(), **values)
        on_rollback(lambda: setattr(self, "state", before))
        self.state = dict(state)

    def finish(self, result: Mapping[str, Any]) -> None:
        """End the job with this result within the open transaction; raise `LeaseLost` when it is another's job."""
        self._write("finish", result=dict(result), finished_at=database_now())
        on_rollback(lambda: setattr(self, "ended", False))
        self.ended = True

    def require_permission(self) -> None:
        """Raise `Forbidden` unless whoever asked may still start such a job."""
        if self.asked_by is not None:
            require(self.kind.permission_for(self.arguments))

    def end(self, step: str, **values: Any) -> None:
        """End or release the job in a transaction of its own; nothing happens when it is another's by now."""
        with transaction():
            if not move(step, self.id, Job.epoch == self.epoch, **values):
                log.info("job %s is another worker's or has ended; “%s” is void", self.id, step)

    def _write(self, step: str, **values: Any) -> None:
        if not writing.get():
            raise ProgrammingError("a job's state is kept within the transaction of the work it stands for")
        if not move(step, self.id, Job.epoch == self.epoch, **values):
            raise LeaseLost()

    def _look(self) -> Any:
        """Read the row as it is now: not through the session, whose transaction may have begun long ago."""
        query = select(Job.state, Job.epoch, Job.cancel_asked_at).where(Job.id == self.id).limit(1)
        token = writing.set(False)
        try:
            with db.engine.connect() as connection:
                return connection.execute(query).one_or_none()
        finally:
            writing.reset(token)


class Runner:
    """Takes jobs one after the other and keeps those it holds alive; several threads may share one."""

    def __init__(
        self, app: Flask, lease_seconds: float, stopping: Callable[[], bool] = lambda: False
    ) -> None:
        """Prepare to run jobs of `app`; a worker that has been silent for `lease_seconds` has lost its job."""
        self.app = app
        self.holder = uuid.uuid4().hex
        self.lease_seconds = lease_seconds
        self.stopping = stopping
        self._held: dict[uuid.UUID, int] = {}
        self._lock = threading.Lock()

    def run_next(self) -> bool:
        """Run one job that waits or whose worker fell silent, and say whether there was one."""
        with self.app.app_context():
            job = self._take()
        if job is None:
            return False
        with self._lock:
            self._held[job.id] = job.epoch
        try:
            # A context of its own: what one job has looked up must not be known to the next.
            with self.app.app_context():
                carry_through(job)
        finally:
            with self._lock:
                self._held.pop(job.id, None)
        return True

    def beat(self) -> None:
        """Say of every job in hand that its worker lives; a row that is locked just now is left to its chunk."""
        with self._lock:
            held = dict(self._held)
        for job_id, epoch in held.items():
            mine = update(Job).where(Job.id == job_id, Job.epoch == epoch, Job.state == JobState.RUNNING)
            try:
                with transaction():
                    changed_rows(mine.values(heartbeat_at=database_now()))
            except OperationalError as error:
                log.warning("no heartbeat for job %s (%s)", job_id, type(error.orig).__name__)

    def _take(self) -> HeldJob | None:
        for condition in (silent(self.lease_seconds), Job.state == JobState.WAITING):
            query = (
                select(Job.id, Job.epoch, Job.attempts).where(condition).order_by(Job.id).limit(CANDIDATES)
            )
            candidates = db.session.execute(query).all()
            db.session.rollback()
            for job_id, epoch, attempts in candidates:
                job = self._try_to_take(job_id, epoch, attempts, condition)
                if job is not None:
                    return job
        return None

    def _try_to_take(
        self, job_id: uuid.UUID, epoch: int, attempts: int, condition: ColumnElement[bool]
    ) -> HeldJob | None:
        unchanged = (Job.epoch == epoch, condition)
        with transaction():
            taken = move(
                "take",
                job_id,
                *unchanged,
                epoch=epoch + 1,
                holder=self.holder,
                attempts=attempts + 1,
                started_at=func.coalesce(Job.started_at, database_now()),
                heartbeat_at=database_now(),
            )
            if not taken:
                return None
            # Read after it was taken: the worker before may have kept a state until that very moment.
            row = db.session.scalars(select(Job).where(Job.id == job_id).limit(1)).one()
            kind = kernel().job_kinds.get(row.kind)
            if attempts >= MOST_TRIES or kind is None:
                move("fail", job_id, message_code="gave-up", finished_at=database_now())
                log.error("job %s (%s) is given up after %d tries", job_id, row.kind, attempts)
                return None
            log.info("job %s (%s) begins, try %d, epoch %d", job_id, row.kind, attempts + 1, epoch + 1)
            return HeldJob(
                row.id, kind, row.arguments, row.resume_state, epoch + 1, row.asked_by, row.language, self.stopping
            )  # fmt: skip


def carry_through(job: HeldJob) -> None:
    """Call the job's function on behalf of whoever asked and write down how it ended; raises nothing of it."""
    with force_locale(job.language or shop().language):
        try:
            with _on_behalf_of(job):
                job.require_permission()
                job.kind.run(job)
            if not job.ended:
                job.end("finish", finished_at=database_now())
        except LeaseLost:
            db.session.rollback()
            job.end("release", **put_back())
        except JobCancelled:
            db.session.rollback()
            job.end("stop", finished_at=database_now())
        except KebuError as refusal:
            db.session.rollback()
            _fail(job, refusal.code, str(refusal))
        except OperationalError as error:
            # A deadlock or a database that went away: nothing was kept of the chunk, so it is tried again.
            db.session.rollback()
            log.warning("job %s meets a busy database (%s)", job.id, type(error.orig).__name__)
            job.end("release", holder="")
        except Exception as error:  # noqa: BLE001 - whatever a job's function raises must end in words
            db.session.rollback()
            _fail(job, "unexpected", "", incident=_note_incident(job, error))


@contextmanager
def _on_behalf_of(job: HeldJob) -> Iterator[None]:
    if job.asked_by is None:
        with remembering():
            yield
    else:
        with acting_as(job.asked_by, job.language):
            yield


def _fail(job: HeldJob, code: str, message: str, incident: str = "") -> None:
    log.warning("job %s (%s) failed: %s", job.id, job.kind.name, code)
    told = {"message_code": code, "message": message[:LONGEST_MESSAGE], "incident": incident}
    job.end("fail", finished_at=database_now(), **told)


def _note_incident(job: HeldJob, error: Exception) -> str:
    """Log where it happened under a number; an error's own words may hold what people are called."""
    number = secrets.token_hex(4)
    places = "".join(traceback.format_tb(error.__traceback__))
    log.error(
        "incident %s in job %s (%s): %s\n%s", number, job.id, job.kind.name, type(error).__name__, places
    )
    return number
