"""A masked value is worked with without being read: found whole, kept untouched, replaced when typed over."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.database import db
from app.core.keys import encode_token
from app.core.limits import Sight
from app.people.models import Customer
from tests.factories.people import make_contact, make_customer
from tests.panel.limits.conftest import CUSTOMER, sight

PHONE = "13812345678"


@pytest.fixture
def customer(app_on: Flask) -> str:
    """The token of a customer with a phone and an address."""
    made = make_customer(name="王小明", phone=PHONE, address="Nanjing Road 1", email="wang@example.cn")
    return encode_token([made.id])


@pytest.fixture
def clerk(app_on: Flask, sign_in: Any) -> FlaskClient:
    """A clerk's browser."""
    return sign_in(app_on.test_client(), "Clerk")


def stored(token: str) -> Customer:
    """Return the customer as it is now."""
    db.session.rollback()
    db.session.expire_all()
    found = db.session.query(Customer).one()
    assert encode_token([found.id]) == token
    return found


def inputs(page: str) -> dict[str, str]:
    """Return the hidden inputs of a form."""
    return dict(re.findall(r'<input type="hidden" name="(row_version|base)" value="([^"]*)"', page))


def test_a_clerk_finds_a_customer_by_the_whole_phone_and_by_no_part_of_it(
    clerk: FlaskClient, customer: str
) -> None:
    def found(text: str) -> list[str]:
        return [item["token"] for item in clerk.get(f"/people/customer/pick?q={text}").json["items"]]

    assert found(PHONE) == [customer]
    assert found("138 1234 5678") == [customer]
    assert found("5678") == [customer], "the mask shows the last four digits"
    assert [found(part) for part in ("138", "1381", "138123456", "1234567")] == [[], [], [], []]


def test_a_masked_phone_and_name_read_as_people_know_them(clerk: FlaskClient, customer: str) -> None:
    sight("Clerk", CUSTOMER, name=Sight.MASKED)

    page = clerk.get(f"/people/customer/{customer}").get_data(as_text=True)

    assert "138****5678" in page and "王**" in page and "w***@example.cn" in page
    assert PHONE not in page and "王小明" not in page and "1234 5678" not in page


def test_what_is_left_empty_keeps_the_value_and_what_is_typed_replaces_it(
    clerk: FlaskClient, customer: str
) -> None:
    address = f"/people/customer/{customer}/edit"
    form = clerk.get(address).get_data(as_text=True)
    base = inputs(form.replace("&#34;", '"'))
    assert "138****5678" in form and PHONE not in form

    answer = clerk.post(
        address,
        data={
            "row_version": base["row_version"],
            "name": "王大明",
            "phone": "",
            "address": "",
            "email": "new@example.cn",
        },
    )

    now = stored(customer)
    assert answer.status_code == 302
    assert (now.name, now.phone, now.address, now.email) == (
        "王大明",
        PHONE,
        "Nanjing Road 1",
        "new@example.cn",
    )


def test_the_api_gives_null_with_masks_beside_and_null_given_back_keeps_the_value(
    clerk: FlaskClient, customer: str
) -> None:
    address = f"/api/v1/people/customer/{customer}"
    document = clerk.get(address).json
    assert document["phone"] is None and document["masked"]["phone"] == "138****5678"

    answer = clerk.patch(
        address, json={"row_version": document["row_version"], "phone": None, "address": None, "code": "K1"}
    )

    assert answer.status_code == 200, answer.json
    assert (stored(customer).phone, stored(customer).code) == (PHONE, "K1")


def test_a_copy_begins_without_what_whoever_makes_it_can_t_read(clerk: FlaskClient, customer: str) -> None:
    page = clerk.get(f"/people/customer/{customer}/duplicate").get_data(as_text=True)

    assert "王小明" in page
    assert "Nanjing" not in page and PHONE not in page


def test_a_cell_of_a_list_starts_empty_and_saves_what_is_typed(clerk: FlaskClient, customer: str) -> None:
    address = f"/people/customer/{customer}/cell/phone"
    form = clerk.get(address).get_data(as_text=True)
    base = re.search(r'name="cell.base" value="([^"]*)"', form) or re.search(r'data-base="([^"]*)"', form)
    assert PHONE not in form and "138****5678" in form and base is not None

    answer = clerk.patch(address, data={"phone": "13900001111", "cell.base": base[1]})

    assert answer.status_code == 200, answer.json
    assert answer.json["text"] == "139****1111"
    assert stored(customer).phone == "13900001111"


def test_a_masked_field_is_no_part_of_bulk_edits_or_of_the_filter_builder(
    clerk: FlaskClient, customer: str
) -> None:
    bulk = clerk.post("/people/customer/bulk", data={"what": "edit", "chosen": customer}).get_data(
        as_text=True
    )
    builder = clerk.get("/people/customer/filter").get_data(as_text=True)

    assert 'value="source"' in builder and 'value="phone"' not in builder
    assert 'name="op.phone"' not in bulk


def test_a_hidden_title_gives_way_to_a_code_everywhere_it_is_linked(
    app_on: Flask, sign_in: Any, customer: str
) -> None:
    groomer = sign_in(app_on.test_client(), "Groomer")
    made = make_contact(customer_id=stored(customer).id, subject="Comb")
    sight("Groomer", CUSTOMER, name=Sight.HIDDEN)

    pages = [
        groomer.get(address).get_data(as_text=True)
        for address in (
            f"/people/customer/{customer}",
            f"/people/contact/{encode_token([made.id])}",
            "/people/contact/",
        )
    ]

    assert not any("王小明" in page for page in pages)
    assert all(re.search(r"Customer [0-9a-f]{6}", page) for page in pages)
