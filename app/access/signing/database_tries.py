"""Counters of tries in the database: one conditional statement each, so that of many at once none slips through."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Sequence

from sqlalchemy import case, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from app.access.signing.statements import met
from app.access.signing.tables import Attempt
from app.access.signing.tries import FORGOTTEN_AFTER, Limit, Locked, MustWait
from app.core.clock import utc_now
from app.core.database import db
from app.core.deadlock import committed
from app.core.transaction import joined_transaction

_AGAIN_IN_SECONDS = 15


class DatabaseTries:
    """The counters of `access_attempt`, which are there wherever the program is."""

    def take(self, counted: Sequence[tuple[str, Limit]], locked: Locked) -> None:
        """Count a try for each key, all or none; raise `MustWait`. `locked` is called in the same transaction."""
        for _again in range(3):
            try:
                committed(lambda: _count_all(counted, locked))
            except IntegrityError:
                # Another process counted the first try of the same key at this very moment.
                continue
            return
        raise MustWait(_AGAIN_IN_SECONDS)

    def forgive(self, gone: Collection[str], less: Collection[str]) -> None:
        """Forget the counters of `gone` and take one try back from those of `less`, inside any open transaction."""
        fewer = case((Attempt.tries > 0, Attempt.tries - 1), else_=0)
        with joined_transaction():
            for key in sorted({*gone, *less}):
                row = Attempt.key == key
                if key in gone:
                    met(delete(Attempt).where(row))
                else:
                    met(update(Attempt).where(row).values(tries=fewer, blocked_until=None))


def _count_all(counted: Sequence[tuple[str, Limit]], locked: Locked) -> None:
    for key, limit in counted:
        _count(key, limit, locked)


def _count(key: str, limit: Limit, locked: Locked) -> None:
    now = utc_now()
    row = Attempt.key == key
    more = case((Attempt.last_at < now - FORGOTTEN_AFTER, 1), else_=Attempt.tries + 1)
    statement = update(Attempt).where(row, or_(Attempt.blocked_until.is_(None), Attempt.blocked_until <= now))
    # The order matters on MariaDB, which works with what was set before.
    if met(statement.ordered_values((Attempt.tries, more), (Attempt.last_at, now))):
        _block(key, limit, now, locked)
        return
    until = db.session.scalar(select(Attempt.blocked_until).where(row))
    if until is not None:
        raise MustWait(int((until - now).total_seconds()) + 1)
    met(insert(Attempt).values(key=key, tries=1, last_at=now))


def _block(key: str, limit: Limit, now: datetime.datetime, locked: Locked) -> None:
    tries = db.session.scalar(select(Attempt.tries).where(Attempt.key == key)) or 0
    seconds = limit.wait(tries)
    until = now + datetime.timedelta(seconds=seconds) if seconds else None
    if seconds:
        locked(limit, seconds)
    met(update(Attempt).where(Attempt.key == key).values(blocked_until=until))
