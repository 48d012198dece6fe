"""Sending: the worker's errand, one message after the other, each claimed, handed over and marked."""

from __future__ import annotations

import logging

from sqlalchemy import or_, select

from app.core.crypto import Damaged
from app.core.database import db
from app.core.jobs import Errand, Hold
from app.core.remembering import forget
from app.messaging.failures import NotSent
from app.messaging.letters import open_letter
from app.messaging.models import Message
from app.messaging.outbox import (
    Claimed,
    claim,
    due,
    end_overdue,
    keep_reference,
    mark_failed,
    mark_sent,
    overdue,
)
from app.messaging.sending_settings import Outlets, outlets

log = logging.getLogger("kebu.messages")


def is_due() -> bool:
    """Say whether some message can go, or can't any more."""
    wanted = or_(due(outlets().sending), overdue())
    return db.session.scalar(select(Message.id).where(wanted).limit(1)) is not None


def send_due(hold: Hold) -> None:
    """Send what is due until there is nothing or the worker ends; raise `LeaseLost`."""
    end_overdue(hold)
    while not hold.stopping():
        # What the shop's settings say may change while a long row of messages goes.
        forget()
        ways = outlets()
        claimed = claim(hold, ways.sending)
        if claimed is None:
            return
        deliver(hold, claimed, ways)


def deliver(hold: Hold, claimed: Claimed, ways: Outlets) -> None:
    """Hand one message over and mark what came of it.

    A worker that dies in between leaves it as being sent, and the next one hands it over once more, under the
    same reference. One that slept through its hold finds that out before it sends.
    """
    provider = ways.provider(claimed.channel)
    assert provider is not None, "only what can be sent is claimed"
    reference = claimed.reference or provider.new_reference(claimed.id.hex)
    if not keep_reference(hold, claimed, reference):
        return
    try:
        letter = open_letter(claimed.locked, claimed.id)
        answer = provider.send(letter, reference)
    except (NotSent, Damaged) as problem:
        failure = problem if isinstance(problem, NotSent) else NotSent("damaged")
        _told(mark_failed(claimed, failure), claimed, f"not sent: {failure.code} {failure.answer}".rstrip())
    else:
        _told(mark_sent(claimed, letter, answer), claimed, "sent")


def _told(is_mine: bool, claimed: Claimed, outcome: str) -> None:
    note = outcome if is_mine else f"{outcome}, but another worker has it by now"
    log.info("message %s (%s), try %d: %s", claimed.id, claimed.kind, claimed.attempts, note)


SENDING = Errand("messaging:send", is_due, send_due)
