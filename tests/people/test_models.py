"""Customers, tags and contacts keep what they promise on every database."""

from __future__ import annotations

import datetime

import pytest
from flask import Flask
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError

from app.core.database import db
from app.core.money import Money
from app.core.transaction import transaction
from app.people.models import Contact, ContactState, Customer, customer_tag
from app.people.names import last_four, last_four_typed, name_typed, phone_typed, search_key
from tests.factories.people import make_contact, make_customer, make_tag


def test_a_customer_is_found_by_width_free_name_and_last_four_digits(app_on: Flask) -> None:
    made = make_customer(name="ＡＬＩＣＥ  Wang", phone="15400001234")

    found = db.session.scalar(
        select(Customer.id).where(Customer.name_key == "alice wang", Customer.phone_last4 == "1234")
    )

    assert found == made.id


def test_a_renamed_customer_is_found_by_the_new_name_only(app: Flask) -> None:
    made = make_customer(name="王芳", phone="15400001234")

    with transaction():
        customer = db.session.get_one(Customer, made.id)
        customer.name, customer.phone = "李梅", None

    assert (customer.name_key, customer.phone_last4) == ("李梅", None)


def test_two_customers_can_not_share_a_member_number_but_both_may_have_none(app_on: Flask) -> None:
    make_customer(code=None)
    make_customer(code=None)
    make_customer(code="M1")

    with pytest.raises(IntegrityError):
        make_customer(code="M1")


def test_a_tag_is_on_a_customer_once_and_goes_with_either(app_on: Flask) -> None:
    tag, customer = make_tag(), make_customer()
    link = {"customer_id": customer.id, "tag_id": tag.id}
    with transaction():
        db.session.execute(
            insert(customer_tag).execution_options(unjournalled="a test arranges its shop"), [link]
        )

    with pytest.raises(IntegrityError), transaction():
        db.session.execute(
            insert(customer_tag).execution_options(unjournalled="a test arranges its shop"), [link]
        )
    with transaction():
        db.session.execute(
            text("DELETE FROM people_tag").execution_options(unjournalled="a test of the cascade")
        )

    assert db.session.scalar(select(customer_tag.c.tag_id).limit(1)) is None


def test_a_contact_without_an_amount_has_none(app_on: Flask) -> None:
    made = make_contact()

    db.session.expire_all()

    assert db.session.get_one(Contact, made.id).amount is None


def test_a_contacts_amount_comes_back_and_can_be_taken_away(app_on: Flask) -> None:
    made = make_contact(amount=Money(12_000, "CNY"))
    key = made.id
    db.session.expire_all()
    kept = db.session.get_one(Contact, key).amount

    with transaction():
        db.session.get_one(Contact, key).amount = None
    db.session.expire_all()

    assert kept == Money(12_000, "CNY")
    assert db.session.get_one(Contact, key).amount is None


def test_an_amount_without_a_currency_is_refused_by_the_database(app_on: Flask) -> None:
    made = make_contact()

    # MariaDB reports a broken CHECK as an operational error.
    refused = (IntegrityError, OperationalError)
    with transaction(), pytest.raises(refused, match="ck_people_contact_amount_whole"):
        db.session.execute(
            update(Contact)
            .where(Contact.id == made.id)
            .values(amount_minor=5)
            .execution_options(unjournalled="a test arranges its shop")
        )


@pytest.mark.parametrize(
    ("due", "state", "overdue"),
    [
        (datetime.date(2025, 3, 4), ContactState.OPEN, True),
        (datetime.date(2025, 3, 4), ContactState.IN_PROGRESS, True),
        (datetime.date(2025, 3, 4), ContactState.DONE, False),
        (datetime.date(2025, 3, 5), ContactState.OPEN, False),
        (None, ContactState.OPEN, False),
    ],
)
def test_only_an_unsettled_contact_past_its_day_is_overdue(
    due: datetime.date | None, state: ContactState, overdue: bool
) -> None:
    contact = Contact(due_on=due, state=state)

    assert contact.is_overdue(datetime.date(2025, 3, 5)) is overdue


def test_every_foreign_key_is_the_beginning_of_an_index(app: Flask) -> None:
    tables = [table for name, table in db.metadata.tables.items() if name.startswith(("people_", "pets_"))]

    bare = [
        f"{table.name}.{column.name}"
        for table in tables
        for column in table.columns
        if column.foreign_keys
        and not column.primary_key
        and not any(next(iter(index.columns)) is column for index in table.indexes)
    ]

    assert tables
    assert bare == []


@pytest.mark.parametrize(
    ("typed", "looked_for"),
    [
        ("+49 (151) 123.45", "+4915112345"),
        ("0049 151", "+49151"),
        ("+44 (0)20 79", "+442079"),
        ("+44 (0", None),
        ("020/8888-7777", "02088887777"),
        ("+86 20 8888 7777", "02088887777"),
        ("8613812345678", "13812345678"),
        ("+86 138 1234 567", "1381234567"),
        ("（１３８）", "138"),
        ("138x", None),
    ],
)
def test_a_number_is_looked_for_in_the_form_in_which_it_is_kept(typed: str, looked_for: str | None) -> None:
    assert phone_typed(typed) == looked_for


def test_what_is_typed_into_a_search_becomes_what_the_columns_keep() -> None:
    assert search_key("  Ａnna　Maria ") == "anna maria"
    assert len(search_key("ﷺ" * 100)) == 200
    assert name_typed("   ") is None
    assert [phone_typed(text) for text in ("+86 154-0000", "１５４", "ab", "12")] == [
        "1540000",
        "154",
        None,
        None,
    ]
    assert [last_four_typed(text) for text in ("1234", "１２３４", "123", "12a4")] == [
        "1234",
        "1234",
        None,
        None,
    ]
    assert [last_four(phone) for phone in ("+49 30 1234", "123", None)] == ["1234", None, None]
