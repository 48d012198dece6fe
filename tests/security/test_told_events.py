"""R22: each thing that is to be on record is one entry, by whom and from where, and its values lie nowhere in the open.

Revealing a masked value and calls by API key have tests of their own; changes of records: `tests/journal`.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.access import accounts
from app.access.acting import acting_as
from app.access.models import Person
from app.core.database import db
from app.core.kernel import kernel
from app.core.keys import encode_token
from app.journal.models import JournalEntry
from app.messaging.models import MessagingSettings, Security
from app.people.models import Customer
from tests.factories.people import make_customer
from tests.messaging.conftest import set_sending
from tests.panel.importing.tables import csv_bytes, imported
from tests.support import second_steps
from tests.support.whole_house import PASSWORD, FreshClient, csrf_token

NAME, PHONE, PLACE = "王小红的记号", "13912345678", "203.0.113.77"
NEW_PASSWORD = "nine loud trumpets"


class Desk:
    """The owner at a browser from a known address, a clerk's account, and a customer."""

    def __init__(self, app: Flask, sign_in: Any) -> None:
        self.app = app
        self.owner: FlaskClient = sign_in(FreshClient(app))
        self.owner.environ_base["REMOTE_ADDR"] = PLACE
        self.clerk: FlaskClient = sign_in(FreshClient(app), "Clerk")
        self.clerk.environ_base["REMOTE_ADDR"] = PLACE
        self.token = encode_token([make_customer(name=NAME, phone=PHONE).id])

    def number(self, username: str) -> int:
        """Return an account's number."""
        found = db.session.scalar(select(Person.id).where(Person.username == username))
        db.session.rollback()
        assert found is not None
        return found

    def stranger(self) -> FlaskClient:
        """Return another browser at the same address."""
        client = FreshClient(self.app)
        client.environ_base["REMOTE_ADDR"] = PLACE
        return client

    def sign_in(self, password: str = PASSWORD) -> Any:
        """Send the clerk's name and a password."""
        client = self.stranger()
        data = {"username": "clerk", "password": password, "csrf_token": csrf_token(client)}
        return client.post("/login/", data=data)


def wrong_code(desk: Desk) -> None:
    """Sign in as the owner with a wrong code."""
    client = desk.stranger()
    data = {"username": "owner", "password": PASSWORD, "csrf_token": csrf_token(client)}
    assert client.post("/login/", data=data).location == "/login/code/"
    data = {"code": "000000", "csrf_token": csrf_token(client, "/login/code/")}
    assert client.post("/login/code/", data=data).status_code == 401


def change_password(desk: Desk) -> None:
    """Let the clerk choose another password."""
    data = {"old": PASSWORD, "new": NEW_PASSWORD, "again": NEW_PASSWORD}
    assert desk.clerk.post("/profile/password/", data=data).status_code == 302


def take_factor(desk: Desk) -> None:
    """Take the clerk's phone away."""
    second_steps.set_up(desk.number("clerk"))
    address = f"/users/{encode_token([desk.number('clerk')])}/factor"
    assert desk.owner.post(address).status_code == 302


def make_link(desk: Desk) -> None:
    """Make a one-time link for the clerk."""
    assert desk.owner.post(f"/users/{encode_token([desk.number('clerk')])}/link").status_code == 200


def export(desk: Desk) -> None:
    """Export the customers."""
    assert NAME in desk.owner.get(f"/people/customer/export.csv?q={PHONE}").text


EVENTS: dict[str, tuple[str, Callable[[Desk], Any]]] = {
    "a sign-in": ("access:sign_in", lambda desk: desk.sign_in()),
    "a wrong password": ("access:sign_in_refused", lambda desk: desk.sign_in("wrong wrong wrong")),
    "a wrong code": ("access:sign_in_refused", wrong_code),
    "a lock": ("access:locked", lambda desk: [desk.sign_in("wrong wrong wrong") for _try in range(7)]),
    "a sign-out": ("access:sign_out", lambda desk: desk.clerk.post("/logout/")),
    "another password": ("access:password_changed", change_password),
    "a second factor taken": ("access:factor_removed", take_factor),
    "a one-time link": ("access:link_made", make_link),
    "an export": ("panel:export", export),
    "a print": ("panel:print", lambda desk: desk.owner.get(f"/people/customer/{desk.token}/print")),
    "a number looked up in a list": (
        "panel:lookup",
        lambda desk: desk.owner.get("/people/customer/?q=139 1234 5678"),
    ),
    "a number looked up everywhere": ("panel:lookup", lambda desk: desk.owner.get(f"/search?q={PHONE}")),
    "a number looked up in the palette": (
        "panel:lookup",
        lambda desk: [desk.owner.post("/palette", data={"q": PHONE[:end]}) for end in range(1, 12)],
    ),
    "a number looked up by the API": (
        "panel:lookup",
        lambda desk: desk.owner.get(f"/api/v1/people/customer?q={PHONE}"),
    ),
    "the journal read": ("journal:read", lambda desk: desk.owner.get(f"/journal/?record={desk.token}")),
    "the journal exported": ("journal:exported", lambda desk: desk.owner.get("/journal/export.json")),
}
BY_NOBODY = {"a wrong password", "a wrong code", "a lock"}
BY_THE_CLERK = {"a sign-in", "a sign-out", "another password"}


