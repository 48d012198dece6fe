"""Bulk requests and idempotency keys: an answer for each entry, all or nothing where asked, nothing done twice."""

from __future__ import annotations

import datetime
from functools import partial
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.core.clock import frozen_at, utc_now
from app.core.database import db
from app.core.jobs import enqueue
from app.core.transaction import transaction
from app.panel.models import AnsweredRequest
from app.panel.rest_once import FORGETTING, KEPT_DAYS
from app.panel.rest_writes import MOST_ENTRIES
from app.people.models import Customer
from tests.support.databases import in_threads
from tests.support.jobs import run_jobs

CUSTOMERS = "/api/v1/people/customer"
BULK = f"{CUSTOMERS}/bulk"
KEY = {"Idempotency-Key": "5f0c1a"}


@pytest.fixture
def owner(app_on: Flask, sign_in: Any) -> FlaskClient:
    """A browser in which the owner is signed in."""
    client: FlaskClient = sign_in(app_on.test_client(), "Owner")
    return client


def customers() -> int:
    """Return how many customers there are."""
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Customer)) or 0


def adding(*names: str) -> list[dict[str, Any]]:
    """Return an entry that adds a customer for each name."""
    return [{"op": "add", "record": {"name": name}} for name in names]


def test_every_entry_gets_its_own_answer(owner: FlaskClient) -> None:
    first = owner.post(CUSTOMERS, json={"name": "王伟"}).json
    entries = [
        {"op": "add", "record": {"name": "李娜", "phone": "138 0000 0001"}},
        {"op": "change", "id": first["id"], "record": {"row_version": 1, "wechat": "ww"}},
        {"op": "change", "id": first["id"], "record": {"row_version": 1, "wechat": "late"}},
        {"op": "add", "record": {"name": ""}},
        {"op": "delete", "id": "unknown"},
        {"op": {}},
        "nonsense",
        {"op": "delete", "id": first["id"]},
    ]

    results = owner.post(BULK, json={"operations": entries}).json["results"]

    assert [result["status"] for result in results] == [201, 200, 409, 422, 404, 422, 422, 204]
    assert list(results[3]["errors"]) == ["name"]
    assert owner.get(f"{CUSTOMERS}/{results[0]['id']}").json["phone"] == "13800000001"
    kept = owner.get(f"{CUSTOMERS}/{first['id']}").json
    assert (kept["wechat"], kept["deleted_at"] is not None) == ("ww", True)


def test_all_or_nothing_saves_nothing_when_one_entry_is_refused(owner: FlaskClient) -> None:
    entries = [*adding("one", "two"), {"op": "add", "record": {"name": "three", "phone": "call me"}}]

    refused = owner.post(BULK, json={"operations": entries, "atomic": True})
    done = owner.post(BULK, json={"operations": adding("one", "two"), "atomic": True})

    assert (refused.status_code, list(refused.json["errors"])) == (422, ["operations.2.phone"])
    assert [result["status"] for result in done.json["results"]] == [201, 201]
    assert customers() == 2


def test_all_or_nothing_ends_where_the_database_objects(owner: FlaskClient) -> None:
    entries = [{"op": "add", "record": {"name": name, "code": "M1"}} for name in ("one", "two")]

    refused = owner.post(BULK, json={"operations": entries, "atomic": True})

    assert (refused.status_code, list(refused.json["errors"])) == (422, ["operations.1.code"])
    assert customers() == 0


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"operations": []},
        {"operations": {}},
        {"operations": [{}] * (MOST_ENTRIES + 1)},
        {"operations": [{"op": "add"}], "atomic": "perhaps"},
    ],
)
def test_a_bulk_request_of_another_shape_is_refused(owner: FlaskClient, body: dict[str, Any]) -> None:
    assert owner.post(BULK, json=body).status_code == 422
    assert customers() == 0


def test_an_entry_needs_the_right_to_do_it(app_on: Flask, sign_in: Any) -> None:
    with transaction():
        db.session.add(Customer(name="王伟"))
    clerk = sign_in(app_on.test_client(), "Clerk")
    row = clerk.get(CUSTOMERS).json["data"][0]

    results = clerk.post(
        BULK, json={"operations": [{"op": "delete", "id": row["id"]}, *adding("李娜")]}
    ).json["results"]

    assert [result["status"] for result in results] == [403, 201]
    assert clerk.get(f"{CUSTOMERS}/{row['id']}").json["deleted_at"] is None


