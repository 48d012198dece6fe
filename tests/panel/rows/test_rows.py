"""Rows in a form: saved with their record or not at all, once, in one batch; everything typed comes back."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from app.core.database import db
from app.core.keys import encode_token
from app.core.transaction import transaction
from app.people.models import Customer
from app.pets.models import Species, Vaccination
from tests.factories.pets import make_pet, make_vaccination
from tests.panel.row_forms import PETS, SHOTS, entries, new_row, opened, pets, send
from tests.support.databases import in_threads
from tests.support.forms import form_of


def test_rows_are_changed_added_and_removed_with_their_record_in_one_batch(
    owner: FlaskClient, customer: str
) -> None:
    form = opened(owner, customer)
    before = len(entries())

    answer = send(
        owner,
        customer,
        form,
        wechat="wf",
        **{f"{PETS}0.name": " 豆豆\u3000大王 ", f"{PETS}1.remove": "1"},
        **new_row(2, birth_date="2024年3月5日"),
    )

    assert answer.status_code == 302
    first, second, third = pets()
    assert (first.name, first.row_version, first.breed) == ("豆豆 大王", 2, "plain")
    assert second.deleted_at is not None
    assert (third.name, third.species, third.owner_id) == ("旺财", Species.DOG, first.owner_id)
    assert third.birth_date is not None and third.birth_date.isoformat() == "2024-03-05"
    written = entries()[before:]
    assert sorted(entry.verb.value for entry in written) == ["added", "changed", "changed", "trashed"]
    assert len({entry.batch_id for entry in written}) == 1 and written[0].batch_id is not None


def test_one_undo_takes_the_whole_save_back(owner: FlaskClient, customer: str) -> None:
    form = opened(owner, customer)
    changes = {f"{PETS}0.name": "大王", f"{PETS}1.remove": "1", **new_row(2)}
    assert send(owner, customer, form, wechat="wf", **changes).status_code == 302
    batch = entries()[-1].batch_id
    assert batch is not None
    db.session.rollback()

    assert owner.post(f"/journal/batch/{encode_token([batch])}/undo").status_code == 200

    alive = [pet.name for pet in pets() if pet.deleted_at is None]
    assert alive == ["豆豆", "咪咪"]
    assert db.session.scalars(select(Customer).limit(1)).one().wechat is None


def test_an_untouched_save_writes_nothing_at_all(
    owner: FlaskClient, customer: str, statements: Callable[..., Any]
) -> None:
    form, before = opened(owner, customer), [(pet.row_version, pet.changed_at) for pet in pets()]
    noted = len(entries())
    db.session.rollback()

    with statements() as seen:
        answer = send(owner, customer, form)

    assert answer.status_code == 302
    assert [each for each in seen.writes if "pets_" in each or "journal" in each or "people_" in each] == []
    assert [(pet.row_version, pet.changed_at) for pet in pets()] == before
    assert len(entries()) == noted


def test_a_row_alone_leaves_the_record_and_its_version_alone(owner: FlaskClient, customer: str) -> None:
    form = opened(owner, customer)

    assert send(owner, customer, form, **{f"{PETS}0.breed": "Corgi"}).status_code == 302

    assert [pet.breed for pet in pets()] == ["Corgi", "plain"]
    assert db.session.scalars(select(Customer).limit(1)).one().row_version == 1
    assert entries()[-1].batch_id is None, "one change is no batch"


def test_a_new_record_and_its_rows_are_added_together(owner: FlaskClient) -> None:
    form = form_of(owner.get("/people/customer/add").text)
    sent = MultiDict(form)
    sent.setlist("name", ["李娜"])
    for name, value in {**new_row(0), **new_row(2, name="咪咪", species="cat")}.items():
        sent.setlist(name, [value])

    first, second = (owner.post("/people/customer/add", data=sent) for _ in "ab")

    assert (first.status_code, second.status_code) == (302, 302)
    assert first.headers["Location"] == second.headers["Location"]
    assert [pet.name for pet in pets()] == ["旺财", "咪咪"]
    assert db.session.query(Customer.id).limit(5).count() == 1


def test_when_a_row_is_refused_nothing_is_saved_and_everything_comes_back(
    owner: FlaskClient, customer: str
) -> None:
    form = opened(owner, customer)

    answer = send(
        owner,
        customer,
        form,
        wechat="typed-here",
        **{f"{PETS}0.breed": "Corgi", f"{PETS}1.remove": "1"},
        **new_row(2, species="dragon", birth_date="soon"),
    )

    assert answer.status_code == 422
    back = form_of(answer.text)
    assert (back["wechat"], back[f"{PETS}0.breed"], back[f"{PETS}1.remove"]) == ("typed-here", "Corgi", "1")
    assert (back[f"{PETS}2.name"], back[f"{PETS}2.birth_date"]) == ("旺财", "soon")
    for anchor in (f"f-{PETS}2.species", f"f-{PETS}2.birth_date"):
        assert f'href="#{anchor}"' in answer.text and f'id="{anchor}"' in answer.text
    assert "data-focus" in answer.text and "data-dirty" in answer.text
    assert [(pet.breed, pet.deleted_at) for pet in pets()] == [("plain", None)] * 2
    assert db.session.scalars(select(Customer).limit(1)).one().wechat is None

    put_right = MultiDict(back)
    put_right.setlist(f"{PETS}2.species", ["dog"])
    put_right.setlist(f"{PETS}2.birth_date", [""])
    assert owner.post(f"{customer}/edit", data=put_right).status_code == 302
    assert [pet.name for pet in pets() if pet.deleted_at is None] == ["豆豆", "旺财"]


def test_an_error_in_the_record_keeps_the_rows(owner: FlaskClient, customer: str) -> None:
    answer = send(
        owner, customer, opened(owner, customer), email="nobody@", **{f"{PETS}0.breed": "Corgi"}, **new_row(2)
    )

    back = form_of(answer.text)
    assert answer.status_code == 422
    assert (back[f"{PETS}0.breed"], back[f"{PETS}2.name"]) == ("Corgi", "旺财")
    assert len(pets()) == 2


def test_what_the_database_refuses_is_said_in_the_row(owner: FlaskClient, app_on: Flask) -> None:
    shot = make_vaccination()
    address = f"/pets/pet/{encode_token([shot.pet_id])}"
    db.session.rollback()

    answer = send(owner, address, opened(owner, address), **{f"{SHOTS}0.due_on": "2001-01-01"})

    assert answer.status_code == 422
    assert f'id="e-{SHOTS}0.due_on"' in answer.text


@pytest.mark.parametrize("number", [2, 3, 4])
def test_an_empty_row_is_ignored(owner: FlaskClient, customer: str, number: int) -> None:
    empty = new_row(number, name="  ", species="")

    assert send(owner, customer, opened(owner, customer), **empty).status_code == 302
    assert len(pets()) == 2


def test_three_empty_rows_wait_for_who_has_no_script(owner: FlaskClient, customer: str) -> None:
    text = owner.get(f"{customer}/edit").text

    assert text.count("data-blank") == 3
    assert f'name="{PETS}4.name"' in text and f'name="{PETS}5.name"' not in text


def test_sent_twice_a_row_is_added_once(owner: FlaskClient, customer: str) -> None:
    form = opened(owner, customer)
    changes = {f"{PETS}0.breed": "Corgi", f"{PETS}1.remove": "1", **new_row(2)}

    answers = [send(owner, customer, form, **changes).status_code for _ in "ab"]

    assert answers == [302, 302]
    assert [pet.name for pet in pets()] == ["豆豆", "咪咪", "旺财"]
    assert [pet.row_version for pet in pets()] == [2, 2, 1]


def test_sent_twice_at_once_a_row_is_added_once(app_on: Flask, sign_in: Any, customer: str) -> None:
    clients = [sign_in(app_on.test_client(), "Owner") for _ in "ab"]
    form = opened(clients[0], customer)
    answers: list[int] = []

    failures = in_threads(
        [
            lambda client=each: answers.append(send(client, customer, form, **new_row(2)).status_code)
            for each in clients
        ]
    )

    assert failures == []
    assert set(answers) == {302}
    assert [pet.name for pet in pets()] == ["豆豆", "咪咪", "旺财"]


def test_a_used_ticket_with_other_words_is_told_and_kept(owner: FlaskClient, customer: str) -> None:
    form = opened(owner, customer)
    send(owner, customer, form, **new_row(2))

    answer = send(owner, customer, form, **new_row(2, name="别的"))

    assert answer.status_code == 422
    assert form_of(answer.text)[f"{PETS}2.name"] == "别的"
    assert [pet.name for pet in pets()] == ["豆豆", "咪咪", "旺财"]


def test_fifty_are_shown_and_a_link_leads_to_all(owner: FlaskClient, app_on: Flask) -> None:
    pet = make_pet()
    with transaction():
        for number in range(53):
            make_vaccination(pet_id=pet.id, vaccine=f"Dose {number:02}")
    address = f"/pets/pet/{encode_token([pet.id])}"
    db.session.rollback()

    text = owner.get(f"{address}/edit").text

    assert len(form_of(text).getlist(f"{SHOTS}0.id")) == 1
    assert f"{SHOTS}49.id" in form_of(text) and f"{SHOTS}50.id" not in form_of(text)
    assert "Dose 52" in text and "Dose 02" not in text
    assert html.escape(f"/pets/vaccination/?f.pet={address.rpartition('/')[2]}") in text
    everything = MultiDict(form_of(text))
    for number in range(53, 103):
        everything.setlist(f"{SHOTS}{number}.vaccine", [f"New {number}"])
        everything.setlist(f"{SHOTS}{number}.given_on", ["2026-01-01"])
    assert owner.post(f"{address}/edit", data=everything).status_code == 302
    assert db.session.query(Vaccination.id).limit(200).count() == 103


def test_a_form_with_rows_costs_one_statement_more_for_each_table(
    owner: FlaskClient, customer: str, statements: Callable[..., Any]
) -> None:
    owner.get(f"{customer}/edit")
    with statements() as seen:
        text = owner.get(f"{customer}/edit").text

    asked = [each for each in seen if "FROM pets_pet" in each]
    assert len(asked) == 1 and " LIMIT " in asked[0].replace("\n", " ")
    assert f"{PETS}1.id" in form_of(text)


def test_saving_one_row_of_many_does_not_read_each_of_them(
    owner: FlaskClient, app_on: Flask, statements: Callable[..., Any]
) -> None:
    pet = make_pet()
    with transaction():
        for number in range(40):
            make_vaccination(pet_id=pet.id, vaccine=f"Dose {number:02}")
    address = f"/pets/pet/{encode_token([pet.id])}"
    db.session.rollback()
    form = opened(owner, address)

    with statements() as seen:
        assert send(owner, address, form, **{f"{SHOTS}7.batch": "B-7"}).status_code == 302
    with statements() as refused:
        answer = send(owner, address, opened(owner, address), **{f"{SHOTS}7.given_on": "no day"})

    assert answer.status_code == 422
    assert len([each for each in seen if "pets_vaccination" in each]) <= 4
    assert len([each for each in refused if "FROM pets_vaccination" in each]) <= 3
