"""Authority: what the acting person may hand out, read fresh inside the transaction that hands it out."""

from __future__ import annotations

from collections.abc import Iterable

from flask_appbuilder.security.sqla.models import Role, assoc_user_role
from sqlalchemy import select

from app.access.errors import HoldsMore, LastOwner
from app.access.grants import OWNER, read_grants
from app.access.holding import read_roles
from app.access.models import Person
from app.access.present import is_the_program
from app.core.database import db
from app.core.record import actor_id


def require_at_least(names: Iterable[str]) -> None:
    """Raise `HoldsMore` unless the acting person holds all of `names`; the program itself may do anything."""
    if is_the_program():
        return
    actor = actor_id()
    # Between the request's begin and this lock the account may have been closed.
    still_active = select(Person.id).where(Person.id == actor, Person.active.is_(True)).limit(1)
    held = read_grants(actor) if actor is not None and db.session.scalar(still_active) else frozenset()
    if not held.issuperset(names):
        raise HoldsMore


def require_over_person(person_id: int) -> None:
    """Raise `HoldsMore` if this person has any right that the acting person lacks."""
    require_at_least(read_grants(person_id))


def role_names(role: Role) -> frozenset[str]:
    """Return the permission names of a role; the owner's includes ownership itself."""
    return read_roles([role.id]).grants


def require_an_owner() -> None:
    """Raise `LastOwner` if no owner is left who can sign in; called last in a change.

    Somebody invited who has not chosen a password yet can't: the link may get lost.
    """
    db.session.flush()
    query = (
        select(Person.id)
        .join(assoc_user_role, assoc_user_role.c.user_id == Person.id)
        .join(Role, Role.id == assoc_user_role.c.role_id)
        .where(Role.name == OWNER, Person.active.is_(True), Person.password.is_not(None))
        .limit(1)
    )
    if db.session.scalar(query) is None:
        raise LastOwner
