"""The page of revenue: who gets it, what it says, what it refuses beside the field, and the files it gives."""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from app.core.database import db
from app.core.limits import Sight
from app.insight.pages import PATH
from app.journal.models import JournalEntry
from tests.insight.till import BOOK, Till, line, offered
from tests.panel.limits.conftest import confine, make_branch, rows, sight

SignIn = Callable[..., FlaskClient]
CUSTOMER = "people:customer"
HOSTILE = ['=HYPERLINK("http://evil/","x")', "+1", "@SUM(A1)", "\t=1", "<script>alert(1)</script>", "＝1"]


@pytest.fixture
def filled(till: Till) -> Till:
    """A till with two months of sales."""
    till.put(
        db.engine,
        till.sales,
        [
            line(datetime.datetime(2024, 1, 5, 10), "100.10", sale="s1", customer="a", product="p"),
            line(datetime.datetime(2024, 3, 5, 10), "23.405", sale="s2", customer="b", product="q"),
            line(datetime.datetime(2024, 3, 6, 10), "10", sale="s3", product="p", branch="north"),
        ],
    )
    till.put(db.engine, till.customers, [{"key": "a", "name": "王小明"}, {"key": "b", "name": HOSTILE[4]}])
    till.put(db.engine, till.products, [{"key": "p", "name": "猫粮"}])
    return till


def test_an_owner_sees_revenue_best_customers_and_products(
    client: FlaskClient, sign_in: SignIn, filled: Till
) -> None:
    page = sign_in(client).get(PATH)

    assert page.status_code == 200
    for shown in ("¥133.51", "2024", "王小明", "猫粮", "<svg", "&lt;script&gt;"):
        assert shown in page.text
    assert "<script>alert" not in page.text
    assert "style=" not in page.text.split("<main")[1]


def test_the_page_asks_the_book_seven_times_whatever_it_holds(
    client: FlaskClient, sign_in: SignIn, filled: Till, statements: Callable[..., Any]
) -> None:
    owner = sign_in(client)
    owner.get(PATH)

    with statements() as seen:
        owner.get(PATH)

    of_the_book = [each for each in seen if "till_" in each]
    assert len(of_the_book) == 7
    assert all("LIMIT" in each for each in of_the_book)


def test_without_a_book_the_page_teaches_how_to_get_one(client: FlaskClient, sign_in: SignIn) -> None:
    page = sign_in(client).get(PATH)

    assert page.status_code == 200
    assert "Adopt the database" in page.text


@pytest.mark.parametrize(
    ("wish", "word", "name"),
    [
        ("from=2024-02-31", "This is not a date", "from"),
        ("from=2024-05-01&to=2024-01-01", "lies before the first", "to"),
        ("to=%00", "This is not a date", "to"),
        ("by=hour", "Choose month, quarter or year", "by"),
        ("source=gone", "No book has this name", "source"),
        ("source=%27%3B--", "No book has this name", "source"),
    ],
)
def test_what_can_not_be_read_is_said_beside_its_field_and_stays_there(  # noqa: PLR0917
    client: FlaskClient, sign_in: SignIn, filled: Till, wish: str, word: str, name: str
) -> None:
    page = sign_in(client).get(f"{PATH}?{wish}")

    assert page.status_code == 422
    error = page.text.split(f'id="{name}-wrong">')[1].split("</p>")[0]
    assert word in error
    if "from=2024-02-31" in wish:
        assert 'value="2024-02-31"' in page.text


def test_an_invented_branch_finds_nothing_and_fails_nowhere(
    client: FlaskClient, sign_in: SignIn, filled: Till
) -> None:
    owner = sign_in(client)

    invented = owner.get(f"{PATH}?branch=%27%20or%201=1")
    real = owner.get(f"{PATH}?branch=north")

    assert invented.status_code == 200 and "Nothing was sold" in invented.text
    assert "¥10.00" in real.text and "¥133.51" not in real.text


@pytest.mark.parametrize("role", ["Clerk", "Groomer", "Auditor"])
@pytest.mark.parametrize("path", [PATH, f"{PATH}revenue.csv?source={BOOK}"])
def test_whoever_may_not_see_reports_gets_none(
    client: FlaskClient, sign_in: SignIn, filled: Till, role: str, path: str
) -> None:
    answer = sign_in(client, role).get(path)

    assert answer.status_code == 403
    assert "133.5" not in answer.text


@pytest.mark.parametrize("role", ["Manager", "Administrator", "Accountant"])
def test_whoever_works_with_figures_gets_them(
    client: FlaskClient, sign_in: SignIn, till: Till, app: Flask, role: str
) -> None:
    till.put(db.engine, till.sales, [line(datetime.datetime(2024, 1, 5), "7.50")])

    with offered(app, till.providers("counted", screens=(CUSTOMER,))):
        page = sign_in(client, role).get(f"{PATH}?source=counted")

    assert page.status_code == 200
    assert "¥7.50" in page.text


