"""Sessions: rows in the database, so that ending one counts in every process at the next request.

The browser's cookie carries 256 random bits, the row their digest. A session is made at each sign-in, so nothing a
stranger planted before is worth anything after.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from flask import current_app, session
from sqlalchemy import delete, insert, or_, select, update

from app.access.signing.statements import met
from app.access.signing.tables import SignInSession
from app.access.signing.tokens import browser_in_words, digest_of, new_secret, remote_address
from app.access.telling import tell
from app.core.clock import utc_now
from app.core.database import db
from app.core.transaction import joined_transaction, transaction

FULL, CODE, ENROL = "full", "code", "enrol"
LONGEST = datetime.timedelta(hours=12)
PENDING_FOR = datetime.timedelta(minutes=15)
SEEN_EVERY = datetime.timedelta(minutes=5)
MOST_SHOWN = 50
_COOKIE_KEY, _PENDING_KEY = "_user_id", "pending"


@dataclass(frozen=True)
class Pending:
    """Somebody whose password was right and who has not shown the second factor, or has to set one up."""

    digest: str
    person_id: int
    stage: str
    amr: str
    offered: bytes | None


def idle_for() -> datetime.timedelta:
    """Return how long a session lasts without a request."""
    return datetime.timedelta(minutes=current_app.config["KEBU_SETTINGS"].session_idle_minutes)


def open_session(person_id: int, language: str | None, amr: str, *, proved: bool) -> None:
    """Make `person_id` present in this browser, under a new number; `proved` says whether a step-up would be idle now.

    Nothing that stood in the browser's old session survives but the language of somebody who chose none.
    """
    spoken = session.get("language")
    old = digest_of(session.get(_COOKIE_KEY))
    session.clear()
    if spoken and not language:
        session["language"] = spoken
    # A browser that never closes must not keep a person signed in for weeks.
    session.permanent = True
    secret = new_secret()
    now = utc_now()
    with joined_transaction():
        met(delete(SignInSession).where(SignInSession.digest == old))
        _insert(secret, person_id, (FULL, amr), now + LONGEST, now if proved else None)
        tell("access:sign_in", person_id=person_id, how=amr)
    session[_COOKIE_KEY] = secret
    session["_fresh"] = True


def open_pending(person_id: int, stage: str, amr: str, goal: str) -> None:
    """Remember in this browser that the password was right; nobody is present by it."""
    spoken = session.get("language")
    session.clear()
    if spoken:
        session["language"] = spoken
    secret = new_secret()
    with joined_transaction():
        _insert(secret, person_id, (stage, amr), utc_now() + PENDING_FOR)
    session[_PENDING_KEY], session["goal"] = secret, goal


def pending() -> Pending | None:
    """Return the sign-in that this browser is in the middle of."""
    digest = digest_of(session.get(_PENDING_KEY))
    if not digest:
        return None
    row = SignInSession
    query = select(row.digest, row.person_id, row.stage, row.amr, row.offered)
    query = query.where(row.digest == digest, row.stage.in_((CODE, ENROL)), row.expires_at > utc_now())
    found = db.session.execute(query.limit(1)).one_or_none()
    return Pending(*found) if found is not None else None


def go_to_stage(digest: str, stage: str, amr: str) -> None:
    """Take a pending sign-in to another stage."""
    met(update(SignInSession).where(SignInSession.digest == digest).values(stage=stage, amr=amr))


def close_pending(digest: str) -> bool:
    """End a pending sign-in because it is complete; False when another request was first."""
    query = delete(SignInSession).where(
        SignInSession.digest == digest, SignInSession.stage.in_((CODE, ENROL))
    )
    return met(query) == 1


def end_this_session() -> None:
    """End the session of this browser, whatever stage it is in."""
    digests = [digest for key in (_COOKIE_KEY, _PENDING_KEY) if (digest := digest_of(session.get(key)))]
    if digests:
        with transaction():
            if any(end_look(digest) for digest in digests):
                tell("access:look_ended", how="signed_out")
            met(delete(SignInSession).where(SignInSession.digest.in_(digests)))
            tell("access:sign_out")
    session.clear()


def end_sessions(person_id: int, *, but: str = "") -> int:
    """End a person's sessions, all or all `but` the one of this digest; return how many."""
    query = delete(SignInSession).where(SignInSession.person_id == person_id, SignInSession.digest != but)
    return met(query)


def end_look(digest: str) -> int:
    """End the look as a role in the session of this digest; return 1 if there was one, else 0."""
    row = SignInSession
    looking = update(row).where(row.digest == digest, row.look_role_id.is_not(None))
    return met(looking.values(look_role_id=None, look_until=None))


def end_looks_as(role_id: int) -> None:
    """End every look as this role, which is about to go; numbers are given anew."""
    row = SignInSession
    met(update(row).where(row.look_role_id == role_id).values(look_role_id=None, look_until=None))


def end_session(person_id: int, mark: str) -> int:
    """End the one session of a person that `mark`, the first half of its digest, names."""
    with transaction():
        row = SignInSession
        ended = met(
            delete(row).where(row.person_id == person_id, row.digest.startswith(mark, autoescape=True))
        )
        tell("access:session_ended", person_id=person_id)
    return ended


def sessions_of(person_id: int) -> list[SignInSession]:
    """Return a person's living sessions, the last used first."""
    now = utc_now()
    row = SignInSession
    query = select(row).where(row.person_id == person_id, row.stage == FULL, row.expires_at > now)
    query = query.where(row.seen_at > now - idle_for()).order_by(row.seen_at.desc()).limit(MOST_SHOWN)
    return list(db.session.scalars(query))


def note_seen(digest: str) -> None:
    """Keep that a session is in use; at most every few minutes, so that looking at pages writes next to nothing."""
    now = utc_now()
    with transaction():
        row = SignInSession
        met(update(row).where(row.digest == digest, row.seen_at < now - SEEN_EVERY).values(seen_at=now))


def note_step_up(digest: str) -> None:
    """Keep that the person proved just now who he is."""
    met(update(SignInSession).where(SignInSession.digest == digest).values(stepped_up_at=utc_now()))


def delete_expired(most: int) -> int:
    """Delete at most `most` sessions that are over; return how many."""
    row, now = SignInSession, utc_now()
    over = or_(row.expires_at < now, row.seen_at < now - LONGEST)
    keys = db.session.scalars(select(row.digest).where(over).limit(most)).all()
    return met(delete(row).where(row.digest.in_(keys))) if keys else 0


def _insert(
    secret: str,
    person_id: int,
    stage_and_way: tuple[str, str],
    until: datetime.datetime,
    proved_at: datetime.datetime | None = None,
) -> None:
    now, (stage, amr) = utc_now(), stage_and_way
    met(
        insert(SignInSession).values(
            digest=digest_of(secret),
            person_id=person_id,
            stage=stage,
            amr=amr,
            made_at=now,
            seen_at=now,
            expires_at=until,
            stepped_up_at=proved_at,
            browser=browser_in_words(),
            address=remote_address(),
        )
    )
