"""Roles: what a shop calls a set of permissions, and the verbs that change it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from flask_appbuilder.security.sqla.models import (
    Permission,
    PermissionView,
    Role,
    ViewMenu,
    assoc_permissionview_role,
    assoc_user_role,
)
from flask_babel import gettext as _
from sqlalchemy import delete, func, insert, select, update

from app.access.authority import (
    own_sight,
    require_at_least,
    require_over_role,
    require_sight_of_role,
    role_names,
)
from app.access.errors import FixedRole, RoleInUse
from app.access.grants import OWNER, OWNERSHIP
from app.access.permission_sync import PUBLIC, declared_permissions
from app.access.rules import copy_rules, forget_role
from app.access.signing.factors import NO
from app.access.signing.role_needs import need_of, set_need
from app.access.signing.sessions import end_looks_as
from app.access.told import TOLD
from app.access.version import bump_version
from app.core.database import db
from app.core.errors import Conflict, Invalid, NotFound
from app.core.fields import clean_line
from app.core.transaction import command
from app.journal.listening import note_change
from app.journal.values import encode
from app.profiles import PROFILES

LONGEST_NAME = 64
MOST_ROLES = 200
_LABELS: Mapping[str, Any] = {
    name: label for profile in PROFILES.values() for name, label in profile.role_labels.items()
}


def role_label(name: str) -> str:
    """Return what a role is called in the person's language; own roles are called what they are called."""
    return str(_LABELS.get(name, name))


def list_roles() -> list[Role]:
    """Return all roles a person can hold, by name; at most 200."""
    query = select(Role).where(Role.name != PUBLIC).order_by(Role.name).limit(MOST_ROLES)
    return list(db.session.scalars(query))


def roles_of(person_id: int) -> list[Role]:
    """Return the roles that a person holds directly, by name."""
    query = select(Role).join(assoc_user_role, assoc_user_role.c.role_id == Role.id)
    query = query.where(assoc_user_role.c.user_id == person_id).order_by(Role.name).limit(MOST_ROLES)
    return list(db.session.scalars(query))


def role_names_by_person(person_ids: Iterable[int]) -> dict[int, list[str]]:
    """Return what the roles of each of these people are called, with one statement."""
    person = assoc_user_role.c.user_id
    query = select(person, Role.name).join(Role, Role.id == assoc_user_role.c.role_id).order_by(Role.name)
    found: dict[int, list[str]] = {}
    for number, name in db.session.execute(query.where(person.in_(list(person_ids)))):
        found.setdefault(number, []).append(role_label(name))
    return found


def holders(role_ids: Iterable[int]) -> dict[int, int]:
    """Return how many accounts hold each role."""
    role = assoc_user_role.c.role_id
    query = select(role, func.count()).where(role.in_(list(role_ids))).group_by(role)
    return {int(number): int(count) for number, count in db.session.execute(query)}


def find_role(role_id: int) -> Role:
    """Return a role by number; raise `NotFound`."""
    role = db.session.scalar(select(Role).where(Role.id == role_id, Role.name != PUBLIC).limit(1))
    if role is None:
        raise NotFound
    return role


@command("access:role:add")
def add_role(name: str, granted: Collection[str] = (), need: str = NO, like: int | None = None) -> int:
    """Make a role and return its number; raise `Invalid` for a bad name, `HoldsMore` for rights one lacks.

    `need` is what it asks for when signing in: `no` second factor, `any`, or an app (`totp`). `like` is the number of
    a role whose rules on fields and rows are copied.
    """
    bump_version()
    checked = _checked_name(name, None)
    require_at_least(granted)
    made = insert(Role.__table__).values(name=checked).execution_options(**TOLD)
    (number,) = db.session.connection().execute(made).inserted_primary_key or (0,)
    role, own = find_role(number), own_sight()
    _grant(role.id, set(granted))
    if like is not None:
        copy_rules(find_role(like).id, role.id)
    require_sight_of_role(role.id, granted, own)
    note_change(Role, [role.id], None, _noted(role.name, granted))
    set_need(role, need)
    return int(role.id)


