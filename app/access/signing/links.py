"""One-time links: somebody invited, or who forgot the password, chooses one; nobody else ever types it."""

from __future__ import annotations

import datetime

from flask import request
from sqlalchemy import delete, insert, or_, select, update

from app.access.accounts import set_password
from app.access.authority import require_over_person
from app.access.events import SecurityMail
from app.access.grants import read_grants
from app.access.models import Person
from app.access.passwords import normal_name
from app.access.shop import load_shop
from app.access.signing import directory
from app.access.signing.attempts import LINKS, SENT_FROM_ADDRESS, SENT_TO_PERSON, forgive, take_try
from app.access.signing.notices import language_of
from app.access.signing.statements import met
from app.access.signing.tables import Link
from app.access.signing.tokens import digest_of, network, new_secret
from app.access.telling import tell
from app.access.version import bump_version
from app.core.clock import utc_now
from app.core.database import db
from app.core.errors import NotFound
from app.core.events import publish
from app.core.kernel import kernel
from app.core.record import actor_id
from app.core.transaction import command

INVITATION, RESET = "invitation", "reset"
LASTS = {INVITATION: datetime.timedelta(days=7), RESET: datetime.timedelta(hours=24)}
FORGOTTEN_LASTS = datetime.timedelta(hours=1)


def address_of(secret: str) -> str:
    """Return the whole address that a link's secret makes."""
    return f"{request.host_url}link/{secret}"


@command("access:user:reset")
def make_link(person_id: int, purpose: str) -> str:
    """Make a link for somebody whose rights one has oneself and return its address, to be handed over once."""
    require_over_person(person_id)
    return _make(_person(person_id), purpose, LASTS[purpose])


@command("access:user:add")
def make_invitation(person_id: int) -> str:
    """Make the link with which somebody just added chooses the first password."""
    require_over_person(person_id)
    return _make(_person(person_id), INVITATION, LASTS[INVITATION])


def _make(person: Person, purpose: str, lasts: datetime.timedelta) -> str:
    """Make a link; all earlier ones of the person are void. It goes by mail too where that works."""
    met(delete(Link).where(Link.person_id == person.id))
    secret = _insert(person.id, purpose, lasts)
    tell("access:link_made", person_id=person.id, purpose=purpose)
    address = address_of(secret)
    if is_mailed(person, purpose):
        facts = {
            "link": address,
            "minutes": str(int(lasts.total_seconds()) // 60),
            "shop": load_shop().name,
        }
        publish(SecurityMail(person.id, purpose, language_of(person), person.address, facts))
    return address


def can_mail(person: Person) -> bool:
    """Say whether mail reaches this person."""
    return bool(person.address) and "mail" in kernel().channels


def asks_elsewhere(person: Person) -> bool:
    """Say whether the directory knows this person's password; one chosen by a link would take its place."""
    return directory.is_used() and not person.password


def is_mailed(person: Person, purpose: str) -> bool:
    """Say whether a link goes by mail too: not the one that comes with each new account, where a directory answers."""
    return can_mail(person) and not (purpose == INVITATION and asks_elsewhere(person))


def forgotten(typed: str) -> None:
    """Send a link to whoever has this name or address; outwardly the same for a name that nobody has.

    Raises `TooManyTries`, by what was typed, so that it tells nothing either.
    """
    name = normal_name(typed)[:320]
    take_try((SENT_TO_PERSON, f"forgotten|{name}"), (SENT_FROM_ADDRESS, network()))
    _forgotten(name)


@command(None)
def _forgotten(name: str) -> None:
    query = select(Person).where(or_(Person.username == name, Person.email == name), Person.active.is_(True))
    person: Person | None = db.session.scalar(query.limit(1))
    if person is not None and can_mail(person) and not asks_elsewhere(person):
        _make(person, RESET, FORGOTTEN_LASTS)
        return
    met(delete(Link).where(Link.person_id == -1))
    _insert(None, RESET, FORGOTTEN_LASTS)


def person_of(secret: str) -> tuple[Person, str]:
    """Return whose link this is and for what; raise `NotFound` for one that is used, old or nobody's."""
    query = select(Link.person_id, Link.purpose, Link.made_by).where(
        Link.digest == digest_of(secret), Link.used_at.is_(None), Link.expires_at > utc_now()
    )
    found = db.session.execute(query.limit(1)).one_or_none()
    if found is None or found.person_id is None:
        raise NotFound
    person = _person(found.person_id)
    if not person.active or not _still_over(found.made_by, person.id):
        raise NotFound
    return person, str(found.purpose)


def _still_over(maker_id: int | None, person_id: int) -> bool:
    """Say whether whoever made a link still has every right of the person whose account it opens.

    Else a manager could keep the link of a clerk until the clerk is an owner.
    """
    return maker_id is None or read_grants(maker_id) >= read_grants(person_id)


def opened_link(secret: str) -> tuple[Person, str]:
    """Return `person_of` a link that somebody opens, counting wrong ones; raise `NotFound` or `TooManyTries`."""
    counted = (LINKS, network())
    take_try(counted)
    found = person_of(secret)
    forgive(counted)
    return found


@command(None)
def use_link(secret: str, person_id: int, password_hash: str) -> None:
    """Set the password by a link, which works once; raise `NotFound` when it was used in the meantime.

    The second factor stays: who holds the link but not the phone is stopped there.
    """
    row = Link
    mine = (row.digest == digest_of(secret), row.person_id == person_id, row.used_at.is_(None))
    # The lock under which rights change: between here and the commit nobody becomes an owner.
    bump_version()
    person_of(secret)
    if not met(update(row).where(*mine, row.expires_at > utc_now()).values(used_at=utc_now())):
        raise NotFound
    set_password(person_id, password_hash)


def _insert(person_id: int | None, purpose: str, lasts: datetime.timedelta) -> str:
    secret, now = new_secret(), utc_now()
    met(
        insert(Link).values(
            digest=digest_of(secret),
            person_id=person_id,
            purpose=purpose,
            made_at=now,
            made_by=actor_id(),
            expires_at=now + lasts,
        )
    )
    return secret


def _person(person_id: int) -> Person:
    person: Person | None = db.session.scalar(select(Person).where(Person.id == person_id).limit(1))
    if person is None:
        raise NotFound
    return person
