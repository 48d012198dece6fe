"""The second step of signing in, taken by tests as people take it: with a code that an app makes from the secret."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyotp
from flask.testing import FlaskClient
from sqlalchemy import update

from app.access.signing import factors
from app.access.signing.tables import SecondFactor
from app.core.database import db
from app.core.transaction import transaction

# What every test account that must have a phone has on it.
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def set_up_where_needed(person_id: int) -> None:
    """Give an account the phone that its roles ask for."""
    if factors.needed_factor(person_id) != factors.NO:
        set_up(person_id)
    db.session.remove()


def set_up(person_id: int) -> list[str]:
    """Give an account a phone and return its codes on paper."""
    with transaction():
        codes = factors.put_factor(person_id, factors.TOTP, SECRET)
    db.session.remove()
    return codes


def code() -> str:
    """Return what the phone shows now."""
    return pyotp.TOTP(SECRET).now()


def as_if_half_a_minute_had_passed() -> None:
    """Let the code that the phone shows count as one not used yet: tests sign in more often than twice a minute."""
    with transaction():
        db.session.execute(update(SecondFactor).values(last_step=0))
    db.session.remove()


def take(client: FlaskClient, answer: Any, token: Callable[[], str], **more: str) -> Any:
    """Return the answer to the code where `answer` leads to the page that asks for it; else `answer` itself."""
    if answer.status_code != 302 or answer.location != "/login/code/":
        return answer
    with client.application.app_context():
        as_if_half_a_minute_had_passed()
    return client.post("/login/code/", data={"code": code(), "csrf_token": token(), **more})
