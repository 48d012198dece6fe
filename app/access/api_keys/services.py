"""The verbs of API keys: make, replace and revoke one; and the questions that pages and checks ask."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, func, insert, or_, select, update

from app.access.api_keys.rights import offered_scopes
from app.access.api_keys.secrets import KeyText, new_key
from app.access.api_keys.tables import ApiKey
from app.access.authority import require_at_least
from app.access.errors import KeyReplaced, NotByKey
from app.access.present import present_key, present_person_id
from app.access.shop import load_shop
from app.access.signing.statements import met
from app.access.telling import tell
from app.access.version import bump_version
from app.access.whereabouts import BY_KEY
from app.core.clock import utc_now
from app.core.database import db
from app.core.errors import Forbidden, Invalid, NotFound
from app.core.fields import clean_line
from app.core.shop import today
from app.core.transaction import command

LONGEST_NAME = 80
MOST_DAYS = 366
MOST_KEYS = 100
MOST_ENDED_SHOWN = 50
# How long a replaced key goes on working, at most.
OVERLAP = datetime.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class KeyWish:
    """What somebody wants a key to be; it works through `last_day` as the shop counts days."""

    name: str
    scopes: frozenset[str]
    branch_id: uuid.UUID | None
    last_day: datetime.date


@command("access:key:add")
def make_key(wish: KeyWish) -> KeyText:
    """Make a key and return it, for the one time that it can be shown; raise `Invalid`, or `HoldsMore`."""
    _lock_keys()
    if errors := _errors(wish):
        raise Invalid(errors)
    require_at_least(wish.scopes)
    return _insert(wish.name, wish.scopes, wish.branch_id, end_of(wish.last_day))


@command("access:key:add")
def replace_key(key_id: uuid.UUID) -> KeyText:
    """Make the successor of a key, with its rights and for as long; the old one works on for seven days at most.

    Raises `HoldsMore` for rights one lacks, `KeyReplaced` for a key that has ended or was replaced before.
    """
    _lock_keys()
    old = find_key(key_id)
    now = utc_now()
    scopes = frozenset(old.scopes.split())
    require_at_least(scopes)
    working = and_(ApiKey.id == key_id, ApiKey.replaced_at.is_(None), in_use(now))
    until = min(old.expires_at, now + OVERLAP)
    if not met(update(ApiKey).where(working).values(replaced_at=now, expires_at=until)):
        raise KeyReplaced
    return _insert(old.name, scopes, old.branch_id, now + (old.expires_at - old.made_at))


@command("access:key:revoke")
def revoke_key(key_id: uuid.UUID) -> None:
    """End a key at once, in every process; raise `NotFound` for one that has ended."""
    key = find_key(key_id)
    now = utc_now()
    if not met(update(ApiKey).where(ApiKey.id == key_id, in_use(now)).values(revoked_at=now)):
        raise NotFound
    tell("access:key_revoked", person_id=key.person_id, key=key.name, public_id=key.public_id)


def find_key(key_id: uuid.UUID) -> ApiKey:
    """Return a key, working or not; raise `NotFound`."""
    key: ApiKey | None = db.session.scalar(select(ApiKey).where(ApiKey.id == key_id).limit(1))
    if key is None:
        raise NotFound
    return key


def in_use(now: datetime.datetime) -> ColumnElement[bool]:
    """Return the condition that a key works at this moment, its maker left aside."""
    return and_(ApiKey.revoked_at.is_(None), ApiKey.expires_at > now)


def working_keys() -> Sequence[ApiKey]:
    """Return the keys that work, the next to end first; there are at most a hundred beside replaced ones."""
    query = select(ApiKey).where(in_use(utc_now())).order_by(ApiKey.expires_at, ApiKey.id)
    return db.session.scalars(query.limit(2 * MOST_KEYS)).all()


def ended_keys() -> Sequence[ApiKey]:
    """Return the last fifty keys that don't work any more, the newest first."""
    over = or_(ApiKey.revoked_at.is_not(None), ApiKey.expires_at <= utc_now())
    query = select(ApiKey).where(over).order_by(ApiKey.id.desc()).limit(MOST_ENDED_SHOWN)
    return db.session.scalars(query).all()


def key_names(session_ids: Iterable[str]) -> dict[str, str]:
    """Return the names of the API keys behind the journal's sessions, by session, with one statement at most."""
    public_ids = {each.removeprefix(BY_KEY) for each in session_ids if each.startswith(BY_KEY)}
    if not public_ids:
        return {}
    query = select(ApiKey.public_id, ApiKey.name).where(ApiKey.public_id.in_(public_ids))
    rows = db.session.execute(query.limit(len(public_ids)))
    return {f"{BY_KEY}{row.public_id}": row.name for row in rows}


def end_of(last_day: datetime.date) -> datetime.datetime:
    """Return the moment at which the shop's `last_day` is over, in UTC."""
    midnight = datetime.datetime.combine(last_day + datetime.timedelta(days=1), datetime.time())
    return midnight.replace(tzinfo=load_shop().zone).astimezone(datetime.UTC)


def _lock_keys() -> None:
    """Let keys be made one after the other: what is counted and compared then can't change any more."""
    if present_key() is not None:
        raise NotByKey
    bump_version()


def _errors(wish: KeyWish) -> dict[str, str]:
    errors: dict[str, str] = {}
    name = clean_line(wish.name)
    if not name or name != wish.name or len(name) > LONGEST_NAME:
        errors["name"] = _("Please give the key a name of at most %(most)d characters.", most=LONGEST_NAME)
    elif _is_taken(name):
        errors["name"] = _("Another key has this name. Replace that one, or choose another name.")
    if not today() <= wish.last_day <= today() + datetime.timedelta(days=MOST_DAYS):
        errors["last_day"] = _("Choose a day from today to a year from now.")
    if not wish.scopes or not wish.scopes <= offered_scopes():
        errors["scopes"] = _("Tick at least one thing that the program may do.")
    if not errors and _working_count() >= MOST_KEYS:
        errors[""] = _("There are %(most)d keys already. Revoke one that nobody needs.", most=MOST_KEYS)
    return errors


def _is_taken(name: str) -> bool:
    same = func.lower(ApiKey.name) == name.lower()
    query = select(ApiKey.id).where(same, in_use(utc_now())).limit(1)
    return db.session.scalar(query) is not None


def _working_count() -> int:
    query = select(ApiKey.id).where(in_use(utc_now()), ApiKey.replaced_at.is_(None)).limit(MOST_KEYS)
    return len(db.session.scalars(query).all())


def _insert(
    name: str, scopes: Collection[str], branch_id: uuid.UUID | None, until: datetime.datetime
) -> KeyText:
    key, now, person_id = new_key(), utc_now(), present_person_id()
    if person_id is None:
        # A key's rights are those of a person.
        raise Forbidden
    met(
        insert(ApiKey).values(
            public_id=key.public_id,
            digest=key.digest,
            name=name,
            scopes=" ".join(sorted(scopes)),
            branch_id=branch_id,
            person_id=person_id,
            made_at=now,
            expires_at=until,
        )
    )
    tell(
        "access:key_made",
        person_id=person_id,
        key=name,
        public_id=key.public_id,
        scopes=" ".join(sorted(scopes)),
    )
    return key
