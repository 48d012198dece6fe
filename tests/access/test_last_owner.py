"""The last owner stays one, by whatever way and however many try at the same moment."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.access import accounts
from app.access.accounts import Account, account_of, change_account, find_person
from app.access.acting import acting_as
from app.access.errors import LastOwner
from app.access.grants import OWNERSHIP, read_grants
from app.access.models import Person
from app.access.passwords import hash_password
from app.access.signing.tables import SecondFactor, SignInSession
from app.cli import main
from app.core.database import db
from app.core.errors import Forbidden
from app.core.transaction import transaction
from app.journal.models import JournalEntry
from tests.access.accounts import edit, read, role_number, token
from tests.access.conftest import PASSWORD, House, enter, person_number
from tests.support import second_steps
from tests.support.databases import in_threads


def owners(app: Flask) -> set[str]:
    """Return who holds ownership and may sign in."""
    with app.app_context():
        people = db.session.scalars(select(Person).where(Person.active.is_(True))).all()
        found = {person.username for person in people if OWNERSHIP in read_grants(person.id)}
        db.session.remove()
    return found


def make_owners(app: Flask, *names: str) -> None:
    with app.app_context():
        for name in names:
            second_steps.set_up_where_needed(
                accounts.create_account(name, hash_password(PASSWORD), name.title(), "Owner")
            )
        db.session.remove()


def without_ownership(app: Flask, victim: str, by: str, account: Account) -> Callable[[], None]:
    """Return what `by` does to the account `victim`, as a request of another thread does it."""

    def run() -> None:
        with app.app_context():
            try:
                with acting_as(person_number(app, by)):
                    person = find_person(person_number(app, victim))
                    shown = account_of(person)
                    db.session.rollback()
                    change_account(person.id, shown, account)
            finally:
                db.session.remove()

    return run


@pytest.mark.parametrize(
    "demoted",
    [Account("B", roles=frozenset()), Account("B", roles=frozenset(), active=False)],
    ids=["role", "both"],
)
def test_of_two_owners_who_demote_each_other_at_once_one_stays(house_on: House, demoted: Account) -> None:
    app = house_on.app
    for round_number in range(3):
        make_owners(app, f"second{round_number}")
        first, second = sorted(owners(app))

        failures = in_threads(
            [without_ownership(app, second, first, demoted), without_ownership(app, first, second, demoted)]
        )

        assert len(owners(app)) == 1
        assert len(failures) == 1
        assert isinstance(failures[0], Forbidden)


def test_of_three_owners_who_close_themselves_at_once_one_stays(house_on: House) -> None:
    app = house_on.app
    make_owners(app, "second", "third")
    with app.app_context():
        owner = role_number(app, "Owner")
    closed = Account("X", roles=frozenset({owner}), active=False)

    failures = in_threads([without_ownership(app, name, name, closed) for name in owners(app)])

    assert len(owners(app)) == 1
    assert [type(each) for each in failures] == [LastOwner]


@pytest.mark.parametrize(
    "change", [{"roles": []}, {"active": ""}, {"roles": [], "active": ""}], ids=["role", "closed", "both"]
)
def test_the_last_owner_neither_leaves_nor_closes_the_own_account(
    app: Flask, signed_in: Callable[[str], FlaskClient], change: dict[str, Any]
) -> None:
    kept = {"full_name": "Wang Fang", "roles": [str(role_number(app, "Owner"))], "active": "1"}

    answer = edit(signed_in("owner"), f"/users/{token(app, 'owner')}/edit", **(kept | change))

    assert answer.status_code == 409
    assert "This is the last owner." in answer.get_data(as_text=True)
    assert owners(app) == {"owner"}


def test_an_owner_who_has_no_password_yet_is_none_to_rely_on(
    app: Flask, signed_in: Callable[[str], FlaskClient]
) -> None:
    make_owners(app, "second")
    with app.app_context(), transaction():
        invited = update(Person).where(Person.username == "second").values(password=None)
        db.session.execute(invited.execution_options(unjournalled="a test invites somebody"))

    answer = edit(
        signed_in("owner"), f"/users/{token(app, 'owner')}/edit", full_name="Wang Fang", roles=[], active="1"
    )

    assert answer.status_code == 409


@pytest.mark.parametrize("method", ["POST", "DELETE", "PATCH", "PUT"])
@pytest.mark.parametrize("below", ["", "/delete", "/purge", "/edit", "/bulk", "/import"])
def test_no_generated_address_reaches_an_account(
    app: Flask, signed_in: Callable[[str], FlaskClient], method: str, below: str
) -> None:
    browser = signed_in("owner")
    page = browser.get("/profile/").get_data(as_text=True)
    csrf = page.split('name="csrf-token" content="')[1].split('"')[0]
    mine = token(app, "owner")
    addresses = [f"/access/person/{mine}{below}", f"/access/person{below}", f"/api/v1/access/person/{mine}"]
    addresses += ["/api/v1/access/person/bulk", "/api/v1/access/user/bulk", f"/api/v1/access/role/{mine}"]

    before, entries = read(app, "owner"), len(written(app))
    change = {"active": False, "roles": [], "full_name": "Nobody"}
    body = {
        "operations": [{"op": "change", "id": mine, "record": change}, {"op": "delete", "id": mine}],
        **change,
    }
    answers = [
        browser.open(address, method=method, json=body, headers={"X-CSRFToken": csrf}).status_code
        for address in addresses
    ]

    assert max(answers) < 500
    assert owners(app) == {"owner"}
    after = read(app, "owner")
    assert (after.full_name, after.active, after.password) == (
        before.full_name,
        before.active,
        before.password,
    )
    assert len(written(app)) == entries


# --- The terminal ---------------------------------------------------------------------------------------


def on_the_terminal(
    house: House, monkeypatch: pytest.MonkeyPatch, *arguments: str, password: str = "eleven brave penguins"
) -> int:
    """Run a verb of the command line in this shop and return its exit code."""
    monkeypatch.setenv("KEBU_HOME", str(house.home))
    monkeypatch.setenv("KEBU_DATABASE_URL", str(house.app.config["SQLALCHEMY_DATABASE_URI"]))
    # The verb has connections of its own, which the house does not watch.
    house.restorer.suspect_everything()
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{password}\n"))
    return main([*arguments, "--password-stdin"])


def written(app: Flask) -> list[JournalEntry]:
    with app.app_context():
        found = list(db.session.scalars(select(JournalEntry).order_by(JournalEntry.id)))
        for entry in found:
            db.session.expunge(entry)
        db.session.remove()
    return found


def test_a_rescued_owner_is_let_in_by_the_new_password_alone_and_all_else_ends(
    house_on: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = house_on.app
    thief = app.test_client()
    enter(thief, "owner")
    with app.app_context(), transaction():
        closed = update(Person).where(Person.username == "owner").values(active=False)
        db.session.execute(closed.execution_options(unjournalled="a test locks somebody out"))
    before = len(written(app))

    code = on_the_terminal(house_on, monkeypatch, "rescue-owner", "owner")

    assert code == 0
    assert owners(app) == {"owner"}
    assert thief.get("/users/").status_code == 302
    with app.app_context():
        number = read(app, "owner").id
        assert (
            db.session.scalar(select(SignInSession.digest).where(SignInSession.person_id == number)) is None
        )
        assert db.session.get(SecondFactor, number) is None
        db.session.remove()
    kinds = [entry.kind for entry in written(app)[before:]]
    assert {"access:password_changed", "access:factor_removed"} <= set(kinds)
    assert enter(app.test_client(), "owner", "eleven brave penguins").location == "/login/enrol/"


def test_a_clerk_rescued_becomes_an_owner_and_the_journal_says_so(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = len(written(house.app))

    on_the_terminal(house, monkeypatch, "rescue-owner", "clerk")

    assert owners(house.app) == {"owner", "clerk"}
    changed = [
        entry for entry in written(house.app)[before:] if entry.subject == "ab_user" and not entry.kind
    ]
    with house.app.app_context():
        told = {name for entry in changed for name in (db.session.merge(entry)).attributes}
        db.session.rollback()
    assert "roles" in told


def test_an_owner_made_on_the_terminal_is_written_down(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    before = len(written(house.app))

    on_the_terminal(house, monkeypatch, "create-owner", "boss")

    assert owners(house.app) == {"owner", "boss"}
    assert "ab_user" in {entry.subject for entry in written(house.app)[before:]}


@pytest.mark.parametrize("verb", ["create-owner", "rescue-owner"])
@pytest.mark.parametrize("poor", ["x1", "passwordpassword", "1234567890123456"])
def test_the_terminal_takes_no_poor_password(
    house: House, monkeypatch: pytest.MonkeyPatch, verb: str, poor: str
) -> None:
    hash_before = read(house.app, "owner").password

    code = on_the_terminal(
        house, monkeypatch, verb, "owner" if verb == "rescue-owner" else "boss", password=poor
    )

    assert code != 0
    assert read(house.app, "owner").password == hash_before
    assert owners(house.app) == {"owner"}
