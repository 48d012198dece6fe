"""Idempotency keys: a write that the API was sent twice is done once, also when the first answer got lost.

The note that something was done is written inside the transaction that does it, so it stands exactly when the
effect does. Two requests that race under one key meet at the note's unique index: the later one is undone and
answers what the first one did. After the IETF draft “The Idempotency-Key HTTP Header Field”.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from app.access.present import present_key
from app.core.clock import utc_now
from app.core.database import db
from app.core.errors import Invalid, KebuError
from app.core.jobs import JobKind, RecurringJob, RunningJob
from app.core.keys import uuid7
from app.core.transaction import closing_with, transaction
from app.panel.models import AnsweredRequest

HEADER = "Idempotency-Key"
LONGEST_KEY = 200
KEPT_DAYS = 7
FORGOTTEN_AT_ONCE = 500


class KeyReused(KebuError):
    """The idempotency key was used before, for another request."""

    status = 422
    code = "idempotency-key-reused"
    message = _l("This Idempotency-Key was used for another request. Make a new key for each write.")


class AlreadyAnswered(KebuError):
    """Another request under the same key was quicker; this one is undone and answers the same."""

    status = 409
    code = "already-answered"

    def __init__(self, answer: dict[str, Any]) -> None:
        self.answer = answer
        super().__init__()


@dataclass(frozen=True)
class Intent:
    """One write that a caller wants done once; without a key nothing is remembered and nothing repeated."""

    person_id: int
    key_digest: str
    request_digest: str
    position: int = 0

    def at(self, position: int) -> Intent:
        """Return the intent of one entry of a bulk request."""
        return replace(self, position=position)

    def answer(self) -> dict[str, Any] | None:
        """Return what was answered before, or None; raise `KeyReused` when that was another request."""
        if not self.key_digest:
            return None
        row = db.session.execute(
            select(AnsweredRequest.request_digest, AnsweredRequest.answer)
            .where(
                AnsweredRequest.person_id == self.person_id,
                AnsweredRequest.key_digest == self.key_digest,
                AnsweredRequest.position == self.position,
            )
            .limit(1)
        ).one_or_none()
        if row is None:
            return None
        if row.request_digest != self.request_digest:
            raise KeyReused()
        answer: dict[str, Any] = row.answer
        return answer

    @contextmanager
    def noted(self, answer: Callable[[], dict[str, Any]]) -> Iterator[None]:
        """Let the block's transaction end with the note of its `answer()`; raise `AlreadyAnswered` when late."""
        if not self.key_digest:
            yield
            return
        try:
            with closing_with(lambda: self._note(answer())):
                yield
        except _Late:
            known = self.answer()
            if known is None:
                raise
            raise AlreadyAnswered(known) from None

    def _note(self, answer: dict[str, Any]) -> None:
        note = {
            "id": uuid7(),
            "person_id": self.person_id,
            "key_digest": self.key_digest,
            "position": self.position,
            "request_digest": self.request_digest,
            "answer": answer,
            "answered_at": utc_now(),
        }
        try:
            db.session.flush()
            db.session.execute(insert(AnsweredRequest), [note])
        except IntegrityError as error:
            # The effect's own objections were raised by the flush before; this one is about the note.
            raise _Late() from error


class _Late(KebuError):
    """The note exists already: another request has done this."""

    status = 409
    code = "conflict"


def present_intent() -> Intent:
    """Return the intent of the present request, empty without the header; raise `Invalid` for an unusable key."""
    key = request.headers.get(HEADER, "")
    if key and not (key.isascii() and key.isprintable() and len(key) <= LONGEST_KEY):
        raise Invalid({HEADER: _("Use at most %(most)d plain letters, digits and signs.", most=LONGEST_KEY)})
    whole = b"\0".join((request.method.encode(), request.path.encode(), request.get_data(cache=True)))
    # A program and its maker, who have one number, may choose the same key.
    program = present_key()
    own = f"{program.public_id}|{key}" if program is not None else key
    digest = hashlib.sha256(own.encode()).hexdigest() if key else ""
    return Intent(int(current_user.id), digest, hashlib.sha256(whole).hexdigest())


def forget_answered(job: RunningJob) -> None:
    """Delete notes that are older than `KEPT_DAYS`, at most `FORGOTTEN_AT_ONCE` in one transaction."""
    oldest = utc_now() - datetime.timedelta(days=KEPT_DAYS)
    forgotten = int(job.state.get("forgotten", 0))
    query = select(AnsweredRequest.id).where(AnsweredRequest.answered_at < oldest)
    query = query.order_by(AnsweredRequest.answered_at, AnsweredRequest.id).limit(FORGOTTEN_AT_ONCE)
    more = True
    while more:
        job.check()
        with transaction():
            old = list(db.session.scalars(query))
            statement = delete(AnsweredRequest).where(AnsweredRequest.id.in_(old))
            db.session.execute(statement.execution_options(synchronize_session=False))
            forgotten, more = forgotten + len(old), len(old) == FORGOTTEN_AT_ONCE
            job.keep({"forgotten": forgotten}, forgotten, 0)
    with transaction():
        job.finish({"forgotten": forgotten})


FORGETTING = JobKind(
    "panel:forgetting", _l("Forget old idempotency keys"), permission="", run=forget_answered
)
DAILY_FORGETTING = RecurringJob(FORGETTING.name, every=datetime.timedelta(days=1))
