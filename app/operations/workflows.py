"""The steps of a job, from waiting to its end; taken by `services.move`, which asserts that one row took them."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.workflow import Transition, Workflow
from app.operations.models import UNFINISHED, JobState

_RUNNING = (JobState.RUNNING,)
JOB_WORKFLOW = Workflow(
    "state",
    (
        Transition("take", UNFINISHED, JobState.RUNNING, _l("Begin")),
        Transition("keep", _RUNNING, JobState.RUNNING, _l("Go on")),
        Transition("release", _RUNNING, JobState.WAITING, _l("Put back")),
        Transition("finish", _RUNNING, JobState.DONE, _l("Finish")),
        Transition("fail", _RUNNING, JobState.FAILED, _l("Fail")),
        Transition("stop", _RUNNING, JobState.CANCELLED, _l("Cancel")),
        Transition("withdraw", (JobState.WAITING,), JobState.CANCELLED, _l("Cancel")),
    ),
)
