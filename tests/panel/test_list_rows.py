"""A list's rows are written once: as a table, with marks by which a phone sets each row as a card."""

from __future__ import annotations

import datetime
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.keys import encode_token
from tests.factories.people import make_contact, make_customer

HEADS = re.compile(r'<th scope="col"')
CELLS = re.compile(r'<td(?: class="([^"]*)")?>')


@pytest.fixture
def owner(app: Flask, sign_in: Any) -> FlaskClient:
    """A browser in which the owner is signed in."""
    client: FlaskClient = sign_in(app.test_client(), "Owner")
    return client


def table_of(page: str) -> str:
    """Return the part of a page from its first table of contacts on."""
    return page[page.rindex('<div class="tbl as-cards">') :]


def test_each_row_names_its_title_state_and_facts(owner: FlaskClient) -> None:
    make_contact(due_on=datetime.date(2026, 3, 5))

    table = table_of(owner.get("/people/contact/").text)

    # subject, customer, kind, channel, owner, due_on, state
    assert CELLS.findall(table) == ["t", "f", "", "", "", "f", "s"]
    assert len(HEADS.findall(table)) == 7


def test_facts_that_are_no_column_wait_for_the_phone(owner: FlaskClient) -> None:
    customer = make_customer(name="Amy")
    make_contact(customer_id=customer.id)

    table = table_of(owner.get(f"/people/customer/{encode_token((customer.id,))}").text)
    paper = owner.get(f"/people/customer/{encode_token((customer.id,))}/print").text

    # subject, kind, channel, owner, due_on, state and, on phones, the customer
    assert CELLS.findall(table) == ["t", "", "", "", "f", "s", "f more"]
    assert len(HEADS.findall(table)) == len(CELLS.findall(paper)) == 6


def test_an_empty_fact_holds_not_even_a_blank(owner: FlaskClient) -> None:
    make_customer(name="Amy", phone=None)

    table = table_of(owner.get("/people/customer/").text)

    assert (
        '<td class="f"><td' in table
    )  # what holds a blank is not :empty, and a dot would stand before nothing
