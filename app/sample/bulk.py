"""Bulk inserts at the speed of each driver, through the column types and nothing else of SQLAlchemy.

The ordinary bulk insert spends more time on a row in Python than the database spends on writing it.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Connection, Dialect, Table, inspect

from app.core.keys import Key
from app.people.models import Contact, Customer, customer_tag
from app.pets.models import Pet, Vaccination
from app.sample.plan import Batch, Columns

_MADE_WHOLE = {"unjournalled": "the sample shop is made as a whole"}
_SQLITE_CACHE_KIBIBYTES = 65_536
# Those that are pointed to come first.
TABLES: dict[str, Table] = {
    "customers": Customer.metadata.tables["people_customer"],
    "customer_tags": customer_tag,
    "contacts": Contact.metadata.tables["people_contact"],
    "pets": Pet.metadata.tables["pets_pet"],
    "vaccinations": Vaccination.metadata.tables["pets_vaccination"],
}
Translate = Callable[[Any], Any]


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
    """Return the batch in the driver's own values."""
    loads = []
    for name, table in TABLES.items():
        columns: Columns = getattr(batch, name)
        if rows := list(zip(*_bound(columns, table, dialect), strict=True)):
            loads.append(Load(table.name, tuple(columns), rows))
    return BoundBatch(len(batch.customers["id"]), tuple(loads))


def _bound(columns: Columns, table: Table, dialect: Dialect) -> list[list[Any]]:
    """Return the columns as the driver wants them; a list that fills two of them is translated once."""
    translated: dict[int, list[Any]] = {}
    for name, values in columns.items():
        if id(values) not in translated:
            translated[id(values)] = _translated(values, _translation(table.c[name], dialect))
    return [translated[id(values)] for values in columns.values()]


def _translated(values: list[Any], translate: Translate | None) -> list[Any]:
    if translate is None:
        return values
    known = {value: translate(value) for value in set(values)}
    return [known[value] for value in values]


def _translation(column: Column[Any], dialect: Dialect) -> Translate | None:
    if isinstance(column.type, Key):
        return bytes.hex if dialect.name == "postgresql" else None
    return column.type.dialect_impl(dialect).bind_processor(dialect)


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
            connection.exec_driver_sql(statement, load.rows, execution_options=_MADE_WHOLE)


def _copy(connection: Connection, target: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Write rows by PostgreSQL's COPY, within the connection's open transaction."""
    cursor: Any = connection.connection.cursor()
    with cursor, cursor.copy(f"COPY {target} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _names() -> list[str]:
    return [table.name for table in TABLES.values()]


@contextmanager
def without_indexes(connection: Connection) -> Iterator[None]:
    """Take the tables' indexes away for the block and build them after it, within the open transaction.

    Sorting a million rows once is cheaper than finding the place of each in seven indexes.
    """
    there = {(name, each["name"]) for name in _names() for each in inspect(connection).get_indexes(name)}
    # An own field's index is on the class as long as the process lives, and not in every database that it opens.
    indexes = [
        index for table in TABLES.values() for index in table.indexes if (table.name, index.name) in there
    ]
    for index in indexes:
        index.drop(connection)
    yield
    for index in indexes:
        index.create(connection)


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
