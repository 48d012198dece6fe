"""Budgets that do not depend on the machine: statements, rows and bytes at 100,000 customers and 100 menu entries."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select

from app.access.models import Branch
from app.core.capability import Capability
from app.core.database import db
from app.core.declaration import MenuPage
from app.core.kernel import Kernel
from app.core.keys import uuid7
from app.core.limits import Sight
from app.core.transaction import transaction
from app.people.models import Customer, Tag, customer_tag
from tests.panel.limits.conftest import CUSTOMER, confine, rows, sight

CUSTOMERS = 100_000
MENU = 100
GROWING = (
    "people_customer",
    "people_contact",
    "people_tag",
    "pets_pet",
    "access_branch",
    "core_upload",
    "journal_entry",
)


@pytest.fixture(scope="module")
def big_shop(whole_houses: Any) -> Any:
    """A shop with 100,000 customers, each with a tag and a branch, on SQLite; made once for this file."""
    house = whole_houses("sqlite")
    with house.app.app_context():
        with transaction():
            branch, tag = Branch(name="Big"), Tag(name="All")
            db.session.add_all([branch, tag])
            db.session.flush()
            keys = [uuid7() for _number in range(CUSTOMERS)]
            rows = [
                {
                    "id": key,
                    "name": f"陈{number:06}",
                    "name_key": f"陈{number:06}",
                    "phone": f"138{number:08}",
                    "phone_last4": f"{number % 10_000:04}",
                    "branch_id": branch.id,
                }
                for number, key in enumerate(keys)
            ]
            for start in range(0, CUSTOMERS, 5000):
                db.session.execute(
                    insert(Customer).execution_options(unjournalled="a test arranges its shop"),
                    rows[start : start + 5000],
                )
            links = [{"customer_id": key, "tag_id": tag.id} for key in keys]
            for start in range(0, CUSTOMERS, 5000):
                db.session.execute(
                    insert(customer_tag).execution_options(unjournalled="a test arranges its shop"),
                    links[start : start + 5000],
                )
        db.session.remove()
    yield house
    house.restorer.restore()


@pytest.fixture
def owner(big_shop: Any, sign_in: Any) -> FlaskClient:
    """The owner of the big shop, with a hundred entries in the menu, the caches warm."""
    app: Flask = big_shop.app
    kernel: Kernel = app.extensions["kebu"]
    before = kernel.capabilities
    pages = tuple(MenuPage(f"Entry {n}", f"/entries/{n}/", "people:customer:list") for n in range(MENU))
    kernel.capabilities = (*before, Capability("entries", "Entries", pages=pages))
    app.extensions["kebu_menus"].clear()
    with app.app_context():
        client: FlaskClient = sign_in(app.test_client(), "Owner")
        client.post("/preferences/branch", data={"branch": ""})
        client.get("/people/customer/")
        yield client
        db.session.rollback()
        db.session.remove()
    kernel.capabilities = before
    app.extensions["kebu_menus"].clear()


def reads(seen: list[str]) -> list[str]:
    """Return the statements that are neither transaction brackets nor the journal's note of a look or an export."""
    others = ("BEGIN", "COMMIT", "ROLLBACK", "INSERT INTO journal_", "UPDATE journal_chain")
    return [text for text in seen if not text.startswith(others)]


def test_no_statement_reads_a_growing_table_without_a_limit(owner: FlaskClient, statements: Any) -> None:
    token = owner.get("/people/customer/pick").json["items"][0]["token"]
    addresses = (
        "/",
        "/people/customer/",
        "/people/customer/?q=陈0&sort=-created_at&f.source=-",
        "/people/customer/trash",
        f"/people/customer/{token}",
        f"/people/customer/{token}/edit",
        f"/people/customer/{token}/preview",
        f"/people/customer/{token}/print",
        f"/people/customer/{token}/history",
        "/people/customer/add",
        "/people/contact/add",
        "/people/customer/pick?q=138",
        "/search?q=陈",
        "/api/v1/people/customer?limit=100",
    )

    unlimited = []
    for address in addresses:
        with statements() as seen:
            assert owner.get(address).status_code == 200, address
        for text in reads(seen):
            tables = [table for table in GROWING if re.search(rf"\b{table}\b", text)]
            batch = re.search(r"WHERE [\w.]+ (?:AS \w+ )?IN \(", text) and "customer_tag" in text
            if tables and " LIMIT " not in text.replace("\n", " ") and not batch and "count(" not in text:
                unlimited.append((address, text))

    assert unlimited == []


