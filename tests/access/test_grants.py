"""Grants: one look-up a change, no statement of their own on a warm page, revokes that count at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import (
    Group,
    Role,
    assoc_group_role,
    assoc_user_group,
    assoc_user_role,
)
from sqlalchemy import delete, insert, inspect, select

from app.access.grants import OWNERSHIP, grants_of, read_grants
from app.access.memory import Remembered
from app.access.models import Branch
from app.access.permission_sync import declared_permissions
from app.access.told import TOLD
from app.access.version import bump_version, present_version
from app.core.database import db, writing
from app.core.errors import ProgrammingError
from app.core.transaction import transaction
from tests.access.conftest import House, enter, person_number

TAKE_ALL_ROLES = """
import sys
from sqlalchemy import create_engine, text
with create_engine(sys.argv[1]).begin() as connection:
    connection.execute(text("DELETE FROM ab_user_role WHERE user_id = :person"), {"person": int(sys.argv[2])})
    connection.execute(text("UPDATE access_version SET version = version + 1"))
"""


def test_an_owner_holds_every_declared_permission_and_ownership(app: Flask) -> None:
    number = person_number(app, "owner")

    with app.app_context():
        held = read_grants(number)

        assert held == set(declared_permissions()) | {OWNERSHIP}


def test_a_clerk_holds_what_the_profile_says_and_nothing_of_access(app: Flask) -> None:
    number = person_number(app, "clerk")

    with app.app_context():
        held = read_grants(number)

    assert "people:customer:list" in held
    assert "people:customer:delete" not in held
    assert not [name for name in held if name.startswith(("access:user", "access:role", "access:shop"))]


def test_roles_of_a_group_count(app: Flask) -> None:
    number = person_number(app, "clerk")
    with app.app_context(), transaction():
        bump_version()
        db.session.execute(
            insert(Group).values(name="evening", label="", description="").execution_options(**TOLD)
        )
        group = db.session.scalar(select(Group.id).where(Group.name == "evening"))
        manager = db.session.scalar(select(Role.id).where(Role.name == "Manager"))
        db.session.execute(
            insert(assoc_user_group).values(user_id=number, group_id=group).execution_options(**TOLD)
        )
        db.session.execute(
            insert(assoc_group_role).values(role_id=manager, group_id=group).execution_options(**TOLD)
        )

    with app.app_context():
        held = read_grants(number)

    assert "people:customer:delete" in held


def test_a_warm_page_costs_one_statement_for_person_version_and_rights(
    app: Flask, signed_in: Callable[[str], FlaskClient], statements: Callable[..., object]
) -> None:
    browser = signed_in("owner")
    browser.get("/users/add")
    with app.app_context():
        engine = db.engine

    with statements(engine) as seen:
        answer = browser.get("/users/add")

    about_rights = [
        text for text in seen if "ab_permission" in text or "access_version" in text or "access_shop" in text
    ]
    assert answer.status_code == 200
    assert len(about_rights) == 1
    assert "JOIN ab_user" in about_rights[0] and "access_version" in about_rights[0]


def test_a_revoke_counts_on_the_next_request(app: Flask, signed_in: Callable[[str], FlaskClient]) -> None:
    browser = signed_in("owner")
    before = browser.get("/roles/").status_code

    with app.app_context(), transaction():
        bump_version()
        db.session.execute(
            delete(assoc_user_role).execution_options(unjournalled="a test arranges its roles")
        )

    assert (before, browser.get("/roles/").status_code) == (200, 403)


def test_a_revoke_by_another_process_counts_on_the_next_request(
    app: Flask, house: House, signed_in: Callable[[str], FlaskClient]
) -> None:
    house.restorer.suspect_everything()
    browser = signed_in("owner")
    before = browser.get("/roles/").status_code
    with app.app_context():
        url = db.engine.url.render_as_string(hide_password=False)

    number = str(person_number(app, "owner"))
    subprocess.run([sys.executable, "-c", TAKE_ALL_ROLES, url, number], check=True)

    assert (before, browser.get("/roles/").status_code) == (200, 403)


def test_what_was_read_inside_a_change_that_failed_is_not_remembered(app: Flask) -> None:
    number = person_number(app, "owner")
    with app.test_request_context():
        with suppress(ZeroDivisionError), transaction():
            bump_version()
            db.session.execute(
                delete(assoc_user_role).execution_options(unjournalled="a test arranges its roles")
            )
            assert grants_of(number) == frozenset()
            raise ZeroDivisionError
        undone = present_version()

        with transaction():
            bump_version()
        again = present_version()

        assert again == undone + 1
        assert OWNERSHIP in grants_of(number)


def test_the_version_changes_only_inside_a_transaction(app: Flask) -> None:
    with app.app_context(), pytest.raises(ProgrammingError):
        bump_version()


def test_a_saved_branch_grows_the_version(app: Flask) -> None:
    with app.app_context():
        before = present_version()
        with transaction():
            db.session.add(Branch(name="North"))
        after = present_version()

    assert after == before + 1


def test_the_memory_is_bounded_and_forgets_the_longest_unused_first() -> None:
    memory: Remembered[str] = Remembered(2)

    memory.keep((1, 1), "one")
    memory.keep((2, 1), "two")
    memory.get((1, 1))
    memory.keep((3, 1), "three")

    assert [memory.get((number, 1)) for number in (1, 2, 3)] == ["one", None, "three"]
    assert len(memory) == 2


def test_the_memory_keeps_nothing_while_a_change_is_open() -> None:
    memory: Remembered[str] = Remembered(2)

    token = writing.set(True)
    memory.keep((1, 1), "undone")
    writing.reset(token)

    assert memory.get((1, 1)) is None


def test_the_memory_stands_many_threads_at_once() -> None:
    memory: Remembered[int] = Remembered(50)

    def work(start: int) -> bool:
        for number in range(start, start + 500):
            memory.keep((number % 90, 1), number % 90)
            found = memory.get((number % 90, 1))
            if found not in (None, number % 90):
                return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(8)))
    assert len(memory) == 50


def test_a_stranger_holds_nothing(client: FlaskClient, app: Flask) -> None:
    manager = app.extensions["appbuilder"].sm

    with app.test_request_context("/"):
        app.preprocess_request()

        assert manager.has_access("can_list", "people:customer") is False
        assert manager.is_item_public("can_list", "people:customer") is False
        assert manager.get_user_menu_access(["people:customer"]) == set()


def test_people_are_never_lazily_loaded(house_on: House) -> None:
    browser = house_on.app.test_client()
    enter(browser, "owner")
    with browser.session_transaction() as session:
        secret = session["_user_id"]
    with house_on.app.test_request_context("/"):
        person = house_on.app.extensions["appbuilder"].sm.load_user(secret)

        assert inspect(person, raiseerr=False) is None
        assert (person.username, person.full_name, person.address) == ("owner", "Wang Fang", "")
