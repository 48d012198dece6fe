"""Grants: which permissions a person holds, looked up once per change and remembered by every process."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from flask import current_app
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
from sqlalchemy import Subquery, literal, select, union

from app.access.memory import Remembered
from app.access.models import CallingKey
from app.access.present import present_key, present_person_id
from app.access.version import present_version
from app.core.database import db

# What the owner's role means beyond its permissions. No permission row has this name: no page can grant it.
OWNER = "Owner"
OWNERSHIP = "access:shop:own"
NOTHING: frozenset[str] = frozenset()


def granted_names() -> frozenset[str]:
    """Return the names `slice:noun:verb` that whoever is present holds; none for a stranger and the program itself.

    A program that calls with an API key holds what stands on the key, as far as the key's maker holds it now.
    """
    person_id = present_person_id()
    if person_id is None:
        return NOTHING
    key = present_key()
    return grants_of(person_id) if key is None else rights_of_key(key, person_id).names


@dataclass(frozen=True, slots=True)
class RightsOfKey:
    """What an API key may do at this moment: permission names, and the branches it sees (None: its maker's)."""

    names: frozenset[str]
    branches: frozenset[uuid.UUID] | None

    def within(self, branches: frozenset[uuid.UUID] | None) -> frozenset[uuid.UUID] | None:
        """Return those of its maker's `branches` (None: all) that the key sees."""
        if self.branches is None or branches is None:
            return self.branches if branches is None else branches
        return self.branches & branches


def rights_of_key(key: CallingKey, maker_id: int) -> RightsOfKey:
    """Return what a key may do: what stands on it, as far as its maker may do it now, in its branch.

    This is the one place that joins a key with its maker: whoever limits rows by the person narrows by `branches`.
    """
    branches = None if key.branch_id is None else frozenset({key.branch_id})
    return RightsOfKey(grants_of(maker_id) & key.scopes, branches)


def grants_of(person_id: int) -> frozenset[str]:
    """Return the names that a person holds through roles and groups; one statement when not known yet."""
    memory: Remembered[frozenset[str]] = current_app.extensions["kebu_grants"]
    key = (person_id, present_version())
    known = memory.get(key)
    if known is None:
        known = read_grants(person_id)
        memory.keep(key, known)
    return known


def read_grants(person_id: int) -> frozenset[str]:
    """Return the names from the database, past every memory."""
    roles = held_roles(person_id)
    held = (
        select(ViewMenu.name, Permission.name)
        .join(PermissionView, PermissionView.view_menu_id == ViewMenu.id)
        .join(Permission, Permission.id == PermissionView.permission_id)
        .join(assoc_permissionview_role, assoc_permissionview_role.c.permission_view_id == PermissionView.id)
        .where(assoc_permissionview_role.c.role_id.in_(select(roles.c.role_id)))
    )
    owning = (
        select(literal(OWNERSHIP.rpartition(":")[0]), literal(OWNERSHIP.rpartition(":")[2]))
        .select_from(Role)
        .where(Role.name == OWNER, Role.id.in_(select(roles.c.role_id)))
    )
    return frozenset(f"{screen}:{verb}" for screen, verb in db.session.execute(union(held, owning)))


def held_roles(person_id: int) -> Subquery:
    """Return the numbers of the roles that a person holds, through groups too, as a derived table of `role_id`."""
    own = select(assoc_user_role.c.role_id).where(assoc_user_role.c.user_id == person_id)
    by_group = (
        select(assoc_group_role.c.role_id)
        .join(assoc_user_group, assoc_user_group.c.group_id == assoc_group_role.c.group_id)
        .where(assoc_user_group.c.user_id == person_id)
    )
    return union(own, by_group).subquery()
