"""Limiting: what the roles of somebody leave out of sight, put together from rules and the defaults of fields."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from itertools import product

from flask import current_app

from app.access.grants import held_by, held_by_role, rights_of_key
from app.access.holding import OWNER, Held, HeldRole, read_roles
from app.access.memory import Remembered
from app.access.models import CallingKey
from app.access.present import looked_at_role, present_key, present_person_id
from app.access.shop import load_shop
from app.access.version import present_version
from app.core.declaration import Screen
from app.core.fields import Field
from app.core.kernel import kernel
from app.core.limits import UNLIMITED, Limits, Sight, limits_of_parts
from app.profiles import default_sight


def present_limits() -> Limits:
    """Return the limits of whoever is present; none for a stranger, who sees no record, and the program itself."""
    person_id = present_person_id()
    if person_id is None:
        return UNLIMITED
    if (key := present_key()) is not None:
        return limits_of_key(key, person_id)
    role_id = looked_at_role()
    if role_id is None:
        return limits_of(person_id)
    return meeting(limits_of(person_id), limits_of_held(held_by_role(role_id)))


def limits_of_key(key: CallingKey, maker_id: int) -> Limits:
    """Return the limits of a program: those of its key's maker, and the branch that stands on the key."""
    mine = limits_of(maker_id)
    if key.branch_id is None:
        return mine
    return limits_of_parts(
        mine.sights,
        mine.rows,
        rights_of_key(key, maker_id).within(mine.branches),
        shares_customers=mine.shares_customers,
    )


def meeting(one: Limits, other: Limits) -> Limits:
    """Return the limits of who sees only what both let him see."""
    sights = {
        screen: {
            name: min(one.sight(screen, name), other.sight(screen, name), key=lambda sight: sight.openness)
            for name in {*one.sights.get(screen, {}), *other.sights.get(screen, {})}
        }
        for screen in {*one.sights, *other.sights}
    }
    rows = {**one.rows, **other.rows}
    for screen in one.rows.keys() & other.rows.keys():
        rows[screen] = tuple(
            first if first == second else f'{{"all":[{first},{second}]}}'
            for first, second in product(one.rows[screen], other.rows[screen])
        )
    confined = [each.branches for each in (one, other) if each.branches is not None]
    branches = frozenset.intersection(*confined) if confined else None
    return limits_of_parts(
        sights, rows, branches, shares_customers=one.shares_customers and other.shares_customers
    )


def limits_of(person_id: int) -> Limits:
    """Return the limits of a person, remembered until anybody's rights, the shop or its own fields change."""
    memory: Remembered[Limits] = current_app.extensions["kebu_limits"]
    key = (person_id, present_version())
    known = memory.get(key)
    if known is None:
        known = limits_of_held(held_by(person_id))
        memory.keep(key, known)
    return known


def limits_of_role(role_ids: Collection[int]) -> Limits:
    """Return the limits of somebody who had just these roles, in all branches."""
    return limits_of_held(read_roles(role_ids))


def sight_in(role: HeldRole, screen: Screen, field: Field) -> Sight:
    """Return how much of a field a role sees: what a manager decided, else the default of such a field."""
    if role.name == OWNER:
        return Sight.VISIBLE
    decided = role.sights.get(screen.name, {}).get(field.name)
    if decided is not None:
        return decided
    serves = f"{screen.name}:add" in role.grants or f"{screen.name}:edit" in role.grants
    return Sight(default_sight(role.name, field.personal, serves=serves))


def limits_of_held(held: Held) -> Limits:
    """Return the limits of somebody who holds this."""
    screens = kernel().declared_screens
    sights: dict[str, dict[str, Sight]] = {}
    rows: dict[str, tuple[str, ...]] = {}
    for name, screen in screens.items():
        roles = _about(name, held.roles.values())
        sights[name] = {field.name: _most_open(roles, screen, field) for field in screen.fields.values()}
        if roles and all(name in role.rows and role.name != OWNER for role in roles):
            rows[name] = tuple(sorted({role.rows[name] for role in roles}))
    return limits_of_parts(sights, rows, held.branches, shares_customers=load_shop().shares_customers)


def _about(screen: str, roles: Iterable[HeldRole]) -> list[HeldRole]:
    """Return the roles whose rules count for a screen: those that grant something there, else all."""
    every = list(roles)
    return [role for role in every if role.name == OWNER or role.is_about(screen)] or every


def _most_open(roles: Collection[HeldRole], screen: Screen, field: Field) -> Sight:
    if not roles:
        # Somebody without any role: nothing that says anything of a person.
        return Sight.HIDDEN if field.personal else Sight.VISIBLE
    return max((sight_in(role, screen, field) for role in roles), key=lambda sight: sight.openness)


def sights_in(role: HeldRole, screen: Screen) -> Mapping[str, Sight]:
    """Return how much a role sees of every field of a screen."""
    return {field.name: sight_in(role, screen, field) for field in screen.fields.values()}
