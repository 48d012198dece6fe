"""Bulk inserts at the speed of each driver, through the column types and nothing else of SQLAlchemy.

The ordinary bulk insert spends more time on a row in Python than the database spends on writing it.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Table

from app.sample.plan import Row

_SQLITE_CACHE_KIBIBYTES = 65_536


class BulkInsert:
    """One transaction's inserts; a value that stands in several rows or columns is translated only once."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        # By identity: the rows of a batch share their keys and moments, and comparing those costs more than it saves.
        self._translated: dict[type, dict[int, Any]] = {}

    def insert(self, table: Table, rows: Sequence[Row]) -> None:
        """Insert rows that all have the same columns; values go through the types' own bind processing.

        The rows must stay alive as long as this object does.
        """
        if not rows:
            return
        connection = self._connection
        names = list(rows[0])
        quote = connection.dialect.identifier_preparer.quote
        target = f"{quote(table.name)} ({', '.join(quote(name) for name in names)})"
        values = zip(*(self._column(table, name, rows) for name in names), strict=True)
        if connection.dialect.name == "postgresql":
            with connection.connection.cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN") as copy:
                for row in values:
                    copy.write_row(row)
            return
        mark = "?" if connection.dialect.paramstyle == "qmark" else "%s"
        marks = ", ".join([mark] * len(names))
        connection.exec_driver_sql(f"INSERT INTO {target} VALUES ({marks})", list(values))

    def _column(self, table: Table, name: str, rows: Sequence[Row]) -> list[Any]:
        """Return one column's values as the driver wants them."""
        kind, dialect = table.c[name].type, self._connection.dialect
        process = kind.dialect_impl(dialect).bind_processor(dialect)
        values = [row[name] for row in rows]
        if process is None:
            return values
        known, bound = self._translated.setdefault(type(kind), {}), []
        for value in values:
            if value is None:
                bound.append(None)
                continue
            mark = id(value)
            if mark not in known:
                known[mark] = process(value)
            bound.append(known[mark])
        return bound


@contextmanager
def heavy_load(connection: Connection) -> Iterator[None]:
    """Let many rows in quickly: a larger page cache on SQLite, and no search for cycles where there are none."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA cache_size = -{_SQLITE_CACHE_KIBIBYTES}")
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