@pytest.mark.parametrize(
    "query", ["", "?sort=name", "?q=陈0", "?q=138", "?f.source=-", "?f.created_at.from=2020-01-01"]
)
def test_a_list_takes_at_most_six_statements_and_forty_kilobytes(
    owner: FlaskClient, statements: Any, query: str
) -> None:
    with statements() as seen:
        answer = owner.get(f"/people/customer/{query}")

    assert "/entries/99/" in answer.text
    assert answer.text.count("陈") >= 25
    assert len(reads(seen)) <= 6, reads(seen)
    assert seen.rows <= 120
    assert len(answer.data) <= 40_000


def test_page_four_thousand_costs_what_page_one_costs(owner: FlaskClient, statements: Any) -> None:
    with statements() as first:
        owner.get("/people/customer/")
    middle = owner.get("/people/customer/?sort=name&q=").text
    cursor = re.search(r"after=([\w-]+)", middle)
    assert cursor is not None

    with statements() as deep:
        answer = owner.get(f"/people/customer/?sort=name&after={cursor[1]}")

    assert answer.status_code == 200
    assert len(reads(deep)) <= len(reads(first)) + 1
    assert deep.rows <= first.rows + 5
    assert "OFFSET" not in " ".join(text.replace("LIMIT ? OFFSET ?", "") for text in deep)


def test_a_form_takes_at_most_five_statements_and_sixty_kilobytes(
    owner: FlaskClient, statements: Any
) -> None:
    token = owner.get("/people/customer/pick").json["items"][0]["token"]
    for address in (
        "/people/contact/add",
        f"/people/contact/add?customer={token}",
        f"/people/customer/{token}/edit",
    ):
        with statements() as seen:
            answer = owner.get(address)

        assert len(reads(seen)) <= 5, (address, reads(seen))
        assert seen.rows <= 20
        assert len(answer.data) <= 60_000


@pytest.mark.parametrize("query", ["", "陈", "138", "0042", "nobody"])
def test_a_picker_takes_one_statement_and_at_most_twenty_rows(
    owner: FlaskClient, statements: Any, query: str
) -> None:
    with statements() as seen:
        answer = owner.get(f"/people/customer/pick?q={query}")
    signing, rest = reads(seen)[:1], reads(seen)[1:]

    assert "ab_user" in signing[0]
    assert len(rest) == 1
    assert len(answer.json["items"]) <= 20
    assert seen.rows <= 21


def test_the_count_stops_at_ten_thousand(owner: FlaskClient) -> None:
    page = owner.get("/people/customer/").text

    assert "10,000+" in page or "10000+" in page
    assert owner.get("/people/customer/count").json["count"] == CUSTOMERS


def test_an_export_is_streamed_in_batches(owner: FlaskClient, statements: Any) -> None:
    with statements() as seen:
        answer = owner.get("/people/customer/export.csv?q=陈00")

    assert answer.data.count(b"\r\n") == 501
    assert all(" LIMIT " in text.replace("\n", " ") or " IN (" in text for text in reads(seen)[1:])


def test_permissions_cost_nothing_beyond_the_person_s_own_row(owner: FlaskClient, statements: Any) -> None:
    with statements() as seen:
        owner.get("/people/customer/add")

    assert [text for text in reads(seen) if "ab_permission" in text] == []


# What is asked about who is there and what they may do and see; the shop's branches and shared views are a page's own.
OF_SECURITY = re.compile(r"\b(ab_(?!user\b)\w+|access_(?!branch|shop)\w+)\b")


def security_statements(seen: list[str]) -> list[str]:
    """Return the statements that ask who somebody is, what they may do and what they may see."""
    return [text for text in reads(seen) if OF_SECURITY.search(text) and not text.startswith("SELECT panel_")]


def test_rights_and_rules_cost_three_statements_at_first_and_one_from_then_on(
    owner: FlaskClient, big_shop: Any, sign_in: Any, statements: Any
) -> None:
    branch = db.session.scalars(select(Branch.id).limit(1)).one()
    db.session.rollback()
    clerk = sign_in(big_shop.app.test_client(), "Clerk")
    rows("Clerk", CUSTOMER, '{"all":[["phone","begins","1"]]}')
    sight("Clerk", CUSTOMER, wechat=Sight.HIDDEN)
    confine("clerk", branch)
    counts = []

    for _look in range(3):
        with statements() as seen:
            page = clerk.get("/people/customer/").text
        counts.append(len(security_statements(seen)))

    assert "/entries/99/" in page and "138****" in page
    assert counts[0] <= 3 and counts[1:] == [1, 1], counts
