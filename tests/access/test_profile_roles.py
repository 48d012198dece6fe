"""The roles that every kind of shop begins with, and how older shops come by those that are new."""

from __future__ import annotations

import pytest
from flask_appbuilder.security.sqla.models import Role, assoc_permissionview_role
from sqlalchemy import delete, select, update

from app.access.grants import OWNERSHIP
from app.access.models import AccessVersion
from app.access.permission_sync import declared_permissions, sync_if_changed
from app.access.signing.factors import role_need
from app.core.database import db
from app.core.transaction import transaction
from app.profiles import PROFILES, ROLES_OF_OLD
from tests.access.conftest import House
from tests.access.test_permission_sync import held_by

EVERYWHERE = {"Owner", "Administrator", "Manager", "Clerk", "Accountant", "Auditor"}
# Whatever else a permission ends with changes something.
READING = {"list", "show", "history", "export", "search", "list_all", "oversee", "look", "see"}


@pytest.mark.parametrize("profile", PROFILES)
def test_every_kind_of_shop_has_the_same_offices_and_its_specialist(profile: str) -> None:
    roles = set(PROFILES[profile].roles)

    assert roles >= EVERYWHERE
    assert set(PROFILES[profile].role_labels) == roles
    assert len(roles - EVERYWHERE) == (0 if profile == "general" else 1)


@pytest.mark.parametrize("role", ["Accountant", "Auditor"])
def test_who_only_reads_changes_nothing(house: House, role: str) -> None:
    with house.app.app_context():
        names = held_by(role)

    assert {name.rpartition(":")[2] for name in names} <= READING


def test_an_auditor_reads_everything_and_exports_the_journal_alone(house: House) -> None:
    with house.app.app_context():
        names, declared = held_by("Auditor"), set(declared_permissions())

    assert "journal:entry:search" in names
    assert {name for name in declared if name.endswith((":list", ":show", ":history"))} <= names
    assert {name for name in names if name.endswith(":export")} <= {"journal:entry:export"}


def test_an_administrator_holds_everything_but_ownership(house: House) -> None:
    with house.app.app_context():
        assert held_by("Owner") - held_by("Administrator") == {OWNERSHIP}


@pytest.mark.parametrize(
    ("role", "need"),
    [
        ("Owner", "totp"),
        ("Administrator", "totp"),
        ("Accountant", "any"),
        ("Auditor", "any"),
        ("Clerk", "no"),
    ],
)
def test_offices_ask_for_a_second_step(role: str, need: str) -> None:
    assert role_need(role, None) == need


BY_HAND = {"unjournalled": "a test arranges its roles"}


def take_rights(number: int | None) -> None:
    """Take every right from a role as a hand in the database would."""
    granted = assoc_permissionview_role
    db.session.execute(delete(granted).where(granted.c.role_id == number).execution_options(**BY_HAND))


def forget_role(number: int | None) -> None:
    """Delete a role as a hand in the database would."""
    take_rights(number)
    db.session.execute(delete(Role).where(Role.id == number).execution_options(**BY_HAND))


def as_an_older_shop(*missing: str) -> None:
    """Let the shop be one that was opened before there were offices."""
    with transaction():
        db.session.execute(update(AccessVersion).values(offered_roles=None))
        for name in missing:
            number = db.session.scalar(select(Role.id).where(Role.name == name))
            forget_role(number)


def test_an_older_shop_gets_the_new_roles_at_the_next_start(house_on: House) -> None:
    with house_on.app.app_context():
        before = {role: held_by(role) for role in EVERYWHERE}
        as_an_older_shop("Administrator", "Accountant", "Auditor")

        started, again = sync_if_changed(), sync_if_changed()

        assert (started, again) == (True, False)
        assert {role: held_by(role) for role in EVERYWHERE} == before


def test_what_an_older_shop_changed_or_deleted_stays_so(house: House) -> None:
    with house.app.app_context():
        as_an_older_shop("Administrator", "Groomer")
        with transaction():
            for name in ("Clerk", "Auditor"):
                number = db.session.scalar(select(Role.id).where(Role.name == name))
                take_rights(number)

        sync_if_changed()

        assert "Groomer" in ROLES_OF_OLD
        assert db.session.scalar(select(Role.id).where(Role.name == "Groomer")) is None
        assert held_by("Clerk") == held_by("Auditor") == frozenset()
        assert held_by("Administrator")


def test_a_new_role_that_was_deleted_does_not_come_back(house: House) -> None:
    with house.app.app_context():
        as_an_older_shop()
        sync_if_changed()
        with transaction():
            number = db.session.scalar(select(Role.id).where(Role.name == "Accountant"))
            forget_role(number)

        assert sync_if_changed() is False
        assert db.session.scalar(select(Role.id).where(Role.name == "Accountant")) is None
