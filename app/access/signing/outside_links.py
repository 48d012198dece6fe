"""Whose account somebody is whom a provider vouches for: found by address once, remembered by number from then on."""

from __future__ import annotations

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from app.access.models import NO_EMAIL, Person
from app.access.passwords import normal_name
from app.access.signing.oidc import Outsider
from app.access.signing.statements import met
from app.access.signing.tables import OutsideLink
from app.access.signing.tokens import mac_of
from app.access.telling import tell
from app.core.clock import utc_now
from app.core.database import db
from app.core.deadlock import committed


def person_of(outsider: Outsider) -> Person | None:
    """Return the open account of somebody the provider vouches for, detached; None for nobody's. Nobody is created.

    Whoever came once is known by the provider's number for him: another address there leads to no other account here,
    and an address that another one has there by now leads nowhere.
    """
    key = _key(outsider)
    number = db.session.scalar(select(OutsideLink.person_id).where(OutsideLink.digest == key).limit(1))
    person = _open_account(Person.id == number) if number is not None else _met_first(outsider)
    if person is not None:
        db.session.expunge(person)
    db.session.rollback()
    if person is None or number is not None:
        return person
    return person if _link(person.id, outsider) else None


def forget_outside(person_id: int) -> None:
    """Forget inside the open transaction who a person is elsewhere; the next sign-in finds him by address again."""
    met(delete(OutsideLink).where(OutsideLink.person_id == person_id))


def _met_first(outsider: Outsider) -> Person | None:
    email, name = outsider.email.strip().lower(), normal_name(outsider.user_name)
    found = None
    # Accounts without an address keep one in this domain, and nobody else's word counts there.
    if email and not email.endswith(NO_EMAIL):
        found = _open_account(Person.email == email)
    if found is None and name:
        found = _open_account(Person.username == name)
    return found


def _open_account(condition: object) -> Person | None:
    query = select(Person).where(condition, Person.active.is_(True)).limit(1)  # type: ignore[arg-type]
    found: Person | None = db.session.scalar(query)
    return found


def _link(person_id: int, outsider: Outsider) -> bool:
    """Remember who a person is at the provider; False when that is somebody else already."""
    row = {
        "digest": _key(outsider),
        "person_id": person_id,
        "issuer": mac_of("oidc issuer", outsider.issuer),
        "made_at": utc_now(),
    }

    def link() -> None:
        met(insert(OutsideLink).values(**row))
        tell("access:outside_linked", person_id=person_id)

    try:
        committed(link)
    except IntegrityError:
        return False
    return True


def _key(outsider: Outsider) -> str:
    return mac_of("oidc subject", f"{outsider.issuer}\n{outsider.subject}")
