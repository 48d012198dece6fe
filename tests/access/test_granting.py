"""Nobody hands out what he lacks, changes whoever holds more, or raises himself, whatever way he takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import Group, Role, assoc_group_role, assoc_user_group
from sqlalchemy import insert, select

from app.access import accounts
from app.access.accounts import Account, change_account, find_person
from app.access.acting import acting_as
from app.access.errors import HoldsMore
from app.access.grants import read_grants
from app.access.models import Person
from app.access.passwords import hash_password
from app.access.permission_sync import sync_permissions
from app.access.roles import add_role, change_role, delete_role, find_role
from app.access.version import bump_version
from app.core.database import db
from app.core.errors import Forbidden
from app.core.transaction import transaction
from app.journal.models import JournalEntry
from app.journal.undoing import NotUndoable, undo_entry
from tests.access.accounts import NEW_PASSWORD, choose_password, edit, link_on, role_number, token
from tests.access.conftest import PASSWORD, enter, person_number, post
from tests.access.test_roles import address_of, find, held, save

ADMINISTERING = tuple(
    f"access:{noun}:{verb}"
    for noun in ("user", "role")
    for verb in ("list", "add", "edit", "reset", "delete", "look")
)


@pytest.fixture
def manager(app: Flask, signed_in: Callable[[str], FlaskClient]) -> FlaskClient:
    """A manager who looks after accounts and roles, and lacks the shop's settings and ownership."""
    mine = held(app, "Manager") | (set(ADMINISTERING) & held(app, "Owner"))
    save(signed_in("owner"), address_of(app, "Manager"), "Manager", mine)
    return signed_in("manager")


def add_person(app: Flask, name: str, role: str) -> int:
    with app.app_context():
        number = accounts.create_account(name, hash_password(PASSWORD), name.title(), role)
        db.session.remove()
    return number


def roles_held(app: Flask, name: str) -> list[str]:
    with app.app_context():
        person = db.session.scalar(select(Person).where(Person.username == name))
        found = sorted(role.name for role in person.roles) if person is not None else []
        db.session.remove()
    return found


@pytest.mark.parametrize("role", ["Owner", "Administrator", "Auditor"])
def test_a_manager_gives_no_role_that_holds_more(app: Flask, manager: FlaskClient, role: str) -> None:
    number = str(role_number(app, role))
    own = f"/users/{token(app, 'manager')}/edit"
    clerks = f"/users/{token(app, 'clerk')}/edit"
    form = {"full_name": "X", "roles": [number], "active": "1"}

    answers = [
        edit(manager, own, **form).status_code,
        edit(manager, clerks, **form).status_code,
        post(manager, "/users/add", {"username": "puppet", **form}).status_code,
    ]

    assert answers == [403, 403, 403]
    assert [roles_held(app, name) for name in ("manager", "clerk", "puppet")] == [["Manager"], ["Clerk"], []]


def test_an_administrator_may_do_everything_but_make_owners(
    app: Flask, signed_in: Callable[[str], FlaskClient]
) -> None:
    add_person(app, "admin2", "Administrator")
    with app.app_context():
        from_owner = held(app, "Owner")
    assert from_owner - held(app, "Administrator") == {"access:shop:own"}
    owner, administrator = (str(role_number(app, name)) for name in ("Owner", "Administrator"))

    with app.app_context(), acting_as(person_number(app, "admin2")):
        clerk = find_person(person_number(app, "clerk"))
        shown = accounts.account_of(clerk)
        db.session.rollback()
        with pytest.raises(HoldsMore):
            change_account(clerk.id, shown, Account("Z", roles=frozenset({int(owner)})))
        change_account(clerk.id, shown, Account("Z", roles=frozenset({int(administrator)})))
        boss = find_person(person_number(app, "owner"))
        shown = accounts.account_of(boss)
        db.session.rollback()
        with pytest.raises(HoldsMore):
            change_account(boss.id, shown, Account("Gone", roles=frozenset()))
    assert roles_held(app, "clerk") == ["Administrator"]


