"""Proving: one try at showing a code or a password, counted before it is checked, the same on every page."""

from __future__ import annotations

from sqlalchemy import select
from werkzeug.security import check_password_hash

from app.access.models import Person
from app.access.passwords import SHORTEST, SHORTEST_OF_OWNERS
from app.access.signing import directory
from app.access.signing.attempts import CODES_BY_PAIR, CODES_BY_PERSON, OWN_PASSWORD, forgive, take_try
from app.access.signing.factors import TOTP, accept_recovery_code, accept_totp, needed_factor
from app.access.signing.sent_codes import accept_sent_code
from app.access.signing.tokens import network
from app.access.telling import tell
from app.core.database import db
from app.core.transaction import transaction

BY_APP, ON_PAPER, SENT = "app", "paper", "sent"
_AMR = {BY_APP: "totp", ON_PAPER: "recovery", SENT: "sent"}


def amr_after(first: str, way: str) -> str:
    """Return how somebody signed in who came as `first` says (`pwd`, `ldap`, `oidc`) and showed a code of this way."""
    return f"{first.partition(' ')[0] or 'pwd'} {_AMR[way]}"


def prove_code(person_id: int, session_digest: str, way: str, typed: str) -> bool:
    """Say whether this is the person's code and use it up; all ways share their counters. Raises `TooManyTries`."""
    counted = ((CODES_BY_PAIR, f"{person_id}|{network()}"), (CODES_BY_PERSON, str(person_id)))
    take_try(*counted)
    with transaction():
        if way == ON_PAPER:
            right = accept_recovery_code(person_id, typed)
        elif way == SENT:
            right = needed_factor(person_id) != TOTP and accept_sent_code(session_digest, typed)
        else:
            right = accept_totp(person_id, typed)
        if not right:
            tell("access:sign_in_refused", person_id=person_id, how=way)
    if right:
        forgive(*counted)
    return right


def prove_password(person_id: int, typed: str) -> str:
    """Return the hash that a person's own password was checked against, '' when it is wrong; `TooManyTries`."""
    counted = (OWN_PASSWORD, str(person_id))
    take_try(counted)
    stored = db.session.scalar(select(Person.password).where(Person.id == person_id)) or ""
    db.session.rollback()
    if not stored or not check_password_hash(stored, typed):
        with transaction():
            tell("access:sign_in_refused", person_id=person_id, how="own password")
        return ""
    forgive(counted)
    return stored


def prove_presence(person_id: int, typed: str) -> bool:
    """Say whether this is a person's password: the one kept here, or else the directory's.

    Raises `TooManyTries`, `DirectoryDown`.
    """
    query = select(Person.username, Person.password).where(Person.id == person_id)
    name, stored = db.session.execute(query.limit(1)).one()
    db.session.rollback()
    if stored or not directory.is_used():
        return bool(prove_password(person_id, typed))
    counted = (OWN_PASSWORD, str(person_id))
    take_try(counted)
    if not directory.is_right(name, typed):
        with transaction():
            tell("access:sign_in_refused", person_id=person_id, how="ldap")
        return False
    forgive(counted)
    return True


def shortest_password(person_id: int) -> int:
    """Return how long a person's password has to be."""
    return SHORTEST_OF_OWNERS if needed_factor(person_id) == TOTP else SHORTEST
