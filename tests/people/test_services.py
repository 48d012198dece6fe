"""The verbs of people and the numbers on the home page."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale

from app.access.emptying import empty_tables
from app.core.clock import frozen_at
from app.core.database import db
from app.core.errors import Conflict, Forbidden, NotFound, TransitionRefused
from app.core.kernel import kernel
from app.core.keys import uuid7
from app.core.transaction import transaction
from app.people import cards
from app.people.models import Contact, ContactState, Customer
from app.people.services import (
    CONTACT_STEP,
    capped_count,
    customers_in_use,
    take_contact_step,
)
from tests.factories.people import make_contact, make_customer, make_tag
from tests.factories.pets import make_vaccination

NOON = datetime.datetime(2025, 3, 5, 4, tzinfo=datetime.UTC)


@pytest.fixture
def may_step(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the test hold the permission to move contacts on."""
    monkeypatch.setattr(kernel(), "granted_names", lambda: frozenset({CONTACT_STEP}))


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        (["start"], ContactState.IN_PROGRESS),
        (["start", "finish"], ContactState.DONE),
        (["drop"], ContactState.DROPPED),
        (["finish", "reopen"], ContactState.OPEN),
    ],
)
def test_a_contact_moves_along_its_steps(may_step: None, steps: list[str], state: ContactState) -> None:
    contact = make_contact()
    key = contact.id

    for step in steps:
        take_contact_step(key, step)

    assert db.session.get_one(Contact, key).state is state


def test_a_step_that_the_state_does_not_allow_is_refused(may_step: None) -> None:
    key = make_contact(state=ContactState.DONE).id

    with pytest.raises(TransitionRefused):
        take_contact_step(key, "start")

    assert db.session.get_one(Contact, key).state is ContactState.DONE


def test_a_step_from_a_stale_page_is_refused(may_step: None) -> None:
    key = make_contact().id
    take_contact_step(key, "start", row_version=1)

    with pytest.raises(Conflict):
        take_contact_step(key, "finish", row_version=1)


def test_a_step_of_a_contact_that_is_not_there_is_not_found(may_step: None) -> None:
    with pytest.raises(NotFound):
        take_contact_step(uuid7(), "start")


def test_without_the_permission_nobody_moves_a_contact(app: Flask) -> None:
    key = make_contact().id

    with pytest.raises(Forbidden):
        take_contact_step(key, "start")


def test_a_count_stops_at_its_cap(app_on: Flask) -> None:
    for number in range(4):
        make_customer(name=f"Customer {number}")

    assert capped_count(customers_in_use(), cap=3) == (3, True)
    assert capped_count(customers_in_use(), cap=4) == (4, False)


def test_the_cards_count_what_their_lists_show(app: Flask) -> None:
    today = datetime.date(2025, 3, 5)
    with frozen_at(NOON), force_locale("en"):
        make_customer(created_at=datetime.datetime(2025, 2, 27, tzinfo=datetime.UTC))
        # Midnight of 1 March in Shanghai: the first moment of the shop's month.
        customer = make_customer(created_at=datetime.datetime(2025, 2, 28, 16, tzinfo=datetime.UTC))
        make_customer(deleted_at=NOON)
        for due, state in (
            (today, ContactState.OPEN),
            (today - datetime.timedelta(days=1), ContactState.IN_PROGRESS),
            (today - datetime.timedelta(days=1), ContactState.DONE),
            (today + datetime.timedelta(days=1), ContactState.OPEN),
        ):
            make_contact(customer_id=customer.id, due_on=due, state=state)

        everyone, new, due_now = cards.all_customers(), cards.new_customers(), cards.all_due_contacts()

    assert (everyone.text, new.text, due_now.text) == ("2", "1", "2")
    assert (due_now.note, due_now.tone) == ("1 of them overdue", "bad")
    assert "f.due_on.to=2025-03-05" in due_now.address
    assert "f.created_at.from=2025-03-01" in new.address


def test_clearing_the_sample_removes_customers_and_all_that_points_to_them(app_on: Flask) -> None:
    make_vaccination()
    make_contact()
    make_tag()

    with transaction():
        empty_tables()

    left: list[Any] = [db.session.query(table).limit(1).all() for table in (Customer, Contact)]
    assert left == [[], []]
