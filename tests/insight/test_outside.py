"""Real databases of others give the figures that others computed: opened as outside databases, with facts by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, MetaData, Table, create_engine, null, select

from app.core.database import db
from app.core.facts import FACTS, FactProvider
from app.core.outside import close_outside, mark_outside, open_outside
from app.core.permissions import everything_granted
from app.insight.reports import Wish, run_report
from tests.adoption.conftest import real_database  # noqa: F401 - a fixture
from tests.insight.till import offered

CODE = "music"


def contract(fact: str, **columns: Any) -> Any:
    """Return the SELECT of a fact with these columns, the others NULL."""
    return select(*(columns.get(name, null()).label(name) for name in FACTS[fact].names))


def providers(tables: MetaData) -> tuple[FactProvider, ...]:
    """Return the facts that Chinook holds: a row a line of an invoice."""

    def of(name: str) -> Table:
        return next(table for table in tables.tables.values() if table.name.replace("_", "").lower() == name)

    def column(table: Table, name: str) -> Any:
        return next(each for each in table.c if each.name.replace("_", "").lower() == name)

    def sales() -> Any:
        line, invoice = of("invoiceline"), of("invoice")
        statement = contract(
            "sales",
            key=column(line, "invoicelineid"),
            sale=column(invoice, "invoiceid"),
            time=column(invoice, "invoicedate"),
            customer=column(invoice, "customerid"),
            product=column(line, "trackid"),
            quantity=column(line, "quantity"),
            amount=column(line, "unitprice") * column(line, "quantity"),
        )
        return statement.join_from(line, invoice, column(line, "invoiceid") == column(invoice, "invoiceid"))

    def customers() -> Any:
        customer = of("customer")
        return contract("customers", key=column(customer, "customerid"), name=column(customer, "lastname"))

    return (
        FactProvider("sales", CODE, "Chinook", sales, currency="USD"),
        FactProvider("customers", CODE, "Chinook", customers),
    )


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def chinook(
    request: pytest.FixtureRequest,
    app: Flask,
    real_database: Callable[[str, str], str],  # noqa: F811
) -> Iterator[Engine]:
    """Chinook on each database, open as an outside one and offered as the book `music`."""
    engine = create_engine(real_database("chinook", request.param))
    tables = MetaData()
    mark_outside(tables, CODE)
    tables.reflect(engine)
    open_outside(CODE, engine)
    try:
        with offered(app, providers(tables)):
            yield engine
    finally:
        db.session.rollback()
        close_outside(CODE)


def asked(name: str, **parameters: str) -> Any:
    """Return a report's answer as the machine's owner gets it."""
    with everything_granted():
        return run_report(name, Wish(CODE, parameters=parameters))


@pytest.mark.parametrize("unit", ["month", "quarter", "year"])
def test_chinook_s_revenue_is_what_others_computed(chinook: Engine, real_data: Path, unit: str) -> None:
    expected = json.loads((real_data / "expected.json").read_text(encoding="utf-8"))["chinook"]

    answer = asked("revenue", by=unit)

    assert {row["period"]: str(row["amount"]) for row in answer.rows} == expected[f"by_{unit}"]
    assert dict(answer.totals) == {"amount": Decimal(expected["total"]), "sales": 412, "customers": 59}


def test_chinook_s_best_customers_are_what_others_computed(chinook: Engine, real_data: Path) -> None:
    expected = json.loads((real_data / "expected.json").read_text(encoding="utf-8"))["chinook"][
        "top_customers"
    ]

    answer = asked("top-customers", limit=str(len(expected)))

    assert [(row["key"], str(row["amount"])) for row in answer.rows] == [
        (str(each[0]), each[-1]) for each in expected
    ]
    assert all(row["name"] for row in answer.rows)


def test_a_database_that_is_away_is_told_as_such_and_never_as_a_fault(
    app: Flask, client: Any, sign_in: Any, tmp_path: Path
) -> None:
    tables = MetaData()
    mark_outside(tables, CODE)
    for name in ("Invoice", "InvoiceLine", "Customer"):
        Table(name, tables)
    with offered(app, (FactProvider("sales", CODE, "Chinook", lambda: select(*_columns(tables))),)):
        answer = sign_in(client).get(f"/insight/revenue/?source={CODE}")

    assert answer.status_code == 503
    assert "not connected" in answer.text


def _columns(tables: MetaData) -> list[Any]:
    from sqlalchemy import Column, Integer

    table = tables.tables["Invoice"]
    if "x" not in table.c:
        table.append_column(Column("x", Integer))
    return [table.c.x.label(name) for name in FACTS["sales"].names]
