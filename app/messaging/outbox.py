"""The outbox: a message written in the business transaction, claimed, marked, and asked for by pages."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from app.core.database import db, writing
from app.core.errors import Conflict, NotFound, ProgrammingError
from app.core.jobs import Hold
from app.core.kernel import kernel
from app.core.keys import uuid7
from app.core.transaction import command, transaction
from app.messaging.failures import FINAL, NotSent
from app.messaging.letters import Letter, checked_recipient, lock_letter
from app.messaging.models import Channel, Message, MessageState
from app.messaging.texts import minutes_of, write_mail, write_sms
from app.messaging.workflows import MESSAGE_WORKFLOW, UNSENT
from app.operations.clock import database_now
from app.operations.services import changed_rows

LIST = "messaging:message:list"
RETRY = "messaging:message:retry"
# How long after each try the next one begins; greylisting servers want some minutes.
PAUSES_SECONDS = (30, 60, 120, 300, 900, 3600, 10800)
MOST_TRIES = len(PAUSES_SECONDS) + 1
SECONDS_OF_USE = 3 * 24 * 3600
CANDIDATES = 10
log = logging.getLogger("kebu.messages")


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message in the hands of one sender."""

    id: uuid.UUID
    channel: Channel
    kind: str
    locked: bytes
    reference: str
    attempts: int
    epoch: int


def move(step: str, message_id: uuid.UUID, *conditions: ColumnElement[bool], **values: Any) -> bool:
    """Take a step of the workflow with one conditional statement and say whether the message's row took it."""
    transition = MESSAGE_WORKFLOW.transition(step)
    statement = (
        update(Message)
        .where(Message.id == message_id, Message.state.in_(transition.sources), *conditions)
        .values(state=transition.target, **values)
        .execution_options(synchronize_session=False)
    )
    return changed_rows(statement) == 1


# --- Writing --------------------------------------------------------------------------------------------


def put_message(
    channel: Channel,
    kind: str,
    to: str,
    language: str,
    facts: Mapping[str, str],
    *,
    person_id: int | None = None,
    key: str = "",
) -> uuid.UUID:
    """Write a message within the open transaction and return its key; it goes once that is committed.

    Asked for twice with one `key`, it is written once. An address to which nothing can be sent gives a dead
    message, because whoever asked has already done what the message tells of.
    """
    if not writing.get():
        raise ProgrammingError("a message is written within the transaction of what it tells of")
    message_id = uuid7()
    intent = _intent(key or str(message_id))
    known = select(Message.id).where(Message.intent == intent).limit(1)
    if (found := db.session.scalar(known)) is not None:
        return found
    usable = checked_recipient(channel, to)
    write = write_mail if channel is Channel.MAIL else write_sms
    letter = write(kind, usable, language, facts) if usable else Letter(to)
    seconds = minutes_of(facts) * 60 if kind in ("code", "reset", "invitation") else 0
    row = {
        "id": message_id,
        "channel": channel,
        "kind": kind,
        "language": language,
        "person_id": person_id,
        "intent": intent,
        "locked": lock_letter(letter, message_id),
        "state": MessageState.WAITING if usable else MessageState.DEAD,
        "error": "" if usable else "bad-address",
        "created_at": database_now(),
        "next_at": database_now(),
        "expires_at": database_now(seconds or SECONDS_OF_USE),
        "ended_at": None if usable else database_now(),
    }
    try:
        with db.session.begin_nested():
            db.session.execute(insert(Message).values(row))
    except IntegrityError:
        # Somebody asked for the same message at the same moment.
        if (found := db.session.scalar(known)) is None:
            raise
        return found
    return message_id


def _intent(key: str) -> str:
    # Under the instance's key: a plain digest of a short text could be found by trying.
    return kernel().keys.mac("outbox intent", key.encode()).hex()


# --- Sending --------------------------------------------------------------------------------------------


def due(channels: Sequence[Channel]) -> ColumnElement[bool]:
    """Return the condition that a message can go now, or that its sender may have fallen silent."""
    ready = and_(Message.state.in_(UNSENT), Message.next_at <= database_now())
    return and_(Message.channel.in_(channels), or_(ready, Message.state == MessageState.SENDING))


def overdue() -> ColumnElement[bool]:
    """Return the condition that what an unsent message says no longer holds."""
    return and_(Message.state.in_(UNSENT), Message.expires_at <= database_now())


