"""One cell changed in the list: the form's own reading and rules, journalled, and never over somebody else's value."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.core.database import db
from app.core.kernel import kernel
from app.core.keys import encode_token
from app.core.transaction import transaction
from app.journal.models import JournalEntry
from app.panel.inline import inline_fields
from app.people.models import Customer, Sex
from tests.factories.people import make_contact, make_customer

BASE = re.compile(r'name="cell.base" value="([^"]+)"')


@pytest.fixture(name="app")
def _app(app_on: Flask) -> Flask:
    """Return the shop on each of the three databases."""
    return app_on


@pytest.fixture
def owner(app: Flask, sign_in: Any) -> FlaskClient:
    """A browser in which the owner is signed in."""
    client: FlaskClient = sign_in(app.test_client(), "Owner")
    return client


def cell(record: Any, name: str, path: str = "/people/customer/") -> str:
    """Return the address of one cell."""
    return f"{path}{encode_token((record.id,))}/cell/{name}"


def change(client: FlaskClient, address: str, **values: str) -> Any:
    """Open a cell and save it with these inputs."""
    base = BASE.search(client.get(address).text)
    assert base is not None
    return client.patch(address, data={"cell.base": base[1], **values})


def now(record: Any) -> Any:
    """Return a customer as it stands now."""
    key = record.id
    db.session.rollback()
    return db.session.get(Customer, key, populate_existing=True)


def test_a_cell_is_saved_as_the_form_would_and_written_down(owner: FlaskClient) -> None:
    amy = make_customer(name="Amy")
    entries = db.session.scalar(select(func.count()).select_from(JournalEntry))

    answer = change(owner, cell(amy, "phone"), phone="+86 138-0000-1111")

    assert answer.status_code == 200
    assert (now(amy).phone, now(amy).phone_last4) == ("13800001111", "1111")
    assert answer.json["text"] == "138 0000 1111"
    assert db.session.scalar(select(func.count()).select_from(JournalEntry)) == entries + 1


def test_a_cell_can_be_emptied(owner: FlaskClient) -> None:
    amy = make_customer(name="Amy", sex=Sex.FEMALE)

    answer = change(owner, cell(amy, "sex"), sex="")

    assert (answer.status_code, now(amy).sex) == (200, None)


@pytest.mark.parametrize(
    ("name", "typed", "reason"),
    [
        ("name", "", "Please fill this in."),
        ("phone", "x" * 99, ""),
        ("sex", "unknown", "choose one of the list"),
    ],
)
def test_what_can_not_be_saved_is_said_and_nothing_changes(
    owner: FlaskClient, name: str, typed: str, reason: str
) -> None:
    amy = make_customer(name="Amy")

    answer = change(owner, cell(amy, name), **{name: typed})

    assert answer.status_code == 422
    assert reason in " ".join(answer.json["errors"])
    assert now(amy).row_version == 1


def test_somebody_else_s_value_is_shown_beside_one_s_own(owner: FlaskClient) -> None:
    amy = make_customer(name="Amy")
    address = cell(amy, "wechat")
    base = BASE.search(owner.get(address).text)[1]  # type: ignore[index]
    with transaction():
        db.session.get(Customer, amy.id).wechat = "theirs"

    clash = owner.patch(address, data={"cell.base": base, "wechat": "mine"})
    kept = now(amy).wechat
    again = owner.patch(address, data={"cell.base": clash.json["base"], "wechat": "mine"})

    assert clash.status_code == 409
    assert (clash.json["theirs"], clash.json["yours"], kept) == ("theirs", "mine", "theirs")
    assert (again.status_code, now(amy).wechat) == (200, "mine")


def test_a_change_of_another_field_is_no_conflict(owner: FlaskClient) -> None:
    amy = make_customer(name="Amy")
    address = cell(amy, "wechat")
    base = BASE.search(owner.get(address).text)[1]  # type: ignore[index]
    with transaction():
        db.session.get(Customer, amy.id).notes = "theirs"

    answer = owner.patch(address, data={"cell.base": base, "wechat": "mine"})

    assert (answer.status_code, now(amy).wechat, now(amy).notes) == (200, "mine", "theirs")


def test_a_rule_that_spans_fields_is_heeded_though_one_field_is_sent(owner: FlaskClient) -> None:
    customer = make_customer(name="Amy")
    pet = owner.post(
        "/api/v1/pets/pet",
        json={"name": "Rex", "owner": encode_token((customer.id,)), "species": "dog"},
    ).json
    body = {"pet": pet["id"], "vaccine": "Rabies", "given_on": "2026-06-01"}
    dose = owner.post("/api/v1/pets/vaccination", json=body).json

    answer = change(owner, f"/pets/vaccination/{dose['id']}/cell/due_on", due_on="2026-03-01")

    assert answer.status_code == 422
    assert "before this one was given" in answer.json["errors"][0]


def test_the_state_and_files_and_lists_have_no_cell_to_type_in(owner: FlaskClient) -> None:
    contact, amy = make_contact(), make_customer(name="Amy")

    answers = [
        owner.get(cell(contact, name, "/people/contact/")).status_code
        for name in ("state", "attachment", "created_at", "nonsense")
    ]

    assert answers == [404] * 4
    assert owner.get(cell(amy, "tags")).status_code == 404


def test_who_may_not_edit_is_offered_no_cell(app: Flask, sign_in: Any) -> None:
    amy = make_customer(name="Amy")
    groomer = sign_in(app.test_client(), "Groomer")

    assert groomer.get(cell(amy, "wechat")).status_code == 403
    assert groomer.patch(cell(amy, "wechat"), data={"wechat": "x"}).status_code == 403
    assert not re.search(r"<th[^>]* data-edit", groomer.get("/people/customer/").text)


def test_every_simple_field_of_every_screen_opens(owner: FlaskClient) -> None:
    pages: dict[str, int] = {}
    contact = make_contact()
    customer = db.session.get(Customer, contact.customer_id)
    for path, record in (("/people/contact/", contact), ("/people/customer/", customer)):
        screen = kernel().screens[path.strip("/").replace("/", ":")]
        for entry in inline_fields(screen):
            pages[entry.name] = owner.get(cell(record, entry.name, path)).status_code

    assert set(pages.values()) == {200}
    assert len(pages) > 12
