"""Holding: what roles grant and what they leave out of sight, read together with one statement."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_appbuilder.security.sqla.models import (
    Permission,
    PermissionView,
    Role,
    ViewMenu,
    assoc_group_role,
    assoc_permissionview_role,
    assoc_user_group,
    assoc_user_role,
)
from sqlalchemy import Select, Subquery, literal, select, union, union_all

from app.access.rule_tables import FieldRule, PersonBranch, RowRule
from app.core.database import db
from app.core.limits import Sight

# What the owner's role means beyond its permissions. No permission row has this name: no page can grant it.
OWNER = "Owner"
OWNERSHIP = "access:shop:own"
_MOST_BRANCHES = 1_000


@dataclass
class HeldRole:
    """One role: its name, what it grants, and the rules that a manager wrote for it, by screen."""

    name: str = ""
    grants: set[str] = field(default_factory=set)
    sights: dict[str, dict[str, Sight]] = field(default_factory=dict)
    rows: dict[str, str] = field(default_factory=dict)

    def is_about(self, screen: str) -> bool:
        """Say whether the role grants anything on a screen."""
        return any(name.startswith(f"{screen}:") for name in self.grants)


@dataclass(frozen=True)
class Held:
    """What somebody holds: permission names, the roles by number, and the branches he is confined to."""

    grants: frozenset[str]
    roles: Mapping[int, HeldRole]
    branches: frozenset[uuid.UUID] | None = None


def read_held(person_id: int) -> Held:
    """Return what a person holds, from the database; one statement more for who is confined to branches."""
    confined = select(
        literal("confined"), PersonBranch.person_id, literal(""), literal(""), literal("")
    ).where(PersonBranch.person_id == person_id)
    roles, is_confined = _read_roles(held_roles(person_id), confined.distinct())
    grants = _grants(roles)
    # An owner sees everything, always: who else could set him free again?
    confined_to = _read_branches(person_id) if is_confined and OWNERSHIP not in grants else None
    return Held(grants, roles, confined_to)


def read_roles(role_ids: Collection[int]) -> Held:
    """Return what somebody with just these roles would hold, in all branches."""
    numbers = select(Role.id.label("role_id")).where(Role.id.in_(list(role_ids))).subquery()
    roles, _is_confined = _read_roles(numbers, None)
    return Held(_grants(roles), roles)


def held_roles(person_id: int) -> Subquery:
    """Return the numbers of the roles that a person holds, through groups too, as a derived table of `role_id`."""
    own = select(assoc_user_role.c.role_id).where(assoc_user_role.c.user_id == person_id)
    by_group = (
        select(assoc_group_role.c.role_id)
        .join(assoc_user_group, assoc_user_group.c.group_id == assoc_group_role.c.group_id)
        .where(assoc_user_group.c.user_id == person_id)
    )
    return union(own, by_group).subquery()


def _grants(roles: Mapping[int, HeldRole]) -> frozenset[str]:
    held = {name for role in roles.values() for name in role.grants}
    return frozenset(held | {OWNERSHIP} if any(role.name == OWNER for role in roles.values()) else held)


def _read_branches(person_id: int) -> frozenset[uuid.UUID]:
    query = select(PersonBranch.branch_id).where(PersonBranch.person_id == person_id)
    return frozenset(db.session.scalars(query.limit(_MOST_BRANCHES)))


def _read_roles(
    numbers: Subquery, confined: Select[*tuple[Any, ...]] | None
) -> tuple[dict[int, HeldRole], bool]:
    """Return the roles of a derived table of `role_id`, and whether `confined` has a row."""
    wanted = select(numbers.c.role_id)
    granted = (
        select(
            literal("grant"), assoc_permissionview_role.c.role_id, ViewMenu.name, Permission.name, literal("")
        )
        .join(PermissionView, PermissionView.id == assoc_permissionview_role.c.permission_view_id)
        .join(ViewMenu, PermissionView.view_menu_id == ViewMenu.id)
        .join(Permission, Permission.id == PermissionView.permission_id)
        .where(assoc_permissionview_role.c.role_id.in_(wanted))
    )
    called = select(literal("role"), Role.id, Role.name, literal(""), literal("")).where(Role.id.in_(wanted))
    fields = select(literal("field"), FieldRule.role_id, FieldRule.screen, FieldRule.field, FieldRule.sight)
    rows = select(literal("rows"), RowRule.role_id, RowRule.screen, RowRule.where_document, literal(""))
    parts = [
        granted,
        called,
        fields.where(FieldRule.role_id.in_(wanted)),
        rows.where(RowRule.role_id.in_(wanted)),
    ]
    found: dict[int, HeldRole] = {}
    is_confined = False
    for kind, number, first, second, third in db.session.execute(
        union_all(*parts, *(() if confined is None else (confined,)))
    ):
        if kind == "confined":
            is_confined = True
            continue
        _put(found.setdefault(int(number), HeldRole()), kind, first, second, third)
    return found, is_confined


def _put(role: HeldRole, kind: str, first: str, second: str, third: str) -> None:
    match kind:
        case "grant":
            role.grants.add(f"{first}:{second}")
        case "role":
            role.name = first
        case "field":
            role.sights.setdefault(first, {})[second] = Sight(third)
        case "rows":
            role.rows[first] = second
