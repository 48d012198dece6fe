"""The permission tables: filled from what the slices declare, in a fixed number of statements."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from flask_appbuilder.security.sqla.models import (
    Permission,
    PermissionView,
    Role,
    ViewMenu,
    assoc_permissionview_role,
)
from sqlalchemy import and_, insert, literal, select, union_all, update

from app.access.grants import OWNER
from app.access.models import AccessVersion
from app.access.shop import load_shop
from app.access.told import TOLD
from app.access.version import bump_version, prepare_version
from app.core.database import db
from app.core.kernel import kernel
from app.core.transaction import command
from app.journal.listening import note_change
from app.journal.values import encode
from app.profiles import PROFILES, ROLES_OF_OLD

# FAB's role of strangers: it exists because FAB expects it, and nothing ever looks at what it holds.
PUBLIC = "Public"
Patterns = tuple[str, ...]
_FIXED: dict[str, Patterns] = {OWNER: ("*",), PUBLIC: ()}


def declared_permissions() -> dict[str, Any]:
    """Return every permission of the running program by name, with the label of those that declare one."""
    found: dict[str, Any] = {}
    for capability in kernel().everything:
        for screen in capability.screens:
            found.update(dict.fromkeys(screen.permissions, ""))
        found.update({permission.name: permission.label for permission in capability.permissions})
    return found


def matching(names: Iterable[str], patterns: Iterable[str]) -> set[str]:
    """Return the names that one of the patterns, such as `people:*:list`, covers."""
    patterns = tuple(patterns)
    return {name for name in names if any(fnmatchcase(name, pattern) for pattern in patterns)}


def permissions_digest(names: Iterable[str]) -> str:
    """Return the fingerprint of a set of permission names."""
    return hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest()


def sync_if_changed() -> bool:
    """Write the permissions if the program declares others than at its last start; say whether it did.

    Called once at each start and after each migration, inside an application context. A shop that was opened with an
    older program gets the roles that its profile has gained; whatever exists under such a name stays as it is.
    """
    prepare_version()
    names = frozenset(declared_permissions())
    shop = load_shop()
    roles = PROFILES[shop.profile].roles
    query = select(AccessVersion.permissions_digest, AccessVersion.offered_roles).limit(1)
    digest, offered = db.session.execute(query).one()
    db.session.rollback()
    unknown = frozenset(roles) - _offered(offered) if shop.is_open else frozenset()
    if digest == permissions_digest(names) and not unknown:
        return False
    sync_permissions(names, roles, create_roles=unknown)
    return True


def _offered(stored: str | None) -> frozenset[str]:
    """Return the names of the roles that the shop was ever given."""
    return ROLES_OF_OLD if stored is None else frozenset(stored.splitlines())


@command(None)
def sync_permissions(
    names: Iterable[str] | None = None,
    roles: Mapping[str, Patterns] | None = None,
    *,
    create_roles: bool | Collection[str] = False,
) -> None:
    """Make the permission tables hold `names` (by default what the slices declare) and hand them out.

    Owners get all of them. `roles` maps further role names to patterns. A role that exists already only
    gets permissions that are new with this program, so what a manager took from it stays taken; with
    `create_roles` missing ones are made, all or those named, with all that match. At most twelve statements of its
    own, however many names.
    """
    wanted = sorted(set(declared_permissions() if names is None else names))
    bump_version()
    values = {"permissions_digest": permissions_digest(wanted)}
    creatable = set(roles or ()) if create_roles is True else set(create_roles or ())
    if creatable:
        offered = _offered(db.session.scalar(select(AccessVersion.offered_roles).limit(1)))
        values["offered_roles"] = "\n".join(sorted(offered | creatable))
    db.session.execute(update(AccessVersion).values(values))
    before = _Tables.read()
    new = [name for name in wanted if name not in before.pairs]
    made = [name for name in _FIXED if name not in before.roles]
    made += [name for name in roles or () if name in creatable - set(_FIXED) and name not in before.roles]
    _insert_parts(before, new, made)
    after = _Tables.read() if new or made else before
    if new:
        rows = [
            {"permission_id": after.verbs[_verb(name)], "view_menu_id": after.screens[_screen(name)]}
            for name in new
        ]
        db.session.execute(insert(PermissionView).execution_options(**TOLD), rows)
    _grant(after.roles, {**(roles or {}), **_FIXED}, wanted, set(new), set(made))


def _screen(name: str) -> str:
    return name.rpartition(":")[0]


def _verb(name: str) -> str:
    return name.rpartition(":")[2]


@dataclass(frozen=True)
class _Tables:
    """The numbers of verbs, screens and roles by name, and the pairs of verb and screen that exist."""

    verbs: dict[str, int]
    screens: dict[str, int]
    roles: dict[str, int]
    pairs: frozenset[str]

    @classmethod
    def read(cls) -> _Tables:
        """Read all four with one statement."""
        found: dict[str, dict[str, int]] = {"verb": {}, "screen": {}, "role": {}}
        pairs = set()
        pair = (
            select(literal("pair"), ViewMenu.name, PermissionView.id, Permission.name)
            .join(PermissionView, PermissionView.view_menu_id == ViewMenu.id)
            .join(Permission, Permission.id == PermissionView.permission_id)
        )
        kinds: tuple[tuple[str, Any], ...] = (("verb", Permission), ("screen", ViewMenu), ("role", Role))
        rest = [select(literal(kind), model.name, model.id, literal("")) for kind, model in kinds]
        for kind, name, number, verb in db.session.execute(union_all(pair, *rest)):
            if kind == "pair":
                pairs.add(f"{name}:{verb}")
            else:
                found[kind][name] = number
        return cls(found["verb"], found["screen"], found["role"], frozenset(pairs))


def _insert_parts(before: _Tables, new: list[str], made: list[str]) -> None:
    verbs = sorted({_verb(name) for name in new} - set(before.verbs))
    screens = sorted({_screen(name) for name in new} - set(before.screens))
    for model, names in ((Permission, verbs), (ViewMenu, screens), (Role, made)):
        if names:
            db.session.execute(insert(model).execution_options(**TOLD), [{"name": name} for name in names])


def _grant(
    numbers: Mapping[str, int],
    roles: Mapping[str, Patterns],
    wanted: list[str],
    new: set[str],
    made: set[str],
) -> None:
    """Give roles what their patterns cover: all when new or the owner's, else the new names."""
    present = {name: numbers[name] for name in roles if name in numbers}
    held_by = and_(
        assoc_permissionview_role.c.permission_view_id == PermissionView.id,
        assoc_permissionview_role.c.role_id.in_(present.values()),
    )
    query = (
        select(PermissionView.id, ViewMenu.name, Permission.name, assoc_permissionview_role.c.role_id)
        .join(ViewMenu, ViewMenu.id == PermissionView.view_menu_id)
        .join(Permission, Permission.id == PermissionView.permission_id)
        .outerjoin(assoc_permissionview_role, held_by)
    )
    pair_numbers: dict[str, int] = {}
    held: set[tuple[int, int]] = set()
    for number, screen, verb, role in db.session.execute(query):
        pair_numbers[f"{screen}:{verb}"] = number
        if role is not None:
            held.add((role, number))
    rows = []
    for name, role in present.items():
        names = wanted if name == OWNER or name in made else new
        pairs = sorted(pair_numbers[granted] for granted in matching(names, roles[name]))
        fresh = [pair for pair in pairs if (role, pair) not in held]
        rows += [{"role_id": role, "permission_view_id": pair} for pair in fresh]
        _note_granted(role, pair_numbers, {pair for other, pair in held if other == role}, fresh)
    if rows:
        db.session.execute(insert(assoc_permissionview_role).execution_options(**TOLD), rows)


def _note_granted(role: int, numbers: Mapping[str, int], held: set[int], fresh: Collection[int]) -> None:
    """Tell what the program gives a role by itself."""
    if fresh:
        names = {number: name for name, number in numbers.items()}
        before, after = (
            {"permissions": encode(sorted(names[number] for number in each))}
            for each in (held, held | set(fresh))
        )
        note_change(Role, [role], before, after)
