"""The tables of operations: jobs, leases and the slots of recurring work."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from app.core.choices import Choices, choice_column
from app.core.clock import UtcDateTime
from app.core.database import Line
from app.core.json_text import JsonText
from app.core.keys import Key, uuid7


class JobState(Choices):
    """What has become of a job."""

    WAITING = "waiting", _l("Waiting")
    RUNNING = "running", _l("Running"), "info"
    DONE = "done", _l("Done"), "good"
    FAILED = "failed", _l("Failed"), "bad"
    CANCELLED = "cancelled", _l("Cancelled"), "warning"


UNFINISHED = (JobState.WAITING, JobState.RUNNING)


class Job(Model):
    """One piece of work: what was asked, who runs it, how far it is and what came out.

    No `Record`: its rows change by conditional statements alone (`services.move`), many times a minute, and are
    no part of the shop's history. `epoch` grows whenever a worker takes the job; a worker that still has an older
    one can write nothing. `intent` is unique for each thing that somebody wants done once.
    """

    __tablename__ = "operations_job"

    id: Mapped[uuid.UUID] = mapped_column(Key, primary_key=True, default=uuid7)
    kind: Mapped[str] = mapped_column(Line(80), nullable=False)
    arguments: Mapped[Any] = mapped_column(JsonText, nullable=False)
    state: Mapped[JobState] = mapped_column(
        choice_column(JobState, "state"), default=JobState.WAITING, nullable=False
    )
    resume_state: Mapped[Any] = mapped_column(JsonText, default=dict, nullable=False)
    done: Mapped[int] = mapped_column(BigInteger, default=0, nullable=False)
    total: Mapped[int] = mapped_column(BigInteger, default=0, nullable=False)
    result: Mapped[Any] = mapped_column(JsonText, default=dict, nullable=False)
    message_code: Mapped[str] = mapped_column(String(64), default="", nullable=False)
    message: Mapped[str] = mapped_column(String(500), default="", nullable=False)
    incident: Mapped[str] = mapped_column(String(16), default="", nullable=False)
    asked_by: Mapped[int | None] = mapped_column(Integer)
    language: Mapped[str] = mapped_column(String(16), default="", nullable=False)
    intent: Mapped[str | None] = mapped_column(String(64), unique=True)
    holder: Mapped[str] = mapped_column(String(40), default="", nullable=False)
    epoch: Mapped[int] = mapped_column(Integer, default=0, nullable=False)
    attempts: Mapped[int] = mapped_column(Integer, default=0, nullable=False)
    created_at: Mapped[datetime.datetime] = mapped_column(UtcDateTime, nullable=False)
    started_at: Mapped[datetime.datetime | None] = mapped_column(UtcDateTime)
    heartbeat_at: Mapped[datetime.datetime | None] = mapped_column(UtcDateTime)
    cancel_asked_at: Mapped[datetime.datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime.datetime | None] = mapped_column(UtcDateTime)

    @declared_attr.directive
    def __table_args__(cls) -> Any:
        return (
            Index(None, "state", "id"),
            Index(None, "asked_by", "id"),
            Index(None, "finished_at", "id"),
        )

    def __repr__(self) -> str:
        return f"<Job {self.id}>"


class Lease(Model):
    """The right to do what only one worker may do at a time; void once `expires_at` has passed."""

    __tablename__ = "operations_lease"

    name: Mapped[str] = mapped_column(Line(80), primary_key=True)
    holder: Mapped[str] = mapped_column(String(40), nullable=False)
    epoch: Mapped[int] = mapped_column(Integer, nullable=False)
    expires_at: Mapped[datetime.datetime] = mapped_column(UtcDateTime, nullable=False)


class Slot(Model):
    """One period of one recurring job; its row says that the period's run has been asked for."""

    __tablename__ = "operations_slot"

    id: Mapped[uuid.UUID] = mapped_column(Key, primary_key=True, default=uuid7)
    name: Mapped[str] = mapped_column(Line(80), nullable=False)
    slot: Mapped[datetime.datetime] = mapped_column(UtcDateTime, nullable=False)
    job_id: Mapped[uuid.UUID | None] = mapped_column(
        Key, ForeignKey("operations_job.id", ondelete="SET NULL"), index=True
    )

    @declared_attr.directive
    def __table_args__(cls) -> Any:
        return (UniqueConstraint("name", "slot"), Index(None, "slot"))
