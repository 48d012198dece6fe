"""A few rows of each table of an adopted database, so that proposals may look at values; they are never stored."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Column, Connection, Engine, MetaData, Select, Table, func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.types import Date, DateTime, LargeBinary, NullType, String, Time

from app.adoption.proposing.personal import secret_of
from app.adoption.proposing.results import Rows, Samples
from app.adoption.proposing.seeing import SeenColumn, SeenTable
from app.adoption.sketches import ColumnSketch, DatabaseSketch, TableSketch

ROWS = 100
SECONDS = 2.0
# Enough to see an address or a code; a text of megabytes stays where it is.
LONGEST_TEXT = 200


def sample(
    bind: Engine | Connection, database: DatabaseSketch, *, rows: int = ROWS, seconds: float = SECONDS
) -> Samples:
    """Return up to `rows` newest rows of each readable table, by one SELECT with LIMIT each.

    No passwords, no bytes and no long texts are read. A table that does not answer within `seconds`, or not at all,
    has no rows here. A connection of its own is used, even where `bind` is one, and no transaction stays open from one
    table to the next, so that nobody waits for this one.
    """
    found: dict[tuple[str, str], Rows] = {}
    with bind.engine.connect() as connection:
        for table in database.tables:
            if table.kind == "table" and not table.problem and "select" in table.rights:
                found[table.schema, table.name] = _rows(connection, table, rows, seconds)
                connection.rollback()
    return found


def _rows(connection: Connection, table: TableSketch, rows: int, seconds: float) -> Rows:
    statement = _statement(table, rows)
    if statement is None:
        return ()
    try:
        with limited(connection, seconds):
            return [dict(row) for row in connection.execute(statement).mappings()]
    except (SQLAlchemyError, ValueError, TypeError, ArithmeticError):
        # A value that its type can't read (a zero date, text in a number's column) tells nothing worth an error here.
        return ()


def _statement(table: TableSketch, rows: int) -> Select[Any] | None:
    seen = SeenTable(table, (), frozenset())
    columns = [each.sketch for each in seen.columns if _is_read(each)]
    if not columns:
        return None
    made = Table(
        table.name,
        MetaData(),
        *(Column(each.name, each.type) for each in table.columns),
        schema=table.schema or None,
    )
    statement = select(*(_short(made, each) for each in columns)).limit(rows)
    key = table.primary_key
    return statement.order_by(made.c[key[0]].desc()) if len(key) == 1 else statement


def _is_read(column: SeenColumn) -> bool:
    type_ = column.sketch.type
    if isinstance(type_, LargeBinary | NullType | Time) or column.is_binary:
        return False
    return not secret_of(column).value


def _short(table: Table, column: ColumnSketch) -> Any:
    found = table.c[column.name]
    if isinstance(column.type, String) and not (column.type.length or LONGEST_TEXT + 1) <= LONGEST_TEXT:
        return func.substr(found, 1, LONGEST_TEXT).label(column.name)
    if isinstance(column.type, Date | DateTime):
        # Only whether there is a moment is asked, and old dates fail in drivers.
        return found.is_not(None).label(column.name)
    return found


@contextmanager
def limited(connection: Connection, seconds: float) -> Iterator[None]:
    """End a statement that runs longer than `seconds`; the connection is afterwards as it was."""
    dialect = connection.dialect
    if dialect.name == "sqlite":
        with _interrupted(connection, seconds):
            yield
        return
    if dialect.name == "postgresql":
        # Gone with the transaction, which ends with this table.
        setting = text("SELECT set_config('statement_timeout', :value, true)")
        connection.execute(setting, {"value": f"{int(seconds * 1000)}ms"})
        yield
        return
    # An address that begins with mysql may lead to MariaDB, which counts seconds instead of milliseconds.
    is_mariadb = dialect.name == "mariadb" or getattr(dialect, "is_mariadb", False)
    variable = "max_statement_time" if is_mariadb else "max_execution_time"
    value = seconds if is_mariadb else int(seconds * 1000)
    before = connection.execute(text(f"SELECT @@SESSION.{variable}")).scalar_one()
    connection.execute(text(f"SET SESSION {variable} = :value"), {"value": value})
    try:
        yield
    finally:
        connection.execute(text(f"SET SESSION {variable} = :value"), {"value": before})


@contextmanager
def _interrupted(connection: Connection, seconds: float) -> Iterator[None]:
    """End SQLite's statement after `seconds`, by a clock beside it: its progress handler may be somebody else's."""
    driver: Any = connection.connection.driver_connection
    clock = threading.Timer(seconds, driver.interrupt)
    clock.start()
    try:
        yield
    finally:
        clock.cancel()
        clock.join()