@command("access:role:edit")
def change_role(
    role_id: int, name: str, shown: Collection[str], granted: Collection[str], need: str | None = None
) -> None:
    """Rename a role and give it exactly `granted`, where it was `shown` to hold `shown`; None leaves `need` alone.

    Only what changes counts: rights that the acting person lacks stay as they are, and who lacks some of them neither
    renames the role nor changes what it asks for. Raises `FixedRole` for the owner's, `Conflict` when the role was
    changed in the meantime, `HoldsMore`, `Invalid`.
    """
    bump_version()
    role = _changeable(role_id)
    held = role_names(role)
    if held != frozenset(shown):
        raise Conflict
    new, gone = set(granted) - held, held - set(granted)
    if not new <= set(declared_permissions()):
        raise NotFound
    require_at_least(new | gone)
    before, own = _noted(role.name, held), own_sight()
    if clean_line(name) != role.name or (need or need_of(role)) != need_of(role):
        require_over_role(role)
    # Written down before the name changes: until somebody chooses, the name says what a role asks for.
    set_need(role, need or need_of(role))
    renamed = update(Role).where(Role.id == role.id).values(name=_checked_name(name, role))
    db.session.execute(renamed.execution_options(**TOLD))
    _take(role.id, gone)
    _grant(role.id, new)
    require_sight_of_role(role.id, new, own)
    after = _noted(role.name, (held - gone) | new)
    if before != after:
        note_change(Role, [role.id], before, after)


@command("access:role:delete")
def delete_role(role_id: int) -> None:
    """Delete a role that nobody holds; raise `RoleInUse`, `FixedRole` or `HoldsMore`."""
    bump_version()
    role = _changeable(role_id)
    held = role_names(role)
    require_over_role(role)
    if holders([role.id]):
        raise RoleInUse
    note_change(Role, [role.id], _noted(role.name, held), None)
    granted = delete(assoc_permissionview_role).where(assoc_permissionview_role.c.role_id == role.id)
    forget_role(role.id)
    db.session.execute(granted.execution_options(**TOLD))
    end_looks_as(role.id)
    db.session.execute(delete(Role).where(Role.id == role.id).execution_options(**TOLD))


def _noted(name: str, granted: Collection[str]) -> dict[str, Any]:
    """Return a role as the journal keeps it."""
    return {"name": name, "permissions": encode(sorted(granted))}


def grant_to_roles(role_ids: Iterable[int], names: Collection[str]) -> None:
    """Give roles permissions that were just made and that nobody but the owner holds yet; inside a transaction."""
    query = select(Role.id).where(Role.id.in_(list(role_ids)), Role.name.not_in((OWNER, PUBLIC)))
    for role_id in db.session.scalars(query.limit(MOST_ROLES)).all():
        held = role_names(find_role(role_id))
        _grant(role_id, set(names))
        if not set(names) <= held:
            before, after = ({"permissions": encode(sorted(each))} for each in (held, held | set(names)))
            note_change(Role, [role_id], before, after)


def _changeable(role_id: int) -> Role:
    role = find_role(role_id)
    if role.name == OWNER:
        raise FixedRole
    return role


def _checked_name(name: str, role: Role | None) -> str:
    line = clean_line(name)
    if not line:
        raise Invalid({"name": _("Please fill this in.")})
    if len(line) > LONGEST_NAME:
        raise Invalid({"name": _("At most %(most)d characters.", most=LONGEST_NAME)})
    lower = line.lower()
    others = [other for other in db.session.scalars(select(Role).limit(MOST_ROLES)) if other is not role]
    if any(lower == other.name.lower() for other in others):
        raise Invalid({"name": _("Another role has this name.")})
    if len(others) >= MOST_ROLES - 1:
        raise Invalid({"name": _("There are too many roles. Delete one first.")})
    if line in _LABELS and (role is None or line != role.name):
        # What a later program brings is given to roles by these names.
        require_at_least({OWNERSHIP})
    return line


def _pair_numbers(names: Collection[str]) -> list[int]:
    screens = {name.rpartition(":")[0] for name in names}
    query = (
        select(PermissionView.id, ViewMenu.name, Permission.name)
        .join(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
        .join(Permission, Permission.id == PermissionView.permission_id)
        .where(ViewMenu.name.in_(screens))
    )
    return [number for number, screen, verb in db.session.execute(query) if f"{screen}:{verb}" in names]


def _grant(role_id: int, names: Collection[str]) -> None:
    if names:
        rows = [{"role_id": role_id, "permission_view_id": number} for number in _pair_numbers(names)]
        db.session.execute(insert(assoc_permissionview_role).execution_options(**TOLD), rows)


def _take(role_id: int, names: Collection[str]) -> None:
    if names:
        table = assoc_permissionview_role
        pairs = _pair_numbers(names)
        gone = delete(table).where(table.c.role_id == role_id, table.c.permission_view_id.in_(pairs))
        db.session.execute(gone.execution_options(**TOLD))
