"""Authority: what the acting person may hand out, read fresh inside the transaction that hands it out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from flask_appbuilder.security.sqla.models import Role, assoc_user_role
from sqlalchemy import select

from app.access.errors import HoldsMore, LastOwner
from app.access.grants import OWNER, read_grants
from app.access.holding import Held, read_held, read_roles
from app.access.limiting import limits_of_held, present_limits
from app.access.models import Person
from app.access.present import is_the_program, present_key
from app.core.database import db
from app.core.kernel import kernel
from app.core.limits import UNLIMITED, Limits
from app.core.record import actor_id


def require_at_least(names: Iterable[str]) -> None:
    """Raise `HoldsMore` unless the acting person holds all of `names`; the program itself may do anything."""
    if is_the_program():
        return
    actor = actor_id()
    # Between the request's begin and this lock the account may have been closed.
    still_active = select(Person.id).where(Person.id == actor, Person.active.is_(True)).limit(1)
    held = read_grants(actor) if actor is not None and db.session.scalar(still_active) else frozenset()
    key = present_key()
    if key is not None:
        held &= key.scopes
    if not held.issuperset(names):
        raise HoldsMore


def require_over_person(person_id: int) -> None:
    """Raise `HoldsMore` if this person has any right that the acting person lacks, or sees more."""
    held = read_held(person_id)
    require_at_least(held.grants)
    _require_sight_over(held, limits_of_held(held))


def require_over_role(role: Role) -> None:
    """Raise `HoldsMore` if this role grants anything that the acting person lacks, or shows more than he sees."""
    held = read_roles([role.id])
    require_at_least(held.grants)
    _require_sight_over(held, _in_own_branches(held))


def own_sight() -> Limits:
    """Return what the acting person sees, to be asked before anything changes; the program itself sees everything."""
    return UNLIMITED if is_the_program() else present_limits()


def require_sight_of_role(role_id: int, granted: Iterable[str], own: Limits) -> None:
    """Raise `HoldsMore` if a role shows more than who sees `own`, of the records that `granted` is about."""
    held = read_roles([role_id])
    screens = {name.rpartition(":")[0] for name in granted} & kernel().declared_screens.keys()
    if not own.covers(_in_own_branches(held), screens):
        raise HoldsMore


def _in_own_branches(held: Held) -> Limits:
    """Return what a role leaves out of sight: that it is held in all branches or in few is decided for each person."""
    return replace(limits_of_held(held), branches=own_sight().branches)


def _require_sight_over(held: Held, seen: Limits) -> None:
    about = {
        screen
        for screen in kernel().declared_screens
        if any(role.is_about(screen) for role in held.roles.values())
    }
    if not own_sight().covers(seen, about):
        raise HoldsMore


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
