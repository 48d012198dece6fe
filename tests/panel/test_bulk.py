"""Bulk edits: looked at before, done row by row with reasons, and taken back as one."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.access.models import Person
from app.core.database import db
from app.core.kernel import kernel
from app.core.keys import encode_token
from app.core.transaction import transaction
from app.panel.bulk.models import BulkEdit
from app.panel.bulk.wishes import MOST_CHOSEN, bulk_fields, operations_of
from app.people.models import ContactState, Customer, Source, Tag
from tests.factories.people import make_contact, make_customer, make_tag
from tests.panel.bulk_forms import CONTACTS, CUSTOMERS, again, confirm, do, edit_of, fates, look, token


@pytest.fixture(name="app")
def _app(app_on: Flask) -> Flask:
    """Return the shop on each of the three databases."""
    return app_on


@pytest.fixture
def owner(app: Flask, sign_in: Any) -> FlaskClient:
    """A browser in which the owner is signed in."""
    client: FlaskClient = sign_in(app.test_client(), "Owner")
    return client


def test_a_look_says_what_would_happen_and_changes_nothing(owner: FlaskClient) -> None:
    amy, bob = make_customer(name="Amy"), make_customer(name="Bob", source=Source.EVENT)

    page = look(
        owner,
        CUSTOMERS,
        bulk__what="edit",
        op__source="set",
        source="event",
        bulk__row=[token(amy), token(bob)],
    ).text

    assert re.search(r"<b>1</b><span>would change", page)
    assert re.search(r"<b>1</b><span>stay as they are", page)
    assert "<ins>Event or leaflet</ins>" in page
    assert again(amy).source is None
    assert again(amy).row_version == 1
    assert db.session.scalar(select(BulkEdit.id).limit(1)) is None


def test_chosen_rows_change_and_the_others_stay(owner: FlaskClient) -> None:
    amy, bob = make_customer(name="Amy"), make_customer(name="Bob")

    answer = do(
        owner, CUSTOMERS, bulk__what="edit", op__notes="set", notes="Call first", bulk__row=[token(amy)]
    )

    assert fates(edit_of(answer)) == (1, 0, 0)
    assert (again(amy).notes, again(bob).notes) == ("Call first", None)


def test_all_that_the_list_finds_changes(owner: FlaskClient) -> None:
    found = [make_customer(name=f"A{number}", source=Source.PHONE) for number in range(3)]
    other = make_customer(name="B", source=Source.EVENT)

    answer = do(owner, f"{CUSTOMERS}?f.source=phone", bulk__what="edit", op__source="set", source="website")

    assert fates(edit_of(answer)) == (3, 0, 0)
    assert {again(each).source for each in found} == {Source.WEBSITE}
    assert again(other).source is Source.EVENT


def test_tags_are_added_and_taken_away_one_by_one(owner: FlaskClient) -> None:
    vip, evening = make_tag(name="VIP"), make_tag(name="Evenings")
    with transaction():
        amy = Customer(name="Amy", tags=[db.session.get(Tag, vip.id)])
        db.session.add(amy)

    do(owner, CUSTOMERS, bulk__what="edit", op__tags="add", tags=token(evening), bulk__row=[token(amy)])
    added = {tag.name for tag in again(amy).tags}
    do(owner, CUSTOMERS, bulk__what="edit", op__tags="remove", tags=token(vip), bulk__row=[token(amy)])

    assert added == {"VIP", "Evenings"}
    assert {tag.name for tag in again(amy).tags} == {"Evenings"}


def test_what_can_not_be_read_is_said_beside_its_field_and_stays_typed(owner: FlaskClient) -> None:
    contact = make_contact()

    answer = look(
        owner,
        CONTACTS,
        bulk__what="edit",
        op__due_on="set",
        due_on="some day",
        op__subject="set",
        subject="Kept",
        bulk__row=[token(contact)],
    )

    assert answer.status_code == 422
    assert "This is not a date" in answer.text
    assert 'value="some day"' in answer.text
    assert 'value="Kept"' in answer.text
    assert f'name="bulk.row" value="{token(contact)}"' in answer.text


def test_a_row_that_somebody_changed_after_the_look_is_refused(owner: FlaskClient) -> None:
    amy, bob = make_customer(name="Amy"), make_customer(name="Bob")
    page = look(
        owner, CUSTOMERS, bulk__what="edit", op__notes="set", notes="New", bulk__row=[token(amy), token(bob)]
    ).text
    with transaction():
        db.session.get(Customer, amy.id).notes = "Mine"

    answer = confirm(owner, CUSTOMERS, page)

    assert fates(edit_of(answer)) == (1, 0, 1)
    assert (again(amy).notes, again(bob).notes) == ("Mine", "New")
    assert "Someone changed this record after you looked at it." in owner.get(answer.location).text


def test_a_chosen_row_that_is_gone_is_refused_by_name(owner: FlaskClient) -> None:
    amy, bob = make_customer(name="Amy"), make_customer(name="Bob")
    with transaction():
        db.session.get(Customer, amy.id).move_to_trash()

    answer = do(
        owner, CUSTOMERS, bulk__what="edit", op__notes="set", notes="New", bulk__row=[token(amy), token(bob)]
    )

    assert fates(edit_of(answer)) == (1, 0, 1)
    assert "This record is no longer there." in owner.get(answer.location).text


def test_a_rule_that_spans_fields_refuses_only_the_rows_that_break_it(owner: FlaskClient) -> None:
    owner.post("/people/customer/add", data={"name": "Owner of pets"})
    customer = db.session.scalar(select(Customer).limit(1))
    tokens = []
    pet = owner.post(
        "/api/v1/pets/pet", json={"name": "Rex", "owner": token(customer), "species": "dog"}
    ).json
    for given in ("2026-01-01", "2026-06-01"):
        body = {"pet": pet["id"], "vaccine": "Rabies", "given_on": given}
        tokens.append(owner.post("/api/v1/pets/vaccination", json=body).json["id"])

    answer = do(
        owner,
        "/pets/vaccination/bulk",
        bulk__what="edit",
        op__due_on="set",
        due_on="2026-03-01",
        bulk__row=tokens,
    )

    assert fates(edit_of(answer)) == (1, 0, 1)
    assert "be due before this one was given" in owner.get(answer.location).text


def test_the_same_button_pressed_twice_does_it_once(owner: FlaskClient) -> None:
    amy = make_customer(name="Amy")
    page = look(
        owner, CUSTOMERS, bulk__what="edit", op__notes="set", notes="New", bulk__row=[token(amy)]
    ).text

    first, second = confirm(owner, CUSTOMERS, page), confirm(owner, CUSTOMERS, page)

    assert first.location == second.location
    assert again(amy).row_version == 2


def test_rows_go_to_the_trash_and_come_back(owner: FlaskClient) -> None:
    amy = make_customer(name="Amy")

    gone = do(owner, CUSTOMERS, bulk__what="trash", bulk__row=[token(amy)])
    in_trash = again(amy).deleted_at is not None
    back = do(owner, f"{CUSTOMERS}?trash=1", bulk__what="restore", bulk__row=[token(amy)])

    assert fates(edit_of(gone)) == fates(edit_of(back)) == (1, 0, 0)
    assert in_trash
    assert again(amy).deleted_at is None


def test_a_declared_action_runs_its_command_for_each_row(owner: FlaskClient) -> None:
    todo, done = make_contact(), make_contact(state=ContactState.DONE)

    answer = do(owner, CONTACTS, bulk__what="do:finish", bulk__row=[token(todo), token(done)])

    assert fates(edit_of(answer)) == (1, 0, 1)
    assert again(todo).state is ContactState.DONE
    assert "This step is not possible in the present state." in owner.get(answer.location).text


def test_an_action_asks_for_its_inputs_first(owner: FlaskClient) -> None:
    contact = make_contact()
    person = db.session.scalar(select(Person).order_by(Person.id).limit(1))
    asked = owner.post(CONTACTS, data={"bulk.what": "do:hand-over", "bulk.row": token(contact)})

    empty = look(owner, CONTACTS, bulk__what="do:hand-over", bulk__row=[token(contact)], owner="")
    answer = do(
        owner,
        CONTACTS,
        bulk__what="do:hand-over",
        bulk__row=[token(contact)],
        owner=encode_token((person.id,)),
    )

    assert 'name="owner"' in asked.text
    assert empty.status_code == 422
    assert "Please fill this in." in empty.text
    assert fates(edit_of(answer)) == (1, 0, 0)
    assert again(contact).owner_id == person.id


def test_a_bulk_edit_needs_the_right_to_edit(app: Flask, sign_in: Any) -> None:
    amy = make_customer(name="Amy")
    clerk: FlaskClient = sign_in(app.test_client(), "Groomer")
    row = token(amy)

    answers = [
        clerk.post(CUSTOMERS, data={"bulk.what": what, "bulk.step": "look", "bulk.row": row}).status_code
        for what in ("edit", "trash", "do:finish", "nonsense")
    ]

    assert answers == [403, 403, 404, 404]
    assert "data-bulk" not in clerk.get("/people/customer/").text


@pytest.mark.parametrize(
    "form",
    [
        {"bulk.what": "edit", "op.name": "burn", "name": "x"},
        {"bulk.what": "edit", "op.created_at": "set", "created_at": "2026-01-01"},
        {"bulk.what": "edit", "bulk.row": "nonsense", "op.name": "set", "name": "x"},
        {"bulk.what": "edit", "bulk.row": ["x"] * (MOST_CHOSEN + 1)},
        {"bulk.what": "edit", "bulk.step": "do", "op.notes": "set", "notes": "x", "bulk.ticket": "forged"},
        {"bulk.what": "edit", "op.name": "set", "name": "x" * 200},
        {"bulk.what": "edit"},
    ],
)
def test_a_hostile_form_is_refused_with_a_reason(owner: FlaskClient, form: dict[str, Any]) -> None:
    make_customer(name="Amy")

    answer = owner.post(CUSTOMERS, data={"bulk.step": "look", **form})

    assert 400 <= answer.status_code < 500
    assert db.session.scalar(select(BulkEdit.id).limit(1)) is None


def test_a_filter_that_can_not_be_read_changes_nothing(owner: FlaskClient) -> None:
    make_customer(name="Amy")

    answer = owner.post(f"{CUSTOMERS}?where=nonsense", data={"bulk.what": "trash", "bulk.step": "look"})

    assert answer.status_code == 302
    assert "would change" not in answer.text


# --- Every declared model -----------------------------------------------------------------------------


def test_every_field_of_every_screen_can_be_asked_for(app: Flask, owner: FlaskClient) -> None:
    missing = []
    for screen in kernel().screens.values():
        if "edit" not in screen.verbs:
            continue
        page = owner.post(f"{screen.path}bulk", data={"bulk.what": "edit"})
        assert page.status_code == 200, screen.name
        missing += [
            (screen.name, entry.name)
            for entry in bulk_fields(screen)
            if f'name="op.{entry.name}"' not in page.text or not operations_of(entry)
        ]

    assert missing == []
