"""What messaging looks at for the check: messages that were given up, and messages that wait for too long."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import select

from app.core.checks import Check, Finding, green, red, yellow
from app.core.database import db
from app.messaging.models import Message, MessageState
from app.messaging.sending_settings import outlets
from app.operations.clock import database_now

_STUCK_SECONDS = 3600
_LATELY_SECONDS = 7 * 24 * 3600
_MOST = 1_000


def stuck() -> Finding:
    """Look for messages that should have gone an hour ago and were not even tried."""
    overdue = (
        Message.state.in_((MessageState.WAITING, MessageState.FAILED, MessageState.SENDING)),
        Message.next_at < database_now(-_STUCK_SECONDS),
        Message.expires_at > database_now(),
        Message.channel.in_(tuple(outlets().sending)),
    )
    count = len(db.session.scalars(select(Message.id).where(*overdue).limit(_MOST)).all())
    if not count:
        return green(_("No message waits for too long."))
    words = ngettext(
        "%(num)d message has been waiting for more than an hour.",
        "%(num)d messages have been waiting for more than an hour.",
        count,
    )
    return red(words, _("Look whether a worker runs, and at the page “Message log”."))


def given_up() -> Finding:
    """Look for messages of the last week that were given up."""
    query = select(Message.id).where(
        Message.state == MessageState.DEAD, Message.ended_at > database_now(-_LATELY_SECONDS)
    )
    count = len(db.session.scalars(query.limit(_MOST)).all())
    if not count:
        return green(_("Every message of the last week has gone."))
    words = ngettext(
        "%(num)d message of the last week was given up.",
        "%(num)d messages of the last week were given up.",
        count,
    )
    return yellow(words, _("The page “Message log” says why. Send them again, or mend the address."))


CHECKS = (
    Check("messaging:stuck", _l("Waiting messages"), stuck),
    Check("messaging:given_up", _l("Messages that were given up"), given_up),
)
