"""Two people at the rows of one record: nobody's words are lost."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.database import db
from app.people.models import Customer
from tests.panel.row_forms import PETS, new_row, opened, pets, send
from tests.support.databases import in_threads
from tests.support.forms import form_of


def test_a_row_that_somebody_changed_meanwhile_shows_both_versions(owner: FlaskClient, customer: str) -> None:
    mine = opened(owner, customer)
    send(owner, customer, opened(owner, customer), **{f"{PETS}0.breed": "theirs", f"{PETS}0.name": "大豆"})

    conflict = send(owner, customer, mine, wechat="wf", **{f"{PETS}0.breed": "mine"}, **new_row(2))

    assert conflict.status_code == 409
    assert "theirs" in conflict.text and "mine" in conflict.text and f"{PETS}0.use.breed" in conflict.text
    assert [pet.breed for pet in pets()] == ["theirs", "plain"]
    assert db.session.scalars(select(Customer).limit(1)).one().wechat is None
    db.session.rollback()

    assert owner.post(f"{customer}/edit", data=form_of(conflict.text)).status_code == 302
    assert [(pet.breed, pet.name) for pet in pets()] == [("mine", "大豆"), ("plain", "咪咪"), (None, "旺财")]
    assert db.session.scalars(select(Customer).limit(1)).one().wechat == "wf"


def test_after_a_row_s_conflict_theirs_may_stay(owner: FlaskClient, customer: str) -> None:
    mine = opened(owner, customer)
    send(owner, customer, opened(owner, customer), **{f"{PETS}0.breed": "theirs"})
    conflict = form_of(send(owner, customer, mine, **{f"{PETS}0.breed": "mine"}).text)
    conflict.setlist(f"{PETS}0.use.breed", ["theirs"])

    assert owner.post(f"{customer}/edit", data=conflict).status_code == 302
    assert pets()[0].breed == "theirs"


def test_two_people_may_change_different_rows_and_the_record(owner: FlaskClient, customer: str) -> None:
    mine = opened(owner, customer)
    send(owner, customer, opened(owner, customer), wechat="theirs", **{f"{PETS}1.breed": "theirs"})

    assert send(owner, customer, mine, **{f"{PETS}0.breed": "mine"}).status_code == 302
    assert [pet.breed for pet in pets()] == ["mine", "theirs"]
    assert db.session.scalars(select(Customer).limit(1)).one().wechat == "theirs"


def test_a_conflict_in_the_record_keeps_the_rows_and_finds_theirs_later(
    owner: FlaskClient, customer: str
) -> None:
    mine = opened(owner, customer)
    send(owner, customer, opened(owner, customer), wechat="theirs", **{f"{PETS}0.breed": "theirs"})

    first = send(owner, customer, mine, wechat="mine", **{f"{PETS}0.breed": "mine"}, **new_row(2))
    second = owner.post(f"{customer}/edit", data=form_of(first.text))
    third = owner.post(f"{customer}/edit", data=form_of(second.text))

    assert (first.status_code, second.status_code, third.status_code) == (409, 409, 302)
    assert form_of(first.text)[f"{PETS}0.breed"] == "mine"
    assert [pet.breed for pet in pets()] == ["mine", "plain", None]
    assert db.session.scalars(select(Customer).limit(1)).one().wechat == "mine"


def test_a_row_that_was_deleted_meanwhile_is_said_and_what_was_typed_stays(
    owner: FlaskClient, customer: str
) -> None:
    mine = opened(owner, customer)
    send(owner, customer, opened(owner, customer), **{f"{PETS}0.remove": "1"})

    answer = send(owner, customer, mine, **{f"{PETS}0.breed": "mine", f"{PETS}1.breed": "also mine"})

    back = form_of(answer.text)
    assert answer.status_code == 422
    assert "This row is gone" in answer.text
    assert (back[f"{PETS}0.breed"], back[f"{PETS}1.breed"]) == ("mine", "also mine")
    back.setlist(f"{PETS}0.remove", ["1"])
    assert owner.post(f"{customer}/edit", data=back).status_code == 302
    assert [(pet.breed, pet.deleted_at is None) for pet in pets()] == [("plain", False), ("also mine", True)]


def test_a_row_changed_meanwhile_is_not_removed_unseen(owner: FlaskClient, customer: str) -> None:
    mine = opened(owner, customer)
    send(owner, customer, opened(owner, customer), **{f"{PETS}0.breed": "theirs"})

    answer = send(owner, customer, mine, **{f"{PETS}0.remove": "1"})

    assert answer.status_code == 409
    assert "Somebody changed this row meanwhile" in answer.text
    assert pets()[0].deleted_at is None
    assert owner.post(f"{customer}/edit", data=form_of(answer.text)).status_code == 302
    assert pets()[0].deleted_at is not None


def test_both_versions_at_once_save_one_and_refuse_the_other(
    app_on: Flask, sign_in: Any, customer: str
) -> None:
    clients = [sign_in(app_on.test_client(), "Owner") for _ in "ab"]
    form = opened(clients[0], customer)
    answers: list[int] = []

    failures = in_threads(
        [
            lambda client=each, words=words: answers.append(
                send(client, customer, form, **{f"{PETS}0.breed": words}).status_code
            )
            for each, words in zip(clients, ("one", "other"), strict=True)
        ]
    )

    assert failures == []
    assert sorted(answers) == [302, 409]
    assert pets()[0].breed in ("one", "other")