def test_a_role_that_holds_more_is_neither_renamed_nor_made_to_ask_otherwise(
    app: Flask, manager: FlaskClient
) -> None:
    address = address_of(app, "Administrator")

    renamed = save(manager, address, "Sly", held(app, "Administrator"))
    asking = save(manager, address, "Administrator", held(app, "Administrator"), need="no")

    assert (renamed.status_code, asking.status_code) == (403, 403)
    assert find(app, "Sly") is None


@pytest.mark.parametrize("name", ["Pharmacist", "Stylist"])
def test_the_programs_own_names_are_given_by_owners_alone(
    app: Flask, manager: FlaskClient, signed_in: Callable[[str], FlaskClient], name: str
) -> None:
    mine = post(manager, "/roles/add", {"name": name, "granted": ["people:tag:list"]})
    taken = save(manager, address_of(app, "Groomer"), name, held(app, "Groomer"))
    owners = post(signed_in("owner"), "/roles/add", {"name": name, "granted": ["people:tag:list"]})

    assert (mine.status_code, taken.status_code, owners.status_code) == (403, 403, 302)


def test_a_role_that_took_a_freed_name_gets_nothing_of_the_next_program(
    app: Flask, manager: FlaskClient
) -> None:
    post(manager, "/roles/add", {"name": "administrator ", "granted": ["people:tag:list"]})

    with app.app_context():
        sync_permissions(None, {"administrator": ("*",)})
        db.session.remove()

    assert find(app, "administrator") is None


def test_a_link_is_void_once_its_account_holds_more_than_its_maker(
    app: Flask, manager: FlaskClient, signed_in: Callable[[str], FlaskClient]
) -> None:
    link = link_on(post(manager, f"/users/{token(app, 'clerk')}/link"))
    owner = str(role_number(app, "Owner"))

    edit(signed_in("owner"), f"/users/{token(app, 'clerk')}/edit", full_name="Z", roles=[owner], active="1")
    answer = app.test_client().get(link)

    assert answer.status_code == 404
    assert choose_password_anyway(app, link) == 404
    assert enter(app.test_client(), "clerk").location == "/login/enrol/"


def choose_password_anyway(app: Flask, link: str) -> int:
    browser = app.test_client()
    status: int = post(
        browser, link, {"password": NEW_PASSWORD, "again": NEW_PASSWORD}, page="/login/"
    ).status_code
    return status


def test_a_link_made_by_somebody_who_may_is_good(app: Flask, manager: FlaskClient) -> None:
    link = link_on(post(manager, f"/users/{token(app, 'clerk')}/link"))

    assert choose_password(app.test_client(), link).status_code == 302


# The program has no groups, but the library's tables do.
BY_HAND = {"execution_options": {"unjournalled": "a test makes a group by hand"}}


def test_rights_of_a_group_count_for_whoever_holds_more(app: Flask, manager: FlaskClient) -> None:
    clerk = person_number(app, "clerk")
    with app.app_context(), transaction():
        bump_version()
        db.session.execute(insert(Group).values(name="evening", label="", description=""), **BY_HAND)
        group = db.session.scalar(select(Group.id).where(Group.name == "evening"))
        owner = db.session.scalar(select(Role.id).where(Role.name == "Owner"))
        db.session.execute(insert(assoc_user_group).values(user_id=clerk, group_id=group), **BY_HAND)
        db.session.execute(insert(assoc_group_role).values(role_id=owner, group_id=group), **BY_HAND)

    answers = [
        edit(manager, f"/users/{token(app, 'clerk')}/edit", full_name="Thief", active="1").status_code,
        post(manager, f"/users/{token(app, 'clerk')}/link").status_code,
        post(manager, f"/users/{token(app, 'clerk')}/factor", page="/profile/").status_code,
    ]

    assert answers == [403, 403, 403]


