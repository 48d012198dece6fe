"""R22: whoever is shown very many customers in lists is told of, however he turns their pages; a day's work is not."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select

from app.access.models import Person
from app.core.database import db
from app.core.keys import uuid7
from app.core.transaction import transaction
from app.journal.models import JournalEntry
from app.panel.looking_through import EXTENSION, FIRST_TOLD_AT, MOST_KEPT, LookingThrough
from app.people.models import Customer, Tag
from tests.support.whole_house import FreshClient

CUSTOMERS = FIRST_TOLD_AT + 30
LIST = "/people/customer/"


@pytest.fixture
def full_app(app_on: Flask) -> Iterator[Flask]:
    """A shop with somewhat more customers than are looked through unnoticed."""
    app_on.extensions[EXTENSION] = LookingThrough()
    with transaction():
        rows = [
            {"id": uuid7(), "name": f"陈{number:04}", "name_key": f"陈{number:04}"}
            for number in range(CUSTOMERS)
        ]
        arranged = {"unjournalled": "a test arranges its shop"}
        db.session.execute(insert(Customer).execution_options(**arranged), rows)
    yield app_on
    app_on.extensions[EXTENSION] = LookingThrough()


@pytest.fixture
def clerk(full_app: Flask, sign_in: Any) -> FlaskClient:
    """A clerk at a browser."""
    client: FlaskClient = sign_in(FreshClient(full_app), "Clerk")
    return client


def told() -> list[tuple[str, Any]]:
    """Return of which tables it was told, and how many records were seen; by the clerk alone."""
    db.session.rollback()
    found = db.session.scalars(
        select(JournalEntry).where(JournalEntry.kind == "panel:looked_through").order_by(JournalEntry.id)
    ).all()
    clerk = db.session.scalar(select(Person.id).where(Person.username == "clerk"))
    assert {entry.actor_id for entry in found} <= {clerk}
    return [(entry.subject, entry.after) for entry in found]


def turn_pages(client: FlaskClient, *, most: int = 100) -> None:
    """Go through the API's pages to the end."""
    after = ""
    for _page in range(most):
        body = client.get("/api/v1/people/customer", query_string={"limit": 50, "after": after}).json
        assert body is not None
        after = body["next"]
        if not after:
            return


def test_the_first_pages_over_and_over_are_nobodys_business(clerk: FlaskClient) -> None:
    for _look in range(12):
        assert clerk.get(LIST).status_code == 200

    assert told() == []


def test_every_page_once_is_told_once(clerk: FlaskClient) -> None:
    turn_pages(clerk)
    turn_pages(clerk)

    ((table, facts),) = told()
    assert table == "people_customer"
    assert facts == f'{{"records":{FIRST_TOLD_AT}}}'


def test_lists_pickers_search_and_palette_count_together(clerk: FlaskClient) -> None:
    turn_pages(clerk, most=3)
    looks = [f"{LIST}?q=陈000", f"{LIST}?q=陈001", f"{LIST}pick?q=陈002", "/search?q=陈0031"]

    for page in looks:
        assert clerk.get(page).status_code == 200
    for number in range(40, 58):
        assert clerk.post("/palette", data={"q": f"陈{number:04}"}).status_code == 200
    before = told()
    assert clerk.post("/palette", data={"q": "陈0058"}).status_code == 200

    assert before == [], "150 by pages, 20 in lists, 10 in a picker, 1 by the search and 18 in the palette"
    assert told() == [("people_customer", f'{{"records":{FIRST_TOLD_AT}}}')]


def test_what_tells_nothing_of_people_is_not_counted(clerk: FlaskClient, full_app: Flask) -> None:
    with transaction():
        arranged = {"unjournalled": "a test arranges its shop"}
        rows = [{"id": uuid7(), "name": f"T{number:04}"} for number in range(CUSTOMERS)]
        db.session.execute(insert(Tag).execution_options(**arranged), rows)

    after = ""
    while True:
        body = clerk.get("/api/v1/people/tag", query_string={"limit": 100, "after": after}).json
        assert body is not None
        if not (after := body["next"]):
            break

    assert told() == []


def test_the_next_day_begins_anew() -> None:
    looking, day = LookingThrough(), datetime.date(2026, 11, 28)
    most = FIRST_TOLD_AT - 1

    assert looking.count(day, 1, "people:customer", map(str, range(most))) == 0
    assert looking.count(day + datetime.timedelta(days=1), 1, "people:customer", ["another"]) == 0
    assert looking.count(day + datetime.timedelta(days=1), 1, "people:customer", map(str, range(most))) > 0


def test_double_as_many_are_told_again_and_memory_stays_bounded() -> None:
    looking, day = LookingThrough(), datetime.date(2026, 11, 28)
    reached = [looking.count(day, 1, "people:customer", [str(number)]) for number in range(MOST_KEPT + 1000)]

    assert [each for each in reached if each] == [FIRST_TOLD_AT * 2**power for power in range(7)]
    assert sum(map(len, looking._shown.values())) == MOST_KEPT


def test_one_large_step_is_told_once_by_the_number_reached() -> None:
    looking, day = LookingThrough(), datetime.date(2026, 11, 28)

    assert looking.count(day, 1, "people:customer", map(str, range(FIRST_TOLD_AT * 5))) == FIRST_TOLD_AT * 4
    assert looking.count(day, 2, "people:customer", map(str, range(FIRST_TOLD_AT - 1))) == 0
