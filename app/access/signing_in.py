"""Checking a password: the same work whether the name exists or not, and hashing outside the write lock."""

from __future__ import annotations

import logging

from flask_appbuilder.security.utils import is_null_password
from sqlalchemy import Select, func, or_, select, update
from werkzeug.security import check_password_hash

from app.access.models import Person
from app.access.passwords import LONGEST, decoy_hash, normal_name
from app.access.signing import directory
from app.access.signing.attempts import (
    BY_ACCOUNT,
    BY_ADDRESS,
    BY_DEVICE,
    BY_PAIR,
    Counted,
    forgive,
    take_try,
)
from app.access.signing.devices import device_of, this_device
from app.access.signing.tokens import network
from app.access.telling import tell
from app.core.clock import utc_now
from app.core.database import db
from app.core.deadlock import committed

log = logging.getLogger(__name__)


def authenticate(username: str, password: str) -> Person | None:
    """Return the active person whose name or e-mail address and password these are; None otherwise.

    A wrong password, an unknown name and a closed account take the same statements and one hash each. Every try is
    counted before it is checked; raises `TooManyTries`. Accounts without a password here are asked for at the
    directory, where there is one; while it doesn't answer, whoever can't be let in gets `DirectoryDown`.
    """
    name = normal_name(username)
    counted = _counted(name[:LONGEST])
    take_try(*counted)
    person = _checked(name, password)
    if person is not None:
        forgive(*counted)
    return person


def _counted(name: str) -> list[Counted]:
    """Return what a try at this name counts for: by itself in a browser that knows the account, else thrice.

    So strangers who lock a name from elsewhere don't lock the browser out in which its owner signs in every day.
    """
    device = device_of(this_device())
    person_id = db.session.scalar(
        select(Person.id).where(or_(Person.username == name, Person.email == name)).limit(1)
    )
    db.session.rollback()
    if device is not None and device.person_id == person_id:
        return [(BY_DEVICE, f"{person_id}|{device.digest}")]
    place = network()
    # Name and address of an account are the same account.
    subject = name if person_id is None else str(person_id)
    return [(BY_PAIR, f"{subject}|{place}"), (BY_ADDRESS, place), (BY_ACCOUNT, subject)]


def _checked(name: str, password: str) -> Person | None:
    usable = (
        bool(name) and len(name) <= LONGEST and not is_null_password(password) and len(password) <= LONGEST
    )
    person: Person | None = db.session.scalar(_by_name(name if usable else ""))
    if person is not None:
        db.session.expunge(person)
    db.session.rollback()
    is_open = person is not None and bool(person.active)
    own = is_open and person is not None and bool(person.password)
    stored = person.password if person is not None and own and person.password else decoy_hash()
    matches = check_password_hash(stored, password if usable else "-") and own and usable
    elsewhere = is_open and not own and directory.is_used()
    if directory.is_used() and not matches:
        asked = person.username if person is not None else name
        matches = _by_directory(asked, password if usable and elsewhere else "")
    if person is None or not matches:
        count_try(person if own or elsewhere else None, success=False, how="ldap" if elsewhere else "pwd")
        log.info("A sign-in was refused.")
        return None
    count_try(person, success=True)
    return person


def _by_directory(name: str, password: str) -> bool:
    """Say whether the directory knows this password; an empty one costs the same and leaves this machine never."""
    try:
        return directory.is_right(name, password)
    except directory.DirectoryDown:
        count_try(None, success=False, how="ldap")
        raise


def _by_name(name: str) -> Select[Person]:
    return select(Person).where(or_(Person.username == name, Person.email == name)).limit(1)


def count_try(person: Person | None, *, success: bool, how: str = "pwd") -> None:
    """Keep the attempt; an unknown name rewrites the first account unchanged, to cost the same.

    `how` somebody tried is what `gate.go_on` calls it.
    """
    committed(lambda: _count_try(person, success, how))


def _count_try(person: Person | None, success: bool, how: str) -> None:
    if not success:
        # Not who it was meant to be: what is typed as a name may be a password.
        tell("access:sign_in_refused", person_id=None if person is None else person.id, how=how)
    first = select(func.min(Person.id)).scalar_subquery()
    target = first if person is None else person.id
    values: dict[str, object] = {"fail_login_count": func.coalesce(Person.fail_login_count, 0)}
    if success:
        values = {
            "fail_login_count": 0,
            "login_count": func.coalesce(Person.login_count, 0) + 1,
            "last_login": utc_now().replace(tzinfo=None),
        }
    elif person is not None:
        values["fail_login_count"] = func.coalesce(Person.fail_login_count, 0) + 1
    db.session.execute(
        update(Person)
        .where(Person.id == target)
        .values(values)
        .execution_options(synchronize_session=False, unjournalled="a count of attempts")
    )