def test_a_write_sent_twice_with_one_key_is_done_once(owner: FlaskClient) -> None:
    body = {"name": "王伟"}

    first, again = (owner.post(CUSTOMERS, json=body, headers=KEY) for _attempt in range(2))
    address = first.headers["Location"]
    changes = [
        owner.patch(address, json={"row_version": 1, "notes": "VIP"}, headers={"Idempotency-Key": "c"})
        for _attempt in range(2)
    ]
    deletions = [owner.delete(address, headers={"Idempotency-Key": "d"}) for _attempt in range(2)]

    assert [answer.status_code for answer in (first, again)] == [201, 201]
    assert first.json == again.json
    assert [(answer.status_code, answer.json["row_version"]) for answer in changes] == [(200, 2), (200, 2)]
    assert [answer.status_code for answer in deletions] == [204, 204]
    assert customers() == 1


def test_a_key_is_for_one_request_only(owner: FlaskClient) -> None:
    owner.post(CUSTOMERS, json={"name": "王伟"}, headers=KEY)

    other = owner.post(CUSTOMERS, json={"name": "李娜"}, headers=KEY)

    assert (other.status_code, other.json["code"]) == (422, "idempotency-key-reused")
    assert customers() == 1


def test_a_refused_write_uses_no_key_up(owner: FlaskClient) -> None:
    refused = owner.post(CUSTOMERS, json={"name": ""}, headers=KEY)
    done = owner.post(CUSTOMERS, json={"name": "王伟"}, headers=KEY)

    assert (refused.status_code, done.status_code) == (422, 201)


def test_keys_of_two_people_do_not_meet(app_on: Flask, sign_in: Any) -> None:
    people = [sign_in(app_on.test_client(), role) for role in ("Owner", "Clerk")]

    answers = [person.post(CUSTOMERS, json={"name": "王伟"}, headers=KEY) for person in people]

    assert answers[0].json["id"] != answers[1].json["id"]


@pytest.mark.parametrize("atomic", [False, True])
def test_a_bulk_request_sent_twice_is_done_once(owner: FlaskClient, atomic: bool) -> None:
    body = {"operations": adding("one", "two", "three"), "atomic": atomic}

    first, again = (owner.post(BULK, json=body, headers=KEY).json for _attempt in range(2))

    assert first == again
    assert customers() == 3


def test_a_bulk_request_that_broke_off_goes_on_where_it_stopped(owner: FlaskClient) -> None:
    body = {"operations": adding("one", "two", "three")}
    first = owner.post(BULK, json=body, headers=KEY).json["results"]
    with transaction():  # as if the process had been killed before the last entry
        last = db.session.scalars(select(AnsweredRequest).where(AnsweredRequest.position == 2)).one()
        db.session.delete(last)
        db.session.delete(db.session.scalars(select(Customer).where(Customer.name == "three")).one())

    again = owner.post(BULK, json=body, headers=KEY).json["results"]

    assert again[:2] == first[:2]
    assert again[2]["id"] != first[2]["id"]
    assert customers() == 3


def test_requests_that_race_under_one_key_add_one_record(app_on: Flask, sign_in: Any) -> None:
    clients = [sign_in(app_on.test_client(), "Owner") for _number in range(4)]
    answers: list[Any] = []

    def send(client: FlaskClient) -> None:
        answers.append(client.post(CUSTOMERS, json={"name": "王伟"}, headers=KEY))

    assert in_threads([partial(send, client) for client in clients]) == []
    assert [answer.status_code for answer in answers] == [201] * len(clients)
    assert len({answer.json["id"] for answer in answers}) == 1
    assert customers() == 1


@pytest.mark.parametrize("key", ["王", "x" * 201, "a\tb"])
def test_an_unusable_key_is_refused(owner: FlaskClient, key: str) -> None:
    answer = owner.post(
        CUSTOMERS, json={"name": "x"}, headers={"Idempotency-Key": key.encode().decode("latin-1")}
    )

    assert (answer.status_code, list(answer.json["errors"])) == (422, ["Idempotency-Key"])
    assert customers() == 0


def test_notes_of_done_requests_name_keys_and_no_values_and_go_after_a_week(
    app_on: Flask, owner: FlaskClient
) -> None:
    added = owner.post(CUSTOMERS, json={"name": "王伟", "phone": "13800000001"}, headers=KEY).json
    note = db.session.scalars(select(AnsweredRequest)).one()
    assert note.answer == {"status": 201, "id": added["id"]}

    left = []
    for days in (KEPT_DAYS - 1, KEPT_DAYS + 1):
        with frozen_at(utc_now() + datetime.timedelta(days=days)):
            enqueue(FORGETTING.name, {})
            run_jobs(app_on)
        left.append(db.session.scalar(select(func.count()).select_from(AnsweredRequest)))
        db.session.rollback()

    assert left == [1, 0]
