"""What people see: names with ages, rules beside fields, declarations that hold together."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_babel import force_locale
from sqlalchemy import select

from app.core.clock import frozen_at
from app.core.database import db
from app.core.fields import FieldProblem
from app.core.keys import encode_token
from app.panel.uniqueness import objections
from app.people.fields import BirthDate, age_text, whole_months
from app.people.models import Contact, ContactState
from app.people.screens import CONTACT, CUSTOMER, TAG
from app.pets.screens import PET, VACCINATION
from tests.factories.people import make_customer, make_tag

SCREENS = (CUSTOMER, CONTACT, TAG, PET, VACCINATION)
NOON = datetime.datetime(2025, 3, 5, 4, tzinfo=datetime.UTC)


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_every_sortable_column_has_an_index_that_ends_with_the_key(screen: object) -> None:
    table = screen.model.__table__
    indexes = [tuple(index.columns) for index in table.indexes]
    unique = [tuple(index.columns) for index in table.indexes if index.unique]

    bare = [
        name
        for name in screen.sorts
        if (table.c[screen.fields[name].column], table.c.id) not in indexes
        and (table.c[screen.fields[name].column],) not in unique
    ]

    assert bare == []


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_every_searched_column_is_the_beginning_of_an_index(screen: object) -> None:
    table = screen.model.__table__
    first = {next(iter(index.columns)).name for index in table.indexes}

    assert {search.column for search in screen.search} <= first


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: screen.name)
def test_every_screen_teaches_when_it_is_empty(screen: object) -> None:
    assert str(screen.empty)
    assert str(screen.search_hint)
    assert 1 <= len(screen.facts) <= 2


def test_a_second_customer_with_a_member_number_is_told_beside_the_field(app: Flask) -> None:
    customer = make_customer(code="M1")

    assert set(objections(CUSTOMER, None, {"code": "M1"})) == {"code"}
    assert objections(CUSTOMER, customer, {"code": "M1"}) == {}
    assert objections(CUSTOMER, None, {"code": None}) == {}


def test_a_second_tag_of_a_name_is_told_beside_the_field(app: Flask) -> None:
    tag = make_tag(name="VIP")

    assert set(objections(TAG, None, {"name": "VIP"})) == {"name"}
    assert objections(TAG, tag, {"name": "VIP"}) == {}


def test_a_birthday_is_read_with_the_age_that_follows_from_it(app: Flask) -> None:
    field = BirthDate("birth_date", "Birthday")

    with frozen_at(NOON), force_locale("en"):
        grown_up = field.display(datetime.date(1990, 3, 6))
        young = field.display(datetime.date(2024, 12, 5))

    assert grown_up.endswith("(34 years)")
    assert young.endswith("(3 months)")
    assert field.display(None) == ""


def test_a_birthday_in_the_future_is_refused(app: Flask) -> None:
    field = BirthDate("birth_date", "Birthday")

    with frozen_at(NOON), pytest.raises(FieldProblem):
        field.parse(["2025-03-06"])


@pytest.mark.parametrize(
    ("born", "day", "months"),
    [
        (datetime.date(2024, 1, 31), datetime.date(2024, 2, 29), 0),
        (datetime.date(2024, 1, 31), datetime.date(2024, 3, 1), 1),
        (datetime.date(2024, 2, 29), datetime.date(2025, 2, 28), 11),
        (datetime.date(2025, 1, 1), datetime.date(2024, 12, 31), -1),
    ],
)
def test_a_month_of_life_counts_when_it_is_complete(
    born: datetime.date, day: datetime.date, months: int
) -> None:
    assert whole_months(born, day) == months


def test_nobody_has_an_age_before_birth(app: Flask) -> None:
    assert age_text(datetime.date(2025, 1, 2), datetime.date(2025, 1, 1)) == ""


def test_a_contact_without_an_owner_is_taken_care_of_by_whoever_records_it(
    client: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    customer = make_customer()
    sign_in(client, "Clerk")

    answer = client.post(
        "/people/contact/add",
        data={
            "customer": encode_token((customer.id,)),
            "kind": "inquiry",
            "channel": "chat",
            "subject": "Price of a wash",
        },
    )

    assert answer.status_code == 302
    db.session.rollback()
    contact = db.session.scalars(select(Contact)).one()
    assert contact.owner is not None
    assert contact.owner.username == "clerk"
    assert contact.state is ContactState.OPEN


def test_a_pet_is_added_from_its_owners_page_with_the_owner_filled_in(
    client: FlaskClient, sign_in: Callable[..., FlaskClient]
) -> None:
    token = encode_token((make_customer(name="王芳").id,))
    sign_in(client, "Clerk")

    form = client.get(f"/pets/pet/add?owner={token}").text
    saved = client.post("/pets/pet/add", data={"owner": token, "name": "豆豆", "species": "dog"})
    page = client.get(f"/people/customer/{token}").text

    assert token in form
    assert "王芳" in form
    assert saved.status_code == 302
    assert "豆豆" in page
