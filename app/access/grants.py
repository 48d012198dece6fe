"""Grants: which permissions a person holds, looked up once per change and remembered by every process."""

from __future__ import annotations

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
from app.access.present import looked_at_role, present_person_id
from app.access.version import present_version
from app.core.database import db

# What the owner's role means beyond its permissions. No permission row has this name: no page can grant it.
OWNER = "Owner"
OWNERSHIP = "access:shop:own"
NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RoleRights:
    """A role's name and the names that it grants; both empty for a role that is gone."""

    name: str
    names: frozenset[str]


def granted_names() -> frozenset[str]:
    """Return the names `slice:noun:verb` that whoever is present holds; none for a stranger and the program itself.

    Who looks as a role holds what both he and the role do.
    """
    person_id = present_person_id()
    if person_id is None:
        return NOTHING
    role_id = looked_at_role()
    return grants_of(person_id) if role_id is None else grants_of(person_id) & rights_of_role(role_id).names


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


def rights_of_role(role_id: int) -> RoleRights:
    """Return a role's rights, ownership included; one statement when not known yet."""
    memory: Remembered[RoleRights] = current_app.extensions["kebu_role_rights"]
    key = (role_id, present_version())
    known = memory.get(key)
    if known is None:
        known = read_role_rights(role_id)
        memory.keep(key, known)
    return known


def read_role_rights(role_id: int) -> RoleRights:
    """Return a role's rights from the database, past every memory."""
    query = (
        select(Role.name, ViewMenu.name, Permission.name)
        .outerjoin(assoc_permissionview_role, assoc_permissionview_role.c.role_id == Role.id)
        .outerjoin(PermissionView, PermissionView.id == assoc_permissionview_role.c.permission_view_id)
        .outerjoin(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
        .outerjoin(Permission, Permission.id == PermissionView.permission_id)
        .where(Role.id == role_id)
    )
    rows = db.session.execute(query).all()
    name = rows[0][0] if rows else ""
    names = {f"{screen}:{verb}" for _name, screen, verb in rows if screen is not None}
    return RoleRights(name, frozenset(names | {OWNERSHIP} if name == OWNER else names))


def held_roles(person_id: int) -> Subquery:
    """Return the numbers of the roles that a person holds, through groups too, as a derived table of `role_id`."""
    own = select(assoc_user_role.c.role_id).where(assoc_user_role.c.user_id == person_id)
    by_group = (
        select(assoc_group_role.c.role_id)
        .join(assoc_user_group, assoc_user_group.c.group_id == assoc_group_role.c.group_id)
        .where(assoc_user_group.c.user_id == person_id)
    )
    return union(own, by_group).subquery()
