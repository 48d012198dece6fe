"""Every value of real databases goes through its column's field and back, and the tables are what they were."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Column, Connection, Engine, MetaData, Table, and_, inspect, select, update

from app.adoption.columns import fit
from app.adoption.sketches import ColumnSketch
from tests.adoption.column_workshop import check_forms, open_engine
from tests.support.real_databases import EVERY_ONE

MOST_ROWS = 1_000
_SPELLED = {
    "sqlite": "SELECT name, type FROM pragma_table_xinfo('{table}')",
    "postgresql": "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute "
    "WHERE attrelid = '{table}'::regclass AND attnum > 0 AND NOT attisdropped",
    "mariadb": "SELECT column_name, column_type FROM information_schema.columns "
    "WHERE table_schema = database() AND table_name = '{table}'",
}


@pytest.fixture(params=EVERY_ONE, ids=" on ".join)
def real_engine(
    request: pytest.FixtureRequest, sqlite_core: Flask, real_database: Callable[[str, str], str]
) -> Iterator[Engine]:
    engine = open_engine(real_database(*request.param))
    yield engine
    engine.dispose()


def _sketches(connection: Connection, table: str) -> list[ColumnSketch]:
    statement = _SPELLED[connection.dialect.name].format(table=table)
    spelled = {row[0]: row[1] for row in connection.exec_driver_sql(statement)}
    return [
        ColumnSketch(each["name"], each["type"], spelled[each["name"]], nullable=each["nullable"])
        for each in inspect(connection).get_columns(table)
    ]


def _fingerprint(connection: Connection, table: str) -> Any:
    """Return what tells of every byte in a table, as the database itself reckons it."""
    if connection.dialect.name == "mariadb":
        return connection.exec_driver_sql(f"CHECKSUM TABLE `{table}` EXTENDED").one()[1]
    if connection.dialect.name == "postgresql":
        return connection.exec_driver_sql(
            f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM \"{table}\" t"
        ).scalar()
    names = [each["name"] for each in inspect(connection).get_columns(table)]
    cells = ", ".join(f'typeof("{name}"), quote("{name}")' for name in names)
    return connection.exec_driver_sql(f'SELECT {cells} FROM "{table}"').all()


def test_rows_of_real_databases_are_read_and_written_back_unchanged(real_engine: Engine) -> None:
    backend, seen = real_engine.dialect.name, 0
    with real_engine.connect() as connection:
        found = inspect(connection)
        for name in found.get_table_names():
            fits = {each.name: fit(each, backend) for each in _sketches(connection, name)}
            table = Table(name, MetaData(), *(Column(each, made.type) for each, made in fits.items()))
            entries = {each: made.field("v", each) for each, made in fits.items()}
            keys = found.get_pk_constraint(name)["constrained_columns"]
            before = _fingerprint(connection, name)
            for row in connection.execute(select(table).limit(MOST_ROWS)).mappings().all():
                seen += len(row)
                for each, value in row.items():
                    if value is not None or entries[each].required is False:
                        check_forms(entries[each], value)
                written = {
                    each: entries[each].parse(entries[each].raw(value))
                    for each, value in row.items()
                    if fits[each].writable and each not in keys
                }
                if keys and written:
                    here = and_(*(table.c[key] == row[key] for key in keys))
                    assert connection.execute(update(table).where(here).values(written)).rowcount == 1

            assert _fingerprint(connection, name) == before, name

    assert seen > 8_000
