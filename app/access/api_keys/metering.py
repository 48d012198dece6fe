"""Metering: how often a key may call, counted for all processes together, and when it was last used.

A process takes calls from the database thirty at a time and gives them out by itself, so that a call as a rule writes
nothing.
"""

from __future__ import annotations

import datetime
import threading
import uuid
from typing import Any

from flask import current_app
from sqlalchemy import case, or_, update

from app.access.api_keys.tables import ApiKey
from app.access.signing.attempts import TooManyTries
from app.access.signing.statements import met
from app.access.signing.tokens import remote_address
from app.access.telling import KEY_USED, tell
from app.core.clock import utc_now
from app.core.transaction import transaction

CALLS_A_MINUTE = 600
AT_ONCE = 30
NOTED_EVERY = datetime.timedelta(minutes=5)
MEMORY = "kebu_key_calls"
_MOST_KEYS = 1_000


class TooManyCalls(TooManyTries):
    """A key calls more often than a shop's database should bear."""

    code = "too-many-calls"


class Calls:
    """The calls of this minute that this process has taken and not given out, by key."""

    def __init__(self) -> None:
        self._left: dict[uuid.UUID, tuple[int, int]] = {}
        self._lock = threading.Lock()

    def give(self, key_id: uuid.UUID, minute: int) -> bool:
        """Give out a call of this minute; False when there is none left here."""
        with self._lock:
            of, left = self._left.get(key_id, (0, 0))
            if of != minute or left <= 0:
                return False
            self._left[key_id] = (minute, left - 1)
            return True

    def keep(self, key_id: uuid.UUID, minute: int, count: int) -> None:
        """Keep what was taken beyond the present call."""
        with self._lock:
            if len(self._left) >= _MOST_KEYS:
                self._left.clear()
            of, left = self._left.get(key_id, (0, 0))
            self._left[key_id] = (minute, count + (left if of == minute else 0))


def count_call(key_id: uuid.UUID) -> None:
    """Count a call of this key; raise `TooManyCalls` when it made more than 600 in this minute."""
    now = utc_now().timestamp()
    minute = int(now // 60)
    calls: Calls = current_app.extensions[MEMORY]
    if calls.give(key_id, minute):
        return
    # A clock that is behind another server's must not begin the other's minute anew.
    is_new = ApiKey.minute < minute
    statement = update(ApiKey).where(
        ApiKey.id == key_id, or_(is_new, ApiKey.taken + AT_ONCE <= CALLS_A_MINUTE)
    )
    with transaction():
        # The order matters on MariaDB, which works with what was set before.
        taken = met(
            statement.ordered_values(
                (ApiKey.taken, case((is_new, AT_ONCE), else_=ApiKey.taken + AT_ONCE)),
                (ApiKey.minute, case((is_new, minute), else_=ApiKey.minute)),
            )
        )
    if not taken:
        raise TooManyCalls(60 - int(now % 60))
    calls.keep(key_id, minute, AT_ONCE - 1)


def note_use(row: Any) -> None:
    """Keep when and from where a key was used, every five minutes at most; tell the journal of each hour and address.

    What the key writes stands in the journal by itself; this is for what it reads. It is written before anything is
    read: where it can't be, the call fails.
    """
    now, last, address = utc_now(), row.last_used_at, remote_address()
    if last is not None and now - last < NOTED_EVERY:
        return
    unnoted = or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at <= now - NOTED_EVERY)
    statement = update(ApiKey).where(ApiKey.id == row.id, unnoted)
    with transaction():
        first = met(statement.values(last_used_at=now, last_address=address)) == 1
        if first and (last is None or _hour(last) != _hour(now) or row.last_address != address):
            tell(KEY_USED, person_id=row.person_id, key=row.name, public_id=row.public_id)


def _hour(moment: datetime.datetime) -> tuple[datetime.date, int]:
    return moment.date(), moment.hour
