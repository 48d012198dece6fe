"""Known browsers: one in which a person signed in before is not locked out by strangers, and may be trusted a month."""

from __future__ import annotations

import datetime

from flask import Response, g, request
from sqlalchemy import delete, insert, select, update

from app.access.signing.statements import met
from app.access.signing.tables import KnownDevice
from app.access.signing.tokens import browser_in_words, digest_of, new_secret, remote_address
from app.core.clock import utc_now
from app.core.database import db
from app.core.transaction import joined_transaction

COOKIE = "kebu-browser"
TRUSTED_DAYS = 30
KNOWN_DAYS = 180
MOST_SHOWN = 50


def cookie_name() -> str:
    """Return the cookie's name: over HTTPS one that no other host or path can set."""
    return f"__Host-{COOKIE}" if request.is_secure else COOKIE


def this_device() -> str:
    """Return the digest of this browser's cookie; '' when it has none."""
    return digest_of(request.cookies.get(cookie_name()))


def device_of(digest: str) -> KnownDevice | None:
    """Return what is known of a browser."""
    found: KnownDevice | None = db.session.scalar(
        select(KnownDevice).where(KnownDevice.digest == digest).limit(1)
    )
    return found


def is_trusted(person_id: int) -> bool:
    """Say whether this browser need not show the person's second factor."""
    device = device_of(this_device())
    return (
        device is not None
        and device.person_id == person_id
        and device.trusted_until is not None
        and device.trusted_until > utc_now()
    )


def keep_device(person_id: int, *, trusted: bool) -> bool:
    """Know this browser from now on, under a new number at each sign-in; return whether the person knew it before."""
    now, old = utc_now(), this_device()
    with joined_transaction():
        before = device_of(old)
        knew = before is not None and before.person_id == person_id
        until = now + datetime.timedelta(days=TRUSTED_DAYS) if trusted else None
        if knew and before is not None:
            until = until or before.trusted_until
            met(delete(KnownDevice).where(KnownDevice.digest == old))
        secret = new_secret()
        met(
            insert(KnownDevice).values(
                digest=digest_of(secret),
                person_id=person_id,
                made_at=before.made_at if knew and before is not None else now,
                seen_at=now,
                trusted_until=until,
                browser=browser_in_words(),
                address=remote_address(),
            )
        )
    g.kebu_device_cookie = secret
    return knew


def send_cookie(response: Response) -> Response:
    """Give the browser the number under which it is known from this request on."""
    secret = g.pop("kebu_device_cookie", None)
    if secret is not None:
        response.set_cookie(
            cookie_name(),
            secret,
            max_age=KNOWN_DAYS * 24 * 3600,
            httponly=True,
            secure=request.is_secure,
            samesite="Lax",
            path="/",
        )
    return response


def trusted_devices(person_id: int) -> list[KnownDevice]:
    """Return the browsers that need no second factor for a person, the last used first."""
    row = KnownDevice
    query = select(row).where(row.person_id == person_id, row.trusted_until > utc_now())
    return list(db.session.scalars(query.order_by(row.seen_at.desc()).limit(MOST_SHOWN)))


def distrust(person_id: int, mark: str = "") -> int:
    """Ask all of a person's browsers, or the one that `mark` names, for the second factor again."""
    row = KnownDevice
    mine = row.person_id == person_id
    chosen = row.digest.startswith(mark, autoescape=True) if mark else row.trusted_until.is_not(None)
    with joined_transaction():
        return met(update(row).where(mine, chosen).values(trusted_until=None))


def delete_unseen(most: int) -> int:
    """Delete at most `most` browsers not seen for half a year; return how many."""
    row, long_ago = KnownDevice, utc_now() - datetime.timedelta(days=KNOWN_DAYS)
    keys = db.session.scalars(select(row.digest).where(row.seen_at < long_ago).limit(most)).all()
    return met(delete(row).where(row.digest.in_(keys))) if keys else 0