def test_a_change_of_a_role_is_not_taken_back_by_the_journal(
    app: Flask, signed_in: Callable[[str], FlaskClient]
) -> None:
    save(signed_in("owner"), address_of(app, "Clerk"), "Clerk", {"people:tag:list"})
    add_person(app, "second", "Manager")

    with app.app_context():
        entries = list(db.session.scalars(select(JournalEntry.id).where(JournalEntry.subject == "ab_role")))
        with acting_as(person_number(app, "second")):
            for entry in entries:
                with pytest.raises((NotUndoable, Forbidden)):
                    undo_entry(entry)
        db.session.remove()

    assert entries
    assert held(app, "Clerk") == {"people:tag:list"}


RAISING: dict[str, Callable[[Flask], Any]] = {
    "a new role": lambda _app: add_role("Sly", {"access:shop:edit"}),
    "the own role": lambda app: change_role(
        role_number(app, "Manager"),
        "Manager",
        held(app, "Manager"),
        held(app, "Manager") | {"access:shop:edit"},
    ),
    "another role": lambda app: change_role(
        role_number(app, "Clerk"), "Clerk", held(app, "Clerk"), held(app, "Clerk") | {"access:shop:edit"}
    ),
    "taking from who holds more": lambda app: change_role(
        role_number(app, "Administrator"), "Administrator", held(app, "Administrator"), set()
    ),
    "deleting who holds more": lambda app: delete_role(role_number(app, "Administrator")),
}


@pytest.mark.parametrize("way", RAISING)
def test_the_verbs_themselves_refuse_whoever_calls_them(app: Flask, manager: FlaskClient, way: str) -> None:
    assert manager.get("/roles/").status_code == 200
    with app.app_context(), acting_as(person_number(app, "manager")), pytest.raises(HoldsMore):
        RAISING[way](app)

    assert find(app, "Sly") is None
    assert "access:shop:edit" not in held(app, "Manager") | held(app, "Clerk")


@pytest.mark.parametrize("role", ["Owner", "Administrator", "Accountant", "Groomer"])
def test_looking_as_a_role_hands_nothing_out(app: Flask, manager: FlaskClient, role: str) -> None:
    post(manager, f"{address_of(app, role)}/look", page="/profile/")
    grown = {"stamp": "x", "name": "Manager", "granted": ["access:shop:edit"]}

    answers = [
        post(
            manager, "/roles/add", {"name": "Sly", "granted": ["access:shop:edit"]}, page="/profile/"
        ).status_code,
        post(manager, f"{address_of(app, 'Manager')}/edit", grown, page="/profile/").status_code,
        post(manager, f"/users/{token(app, 'clerk')}/link", page="/profile/").status_code,
    ]

    assert answers == [403, 403, 403]
    assert find(app, "Sly") is None


def test_somebody_whose_rights_were_just_taken_hands_out_none_of_them(
    app: Flask, manager: FlaskClient, signed_in: Callable[[str], FlaskClient]
) -> None:
    page = manager.get(address_of(app, "Clerk")).get_data(as_text=True)
    stamp = page.split('name="stamp" value="')[1].split('"')[0]
    csrf = page.split('name="csrf_token" value="')[1].split('"')[0]
    without = held(app, "Manager") - {"people:customer:purge"}
    save(signed_in("owner"), address_of(app, "Manager"), "Manager", without)

    manager.post(
        f"{address_of(app, 'Clerk')}/edit",
        data={
            "csrf_token": csrf,
            "stamp": stamp,
            "name": "Clerk",
            "granted": [*held(app, "Clerk"), "people:customer:purge"],
        },
    )

    assert "people:customer:purge" not in held(app, "Clerk")
    with app.app_context():
        assert "people:customer:purge" not in read_grants(person_number(app, "clerk"))
        assert find_role(role_number(app, "Clerk")).name == "Clerk"
        db.session.remove()


@pytest.mark.parametrize("noun", ["user", "role", "permission", "person"])
def test_no_import_brings_accounts_or_roles(
    app: Flask, signed_in: Callable[[str], FlaskClient], noun: str
) -> None:
    browser = signed_in("owner")

    answers = {
        browser.get(f"/access/{noun}/import").status_code,
        post(
            browser, f"/access/{noun}/import", {"text": "username,roles\nsly,Owner"}, page="/profile/"
        ).status_code,
    }

    assert answers == {404}
