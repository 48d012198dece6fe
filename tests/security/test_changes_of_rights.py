"""R24 for rights: who holds which role and what a role may do is told, or can't be changed; on three databases.

For records of the shop the same is shown in `tests/journal/test_guarding.py` and `tests/journal/test_listening.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask_appbuilder.security.sqla.models import (
    PermissionView,
    Role,
    assoc_permissionview_role,
    assoc_user_role,
)
from sqlalchemy import delete, insert, select, text, update

from app.access import accounts
from app.access.acting import acting_as
from app.access.models import Person
from app.access.passwords import hash_password
from app.access.permission_sync import declared_permissions, sync_permissions
from app.access.roles import add_role, change_role, delete_role
from app.access.told import TABLES
from app.core.database import db
from app.core.errors import ProgrammingError
from app.core.keys import encode_token
from app.core.transaction import transaction
from app.journal.guarding import TOLD_BY_VERBS, is_watched
from app.journal.models import JournalEntry, Verb
from app.journal.values import load
from app.people.models import Customer
from tests.factories.people import make_customer
from tests.support.whole_house import PASSWORD

Act = Callable[[int, int], Any]


def _by_relation(person: int, role: int) -> None:
    somebody = db.session.get_one(Person, person)
    somebody.roles.append(db.session.get_one(Role, role))
    db.session.flush()


def _take_by_relation(_person: int, role: int) -> None:
    found = db.session.get_one(Role, role)
    found.permissions.clear()
    db.session.flush()


def _rename(_person: int, role: int) -> None:
    found = db.session.get_one(Role, role)
    found.name = "Grown"
    db.session.flush()


def _new_role(_person: int, _role: int) -> None:
    db.session.add(Role(name="Sneaked in"))
    db.session.flush()


def _row(person: int, role: int) -> dict[str, int]:
    return {"user_id": person, "role_id": role}


def _run(statement: Any) -> None:
    db.session.connection().execute(statement)


WAYS: dict[str, Act] = {
    "a role taken up through the relation": _by_relation,
    "permissions taken through the relation": _take_by_relation,
    "a role renamed through the session": _rename,
    "a role added to the session": _new_role,
    "core insert": lambda person, role: _run(insert(assoc_user_role).values(_row(person, role))),
    "orm execute": lambda person, role: db.session.execute(insert(assoc_user_role), [_row(person, role)]),
    "core delete": lambda _person, _role: _run(delete(assoc_permissionview_role)),
    "core update": lambda _person, role: _run(update(assoc_user_role).values(role_id=role)),
    "text": lambda person, role: _run(
        text("INSERT INTO ab_user_role (user_id, role_id) VALUES (:p, :r)").bindparams(p=person, r=role)
    ),
    "the driver's own": lambda _person, _role: db.session.connection().exec_driver_sql(
        "DELETE FROM ab_permission_view_role"
    ),
    "a password by text": lambda _person, _role: _run(text("UPDATE ab_user SET password = 'x'")),
    "a bulk mapping": lambda _person, role: db.session().bulk_update_mappings(
        Role, [{"id": role, "name": "Grown"}]
    ),
    "what a role asks for": lambda _person, role: _run(
        text("DELETE FROM access_role_factor WHERE role_id = :r").bindparams(r=role)
    ),
    "a group": lambda _person, _role: _run(text("INSERT INTO ab_group (name) VALUES ('x')")),
}


@pytest.fixture
def clerk_and_role(app_on: Flask) -> tuple[int, int]:
    """A clerk's account, and the owner's role."""
    person = accounts.create_account("clerk", hash_password(PASSWORD), "Zhang Wei", "Clerk")
    role = db.session.scalar(select(Role.id).where(Role.name == "Owner"))
    db.session.rollback()
    assert role is not None
    return person, role


def links() -> tuple[set[Any], set[Any], set[Any]]:
    """Return who holds which role, which role holds what, and what the roles are called."""
    db.session.rollback()
    query = select(assoc_user_role.c.user_id, assoc_user_role.c.role_id)
    held = select(assoc_permissionview_role.c.role_id, assoc_permissionview_role.c.permission_view_id)
    found = (
        {tuple(row) for row in db.session.execute(query)},
        {tuple(row) for row in db.session.execute(held)},
        {tuple(row) for row in db.session.execute(select(Role.id, Role.name))},
    )
    db.session.rollback()
    return found


@pytest.mark.parametrize("way", WAYS)
def test_rights_that_nobody_tells_of_do_not_change(clerk_and_role: tuple[int, int], way: str) -> None:
    before = links()

    with pytest.raises(ProgrammingError, match="journal"), transaction():
        WAYS[way](*clerk_and_role)

    assert links() == before


def test_every_table_that_says_who_may_do_what_is_guarded(app: Flask) -> None:
    named = {name for name in db.metadata.tables if name.startswith("ab_")}
    outside = {"ab_user", "ab_register_user", "ab_api_key"}

    assert {table.name for table in TABLES} >= named - outside
    assert all(table.info[TOLD_BY_VERBS] for table in TABLES)
    assert all(is_watched(name) for name in named - outside | {"ab_user"})


def told(subject: str, number: int) -> list[JournalEntry]:
    """Return what the journal tells of a role or an account, oldest first."""
    db.session.rollback()
    query = select(JournalEntry).where(
        JournalEntry.subject == subject, JournalEntry.record == encode_token([number])
    )
    return list(db.session.scalars(query.order_by(JournalEntry.id)))


def test_every_verb_on_a_role_is_one_entry_that_says_what_changed(
    app_on: Flask, everything_granted: None
) -> None:
    number = add_role("Cashier", ["people:customer:list"], "any")
    change_role(number, "Till", ["people:customer:list"], ["people:tag:list"], "totp")
    delete_role(number)

    added, changed, deleted = told("ab_role", number)
    assert [each.verb for each in (added, changed, deleted)] == [Verb.ADDED, Verb.CHANGED, Verb.DELETED]
    assert load(added.after) == {
        "name": "Cashier",
        "permissions": {"json": ["people:customer:list"]},
        "need": "any",
    }
    assert load(changed.before) == {
        "name": "Cashier",
        "permissions": {"json": ["people:customer:list"]},
        "need": "any",
    }
    assert load(changed.after) == {
        "name": "Till",
        "permissions": {"json": ["people:tag:list"]},
        "need": "totp",
    }


@pytest.fixture
def everything_granted(app_on: Flask) -> Any:
    """Whoever acts may do everything."""
    kernel = app_on.extensions["kebu"]
    before, kernel.granted_names = kernel.granted_names, lambda: frozenset(declared_permissions())
    yield
    kernel.granted_names = before


def test_a_role_given_and_taken_is_told_in_the_account_s_history(clerk_and_role: tuple[int, int]) -> None:
    person, role = clerk_and_role
    owner = accounts.create_owner("second", PASSWORD, "Second Owner")
    found = accounts.account_of(accounts.find_person(person))
    wanted = accounts.Account(full_name="Zhang Wei", roles=frozenset({role}))
    with acting_as(owner):
        accounts.change_account(person, found, wanted)

    *_earlier, entry = told("ab_user", person)
    assert (load(entry.before) or {})["roles"] != (load(entry.after) or {})["roles"]
    assert entry.actor_id == owner


def test_what_a_new_program_gives_a_role_is_told(app_on: Flask) -> None:
    number = db.session.scalar(select(Role.id).where(Role.name == "Owner"))
    assert number is not None
    known = len(told("ab_role", number))

    sync_permissions([*declared_permissions(), "stock:lot:list"])

    entry = told("ab_role", number)[known]
    gained = set((load(entry.after) or {})["permissions"]["json"])
    assert gained - set((load(entry.before) or {})["permissions"]["json"]) == {"stock:lot:list"}


def test_a_change_whose_entry_can_not_be_written_does_not_stand(
    app_on: Flask, everything_granted: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = make_customer(name="王芳")
    before = links()

    def fail(*_arguments: Any) -> None:
        raise OSError("no room")

    monkeypatch.setattr("app.journal.listening.write", fail)
    with pytest.raises(OSError, match="no room"):
        add_role("Cashier", ["people:customer:list"])
    with pytest.raises(OSError, match="no room"), transaction():
        db.session.get_one(Customer, made.id).name = "x"

    assert links() == before
    assert db.session.scalar(select(Customer.name).where(Customer.id == made.id)) == "王芳"


def test_an_account_made_at_the_terminal_is_told(app_on: Flask) -> None:
    number = accounts.create_owner("terminal", PASSWORD, "By Terminal")
    accounts.rescue_owner("terminal", f"{PASSWORD} anew")

    verbs = [(each.verb, each.kind) for each in told("ab_user", number)]

    assert verbs[0] == (Verb.ADDED, "")
    assert (Verb.HAPPENED, "access:password_changed") in verbs
    assert (Verb.HAPPENED, "access:factor_removed") in verbs


def test_the_permission_tables_hold_pairs_that_some_slice_declares(app_on: Flask) -> None:
    pairs = db.session.scalars(select(PermissionView)).all()

    assert {f"{pair.view_menu.name}:{pair.permission.name}" for pair in pairs} == set(declared_permissions())
