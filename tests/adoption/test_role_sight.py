"""A preview tells nobody of rows or values what that person's own screens would not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.access.roles import grant_to_roles
from app.access.rules import set_row_rule
from app.core.database import db
from app.core.permissions import everything_granted
from app.core.transaction import transaction
from tests.access.accounts import role_number
from tests.adoption.adopting import let_go
from tests.adoption.test_role_pages import plain, till
from tests.support.whole_house import FreshClient

ADOPT = "adoption:source:adopt"
CUSTOMERS = "/adoption/roles/till/customers"
FORM = {
    "table": "member",
    "column.key": "id",
    "column.name": "name",
    "column.phone": "phone",
    "row_version": "0",
    "act": "preview",
}


@pytest.fixture
def clerk(app: Flask, sign_in: Any, new_database: Callable[[str], str]) -> Iterator[FlaskClient]:
    """A clerk who may say what stands for what, of a small database."""
    till(new_database, "sqlite")
    _give(app, ADOPT, "till:member:list")
    yield sign_in(FreshClient(app), "Clerk")
    let_go()


def _give(app: Flask, *names: str) -> None:
    number = role_number(app, "Clerk")
    db.session.rollback()
    with transaction(), everything_granted():
        grant_to_roles([number], names)


def test_what_is_masked_for_somebody_is_starred_in_the_rows(clerk: FlaskClient) -> None:
    page = clerk.post(CUSTOMERS, data=FORM)

    assert page.status_code == 200
    told = plain(page.text)
    assert "Rows 2" in told and "王小红" in told
    assert "***" in told and "13800001111" not in page.text


@pytest.mark.parametrize(
    "typed", ["phone > '138'", "not (phone = '13800001111')", "name = 'x' or phone in ('1')"]
)
def test_what_is_masked_for_somebody_is_not_found_out_by_a_condition(clerk: FlaskClient, typed: str) -> None:
    page = clerk.post(CUSTOMERS, data={**FORM, "filter": typed})

    told = plain(page.text)
    assert "is masked for your role" in told
    assert "Rows" not in told.partition("What it comes to")[2].partition("Costs")[0]


def test_who_lists_no_rows_or_a_part_of_them_is_told_no_numbers(app: Flask, clerk: FlaskClient) -> None:
    sale = {
        "table": "sale",
        "column.time": "sold_at",
        "column.amount": "total",
        "unit": "major",
        "epoch": "s",
        "row_version": "0",
    }
    unlisted = clerk.post("/adoption/roles/till/sales", data=sale)
    with everything_granted():
        set_row_rule(role_number(app, "Clerk"), "till:member", '{"all":[["name","begins","王"]]}')
    narrowed = clerk.post(CUSTOMERS, data=FORM)

    assert "Your role does not list these rows" in plain(unlisted.text)
    assert "a part of these rows only" in plain(narrowed.text)
    assert "王小红" not in narrowed.text
