"""The steps of a message; taken by `outbox.move`, which asserts that one row took them."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.workflow import Transition, Workflow
from app.messaging.models import MessageState

UNSENT = (MessageState.WAITING, MessageState.FAILED)
_SENDING = (MessageState.SENDING,)
MESSAGE_WORKFLOW = Workflow(
    "state",
    (
        Transition("take", (*UNSENT, MessageState.SENDING), MessageState.SENDING, _l("Send")),
        Transition("sent", _SENDING, MessageState.SENT, _l("Sent")),
        Transition("fail", _SENDING, MessageState.FAILED, _l("Try again later")),
        Transition("die", (*UNSENT, MessageState.SENDING), MessageState.DEAD, _l("Give up")),
        Transition("revive", (MessageState.DEAD,), MessageState.WAITING, _l("Try again")),
    ),
)
