"""Long changes as the manager reads them: what is being done, how far it is, and where one can follow it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from flask_babel import format_percent

from app.core.jobs import job_address
from app.core.keys import encode_token
from app.shaping.work_models import ShapingWork, WorkState
from app.shaping.works import is_at_rest, unfinished_works

WORK = "/shaping/work/"


@dataclass(frozen=True, slots=True)
class WorkLine:
    """Something long that is being done to a field or type."""

    token: str
    task: str
    state: str
    tone: str
    share: str
    message: str
    url: str
    is_at_rest: bool


def work_address(work_id: uuid.UUID) -> str:
    """Return the address of a long change's page."""
    return WORK + encode_token((work_id,))


def work_lines() -> dict[uuid.UUID, WorkLine]:
    """Return what is under way or stopped, by the field or type that it is about; one statement."""
    return {key: line_of(work) for key, work in unfinished_works().items()}


def line_of(work: ShapingWork) -> WorkLine:
    """Return one of them."""
    rests = is_at_rest(work)
    return WorkLine(
        token=encode_token((work.id,)),
        task=str(work.task.label),
        state=str(WorkState.STOPPED.label if rests else work.task.label),
        tone=WorkState.STOPPED.tone if rests else work.task.tone,
        share=format_percent(int(min(1, work.done / work.total) * 100) / 100) if work.total else "",
        message=work.message,
        url=job_address(work.job_id) if work.job_id is not None and not rests else work_address(work.id),
        is_at_rest=rests,
    )
