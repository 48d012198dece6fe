"""Second factors: codes of an app (RFC 6238), codes on paper, and who must have one.

A code works once: the last accepted step is advanced by one conditional statement, so of fifty requests with the same
code at the same moment one succeeds, whichever process they reach.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from urllib.parse import quote

import pyotp
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import delete, insert, select, update

from app.access.grants import OWNER, held_roles
from app.access.signing.statements import met
from app.access.signing.tables import RecoveryCode, RoleFactor, SecondFactor
from app.access.signing.tokens import mac_of
from app.core.clock import utc_now
from app.core.database import db
from app.core.kernel import kernel
from app.profiles import SECOND_FACTOR_BY_ROLE

TOTP = "totp"
NO, ANY = "no", "any"
STEP_SECONDS = 30
RECOVERY_CODES = 10
_SECRET_BYTES = 20
_DRIFT = 1
# Without signs that are taken for one another on paper: 32 of them, five bits each.
_SIGNS = "23456789abcdefghjkmnpqrstuvwxyz"
_GROUP = 5


def needed_factor(person_id: int) -> str:
    """Return what a person's roles ask for: `no`, `any`, or `totp` where only an app will do."""
    roles = held_roles(person_id)
    query = select(Role.name, RoleFactor.need).outerjoin(RoleFactor, RoleFactor.role_id == Role.id)
    rows = db.session.execute(query.where(Role.id.in_(select(roles.c.role_id)))).all()
    needs = {role_need(name, need) for name, need in rows}
    return TOTP if TOTP in needs else ANY if ANY in needs else NO


def role_need(name: str, chosen: str | None) -> str:
    """Return what a role asks for: as the shop chose, else as its name says; the owner's is never negotiable."""
    usual = SECOND_FACTOR_BY_ROLE.get(name, NO)
    return usual if name == OWNER or chosen is None else chosen


def factor_of(person_id: int) -> SecondFactor | None:
    """Return a person's second factor, if any."""
    found: SecondFactor | None = db.session.scalar(
        select(SecondFactor).where(SecondFactor.person_id == person_id).limit(1)
    )
    return found


# --- The app on the phone -----------------------------------------------------------------------------


def new_totp_secret() -> str:
    """Return a new secret as apps take it: 160 bits in base 32."""
    return base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def otpauth_uri(secret: str, username: str, shop: str) -> str:
    """Return what the square to scan says."""
    issuer = quote(shop or "Kebu", safe="")
    return f"otpauth://totp/{issuer}:{quote(username, safe='')}?secret={secret}&issuer={issuer}"


def lock_offered(secret: str, digest: str) -> bytes:
    """Return a secret that is being set up, locked for the session of this digest."""
    return kernel().keys.lock("totp", secret.encode(), f"access_session.offered|{digest}")


def open_offered(locked: bytes, digest: str) -> str:
    """Return the secret that this session set up."""
    return kernel().keys.unlock("totp", locked, f"access_session.offered|{digest}").decode()


def step_of(secret: str, code: str) -> int | None:
    """Return the 30 seconds that `code` belongs to, one step earlier or later allowed; None for a wrong code."""
    digits = "".join(sign for sign in code if not sign.isspace())
    usable = len(digits) == 6 and digits.isascii() and digits.isdigit()
    now = int(utc_now().timestamp()) // STEP_SECONDS
    found = None
    generator = pyotp.TOTP(secret)
    for step in range(now - _DRIFT, now + _DRIFT + 1):
        if hmac.compare_digest(generator.generate_otp(step), digits if usable else "------"):
            found = step
    return found


def accept_totp(person_id: int, code: str) -> bool:
    """Say whether this is a code of the person's app that was not used before, and use it up."""
    factor = factor_of(person_id)
    if factor is None or factor.kind != TOTP:
        return False
    step = step_of(_secret_of(factor), code)
    if step is None:
        return False
    row = SecondFactor
    later = update(row).where(row.person_id == person_id, row.last_step < step, row.kind == TOTP)
    return met(later.values(last_step=step)) == 1


def put_factor(person_id: int, kind: str, secret: str, last_step: int = 0) -> list[str]:
    """Give a person a second factor in place of any other and return new recovery codes, shown once."""
    remove_factor(person_id)
    locked = kernel().keys.lock("totp", secret.encode(), _place(person_id))
    met(
        insert(SecondFactor).values(
            person_id=person_id, kind=kind, secret=locked, last_step=last_step, made_at=utc_now()
        )
    )
    return new_recovery_codes(person_id)


def remove_factor(person_id: int) -> int:
    """Take a person's second factor and recovery codes away; return how many factors there were."""
    met(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    return met(delete(SecondFactor).where(SecondFactor.person_id == person_id))


def _secret_of(factor: SecondFactor) -> str:
    return kernel().keys.unlock("totp", factor.secret, _place(factor.person_id)).decode()


def _place(person_id: int) -> str:
    return f"access_second_factor.secret|{person_id}"


# --- Codes on paper -----------------------------------------------------------------------------------


def new_recovery_codes(person_id: int) -> list[str]:
    """Replace a person's recovery codes by ten new ones and return them; only their MACs are kept."""
    codes = [
        "-".join("".join(secrets.choice(_SIGNS) for _sign in range(_GROUP)) for _part in range(2))
        for _code in range(RECOVERY_CODES)
    ]
    met(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    rows = [{"digest": _recovery_digest(person_id, code), "person_id": person_id} for code in codes]
    db.session.execute(insert(RecoveryCode), rows)
    return codes


def accept_recovery_code(person_id: int, typed: str) -> bool:
    """Say whether this is one of the person's codes on paper, and use it up."""
    row = RecoveryCode
    return (
        met(delete(row).where(row.digest == _recovery_digest(person_id, typed), row.person_id == person_id))
        == 1
    )


def recovery_codes_left(person_id: int) -> int:
    """Return how many codes on paper a person has left."""
    return len(
        db.session.scalars(
            select(RecoveryCode.digest).where(RecoveryCode.person_id == person_id).limit(20)
        ).all()
    )


def _recovery_digest(person_id: int, typed: str) -> str:
    signs = "".join(sign for sign in typed.lower() if sign.isalnum())
    return mac_of("recovery", f"{person_id}|{signs[:40]}")
