"""What is out of reach can't be written to, linked to, taken back or counted; nor can a record be put there."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.core.database import db
from app.core.keys import encode_token, uuid7
from app.journal.models import JournalEntry
from app.people.models import Contact, Customer, Source
from tests.factories.people import make_contact, make_customer
from tests.panel.limits.conftest import CUSTOMER, confine, make_branch, rows

REFERRED = '{"all":[["source","any","referral"]]}'


@pytest.fixture
def shop(app_on: Flask, sign_in: Any) -> dict[str, Any]:
    """Two branches with a contact-bearing customer each; the clerk sees referred customers of the first only."""
    own, other = make_branch("North"), make_branch("South")
    seen = make_customer(name="Seen", phone="13800000001", source=Source.REFERRAL, branch_id=own)
    unseen = make_customer(name="Unseen", phone="13800000002", source=Source.WALK_IN, branch_id=other)
    contact = make_contact(customer_id=unseen.id, subject="secret matter")
    found = {
        "own": encode_token([own]),
        "other": encode_token([other]),
        "seen": encode_token([seen.id]),
        "unseen": encode_token([unseen.id]),
        "contact": encode_token([contact.id]),
        "none": encode_token([uuid7()]),
    }
    client = sign_in(app_on.test_client(), "Clerk")
    rows("Clerk", CUSTOMER, REFERRED)
    confine("clerk", own)
    return {**found, "client": client}


def said(answer: Any, token: str) -> tuple[int, str]:
    """Return status and words of an answer, without the token that was asked for and what differs by chance."""

    text = answer.get_data(as_text=True).replace(token, "TOKEN")
    return answer.status_code, re.sub(r'"I[\w.-]{30,}"|nonce="[^"]*"|[0-9a-f]{8,}|~[\w-]+', "", text)


@pytest.mark.parametrize(
    ("method", "page"),
    [
        ("GET", ""),
        ("GET", "/edit"),
        ("POST", "/edit"),
        ("POST", "/delete"),
        ("GET", "/print"),
        ("GET", "/preview"),
        ("GET", "/history"),
        ("GET", "/duplicate"),
        ("GET", "/cell/name"),
        ("PATCH", "/cell/name"),
    ],
)
def test_an_unreachable_key_answers_as_one_that_does_not_exist(
    shop: dict[str, Any], method: str, page: str
) -> None:
    client: FlaskClient = shop["client"]

    unseen, none = (
        said(
            client.open(f"/people/customer/{shop[which]}{page}", method=method, data={"name": "x"}),
            shop[which],
        )
        for which in ("unseen", "none")
    )

    assert unseen == none
    assert unseen[0] in (403, 404)


def test_the_api_does_not_tell_them_apart_either(shop: dict[str, Any]) -> None:
    client, body = shop["client"], {"row_version": 1, "name": "x"}
    for which in ("unseen", "none"):
        address = f"/api/v1/people/customer/{shop[which]}"
        answers = [client.get(address), client.patch(address, json=body), client.delete(address)]
        assert {answer.status_code for answer in answers} <= {403, 404}
    assert db.session.scalar(select(Customer.name).where(Customer.phone == "13800000002")) == "Unseen"


def test_nothing_is_linked_to_what_is_out_of_reach(shop: dict[str, Any]) -> None:
    document = {"kind": "inquiry", "channel": "phone", "subject": "x"}
    answers = [
        shop["client"].post("/api/v1/people/contact", json={**document, "customer": {"id": shop[which]}})
        for which in ("unseen", "none")
    ]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert answers[0].json["errors"] == answers[1].json["errors"]


def test_a_record_is_not_put_where_whoever_saves_it_would_not_see_it(shop: dict[str, Any]) -> None:
    client = shop["client"]
    elsewhere = client.post("/api/v1/people/customer", json={"name": "A", "branch": {"id": shop["other"]}})
    outside = client.post("/api/v1/people/customer", json={"name": "B", "source": "walk_in"})
    inside = client.post(
        "/api/v1/people/customer", json={"name": "C", "source": "referral", "branch": {"id": shop["own"]}}
    )

    assert (elsewhere.status_code, list(elsewhere.json["errors"])) == (422, ["branch"])
    assert outside.status_code == 422
    assert inside.status_code == 201, inside.json
    db.session.rollback()
    assert set(db.session.scalars(select(Customer.name))) == {"Seen", "Unseen", "C"}


def test_a_change_that_would_take_it_out_of_reach_is_refused(shop: dict[str, Any]) -> None:
    address = f"/api/v1/people/customer/{shop['seen']}"
    version = shop["client"].get(address).json["row_version"]

    answer = shop["client"].patch(address, json={"row_version": version, "source": "walk_in"})

    assert answer.status_code == 422
    db.session.rollback()
    source = db.session.scalar(select(Customer.source).where(Customer.name == "Seen"))
    assert source is Source.REFERRAL


def test_what_goes_with_an_unreachable_record_is_unreachable(shop: dict[str, Any]) -> None:
    client = shop["client"]

    assert client.get(f"/people/contact/{shop['contact']}").status_code == 404
    assert client.post(f"/people/contact/{shop['contact']}/do/finish").status_code == 404
    assert "secret matter" not in client.get("/people/contact/").get_data(as_text=True)
    db.session.rollback()
    assert db.session.scalar(select(Contact.subject)) == "secret matter"


def test_a_bulk_edit_leaves_alone_what_is_out_of_reach(
    app_on: Flask, sign_in: Any, shop: dict[str, Any]
) -> None:
    entries = [
        {"op": "change", "id": shop[which], "record": {"row_version": 1, "code": "X"}}
        for which in ("unseen",)
    ]

    answer = shop["client"].post("/api/v1/people/customer/bulk", json={"entries": entries})

    assert answer.status_code < 500
    db.session.rollback()
    assert db.session.scalars(select(Customer.code)).all() == [None, None]


def test_a_refused_reach_stands_in_the_journal(shop: dict[str, Any]) -> None:
    shop["client"].get(f"/people/customer/{shop['unseen']}")

    db.session.rollback()
    told = select(JournalEntry.record).where(JournalEntry.kind == "panel:out_of_reach")
    assert db.session.scalars(told).all() == [shop["unseen"]]


def test_a_change_of_an_unreachable_record_is_not_taken_back(
    app_on: Flask, sign_in: Any, shop: dict[str, Any]
) -> None:
    manager = sign_in(app_on.test_client(), "Manager")
    address = f"/api/v1/people/customer/{shop['unseen']}"
    version = manager.get(address).json["row_version"]
    manager.patch(address, json={"row_version": version, "name": "Renamed"})
    rows("Manager", CUSTOMER, REFERRED)
    db.session.rollback()
    newest = (
        select(JournalEntry.id).where(JournalEntry.record == shop["unseen"]).order_by(JournalEntry.id.desc())
    )
    entry = db.session.scalars(newest.limit(1)).one()

    answer = manager.post(f"/journal/entry/{encode_token([entry])}/undo")

    assert answer.status_code == 404
    db.session.rollback()
    assert db.session.scalar(select(Customer.name).where(Customer.phone == "13800000002")) == "Renamed"


def test_counts_are_those_within_reach(shop: dict[str, Any]) -> None:
    count = shop["client"].get("/people/customer/count?f.branch=").json
    page = shop["client"].get("/").get_data(as_text=True)

    assert json.loads(json.dumps(count))["count"] == 1
    assert "Unseen" not in page
