"""The permission tables follow the declarations, in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask_appbuilder.security.sqla.models import PermissionView, Role, assoc_permissionview_role
from sqlalchemy import delete, func, select

from app.access.authority import role_names
from app.access.permission_sync import declared_permissions, matching, sync_if_changed, sync_permissions
from app.core.database import db
from app.core.transaction import transaction
from tests.access.conftest import House, role_patterns

MANY = [
    f"slice{number}:noun{number}:{verb}"
    for number in range(430)
    for verb in ("list", "show", "add", "edit", "delete")
]


def held_by(name: str) -> frozenset[str]:
    role = db.session.scalar(select(Role).where(Role.name == name))
    assert role is not None
    return role_names(role)


def test_two_thousand_permissions_take_at_most_twelve_statements(
    house_on: House, statements: Callable[..., object]
) -> None:
    with house_on.app.app_context():
        names = [*declared_permissions(), *MANY]

        with statements(db.engine) as seen:
            sync_permissions(names, role_patterns())

        # Twelve of its own, and what the journal takes to tell of it.
        assert len(seen) <= 16
        assert db.session.scalar(select(func.count()).select_from(PermissionView)) == len(names)
        assert held_by("Owner") >= set(MANY)


def test_the_first_sync_of_an_empty_database_takes_at_most_twelve_statements(
    unopened_on: House, statements: Callable[..., object]
) -> None:
    with unopened_on.app.app_context():
        with transaction():
            for table in (assoc_permissionview_role, PermissionView.__table__):
                db.session.execute(delete(table).execution_options(unjournalled="a test arranges its roles"))

        with statements(db.engine) as seen:
            sync_permissions(declared_permissions(), role_patterns(), create_roles=True)

        # Twelve of its own, what the journal takes to tell of it, and which databases were adopted.
        assert len(seen) <= 17
        assert held_by("Clerk") == matching(declared_permissions(), role_patterns()["Clerk"])


def test_nothing_is_written_when_nothing_changed(house: House, statements: Callable[..., object]) -> None:
    with house.app.app_context():
        sync_if_changed()

        with statements(db.engine) as seen:
            changed = sync_if_changed()

        assert changed is False
        # The shop, the digest, and what managers have made and adopted, however much that is.
        assert len(seen) <= 9
        assert seen.writes == []  # type: ignore[attr-defined]


def test_new_permissions_reach_the_roles_they_match_and_nothing_taken_comes_back(house: House) -> None:
    with house.app.app_context():
        with transaction():
            clerk = db.session.scalar(select(Role.id).where(Role.name == "Clerk"))
            db.session.execute(
                delete(assoc_permissionview_role)
                .where(assoc_permissionview_role.c.role_id == clerk)
                .execution_options(unjournalled="a test arranges its roles")
            )

        sync_permissions([*declared_permissions(), "pets:cage:list", "stock:lot:list"], role_patterns())

        assert held_by("Clerk") == {"pets:cage:list"}
        assert held_by("Owner") >= {"pets:cage:list", "stock:lot:list"}


def test_a_role_that_was_deleted_is_not_made_again_at_the_next_start(house: House) -> None:
    with house.app.app_context():
        with transaction():
            db.session.execute(
                delete(Role)
                .where(Role.name == "Groomer")
                .execution_options(unjournalled="a test arranges its roles")
            )

        sync_permissions([*declared_permissions(), "pets:cage:list"], role_patterns())

        assert db.session.scalar(select(Role).where(Role.name == "Groomer")) is None


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("*", {"a:b:list", "a:c:edit", "d:e:list"}),
        ("a:*", {"a:b:list", "a:c:edit"}),
        ("*:*:list", {"a:b:list", "d:e:list"}),
        ("a:b:list", {"a:b:list"}),
        ("z:*", set()),
    ],
)
def test_patterns_cover_names(pattern: str, matches: set[str]) -> None:
    assert matching({"a:b:list", "a:c:edit", "d:e:list"}, (pattern,)) == matches
