"""Bulk inserts at the speed of each driver, through the column types and nothing else of SQLAlchemy.

The ordinary bulk insert spends more time on a row in Python than the database spends on writing it.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Dialect, Table

from app.people.models import Contact, Customer, customer_tag
from app.pets.models import Pet, Vaccination
from app.sample.plan import Batch, Row

_SQLITE_CACHE_KIBIBYTES = 65_536
# Those that are pointed to come first.
_TABLES: tuple[tuple[str, Table], ...] = (
    ("customers", Customer.metadata.tables["people_customer"]),
    ("customer_tags", customer_tag),
    ("contacts", Contact.metadata.tables["people_contact"]),
    ("pets", Pet.metadata.tables["pets_pet"]),
    ("vaccinations", Vaccination.metadata.tables["pets_vaccination"]),
)


@dataclass(frozen=True, slots=True)
class Load:
    """Rows of one table as the driver wants them."""

    table: str
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class BoundBatch:
    """A batch ready for the driver, and how many customers are in it."""

    customers: int
    loads: tuple[Load, ...]


def bind(batch: Batch, dialect: Dialect) -> BoundBatch:
    """Return the batch in the driver's own values; one that stands in several rows is translated once."""
    # By identity: rows of a batch share their keys and moments; comparing those costs more than it saves.
    translated: dict[type, dict[int, Any]] = {}
    loads = []
    for name, table in _TABLES:
        rows: list[Row] = getattr(batch, name)
        if rows:
            columns = tuple(rows[0])
            values = [_column(table, column, rows, dialect, translated) for column in columns]
            loads.append(Load(table.name, columns, list(zip(*values, strict=True))))
    return BoundBatch(len(batch.customers), tuple(loads))


def _column(
    table: Table, name: str, rows: Sequence[Row], dialect: Dialect, translated: dict[type, dict[int, Any]]
) -> list[Any]:
    kind = table.c[name].type
    process = kind.dialect_impl(dialect).bind_processor(dialect)
    values = [row[name] for row in rows]
    if process is None:
        return values
    known, bound = translated.setdefault(type(kind), {}), []
    for value in values:
        mark = id(value)
        if mark not in known:
            known[mark] = process(value)
        bound.append(known[mark])
    return bound


def insert(connection: Connection, batch: BoundBatch) -> None:
    """Insert a bound batch inside the open transaction."""
    quote = connection.dialect.identifier_preparer.quote
    mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
    for load in batch.loads:
        target = f"{quote(load.table)} ({', '.join(quote(column) for column in load.columns)})"
        if connection.dialect.name == "postgresql":
            _copy(connection, target, load.rows)
        else:
            marks = ", ".join([mark] * len(load.columns))
            statement = f"INSERT INTO {target} VALUES ({marks})"  # noqa: S608 - names of our own tables only  # nosec B608
            connection.exec_driver_sql(statement, load.rows)


def _copy(connection: Connection, target: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Write rows by PostgreSQL's COPY, within the connection's open transaction."""
    cursor: Any = connection.connection.cursor()
    with cursor, cursor.copy(f"COPY {target} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


@contextmanager
def without_collector() -> Iterator[None]:
    """Spare the search for cycles among a million rows that have none."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def widen_cache(connection: Connection) -> None:
    """Let SQLite keep more pages in memory on this connection; other databases have their own settings."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA cache_size = -{_SQLITE_CACHE_KIBIBYTES}")
