"""What people see: names with ages, rules beside fields, declarations that hold together."""

from __future__ import annotations

import datetime

import pytest
from flask import Flask
from flask_babel import force_locale

from app.core.clock import frozen_at
from app.core.fields import FieldProblem
from app.people.fields import BirthDate, age_text, whole_months
from app.people.screens import CONTACT, CUSTOMER, TAG, customer_rules, tag_rules
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

    assert set(customer_rules(None, {"code": "M1"})) == {"code"}
    assert customer_rules(customer, {"code": "M1"}) == {}
    assert customer_rules(None, {"code": None}) == {}


def test_a_second_tag_of_a_name_is_told_beside_the_field(app: Flask) -> None:
    tag = make_tag(name="VIP")

    assert set(tag_rules(None, {"name": "VIP"})) == {"name"}
    assert tag_rules(tag, {"name": "VIP"}) == {}


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
