"""Effects: what a change of a role would do and to whom, said before it is saved; the change is tried and undone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from flask_appbuilder.security.sqla.models import Role, assoc_group_role, assoc_user_group, assoc_user_role
from flask_babel import gettext as _
from sqlalchemy import func, select, union

from app.access.authority import role_names
from app.access.holding import read_roles
from app.access.matrix import deed, in_order
from app.access.models import Person
from app.core.database import db
from app.core.kernel import kernel
from app.core.remembering import forget
from app.core.transaction import transaction

MOST_NAMED = 100


@dataclass(frozen=True, slots=True)
class Touched:
    """Somebody who holds the role, and how many rights he gains and loses by the change; other roles may keep some."""

    name: str
    gains: int
    loses: int


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change does: sentences on rights, entries of the menu, how many hold the role, and whom it touches."""

    gained: tuple[str, ...]
    lost: tuple[str, ...]
    menu_in: tuple[str, ...]
    menu_out: tuple[str, ...]
    holders: int
    touched: tuple[Touched, ...]
    untouched: int
    named: int

    @property
    def is_nothing(self) -> bool:
        """Whether no right changes."""
        return not self.gained and not self.lost


class _TakenBack(Exception):
    """Undoes what was only tried."""


def rehearse(act: Callable[[], None]) -> None:
    """Do `act` as it would be done and undo it, so that every refusal is met before anybody says yes."""
    try:
        with transaction():
            act()
            raise _TakenBack
    except _TakenBack:
        # What was looked up meanwhile was never so.
        forget()


def effect_of(role: Role, label: str, wanted: Collection[str]) -> Effect:
    """Return what giving `role` exactly `wanted` would do; `label` is what it is called in the sentences."""
    held = role_names(role)
    new, gone = set(wanted) - held, held - set(wanted)
    before, after = menu_entries(held), menu_entries(wanted)
    people = _people(role.id)
    touched = _touched(role.id, people, new, gone)
    return Effect(
        gained=tuple(
            _("“%(role)s” can now %(deed)s.", role=label, deed=deed(name)) for name in in_order(new)
        ),
        lost=tuple(
            _("“%(role)s” can no longer %(deed)s.", role=label, deed=deed(name)) for name in in_order(gone)
        ),
        menu_in=tuple(each for each in after if each not in before),
        menu_out=tuple(each for each in before if each not in after),
        holders=count_holders(role.id),
        touched=touched,
        untouched=len(people) - len(touched),
        named=len(people),
    )


def menu_entries(names: Collection[str]) -> list[str]:
    """Return what the entries of the menu are called that these permissions open."""
    found: list[str] = []
    for capability in kernel().enabled:
        found += [
            str(screen.plural)
            for screen in capability.screens
            if screen.in_menu and screen.permission("list") in names
        ]
        found += [str(page.label) for page in capability.pages if page.permission in names]
    return found


def count_holders(role_id: int) -> int:
    """Return how many open accounts hold a role, by a group too."""
    holding = _holding(role_id)
    query = select(func.count()).select_from(Person).where(Person.id.in_(select(holding.c.user_id)))
    return db.session.scalar(query.where(Person.active.is_(True))) or 0


def _people(role_id: int) -> Mapping[int, str]:
    """Return the names of those who hold a role, by number; the first hundred."""
    holding = _holding(role_id)
    query = select(Person.id, Person.full_name, Person.username).where(
        Person.id.in_(select(holding.c.user_id)), Person.active.is_(True)
    )
    rows = db.session.execute(query.order_by(Person.username).limit(MOST_NAMED))
    return {number: full_name or username for number, full_name, username in rows}


def _touched(
    role_id: int, people: Mapping[int, str], new: Collection[str], gone: Collection[str]
) -> tuple[Touched, ...]:
    """Return whom a change touches: a right that another role grants is neither gained nor lost."""
    others = _other_roles(role_id, people)
    roles = read_roles({number for numbers in others.values() for number in numbers}).roles
    found = []
    for number, name in people.items():
        kept = {right for other in others.get(number, ()) if other in roles for right in roles[other].grants}
        gains, loses = len(set(new) - kept), len(set(gone) - kept)
        if gains or loses:
            found.append(Touched(name, gains, loses))
    return tuple(found)


def _other_roles(role_id: int, people: Collection[int]) -> dict[int, set[int]]:
    own = select(assoc_user_role.c.user_id, assoc_user_role.c.role_id)
    by_group = select(assoc_user_group.c.user_id, assoc_group_role.c.role_id).join(
        assoc_group_role, assoc_group_role.c.group_id == assoc_user_group.c.group_id
    )
    pairs = union(own, by_group).subquery()
    query = select(pairs.c.user_id, pairs.c.role_id)
    found: dict[int, set[int]] = {}
    for person, role in db.session.execute(
        query.where(pairs.c.user_id.in_(list(people)), pairs.c.role_id != role_id)
    ):
        found.setdefault(person, set()).add(role)
    return found


def _holding(role_id: int) -> Any:
    own = select(assoc_user_role.c.user_id).where(assoc_user_role.c.role_id == role_id)
    by_group = (
        select(assoc_user_group.c.user_id)
        .join(assoc_group_role, assoc_group_role.c.group_id == assoc_user_group.c.group_id)
        .where(assoc_group_role.c.role_id == role_id)
    )
    return union(own, by_group).subquery()
