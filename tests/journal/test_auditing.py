"""What is no change of a record is written in the same chain, and the auditor finds everything on one page."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.access.signing import attempts
from app.access.signing.tries import Limit
from app.core.database import db
from app.core.errors import ProgrammingError
from app.core.keys import encode_token
from app.core.transaction import transaction
from app.journal.happenings import kinds, record
from app.journal.models import JournalEntry, Verb
from app.journal.reading import history
from app.journal.values import load
from app.journal.verifying import verify
from tests.factories.people import make_customer
from tests.support.whole_house import FreshClient

PAGE = "/journal/"


def happenings(kind: str) -> list[JournalEntry]:
    """Return what happened of a kind, oldest first."""
    db.session.rollback()
    query = select(JournalEntry).where(JournalEntry.kind == kind).order_by(JournalEntry.id)
    return list(db.session.scalars(query))


@pytest.fixture
def owner(app: Flask, sign_in: Any) -> FlaskClient:
    """The signed-in owner."""
    client: FlaskClient = sign_in(FreshClient(app))
    return client


def test_a_happening_is_written_with_its_transaction_and_sealed_for_its_person(app_on: Flask) -> None:
    made = make_customer(name="王芳")
    token = encode_token([made.id])

    with transaction():
        record("panel:export", "people_customer", token, {"file": "一张"}, reason="asked for", actor_id=7)

    (entry,) = happenings("panel:export")
    assert (entry.verb, entry.actor_id, entry.reason) == (Verb.HAPPENED, 7, "asked for")
    assert load(entry.after) == {"file": "一张"}
    assert entry.key is not None
    assert entry.key.record == token
    assert [each.verb for each in history("people_customer", token).entries] == [Verb.ADDED]
    with db.engine.connect() as connection:
        assert verify(connection).is_whole


def test_a_happening_goes_with_what_was_undone(app_on: Flask) -> None:
    with pytest.raises(RuntimeError), transaction():
        record("panel:print")
        raise RuntimeError

    assert happenings("panel:print") == []


def test_a_happening_outside_a_transaction_or_of_no_declared_kind_is_refused(app: Flask) -> None:
    with pytest.raises(ProgrammingError, match="within a transaction"):
        record("panel:print")
    with pytest.raises(ProgrammingError, match="declares"), transaction():
        record("panel:nothing")
    with pytest.raises(ProgrammingError, match="no facts"), transaction():
        record("panel:print", facts={"phone": "13812345678"})


def test_exports_and_prints_are_told_with_address_and_session(app: Flask, owner: FlaskClient) -> None:
    made = make_customer(name="王芳")
    token = encode_token([made.id])

    assert owner.get("/people/customer/export.csv?f.source=referral&q=王芳").status_code == 200
    assert owner.get(f"/people/customer/{token}/print").status_code == 200

    (export,), (printed,) = happenings("panel:export"), happenings("panel:print")
    facts = load(export.after) or {}
    assert facts["filters"] == {"json": ["f.source"]}
    assert "referral" not in str(facts)
    assert "王芳" not in str(facts)
    assert re.fullmatch("[0-9a-f]{16}", export.session_id)
    assert export.address == "127.0.0.1"
    assert printed.record == token
    assert printed.actor_id is not None


def test_the_auditor_finds_who_did_what_and_is_written_down(app: Flask, owner: FlaskClient) -> None:
    made = make_customer(name="王芳")
    token = encode_token([made.id])
    owner.get(f"/people/customer/{token}/print")

    page = owner.get(f"{PAGE}?record={token}").text

    assert "王芳" in page
    assert page.count("<li") >= 2
    assert "王芳" in owner.get(f"{PAGE}?subject=people_customer&what=added").text
    assert "王芳" not in owner.get(f"{PAGE}?record={token}&what=deleted").text
    assert "王芳" not in owner.get(f"{PAGE}?record={token}&until=2001-01-01").text
    (first, *_more) = happenings("journal:read")
    assert load(first.after) == {"by": {"json": ["record"]}}


@pytest.mark.parametrize(
    "asked", ["since=x", "who=x", "batch=!!", "branch=AAAA", "since=0001-01-01", "who=99999999999999999999"]
)
def test_what_is_not_understood_is_said_and_kept(app: Flask, owner: FlaskClient, asked: str) -> None:
    answer = owner.get(f"{PAGE}?{asked}")

    assert answer.status_code == 200
    assert 'role="alert"' in answer.text


def test_the_journal_is_paged(app: Flask, owner: FlaskClient, statements: Any) -> None:
    for number in range(60):
        make_customer(name=f"n{number}")

    address, found = f"{PAGE}?subject=people_customer", []
    while address:
        with statements() as seen:
            text = owner.get(address, headers={"X-Requested-With": "fetch"}).text
        assert len(seen) <= 20, seen
        found += re.findall(r"\bn\d+\b", text)
        match = re.search(r'href="(/journal/[^"]*before=[^"]*)"', text)
        address = match[1].replace("&amp;", "&") if match else ""

    assert {f"n{number}" for number in range(60)} <= set(found)


@pytest.mark.parametrize("role", ["Clerk", "Groomer"])
def test_nobody_reads_the_journal_without_the_right(app: Flask, sign_in: Any, role: str) -> None:
    client = sign_in(FreshClient(app), role)

    assert client.get(PAGE).status_code == 403
    assert happenings("journal:read") == []


def test_a_stranger_is_asked_to_sign_in(client: FlaskClient) -> None:
    assert client.get(PAGE).status_code == 302


def test_what_is_told_is_read_in_words(app: Flask, owner: FlaskClient) -> None:
    with transaction():
        record("access:locked", facts={"limit": "code-pair", "seconds": "60"})
        record("access:sign_in", facts={"how": "pwd browser"})
    owner.get("/people/customer/export.csv?f.source=referral&q=王")

    page = re.sub(r"<[^>]+>|\s+", " ", owner.get("/journal/").text)

    assert re.search(r"Which limit\W+codes of a person from one address\W+Seconds to wait\W+60", page)
    assert re.search(r"How\W+password \+ remembered counter", page)
    assert re.search(r"Searched for a text\W+Yes", page)
    assert not re.search(r"code-pair|pwd|\bTrue\b", page)


def test_every_limit_has_a_name_in_words(app: Flask) -> None:
    limits = {each.name for each in vars(attempts).values() if isinstance(each, Limit)}

    assert limits <= set(kinds()["access:locked"].words)