def test_an_accountant_to_whom_names_are_masked_gets_the_sums_without_names_and_keys(
    client: FlaskClient, sign_in: SignIn, filled: Till, app: Flask
) -> None:
    with offered(app, filled.providers("counted", screens=(CUSTOMER,))):
        accountant = sign_in(client, "Accountant")
        page = accountant.get(f"{PATH}?source=counted")
        file = accountant.get(f"{PATH}top-customers.csv?source=counted")

    assert "¥133.51" in page.text and "Name not shown" in page.text
    assert "王小明" not in page.text + file.text
    lines = list(csv.reader(io.StringIO(file.text.removeprefix("\ufeff"))))
    assert [each[1:3] for each in lines[1:3]] == [["", ""], ["", ""]]


def test_a_manager_of_one_branch_is_not_told_the_sums_of_all(
    client: FlaskClient, sign_in: SignIn, filled: Till, app: Flask
) -> None:
    manager = sign_in(client, "Manager")
    confine("manager", make_branch("North"))

    with offered(app, filled.providers("counted", screens=("access:branch",))):
        answers = [
            manager.get(f"{PATH}?source=counted"),
            manager.get(f"{PATH}revenue.csv?source=counted"),
            manager.get(f"{PATH}revenue.csv?source={BOOK}"),
        ]

    assert [each.status_code for each in answers] == [403, 403, 403]
    assert not any("133.5" in each.text for each in answers)


def test_whoever_is_confined_to_some_rows_is_not_told_the_sums_of_all(
    client: FlaskClient, sign_in: SignIn, filled: Till, app: Flask
) -> None:
    manager = sign_in(client, "Manager")
    rows("Manager", CUSTOMER, '{"all":[["source","any","wechat"]]}')

    with offered(app, filled.providers("counted", screens=(CUSTOMER,))):
        answer = manager.get(f"{PATH}?source=counted")

    assert answer.status_code == 403
    assert "only a part" in answer.text


def test_a_hidden_field_that_a_sum_may_rest_on_closes_the_book(
    client: FlaskClient, sign_in: SignIn, filled: Till, app: Flask
) -> None:
    manager = sign_in(client, "Manager")
    sight("Manager", CUSTOMER, source=Sight.HIDDEN)

    with offered(app, filled.providers("counted", screens=(CUSTOMER,))):
        answer = manager.get(f"{PATH}?source=counted")
        offers = manager.get(PATH)

    assert answer.status_code == 403
    assert "counted" not in offers.text


def test_a_screen_that_is_not_there_closes_the_book_to_everybody(
    client: FlaskClient, sign_in: SignIn, filled: Till, app: Flask
) -> None:
    with offered(app, filled.providers("counted", screens=("nobody:nothing",))):
        answer = sign_in(client).get(f"{PATH}?source=counted")

    assert answer.status_code == 403


def test_files_hold_no_formula_whatever_products_are_called(
    client: FlaskClient, sign_in: SignIn, till: Till
) -> None:
    till.put(
        db.engine,
        till.sales,
        [line(datetime.datetime(2024, 1, 1), "-5", product=f"k{at}") for at in range(len(HOSTILE))],
    )
    till.put(db.engine, till.products, [{"key": f"k{at}", "name": name} for at, name in enumerate(HOSTILE)])
    owner = sign_in(client)

    text = owner.get(f"{PATH}top-products.csv?source={BOOK}").text
    book = load_workbook(io.BytesIO(owner.get(f"{PATH}top-products.xlsx?source={BOOK}").data))

    lines = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))[1:-1]
    assert [each[2] for each in lines] == [name if name.startswith("<") else f"'{name}" for name in HOSTILE]
    assert {each[3] for each in lines} == {"-5.00"}
    cells = [cell for row in book.active.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]


def test_a_file_that_is_taken_out_is_on_record_without_a_name_in_it(
    client: FlaskClient, sign_in: SignIn, filled: Till
) -> None:
    answer = sign_in(client).get(f"{PATH}top-customers.xlsx?source={BOOK}")

    db.session.rollback()
    entry = db.session.scalar(
        select(JournalEntry)
        .where(JournalEntry.kind == "insight:taken")
        .order_by(JournalEntry.id.desc())
        .limit(1)
    )
    assert answer.status_code == 200
    assert entry is not None and "top-customers" in str(entry.after)
    assert "王小明" not in str(entry.after)


@pytest.mark.parametrize("path", ["revenue.exe", "revenue.json", "payroll.csv", "..%2frevenue.csv"])
def test_other_files_are_not_there(client: FlaskClient, sign_in: SignIn, filled: Till, path: str) -> None:
    assert sign_in(client).get(f"{PATH}{path}?source={BOOK}").status_code == 404


def test_a_key_that_belongs_to_a_screen_leads_to_the_record(
    client: FlaskClient, sign_in: SignIn, till: Till, app: Flask
) -> None:
    owner = sign_in(client)
    key = make_branch("Harbour")
    till.put(db.engine, till.sales, [line(datetime.datetime(2024, 1, 1), "5", product=str(key))])
    till.put(db.engine, till.products, [{"key": str(key), "name": "Harbour"}])

    with offered(app, till.providers("counted", screens=("access:branch",))):
        page = owner.get(f"{PATH}?source=counted")

    address = page.text.split('href="/access/branch/u')[1].split('"')[0]
    assert owner.get(f"/access/branch/u{address}").status_code == 200
