"""Who may write rows in a form, and what forged and hostile forms are answered with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from app.core.database import db
from app.core.keys import encode_token
from app.pets.models import Vaccination
from tests.factories.people import make_customer
from tests.factories.pets import make_pet, make_vaccination
from tests.panel.row_forms import PETS, SHOTS, new_row, opened, pets, send


def test_who_may_do_nothing_with_the_rows_sees_none_and_forged_ones_are_ignored(
    allowed: Callable[..., FlaskClient],
) -> None:
    client = allowed("people:customer:*", "pets:pet:list", "pets:pet:show")
    found = make_customer()
    make_pet(owner_id=found.id)
    address = f"/people/customer/{encode_token([found.id])}"
    db.session.rollback()
    form = opened(client, address)

    assert not [name for name in form if name.startswith("rows.")]
    assert send(client, address, form, **new_row(0)).status_code == 302
    assert len(pets()) == 1


@pytest.mark.parametrize("verb", ["add", "edit", "delete"])
def test_each_right_alone_gives_its_part_and_forging_the_others_is_refused(
    allowed: Callable[..., FlaskClient], verb: str
) -> None:
    client = allowed("people:customer:*", "pets:pet:list", f"pets:pet:{verb}")
    found = make_customer()
    pet = make_pet(owner_id=found.id, breed="plain")
    address, token = f"/people/customer/{encode_token([found.id])}", encode_token([pet.id])
    db.session.rollback()
    form = opened(client, address)
    known = {f"{PETS}0.id": token, f"{PETS}0.row_version": "1"}

    assert (f"{PETS}0.name" in form) == (verb == "edit")
    assert (f"{PETS}1.name" in form) == (verb == "add")
    attempts = {
        "add": new_row(7),
        "edit": {**known, f"{PETS}0.name": "forged", f"{PETS}0.species": "dog"},
        "delete": {**known, f"{PETS}0.remove": "1"},
    }
    for attempt, inputs in attempts.items():
        if attempt != verb:
            sent = MultiDict([pair for pair in form.items(multi=True) if not pair[0].startswith(PETS)])
            assert send(client, address, sent, **inputs).status_code == 403, attempt
    assert [(one.name, one.deleted_at) for one in pets()] == [("豆豆", None)]
    assert send(client, address, form, **attempts[verb]).status_code == 302


def test_the_groomer_adds_vaccinations_and_reads_the_others(app: Flask, sign_in: Any) -> None:
    client = sign_in(app.test_client(), "Groomer")
    shot = make_vaccination(vaccine="Rabies")
    address = f"/pets/pet/{encode_token([shot.pet_id])}"
    db.session.rollback()
    form = opened(client, address)

    assert "Rabies" in client.get(f"{address}/edit").text
    assert form.getlist(f"{SHOTS}0.id") and f"{SHOTS}0.vaccine" not in form
    done = send(
        client, address, form, **{f"{SHOTS}1.vaccine": "Distemper", f"{SHOTS}1.given_on": "2026-01-02"}
    )
    assert done.status_code == 302
    assert {one.vaccine for one in db.session.scalars(select(Vaccination).limit(9))} == {
        "Rabies",
        "Distemper",
    }


@pytest.mark.parametrize("deed", ["edit", "remove"])
def test_the_row_of_another_record_is_refused(owner: FlaskClient, customer: str, deed: str) -> None:
    stranger = make_pet(name="Stranger", breed="plain")
    token = encode_token([stranger.id])
    db.session.rollback()
    form = opened(owner, customer)
    row = {
        f"{PETS}9.id": token,
        f"{PETS}9.row_version": "1",
        f"{PETS}9.name": "taken",
        f"{PETS}9.species": "dog",
    }

    answer = send(owner, customer, form, **row, **({f"{PETS}9.remove": "1"} if deed == "remove" else {}))

    assert answer.status_code == (422 if deed == "edit" else 302)
    assert "Stranger" not in answer.text
    [after] = pets(name="Stranger")
    assert (after.row_version, after.deleted_at) == (1, None)


@pytest.mark.parametrize(
    "token", ["nonsense", "u" + "A" * 22, "kW10", "k" + "A" * 100, "\x00", "' OR 1=1", "é" * 300]
)
def test_a_made_up_token_is_refused(owner: FlaskClient, customer: str, token: str) -> None:
    row = {f"{PETS}9.id": token, f"{PETS}9.row_version": "1", f"{PETS}9.name": "x", f"{PETS}9.species": "dog"}

    assert send(owner, customer, opened(owner, customer), **row).status_code == 422
    assert len(pets()) == 2


def test_the_token_of_the_record_itself_is_refused(owner: FlaskClient, customer: str) -> None:
    row = {f"{PETS}9.id": customer.rpartition("/")[2], f"{PETS}9.row_version": "1", f"{PETS}9.name": "x"}

    assert send(owner, customer, opened(owner, customer), **row).status_code == 422


@pytest.mark.parametrize("version", ["", "0", "-1", "9" * 30, "١", "2"])
def test_a_made_up_version_is_stale(owner: FlaskClient, customer: str, version: str) -> None:
    changes = {f"{PETS}0.row_version": version, f"{PETS}0.breed": "forged"}

    assert send(owner, customer, opened(owner, customer), **changes).status_code == 409
    assert pets()[0].breed == "plain"


@pytest.mark.parametrize(
    "name",
    [
        "rows.",
        "rows.pets-pet-owner.",
        "rows.pets-pet-owner.x.name",
        "rows.pets-pet-owner.-1.name",
        "rows.pets-pet-owner.1e3.name",
        "rows.pets-pet-owner.٣.name",
        "rows.pets-pet-owner.9999.name",
        "rows.people-contact-customer.0.subject",
        "rows.access-person-branch.0.username",
        "rows.pets-pet-owner.7",
    ],
)
def test_names_of_no_row_are_ignored(owner: FlaskClient, customer: str, name: str) -> None:
    assert send(owner, customer, opened(owner, customer), **{name: "x"}).status_code == 302
    assert len(pets()) == 2


def test_fields_that_stand_in_no_row_are_ignored(owner: FlaskClient, customer: str) -> None:
    other = encode_token([make_customer(name="Other").id])
    db.session.rollback()
    forged = {
        "owner": other,
        "notes": "forged",
        "created_at": "1999-01-01T00:00",
        "deleted_at": "2020-01-01",
        "row_id": "1",
    }
    changes = {f"{PETS}0.{name}": value for name, value in forged.items()}
    changes |= {f"{PETS}2.{name}": value for name, value in forged.items()}

    assert send(owner, customer, opened(owner, customer), **changes, **new_row(2)).status_code == 302
    assert {encode_token([pet.owner_id]) for pet in pets()} == {customer.rpartition("/")[2]}
    assert {pet.notes for pet in pets()} == {None}


def test_the_same_row_twice_is_not_saved_twice(owner: FlaskClient, customer: str) -> None:
    form = opened(owner, customer)
    twin = {f"{PETS}8.{name}": form[f"{PETS}0.{name}"] for name in ("id", "row_version", "name", "species")}

    answer = send(owner, customer, form, **{f"{PETS}0.breed": "mine"}, **{**twin, f"{PETS}8.breed": "other"})

    assert answer.status_code == 409
    assert pets()[0].breed == "plain"


@pytest.mark.parametrize("ticket", ["", "forged", "AAAA.BBBB"])
def test_a_forged_ticket_gives_no_key(owner: FlaskClient, customer: str, ticket: str) -> None:
    changes = {f"{PETS}ticket": ticket, **new_row(2)}

    assert send(owner, customer, opened(owner, customer), **changes).status_code == 302
    assert len(pets()) == 3


def test_more_rows_than_a_form_has_are_refused(owner: FlaskClient, customer: str) -> None:
    many = {name: value for number in range(104) for name, value in new_row(number + 10).items()}

    assert send(owner, customer, opened(owner, customer), **many).status_code == 413
    assert len(pets()) == 2
