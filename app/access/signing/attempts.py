"""Counters of tries, one for all processes: counted before the check, so that none slips through.

A try is counted first, in one step; whoever is blocked is refused without being checked. Success takes the count back.
Waiting times double from try to try, and what is long past is forgotten.
"""

from __future__ import annotations

from flask import current_app
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app.access.signing.database_tries import DatabaseTries
from app.access.signing.redis_tries import RedisTries, SharedTries
from app.access.signing.tokens import mac_of
from app.access.signing.tries import Limit, MustWait, TryStore
from app.access.telling import tell
from app.core.errors import KebuError

STORE = "kebu_tries"

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
ADOPTING = Limit("adopting", 20)
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
    # In one order everywhere, so that two processes never wait for each other's rows.
    keys = sorted(((_key(limit, subject), limit) for limit, subject in counted), key=lambda each: each[0])
    try:
        store().take(keys, _tell_locked)
    except MustWait as refusal:
        raise TooManyTries(refusal.seconds) from None


def forgive(*counted: Counted) -> None:
    """Take back what was counted for something that succeeded; an address keeps what others tried there."""
    shared = (BY_ADDRESS, LINKS, FIRST_RUN, SENT_FROM_ADDRESS)
    less = {_key(limit, subject) for limit, subject in counted if limit in shared}
    gone = {_key(limit, subject) for limit, subject in counted if limit not in shared}
    store().forgive(gone, less)


def store() -> TryStore:
    """Return where tries are counted: in the database, or in the Redis that the settings name."""
    found: TryStore = current_app.extensions[STORE]
    return found


def make_store(redis_url: str) -> TryStore:
    """Return where an instance with this setting counts."""
    database = DatabaseTries()
    return SharedTries(RedisTries(redis_url), database) if redis_url else database


def _key(limit: Limit, subject: str) -> str:
    return mac_of("attempts", f"{limit.name}|{subject}")


def _tell_locked(limit: Limit, seconds: int) -> None:
    tell("access:locked", limit=limit.name, seconds=str(seconds))
