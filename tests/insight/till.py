"""A till to add up: tables of sales, customers and products in a database, offered as facts of a book."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from flask import Flask
from sqlalchemy import Column, DateTime, Engine, MetaData, Numeric, String, Table, insert, select
from sqlalchemy.dialects import mysql

from app.core.capability import Capability
from app.core.facts import FACTS, FactProvider

BOOK = "till"
_MOMENT = DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


class Till:
    """The three tables with what was put into them, and the providers that read them."""

    def __init__(self, outside: str = "") -> None:
        self.metadata = MetaData()
        if outside:
            self.metadata.info["outside"] = outside
        self.sales = Table(
            "till_sale",
            self.metadata,
            Column("line", String(40)),
            Column("sale", String(40)),
            Column("time", _MOMENT),
            Column("customer", String(40)),
            Column("product", String(40)),
            Column("quantity", Numeric(18, 3)),
            Column("amount", Numeric(18, 6)),
            Column("branch", String(40)),
        )
        self.customers = Table(
            "till_customer", self.metadata, Column("key", String(40)), Column("name", String(190))
        )
        self.products = Table(
            "till_product", self.metadata, Column("key", String(40)), Column("name", String(190))
        )

    def put(self, engine: Engine, table: Table, rows: Sequence[dict[str, Any]]) -> None:
        """Put rows into one of the tables, past the session."""
        with engine.begin() as connection:
            connection.execute(insert(table), list(rows))

    def empty(self, engine: Engine) -> None:
        """Take everything out of the tables."""
        with engine.begin() as connection:
            for table in self.metadata.sorted_tables:
                connection.execute(table.delete())

    def providers(self, book: str = BOOK, **more: Any) -> tuple[FactProvider, ...]:
        """Return the facts that the till offers under the name of `book`."""
        told = {"currency": "CNY", "time_zone": "Asia/Shanghai", **more}
        return tuple(
            FactProvider(
                fact, book, "收银机", lambda table=table: reading(table, fact=table.name[5:] + "s"), **told
            )  # type: ignore[misc]
            for fact, table in (
                ("sales", self.sales),
                ("customers", self.customers),
                ("products", self.products),
            )
        )


def reading(table: Table, fact: str) -> Any:
    """Return the SELECT with the columns of a contract; those that the table lacks are NULL."""
    named = {"key": "line"} if fact == "sales" else {}
    columns = (
        (table.c[named.get(name, name)] if named.get(name, name) in table.c else _null()).label(name)
        for name in FACTS[fact].names
    )
    return select(*columns)


def _null() -> Any:
    from sqlalchemy import null

    return null()


@contextmanager
def offered(app: Flask, providers: Sequence[FactProvider]) -> Iterator[None]:
    """Let the running application have these facts while the block runs."""
    kernel = app.extensions["kebu"]
    before = kernel.capabilities
    kernel.capabilities = (*before, Capability("till_of_tests", "Till", facts=tuple(providers)))
    try:
        yield
    finally:
        kernel.capabilities = before


def line(
    time: datetime.datetime,
    amount: str,
    *,
    sale: str | None = None,
    customer: str | None = None,
    product: str | None = None,
    quantity: str = "1",
    branch: str | None = None,
) -> dict[str, Any]:
    """Return a row of sales."""
    return {
        "line": None,
        "sale": sale,
        "time": time,
        "customer": customer,
        "product": product,
        "quantity": Decimal(quantity),
        "amount": Decimal(amount),
        "branch": branch,
    }
