"""Calling: the header `Authorization: Bearer …` under the API's addresses, looked up anew at each call.

One statement finds the key, its maker and the access version, so a key that was revoked, has ended, or whose maker
was closed is refused by the next call of every process.
"""

from __future__ import annotations

import logging
from typing import Any, NoReturn

from flask import Request, current_app, g, request
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import bindparam, select

from app.access.api_keys.metering import count_call, note_use
from app.access.api_keys.secrets import KeyText, read_key
from app.access.api_keys.tables import ApiKey
from app.access.errors import KeyBesideSession, KeyRefused
from app.access.models import AccessVersion, CallingKey, Person, SignedIn
from app.access.signing.attempts import take_try
from app.access.signing.tokens import network
from app.access.signing.tries import Limit
from app.access.telling import KEY_REFUSED, tell
from app.core.clock import utc_now
from app.core.database import db
from app.core.transaction import transaction

API = "/api/v1/"
WRONG_KEYS = Limit("api-key", 20)
_CALLER = "kebu_caller"
log = logging.getLogger(__name__)
_KEY, _MAKER, _VERSION = ApiKey.__table__.c, Person.__table__.c, AccessVersion.__table__.c
_CALLING = (
    select(
        _KEY.id,
        _KEY.public_id,
        _KEY.name,
        _KEY.scopes,
        _KEY.branch_id,
        _KEY.person_id,
        _KEY.last_used_at,
        _KEY.last_address,
        _MAKER.username,
        _MAKER.first_name,
        _MAKER.email,
        _MAKER.language,
        select(_VERSION.version).limit(1).scalar_subquery().label("version"),
    )
    .select_from(ApiKey.__table__.join(Person.__table__, _MAKER.id == _KEY.person_id))
    .where(
        _KEY.public_id == bindparam("public_id"),
        _KEY.digest == bindparam("digest"),
        _KEY.expires_at > bindparam("now"),
        _KEY.revoked_at.is_(None),
        _MAKER.active.is_(True),
    )
    .limit(1)
    .execution_options(unlimited="who calls is asked before what they may see")
)


class KebuCsrf(CSRFProtect):
    """Protection against forged requests, which only concerns what a browser sends by itself: not a key."""

    def protect(self, **how: Any) -> None:
        """Refuse a request without its token, unless it was let in by an API key."""
        if _CALLER not in g:
            super().protect(**how)


def let_key_in() -> None:
    """Make the program present whose API key the request carries; raise `KeyRefused`, `TooManyTries` and their like.

    Elsewhere than under the API the header counts for nothing: a key opens no page.
    """
    scheme, _blank, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not request.path.startswith(API):
        return
    name = current_app.config["SESSION_COOKIE_NAME"]
    if name in request.cookies or f"__Host-{name}" in request.cookies:
        raise KeyBesideSession
    key = read_key(text.strip())
    row = _row_of(key) if key is not None else None
    if row is None:
        _refuse(key)
    g.access_version = row.version or 0
    setattr(g, _CALLER, _caller(row))
    count_call(row.id)
    note_use(row)


def caller(_request: Request) -> SignedIn | None:
    """Return the program that `let_key_in` found, as Flask-Login asks for it."""
    found: SignedIn | None = g.get(_CALLER)
    return found


def _row_of(key: KeyText) -> Any:
    values = {"public_id": key.public_id, "digest": key.digest, "now": utc_now()}
    return db.session.execute(_CALLING, values).one_or_none()


def _caller(row: Any) -> SignedIn:
    key = CallingKey(row.id, row.public_id, row.name, frozenset(row.scopes.split()), row.branch_id)
    return SignedIn(
        id=row.person_id,
        username=row.username,
        full_name=row.first_name,
        email=row.email,
        language=row.language,
        theme=None,
        branch_id=row.branch_id,
        single_keys=False,
        home=None,
        amr="key",
        key=key,
    )


def _refuse(key: KeyText | None) -> NoReturn:
    """Count a wrong key for its address and raise `KeyRefused`, or `TooManyTries` once there were twenty."""
    take_try((WRONG_KEYS, network()))
    log.info("An API key was refused.")
    known = select(ApiKey.name, ApiKey.person_id).where(ApiKey.public_id == (key.public_id if key else ""))
    with transaction():
        row = db.session.execute(known.limit(1)).one_or_none()
        if row is not None and key is not None:
            tell(KEY_REFUSED, person_id=row.person_id, key=row.name, public_id=key.public_id)
    raise KeyRefused
