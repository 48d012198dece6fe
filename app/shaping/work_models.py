"""Long changes as a table: what is being done to a field or a record type, how far it is and what came of it."""

from __future__ import annotations

import datetime
import json
import uuid

from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.choices import Choices, choice_column
from app.core.database import Line
from app.core.keys import Key
from app.core.record import Record
from app.shaping.models import OUTLIVES_THE_SAMPLE
from app.shaping.plans import FieldPlan

MOST_NAMED = 20


class Task(Choices):
    """What is being done."""

    CONVERT = "convert", _l("Being made into another kind"), "info"
    INDEX = "index", _l("Being made ready to sort, search or allow no value twice"), "info"
    EMPTY = "empty", _l("Being deleted for good"), "warning"
    DISCARD = "discard", _l("What was made so far is being cleared away"), "warning"


class WorkState(Choices):
    """Where it stands; of what is done only conversions stay, with what did not fit."""

    RUNNING = "running", _l("Being done"), "info"
    STOPPED = "stopped", _l("Stopped"), "warning"
    DONE = "done", _l("Done"), "good"


class ShapingWork(Record):
    """A change of a field (or a whole type: `subject_id`) that goes through its records chunk by chunk.

    `after` is the key behind which it goes on, saved together with what was done up to there. `code` is the new
    column's, `plan` what is wanted. Records that were changed later than `since` are looked at a second time;
    whoever had written before `settled_at` has committed. What did not fit is named by key, never by what stands there.
    """

    __tablename__ = "shaping_work"
    __journalled__ = False
    __table_args__ = (Index(None, "subject_id", "id"), Index(None, "state", "id"), OUTLIVES_THE_SAMPLE)

    task: Mapped[Task] = mapped_column(choice_column(Task, "task"), nullable=False)
    state: Mapped[WorkState] = mapped_column(
        choice_column(WorkState, "state"), default=WorkState.RUNNING, nullable=False
    )
    screen: Mapped[str] = mapped_column(Line(80), nullable=False)
    subject_id: Mapped[uuid.UUID] = mapped_column(Key, nullable=False)
    code: Mapped[str] = mapped_column(Line(8), default="", nullable=False)
    plan: Mapped[str] = mapped_column(Text, default="", nullable=False)
    phase: Mapped[str] = mapped_column(String(16), default="begun", nullable=False)
    after: Mapped[uuid.UUID | None] = mapped_column(Key)
    since: Mapped[datetime.datetime | None]
    settled_at: Mapped[datetime.datetime | None]
    done: Mapped[int] = mapped_column(BigInteger, default=0, nullable=False)
    total: Mapped[int] = mapped_column(BigInteger, default=0, nullable=False)
    fitted: Mapped[int] = mapped_column(BigInteger, default=0, nullable=False)
    left_over: Mapped[int] = mapped_column(BigInteger, default=0, nullable=False)
    named: Mapped[str] = mapped_column(Text, default="[]", nullable=False)
    job_id: Mapped[uuid.UUID | None] = mapped_column(Key)
    message: Mapped[str] = mapped_column(String(500), default="", nullable=False)

    @property
    def wanted(self) -> FieldPlan:
        """The field as it is to be."""
        return FieldPlan.from_text(self.plan)

    @property
    def named_keys(self) -> list[uuid.UUID]:
        """The first records whose value did not fit."""
        return [uuid.UUID(text) for text in json.loads(self.named)]

    def name(self, keys: list[uuid.UUID]) -> None:
        """Keep records whose value did not fit, until there are `MOST_NAMED`."""
        known = self.named_keys
        if keys and len(known) < MOST_NAMED:
            fresh = [key for key in keys if key not in known]
            self.named = json.dumps([str(key) for key in [*known, *fresh][:MOST_NAMED]])
