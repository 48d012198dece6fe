"""Numbers tell too: home cards by a field that somebody does not see, and what a batch did out of reach."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

import app as product
from app.core.capability import discover
from app.core.database import db
from app.core.declaration import Card, SmallTable
from app.core.keys import encode_token, uuid7
from app.core.limits import Sight
from app.core.occasion import on_occasion
from app.core.shop import today
from app.core.transaction import transaction
from app.journal.models import JournalEntry
from app.people.models import Customer, Source
from tests.factories.people import make_contact, make_customer
from tests.panel.limits.attack import SCREENS
from tests.panel.limits.conftest import CONTACT, CUSTOMER, rows, sight

REFERRED = '{"all":[["source","any","referral"]]}'
BLOCKS: dict[str, Card | SmallTable] = {
    f"{each.name}:{block.name}": block
    for each in discover(product)
    for block in (*each.cards, *each.home_tables)
}


# --- Cards -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(BLOCKS))
def test_a_block_says_of_every_field_that_it_counts_by(
    app: Flask, acting: Callable[..., Any], statements: Callable[..., Any], name: str
) -> None:
    make_contact(customer_id=make_customer().id)
    with acting("Owner"), app.test_request_context(), statements(db.engine) as seen:
        BLOCKS[name].load()

    named = {
        f"{screen.name}.{entry.name}"
        for screen in SCREENS.values()
        for entry in screen.fields.values()
        for text in seen
        if re.search(rf"\b{screen.model.__table__.name}\.{entry.column}\b", text.partition("WHERE ")[2])
    }
    assert named <= {*BLOCKS[name].speaks_of, *NAMES}


# What a colleague is called is shown by way of his screen, which masks or hides it.
NAMES = {"access:person.full_name"}


def test_every_field_that_a_block_speaks_of_exists() -> None:
    spoken = [path.rpartition(".") for block in BLOCKS.values() for path in block.speaks_of]

    assert spoken
    assert all(field in SCREENS[screen].fields for screen, _dot, field in spoken)


LEFT_OUT = [
    (CONTACT, "due_on", "Contacts to settle today"),
    (CONTACT, "owner", "Who has how much to do"),
    (CONTACT, "due_on", "Everybody&#39;s contacts to settle next"),
    (CONTACT, "state", "My contacts to settle today"),
    (CUSTOMER, "created_at", "New this month"),
    ("pets:vaccination", "due_on", "Vaccinations due within 30 days"),
]


@pytest.mark.parametrize("closed", [Sight.HIDDEN, Sight.MASKED])
@pytest.mark.parametrize("of", LEFT_OUT, ids=[label for _screen, _field, label in LEFT_OUT])
def test_what_counts_by_a_field_is_left_out_for_who_does_not_see_it(
    app: Flask, sign_in: Any, of: tuple[str, str, str], closed: Sight
) -> None:
    screen, field, label = of
    make_contact(customer_id=make_customer().id, due_on=today())
    client: FlaskClient = sign_in(app.test_client(), "Manager")
    before = client.get("/").get_data(as_text=True)
    sight("Manager", screen, **{field: closed})

    after = client.get("/").get_data(as_text=True)
    offered = client.get("/home/arrange").get_data(as_text=True)

    assert (label in before, label in after, label in offered) == (True, False, False)
    assert "/people/customer/" in after


# --- Batches -----------------------------------------------------------------------------------------


@pytest.fixture
def batch(app_on: Flask) -> tuple[str, ...]:
    """A batch of three new customers of whom one is referred, and one that touches nobody who is."""
    keys = []
    for sources in ((Source.REFERRAL, Source.WALK_IN, Source.WALK_IN), (Source.WALK_IN,)):
        keys.append(uuid7())
        with on_occasion(batch_id=keys[-1], reason="A list"), transaction():
            db.session.add_all(
                Customer(name=f"{source.value}{number}", source=source)
                for number, source in enumerate(sources)
            )
    db.session.rollback()
    return tuple(f"/journal/batch/{encode_token([key])}" for key in keys)


def test_a_batch_tells_of_what_is_within_reach_alone(
    app_on: Flask, sign_in: Any, batch: tuple[str, str]
) -> None:
    client: FlaskClient = sign_in(app_on.test_client(), "Manager")
    before = client.get(batch[0]).get_data(as_text=True)
    rows("Manager", CUSTOMER, REFERRED)

    after = client.get(batch[0])

    page = after.get_data(as_text=True)
    assert "Customers: 3 ×" in before
    assert "Customers: 1 ×" in page
    assert "referral0" in page
    assert not re.search(r"walk_in|may not see|\b[23] ×", page)
    assert client.get(batch[1]).status_code == 404


def test_a_batch_that_reaches_further_is_taken_back_by_nobody_who_is_confined(
    app_on: Flask, sign_in: Any, batch: tuple[str, str]
) -> None:
    client: FlaskClient = sign_in(app_on.test_client(), "Owner")
    free = client.get(batch[0]).get_data(as_text=True)
    manager: FlaskClient = sign_in(app_on.test_client(), "Manager")
    rows("Manager", CUSTOMER, REFERRED)

    page = manager.get(batch[0]).get_data(as_text=True)
    answer = manager.post(f"{batch[0]}/undo")

    assert (f"{batch[0]}/undo" in free, f"{batch[0]}/undo" in page) == (True, False)
    assert answer.status_code == 403
    db.session.rollback()
    assert len(db.session.scalars(select(Customer.id)).all()) == 4


def test_a_batch_within_reach_is_taken_back_by_who_is_confined(app_on: Flask, sign_in: Any) -> None:
    client: FlaskClient = sign_in(app_on.test_client(), "Manager")
    rows("Manager", CUSTOMER, REFERRED)
    key = uuid7()
    with on_occasion(batch_id=key, reason="A list"), transaction():
        db.session.add(Customer(name="own", source=Source.REFERRAL))
    address = f"/journal/batch/{encode_token([key])}"

    assert f"{address}/undo" in client.get(address).get_data(as_text=True)
    assert client.post(f"{address}/undo").status_code == 200
    db.session.rollback()
    in_use = select(Customer.id).where(Customer.deleted_at.is_(None))
    assert db.session.scalars(in_use).all() == []


def test_a_page_of_a_batch_is_full_of_what_is_within_reach(
    app_on: Flask, sign_in: Any, batch: tuple[str, str]
) -> None:
    key = uuid7()
    with on_occasion(batch_id=key, reason="A list"), transaction():
        for number in range(60):
            db.session.add(
                Customer(name=f"c{number}", source=Source.REFERRAL if number % 3 == 0 else Source.WALK_IN)
            )
            db.session.flush()
    client: FlaskClient = sign_in(app_on.test_client(), "Manager")
    rows("Manager", CUSTOMER, REFERRED)
    address = f"/journal/batch/{encode_token([key])}"

    page = client.get(address).get_data(as_text=True)

    assert len(set(re.findall(r">c\d+<", page))) == 20
    assert f"{address}?before=" not in page
    assert db.session.scalar(select(JournalEntry.id).where(JournalEntry.batch_id == key).limit(1))
