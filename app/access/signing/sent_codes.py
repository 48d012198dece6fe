"""Codes by mail or text message: six digits, five minutes, five tries, one use, for one session only."""

from __future__ import annotations

import datetime
import secrets

from sqlalchemy import delete, insert, select, update

from app.access.events import SecurityMail, SecurityText
from app.access.models import Person
from app.access.shop import load_shop
from app.access.signing.attempts import (
    SENT_FROM_ADDRESS,
    SENT_TO_PERSON,
    TEXTS_A_DAY,
    TEXTS_FROM_ADDRESS_A_DAY,
    TEXTS_TO_NUMBER,
    TEXTS_TO_NUMBER_A_DAY,
    TEXTS_TO_PERSON_A_DAY,
    Counted,
    forgive,
    take_try,
)
from app.access.signing.factors import TOTP, needed_factor
from app.access.signing.mobiles import lock_for_proof, mobile_of, open_for_proof
from app.access.signing.notices import language_of
from app.access.signing.statements import met
from app.access.signing.tables import SentCode
from app.access.signing.tokens import mac_of, network
from app.access.telling import tell
from app.core.clock import utc_now
from app.core.crypto import same
from app.core.database import db
from app.core.events import publish
from app.core.kernel import kernel
from app.core.transaction import transaction

MINUTES, MOST_TRIES = 5, 5
MAIL, SMS = "mail", "sms"


def ways_to_send(person: Person) -> list[str]:
    """Return the ways in which a code can reach a person, mail first; none for those who must use the app."""
    if needed_factor(person.id) == TOTP:
        return []
    known = {MAIL: bool(person.address), SMS: bool(mobile_of(person))}
    return [way for way in (MAIL, SMS) if known[way] and way in kernel().channels]


def may_get_texts(person: Person) -> bool:
    """Say whether a person may have codes sent to a phone: the shop sends text messages, the roles ask for no app."""
    return SMS in kernel().channels and needed_factor(person.id) != TOTP


def send_code(person: Person, session_digest: str, way: str, to_prove: str = "") -> None:
    """Send a new code for a session that waits for it; the one before is void. Raises `TooManyTries`.

    `to_prove` is a new number that the person says is his; the code goes there.
    """
    number = to_prove or mobile_of(person) if way == SMS else ""
    take_try(*_counted(person.id, number), *_counted_for_the_day(person.id, number))
    code = f"{secrets.randbelow(10**6):06d}"
    facts = {"code": code, "minutes": str(MINUTES), "shop": load_shop().name}
    with transaction():
        met(delete(SentCode).where(SentCode.session_digest == session_digest))
        met(
            insert(SentCode).values(
                session_digest=session_digest,
                mac=mac_of("sent code", f"{session_digest}|{code}"),
                expires_at=utc_now() + datetime.timedelta(minutes=MINUTES),
                tries=0,
                mobile=lock_for_proof(to_prove, session_digest) if to_prove else None,
            )
        )
        tell("access:code_sent", person_id=person.id, how=way)
        language = language_of(person)
        if number:
            publish(SecurityText(person.id, "code", language, number, facts))
        else:
            publish(SecurityMail(person.id, "code", language, person.address, facts))


def forgive_sending(person: Person) -> None:
    """Take back what was counted for sending, because the code was shown; what a day may cost stays counted."""
    forgive(*_counted(person.id, mobile_of(person)))


def _counted(person_id: int, number: str) -> list[Counted]:
    counted = [(SENT_TO_PERSON, str(person_id)), (SENT_FROM_ADDRESS, network())]
    return [*counted, (TEXTS_TO_NUMBER, number)] if number else counted


def _counted_for_the_day(person_id: int, number: str) -> list[Counted]:
    if not number:
        return []
    today = utc_now().date().isoformat()
    return [
        (TEXTS_TO_NUMBER_A_DAY, f"{number}|{today}"),
        (TEXTS_TO_PERSON_A_DAY, f"{person_id}|{today}"),
        (TEXTS_FROM_ADDRESS_A_DAY, f"{network()}|{today}"),
        (TEXTS_A_DAY, today),
    ]


def proved_number(session_digest: str) -> str:
    """Return the number whose code a session has just shown; '' when another code was sent since."""
    row = SentCode
    used = (row.session_digest == session_digest, row.used_at.is_not(None))
    locked = db.session.scalar(select(row.mobile).where(*used).limit(1))
    return open_for_proof(locked, session_digest) if locked is not None else ""


def number_to_prove(session_digest: str) -> str:
    """Return the number that a session was sent a code to in order to prove it; '' when there is none."""
    row = SentCode
    alive = (row.session_digest == session_digest, row.used_at.is_(None), row.expires_at > utc_now())
    locked = db.session.scalar(select(row.mobile).where(*alive).limit(1))
    return open_for_proof(locked, session_digest) if locked is not None else ""


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
