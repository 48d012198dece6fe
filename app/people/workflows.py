"""The steps of a contact, from open to done or dropped and back."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.workflow import Transition, Workflow
from app.people.models import UNSETTLED, ContactState

CONTACT_WORKFLOW = Workflow(
    "state",
    (
        Transition("start", (ContactState.OPEN,), ContactState.IN_PROGRESS, _l("Start"), "primary"),
        Transition("finish", UNSETTLED, ContactState.DONE, _l("Finish"), "primary"),
        Transition("drop", UNSETTLED, ContactState.DROPPED, _l("Drop")),
        Transition("reopen", (ContactState.DONE, ContactState.DROPPED), ContactState.OPEN, _l("Reopen")),
    ),
)
