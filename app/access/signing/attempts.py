"""Counters of tries in the database, one for all processes: counted before the check, so that none slips through.

A try is counted first, by one conditional statement; whoever is blocked is refused without being checked. Success
takes the count back. Waiting times double from try to try, and what is long past is forgotten.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import case, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from app.access.signing.statements import met
from app.access.signing.tables import Attempt
from app.access.signing.tokens import mac_of
from app.access.telling import tell
from app.core.clock import utc_now
from app.core.database import db
from app.core.errors import KebuError
from app.core.transaction import joined_transaction, transaction

FORGOTTEN_AFTER = datetime.timedelta(hours=24)


@dataclass(frozen=True)
class Limit:
    """`free` tries cost nothing; from then on each makes the next wait, `first` seconds and twice as long each time."""

    name: str
    free: int
    first: int = 15
    longest: int = 15 * 60

    def wait(self, tries: int) -> int:
        """Return how many seconds have to pass after this many tries."""
        over = tries - self.free
        return 0 if over < 0 else min(self.longest, self.first * 2 ** min(over, 20))


# A person at one place; a whole address, behind which a shop may sit; an account from wherever, generously.
BY_PAIR = Limit("pair", 5)
BY_DEVICE = Limit("device", 5)
BY_ADDRESS = Limit("address", 50, first=30)
BY_ACCOUNT = Limit("account", 100, first=60)
CODES_BY_PAIR = Limit("code-pair", 5)
CODES_BY_PERSON = Limit("code-person", 30, first=60)
OWN_PASSWORD = Limit("own-password", 5)
FIRST_RUN = Limit("first-run", 10)
LINKS = Limit("link", 20)
SENT_TO_PERSON = Limit("sent-person", 5, first=60, longest=6 * 3600)
SENT_FROM_ADDRESS = Limit("sent-address", 20, first=60, longest=6 * 3600)
# Text messages cost money, so each day has an end as well; what is counted here names its day.
_DAY = 24 * 3600
TEXTS_TO_NUMBER = Limit("texts-number", 5, first=60, longest=6 * 3600)
TEXTS_TO_NUMBER_A_DAY = Limit("texts-number-day", 15, first=_DAY, longest=_DAY)
TEXTS_TO_PERSON_A_DAY = Limit("texts-person-day", 15, first=_DAY, longest=_DAY)
TEXTS_FROM_ADDRESS_A_DAY = Limit("texts-address-day", 100, first=_DAY, longest=_DAY)
TEXTS_A_DAY = Limit("texts-day", 500, first=_DAY, longest=_DAY)

Counted = tuple[Limit, str]


class TooManyTries(KebuError):
    """Somebody tried too often and has to wait; the answer is the same whether what was tried exists or not."""

    status = 429
    code = "too-many-tries"
    message = _l("Too many tries. Please wait a moment.")

    def __init__(self, seconds: int) -> None:
        super().__init__()
        self.seconds = max(1, seconds)

    def __str__(self) -> str:
        if self.seconds < 60:
            return ngettext(
                "Too many tries. Please wait %(num)d second.",
                "Too many tries. Please wait %(num)d seconds.",
                self.seconds,
            )
        return ngettext(
            "Too many tries. Please wait %(num)d minute.",
            "Too many tries. Please wait %(num)d minutes.",
            -(-self.seconds // 60),
        )


def take_try(*counted: Counted) -> None:
    """Count a try for each limit, all or none; raise `TooManyTries` where one has to wait."""
    keys = sorted((_key(limit, subject), limit) for limit, subject in counted)
    for _again in range(3):
        try:
            with transaction():
                for key, limit in keys:
                    _count(key, limit)
        except IntegrityError:
            # Another process counted the first try of the same key at this very moment.
            continue
        return
    raise TooManyTries(BY_PAIR.first)


def forgive(*counted: Counted) -> None:
    """Take back what was counted for something that succeeded; an address keeps what others tried there."""
    with joined_transaction():
        for limit, subject in sorted(counted, key=lambda each: _key(*each)):
            row = Attempt.key == _key(limit, subject)
            if limit in (BY_ADDRESS, LINKS, FIRST_RUN, SENT_FROM_ADDRESS):
                less = case((Attempt.tries > 0, Attempt.tries - 1), else_=0)
                met(update(Attempt).where(row).values(tries=less, blocked_until=None))
            else:
                met(delete(Attempt).where(row))


def _key(limit: Limit, subject: str) -> str:
    return mac_of("attempts", f"{limit.name}|{subject}")


def _count(key: str, limit: Limit) -> None:
    now = utc_now()
    row = Attempt.key == key
    more = case((Attempt.last_at < now - FORGOTTEN_AFTER, 1), else_=Attempt.tries + 1)
    statement = update(Attempt).where(row, or_(Attempt.blocked_until.is_(None), Attempt.blocked_until <= now))
    # The order matters on MariaDB, which works with what was set before.
    if met(statement.ordered_values((Attempt.tries, more), (Attempt.last_at, now))):
        _block(key, limit, now)
        return
    until = db.session.scalar(select(Attempt.blocked_until).where(row))
    if until is not None:
        raise TooManyTries(int((until - now).total_seconds()) + 1)
    met(insert(Attempt).values(key=key, tries=1, last_at=now))


def _block(key: str, limit: Limit, now: datetime.datetime) -> None:
    tries = db.session.scalar(select(Attempt.tries).where(Attempt.key == key)) or 0
    seconds = limit.wait(tries)
    until = now + datetime.timedelta(seconds=seconds) if seconds else None
    if seconds:
        tell("access:locked", limit=limit.name, seconds=str(seconds))
    met(update(Attempt).where(Attempt.key == key).values(blocked_until=until))