def claim(hold: Hold, channels: Sequence[Channel]) -> Claimed | None:
    """Take the next message under the worker's hold; None when there is none. Raises `LeaseLost`.

    The conditional statement lets one of several win; a message that is being sent is taken over only when its
    sender's hold is an older one, so when that has fallen silent for the whole of a lease.
    """
    with transaction():
        hold.renew()
        free = or_(Message.state.in_(UNSENT), Message.lease_epoch < hold.epoch)
        query = (
            select(Message.id, Message.epoch, Message.attempts)
            .where(due(channels), free)
            .order_by(Message.next_at, Message.id)
            .limit(CANDIDATES)
        )
        for message_id, epoch, attempts in db.session.execute(query).all():
            unchanged = (Message.epoch == epoch, due(channels), free)
            if attempts >= MOST_TRIES:
                _end(message_id, unchanged, "gave-up")
                continue
            taken = {"epoch": epoch + 1, "attempts": attempts + 1, "lease_epoch": hold.epoch}
            if move("take", message_id, *unchanged, **taken):
                return _read_claimed(message_id)
    return None


def _read_claimed(message_id: uuid.UUID) -> Claimed:
    query = select(
        Message.id,
        Message.channel,
        Message.kind,
        Message.locked,
        Message.reference,
        Message.attempts,
        Message.epoch,
    )
    return Claimed(*db.session.execute(query.where(Message.id == message_id).limit(1)).one())


def keep_reference(hold: Hold, claimed: Claimed, reference: str) -> bool:
    """Write down, before the message goes, by what every copy of it is recognised; False when it is another's."""
    with transaction():
        hold.renew()
        mine = update(Message).where(
            Message.id == claimed.id, Message.epoch == claimed.epoch, Message.state == MessageState.SENDING
        )
        return changed_rows(mine.values(reference=reference)) == 1


def mark_sent(claimed: Claimed, letter: Letter, answer: str) -> bool:
    """Mark a message as sent and forget what it said; False when another sender has it by now."""
    kept = lock_letter(letter.without_content(), claimed.id)
    with transaction():
        return move(
            "sent",
            claimed.id,
            Message.epoch == claimed.epoch,
            locked=kept,
            error="",
            answer=answer[:32],
            ended_at=database_now(),
        )


def mark_failed(claimed: Claimed, failure: NotSent) -> bool:
    """Mark a try as failed: another one comes later, unless there were enough or none can help."""
    told = {"error": failure.code, "answer": failure.answer}
    mine = Message.epoch == claimed.epoch
    with transaction():
        if failure.is_final or claimed.attempts >= MOST_TRIES:
            return move("die", claimed.id, mine, ended_at=database_now(), **told)
        pause = PAUSES_SECONDS[claimed.attempts - 1]
        return move("fail", claimed.id, mine, next_at=database_now(pause), **told)


def end_overdue(hold: Hold) -> None:
    """End what nobody needs any more: a code that works no longer."""
    with transaction():
        hold.renew()
        keys = db.session.scalars(select(Message.id).where(overdue()).limit(100)).all()
        for message_id in keys:
            _end(message_id, (overdue(),), "expired")


def _end(message_id: uuid.UUID, conditions: Sequence[ColumnElement[bool]], code: str) -> None:
    if move("die", message_id, *conditions, error=code, answer="", ended_at=database_now()):
        log.warning("message %s is given up: %s", message_id, code)


# --- Pages ----------------------------------------------------------------------------------------------


@command(RETRY)
def send_again(message_id: uuid.UUID) -> None:
    """Let a dead message wait again, as if it had never been tried; raise `NotFound` or `Conflict`."""
    find_message(message_id)
    values = {"attempts": 0, "error": "", "answer": "", "next_at": database_now(), "ended_at": None}
    if not move("revive", message_id, can_go_again(), **values):
        raise Conflict
    log.info("message %s waits again", message_id)


def can_go_again() -> ColumnElement[bool]:
    """Return the condition that another try can help: not an unusable address, nor a code that has run out."""
    hopeless = FINAL - {"refused-recipient", "refused-content", "gave-up"}
    return and_(Message.error.not_in(sorted(hopeless)), Message.expires_at > database_now())


def find_message(message_id: uuid.UUID) -> Message:
    """Return a message; raise `NotFound`."""
    row = db.session.scalar(select(Message).where(Message.id == message_id).limit(1))
    if row is None:
        raise NotFound
    return row


def list_messages(
    state: MessageState | None, before: uuid.UUID | None, limit: int
) -> list[tuple[Message, bool]]:
    """Return up to `limit` messages, newest first, each with whether it can be tried again."""
    again = and_(Message.state == MessageState.DEAD, can_go_again())
    query = select(Message, again).order_by(Message.id.desc()).limit(limit)
    if state is not None:
        query = query.where(Message.state == state)
    if before is not None:
        query = query.where(Message.id < before)
    return [(row, bool(possible)) for row, possible in db.session.execute(query)]
