"""Fast loading of one table: COPY on PostgreSQL, executemany on SQLite, with the types of its model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from sqlalchemy import Column, Engine, Table
from sqlalchemy.engine import Dialect

BATCH = 10_000


def load(engine: Engine, table: Table, rows: Iterable[Mapping[str, Any]]) -> int:
    """Write the rows, given by column name, into the table in one transaction and return their number.

    All rows name the same columns; a column that they leave out gets the default of its model.
    """
    stream = iter(rows)
    first = next(stream, None)
    if first is None:
        return 0
    filled = [column for column in table.columns if column.name in first or column.default is not None]
    makers = [_maker(column, column.name in first, engine.dialect) for column in filled]
    records = _records(first, stream, makers)
    write = _copy if engine.dialect.name == "postgresql" else _insert_many
    return write(engine, table, [column.name for column in filled], records)


def _maker(column: Column[Any], given: bool, dialect: Dialect) -> Callable[[Mapping[str, Any]], Any]:
    bind = column.type.dialect_impl(dialect).bind_processor(dialect)
    name = column.name
    if given:
        return (lambda row: bind(row[name])) if bind else (lambda row: row[name])
    default: Any = column.default
    if default.is_scalar:
        constant = bind(default.arg) if bind else default.arg
        return lambda _row: constant
    if not default.is_callable:
        raise ValueError(
            f"{column.table.name}.{name} has a default that only the database knows: pass a value."
        )
    return (lambda _row: bind(default.arg(None))) if bind else (lambda _row: default.arg(None))


def _records(
    first: Mapping[str, Any],
    rest: Iterator[Mapping[str, Any]],
    makers: list[Callable[[Mapping[str, Any]], Any]],
) -> Iterator[tuple[Any, ...]]:
    yield tuple(make(first) for make in makers)
    for row in rest:
        yield tuple(make(row) for make in makers)


def _copy(engine: Engine, table: Table, names: list[str], records: Iterator[tuple[Any, ...]]) -> int:
    connection = engine.raw_connection()
    count = 0
    try:
        driver: Any = connection.driver_connection
        columns = ", ".join(f'"{name}"' for name in names)
        with (
            driver.cursor() as cursor,
            cursor.copy(f'COPY "{table.name}" ({columns}) FROM STDIN') as copy,
        ):
            for record in records:
                copy.write_row(record)
                count += 1
        connection.commit()
    finally:
        connection.close()
    return count


def _insert_many(engine: Engine, table: Table, names: list[str], records: Iterator[tuple[Any, ...]]) -> int:
    columns = ", ".join(f'"{name}"' for name in names)
    statement = f'INSERT INTO "{table.name}" ({columns}) VALUES ({", ".join("?" * len(names))})'
    connection = engine.raw_connection()
    count = 0
    try:
        while batch := list(islice(records, BATCH)):
            connection.cursor().executemany(statement, batch)
            count += len(batch)
        connection.commit()
    finally:
        connection.close()
    return count