@pytest.fixture
def desk(app_on: Flask, sign_in: Any) -> Desk:
    """The owner at a browser, with a clerk and a customer there."""
    return Desk(app_on, sign_in)


def happenings(kind: str) -> list[JournalEntry]:
    """Return the entries of a kind."""
    db.session.rollback()
    return list(
        db.session.scalars(select(JournalEntry).where(JournalEntry.kind == kind).order_by(JournalEntry.id))
    )


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_is_one_entry_that_names_the_person_and_the_place(desk: Desk, event: str) -> None:
    kind, act = EVENTS[event]
    known = len(happenings(kind))

    act(desk)

    (entry,) = happenings(kind)[known:]
    actor = None if event in BY_NOBODY else desk.number("clerk" if event in BY_THE_CLERK else "owner")
    assert entry.actor_id == actor
    assert entry.address == PLACE
    if event not in BY_NOBODY | {"a sign-in"}:
        assert re.fullmatch("[0-9a-f]{16}", entry.session_id)
    assert_no_value_in_the_open()


def test_an_import_is_one_entry_beside_those_of_its_records(desk: Desk) -> None:
    before = len(happenings("panel:import"))

    with acting_as(desk.number("owner")):
        imported(csv_bytes([["name", "phone"], [f"{NAME}二", "13912345679"]]))

    (entry,) = happenings("panel:import")[before:]
    assert entry.actor_id == desk.number("owner")
    added = select(JournalEntry).where(
        JournalEntry.subject == Customer.__tablename__, JournalEntry.kind == ""
    )
    assert len(db.session.scalars(added).all()) == 2
    assert_no_value_in_the_open()


def test_settings_of_the_shop_are_told_and_secrets_in_them_are_not(desk: Desk) -> None:
    def entries() -> int:
        db.session.rollback()
        query = select(func.count()).select_from(JournalEntry)
        names = (MessagingSettings.__tablename__, "access_shop_settings")
        return db.session.scalar(query.where(JournalEntry.subject.in_(names))) or 0

    before = entries()
    set_sending(
        smtp_host="mail.example.com", smtp_password="a secret of the mail", smtp_security=Security.NONE
    )

    assert entries() == before + 1
    entry = db.session.scalars(
        select(JournalEntry).where(JournalEntry.subject == MessagingSettings.__tablename__)
    ).one()
    assert "mail.example.com" in str(entry.after)
    assert "a secret of the mail" not in str(entry.after)


def test_an_action_on_many_records_is_an_entry_for_each_in_one_batch(desk: Desk) -> None:
    for number in range(3):
        make_customer(name=f"{NAME}{number}")
    page = desk.owner.post(
        "/people/customer/bulk",
        data={
            "bulk.step": "look",
            "bulk.what": "edit",
            "bulk.all": "1",
            "op.notes": "set",
            "notes": "很难伺候的记号",
        },
    ).text
    hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page[page.index("bulk-do") :])
    data: dict[str, list[str]] = {"bulk.step": ["do"]}
    for name, value in hidden:
        data.setdefault(name, []).append(value)
    assert desk.owner.post("/people/customer/bulk", data=data).status_code == 302

    db.session.rollback()
    query = select(JournalEntry).where(
        JournalEntry.batch_id.is_not(None), JournalEntry.subject == "people_customer"
    )
    entries = list(db.session.scalars(query))
    assert len(entries) == 4
    assert len({each.batch_id for each in entries}) == 1
    assert {each.actor_id for each in entries} == {desk.number("owner")}
    assert_no_value_in_the_open("很难伺候的记号")


def assert_no_value_in_the_open(*more: str) -> None:
    """Assert that no table of the journal and no file of the instance but uploads holds what customers are called."""
    markers = [form for text in (NAME, PHONE, *more) for form in forms(text)]
    with db.engine.connect() as connection:
        for table in ("journal_entry", "journal_chain", "journal_person_key"):
            for row in connection.exec_driver_sql(f"SELECT * FROM {table}"):
                raw = b"|".join(
                    each if isinstance(each, bytes) else str(each).encode() for each in row if each
                )
                assert not [marker for marker in markers if marker in raw], table
    for path in kernel().home.glob("journal-*"):
        content = path.read_bytes()
        assert not [marker for marker in markers if marker in content], path.name
    for path in kernel().home.rglob("*.log"):
        content = path.read_bytes()
        assert not [marker for marker in markers if marker in content], path.name


def forms(text: str) -> list[bytes]:
    """Return how a text may lie somewhere: in three encodings, escaped, in hexadecimal, in base64."""
    plain = text.encode()
    escaped = text.encode("unicode_escape")
    encoded = base64.b64encode(plain).rstrip(b"=")[:-1]
    return [plain, text.encode("utf-16-le"), text.encode("gbk"), escaped, plain.hex().encode(), encoded]


def test_the_order_of_accounts_and_the_program_s_own_acts_are_told_as_such(desk: Desk) -> None:
    number = accounts.create_owner("terminal", f"{PASSWORD} more", "By Terminal")

    db.session.rollback()
    query = select(JournalEntry).where(
        JournalEntry.subject == "ab_user", JournalEntry.record == encode_token([number])
    )
    (entry,) = db.session.scalars(query).all()
    assert (entry.actor_id, entry.address, entry.session_id) == (None, "", "")
