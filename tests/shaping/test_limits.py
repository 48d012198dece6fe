"""Two hundred own fields on one kind of record, on three databases; and what they cost at 100,000 records."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, insert

from app.core.database import db
from app.core.errors import Invalid
from app.core.keys import uuid7
from app.core.transaction import transaction
from app.people.models import Customer
from app.shaping import definitions
from app.shaping.definitions import MOST_FIELDS, MOST_INDEXES
from app.shaping.models import Kind
from tests.factories.shaping import make_field, make_fields, plan
from tests.support.databases import BACKENDS
from tests.support.whole_house import WholeHouse, sign_in_as

CUSTOMERS = 100_000
LIST_COLUMNS = 6
MIX = (Kind.TEXT, Kind.LONG_TEXT, Kind.NUMBER, Kind.MONEY, Kind.DATE, Kind.CHOICE, Kind.CHOICES, Kind.ANSWER)


def fill(house: WholeHouse, kinds: tuple[Kind, ...]) -> list[tuple[str, Kind]]:
    """Add two hundred fields, as many of them indexed as may be."""
    plans = []
    for number in range(MOST_FIELDS):
        kind = Kind.LINK if number in (3, 11) else Kind.FILE if number == 19 else kinds[number % len(kinds)]
        indexed = number < MOST_INDEXES
        plans.append(
            plan(
                kind, label=f"Field {number}", in_list=number < LIST_COLUMNS, sortable=indexed,
                searchable=indexed and number < LIST_COLUMNS, filterable=number % 10 == 0,
            )
        )  # fmt: skip
    with house.app.app_context():
        names = make_fields(house.app, plans)
    return [(name, each.kind) for name, each in zip(names, plans, strict=True)]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("kinds", [MIX, (Kind.TEXT,)], ids=["of every kind", "all texts"])
def test_two_hundred_fields_can_be_made_filled_and_read(
    backend: str, kinds: tuple[Kind, ...], new_database: Callable[[str], str], tmp_path: Path
) -> None:
    house = WholeHouse(new_database(backend), tmp_path)
    names = fill(house, kinds)
    client = sign_in_as(house.app.test_client(), "Owner")
    typed: dict[str, Any] = {
        Kind.TEXT: "字" * 190, Kind.LONG_TEXT: "长" * 3000, Kind.NUMBER: "12.5", Kind.MONEY: "99.99",
        Kind.DATE: "2026-03-05", Kind.CHOICE: "red", Kind.CHOICES: ["red", "blue"], Kind.ANSWER: "1",
    }  # fmt: skip
    data = {name: typed[kind] for name, kind in names if kind in typed}

    added = client.post("/people/customer/add", data={"name": "王" * 100, **data})
    document = client.get(f"/api/v1{added.headers['Location']}").json
    with house.app.app_context(), pytest.raises(Invalid):
        make_field(house.app, Kind.TEXT, label="One too many")
    house.close()

    assert added.status_code == 302
    assert sum(1 for name, _kind in names if document[name] not in (None, [])) == len(data)


@pytest.fixture(scope="module")
def wide(new_database: Callable[[str], str], tmp_path_factory: Any) -> Iterator[Any]:
    """A shop with 100,000 customers and two hundred own fields, on SQLite."""
    house = WholeHouse(new_database("sqlite"), tmp_path_factory.mktemp("wide"))
    names = fill(house, MIX)
    with house.app.app_context():
        client = sign_in_as(house.app.test_client(), "Owner")
        client.get("/people/customer/")
        first = next(name for name, kind in names if kind is Kind.TEXT)
        with transaction():
            rows = [
                {
                    "id": uuid7(),
                    "name": f"陈{number:06}",
                    "name_key": f"陈{number:06}",
                    first: f"t{number:06}",
                }
                for number in range(CUSTOMERS)
            ]
            for start in range(0, CUSTOMERS, 5000):
                db.session.execute(
                    insert(Customer).execution_options(unjournalled="a test arranges its shop"),
                    rows[start : start + 5000],
                )
        db.session.remove()
        yield client, dict(names), first
    house.close()


def reads(seen: list[str]) -> list[str]:
    """Return the statements that are not mere transaction brackets."""
    return [text for text in seen if not text.startswith(("BEGIN", "COMMIT", "ROLLBACK"))]


@pytest.mark.parametrize("query", ["", "?sort={first}", "?sort=-{first}", "?q=t0001", "?f.{first}=t09"])
def test_a_list_takes_at_most_six_statements(wide: Any, statements: Any, query: str) -> None:
    client, _names, first = wide
    client.get("/people/customer/")

    with statements() as seen:
        answer = client.get(f"/people/customer/{query.format(first=first)}")

    assert answer.status_code == 200
    assert answer.text.count("陈") >= 25
    assert len(reads(seen)) <= 6, reads(seen)
    assert seen.rows <= 120
    # The tags of the rows shown come in one batch by their keys.
    own = [text.replace("\n", " ") for text in reads(seen) if "FROM people_customer" in text]
    assert own and all(" LIMIT " in text or "people_customer_tag" in text for text in own)


def plans_of(client: Any, address: str) -> list[str]:
    """Return how SQLite goes about each statement on customers that a page needs."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        if "FROM people_customer" in statement and "people_customer_tag" not in statement:
            seen.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert client.get(address).status_code == 200
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    with db.engine.connect() as connection:
        steps = [
            connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            for statement, parameters in seen
        ]
    return [" | ".join(str(step[3]) for step in each) for each in steps]


@pytest.mark.parametrize(
    "query", ["?sort={first}", "?sort=-{first}", "?sort={first}&in_trash=", "pick?q=t0001"]
)
def test_a_page_is_read_from_an_index_however_many_rows_and_fields_there_are(wide: Any, query: str) -> None:
    client, _names, first = wide
    client.get("/people/customer/")

    plans = plans_of(client, f"/people/customer/{query.format(first=first)}")

    assert plans
    assert any(f"ix_own_{first[2:]}" in plan for plan in plans), plans
    # Rows that a search found are sorted; a list is never.
    assert "pick" in query or not any("TEMP B-TREE" in plan for plan in plans), plans
    assert not any(step.strip() == "SCAN people_customer" for plan in plans for step in plan.split("|")), (
        plans
    )


def test_a_form_takes_few_statements_and_at_most_two_hundred_kilobytes(wide: Any, statements: Any) -> None:
    client, names, _first = wide
    token = client.get("/people/customer/pick").json["items"][0]["token"]

    for address in ("/people/customer/add", f"/people/customer/{token}/edit"):
        with statements() as seen:
            answer = client.get(address)

        assert len(set(re.findall(r'name="(x_\w+)"', answer.text))) == len(names)
        assert len(reads(seen)) <= 6, (address, reads(seen))
        assert len(answer.data) <= 200_000, len(answer.data)


def test_a_shape_that_is_known_costs_no_statement(wide: Any, statements: Any) -> None:
    client, _names, _first = wide
    client.get("/people/customer/add")

    with statements() as seen:
        client.get("/people/customer/add")

    assert [text for text in seen if "shaping_" in text] == []


def test_a_picker_still_takes_one_statement(wide: Any, statements: Any) -> None:
    client, _names, _first = wide

    with statements() as seen:
        answer = client.get("/people/customer/pick?q=陈0001")

    assert len(answer.json["items"]) == 20
    assert len(reads(seen)) == 2, "the person at the screen and the suggestions"


def test_a_definition_never_reads_more_than_its_limit(wide: Any, statements: Any) -> None:
    with statements() as seen:
        definitions.read_definitions()

    assert len(seen) == 2
    assert all("LIMIT" in text for text in seen)
