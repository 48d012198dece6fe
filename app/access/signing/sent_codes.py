"""Codes by mail or text message: six digits, five minutes, five tries, one use, for one session only."""

from __future__ import annotations

import datetime
import secrets

from sqlalchemy import delete, insert, select, update

from app.access.events import SecurityMail, SecurityText
from app.access.models import Person
from app.access.shop import load_shop
from app.access.signing.attempts import SENT_FROM_ADDRESS, SENT_TO_PERSON, take_try
from app.access.signing.factors import MAIL, SMS, TOTP, factor_of, needed_factor, target_of
from app.access.signing.notices import language_of
from app.access.signing.statements import met
from app.access.signing.tables import SentCode
from app.access.signing.tokens import mac_of, network
from app.core.clock import utc_now
from app.core.crypto import same
from app.core.database import db
from app.core.events import publish
from app.core.kernel import kernel
from app.core.transaction import transaction

MINUTES, MOST_TRIES = 5, 5


def ways_to_send(person: Person) -> list[str]:
    """Return the ways in which a code can reach a person; none for those who must use the app."""
    if needed_factor(person.id) == TOTP:
        return []
    factor = factor_of(person.id)
    ways = {MAIL} if person.address else set()
    if factor is not None and factor.kind == SMS:
        ways = {SMS}
    return sorted(ways & kernel().channels)


def send_code(person: Person, session_digest: str, way: str) -> None:
    """Send a new code for a session that waits for it; the one before is void. Raises `TooManyTries`."""
    take_try((SENT_TO_PERSON, str(person.id)), (SENT_FROM_ADDRESS, network()))
    code = f"{secrets.randbelow(10**6):06d}"
    now = utc_now()
    facts = {"code": code, "minutes": str(MINUTES), "shop": load_shop().name}
    with transaction():
        met(delete(SentCode).where(SentCode.session_digest == session_digest))
        met(
            insert(SentCode).values(
                session_digest=session_digest,
                mac=mac_of("sent code", f"{session_digest}|{code}"),
                expires_at=now + datetime.timedelta(minutes=MINUTES),
                tries=0,
            )
        )
        factor = factor_of(person.id)
        language = language_of(person)
        if way == SMS and factor is not None:
            publish(SecurityText(person.id, "code", language, target_of(factor), facts))
        else:
            publish(SecurityMail(person.id, "code", language, person.address, facts))


def accept_sent_code(session_digest: str, typed: str) -> bool:
    """Say whether this is the code that was sent for this session, and use it up; each try counts, right or wrong."""
    digits = "".join(sign for sign in typed if sign.isascii() and sign.isdigit())
    row, now = SentCode, utc_now()
    alive = (row.session_digest == session_digest, row.used_at.is_(None), row.expires_at > now)
    if not met(update(row).where(*alive, row.tries < MOST_TRIES).values(tries=row.tries + 1)):
        return False
    kept = db.session.scalar(select(row.mac).where(row.session_digest == session_digest)) or ""
    if not same(kept.encode(), mac_of("sent code", f"{session_digest}|{digits}").encode()):
        return False
    return met(update(row).where(*alive).values(used_at=now)) == 1
