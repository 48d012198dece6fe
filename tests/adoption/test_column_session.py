"""What a database or a role sets for its sessions does not decide what Kebu reads and writes back."""

from __future__ import annotations

import datetime
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import event, text

from app.adoption.column_session import faithful_statements
from app.core.fields.base import FieldProblem
from tests.adoption.column_workshop import Workshop, check_forms, open_engine
from tests.support.databases import BACKENDS

Workshops = Callable[[str], Workshop]

_STRANGE_SETTINGS = (
    "DateStyle = 'German, DMY'",
    "IntervalStyle = 'iso_8601'",
    "TimeZone = 'America/New_York'",
    "extra_float_digits = -15",
    "bytea_output = 'escape'",
    "xmloption = 'document'",
)
_VALUES = {
    "date": "'2026-03-05'",
    "timestamp": "'2026-03-05 14:30:05.123456'",
    "timestamptz": "'2026-03-05 14:30:05.123456+00'",
    "interval": "'1 year 2 days 03:04:05'",
    "double precision": "0.30000000000000004",
    "real": "16777217",
    "bytea": r"'\x00ff5c'",
    "xml": "XMLPARSE(CONTENT 'a<b/>')",
    "tstzrange": "'[2026-03-05 14:30+00,infinity)'",
    "money": "'1234.56'",
}


def test_settings_of_a_postgresql_database_change_nothing(
    sqlite_core: Flask, new_database: Callable[[str], str]
) -> None:
    engine = open_engine(new_database("postgresql"))
    with engine.begin() as connection:
        for setting in _STRANGE_SETTINGS:
            connection.execute(text(f"ALTER DATABASE {engine.url.database} SET {setting}"))
    engine.dispose()
    workshop = Workshop("postgresql", engine)
    try:
        for declared, literal in _VALUES.items():
            bench = workshop.bench(declared, [literal])
            before, value = bench.dump(1), bench.values()[1]
            check_forms(bench.entry, value)
            bench.empty(1)
            bench.write(1, bench.entry.parse(bench.entry.raw(value)))

            assert bench.dump(1) == before, declared
        with engine.begin() as connection:
            assert connection.execute(text("SELECT '2026-03-05'::date::text")).scalar() == "2026-03-05"
    finally:
        engine.dispose()


def test_mariadb_is_strict_but_lets_an_old_zero_date_be_written_again(workshop: Workshops) -> None:
    bench = workshop("mariadb").bench("date", ["'0000-00-00'", "'2026-02-31'"])
    values = bench.values()
    bench.empty(1)
    bench.write(1, values[1])

    assert values == {1: "0000-00-00", 2: "2026-02-31"} == bench.values()
    with workshop("mariadb").engine.begin() as connection:
        modes = connection.execute(text("SELECT @@sql_mode")).scalar_one().split(",")
    assert "STRICT_ALL_TABLES" in modes and "NO_ZERO_DATE" not in modes


@pytest.mark.parametrize("zone", ["+08:00", "-09:30", "+00:00"])
def test_moments_of_mariadb_are_the_same_in_every_zone_of_the_session(workshop: Workshops, zone: str) -> None:
    literals = ("'2026-03-05 14:30:05.25'", "'0000-00-00 00:00:00'", "'1970-01-02 00:00:01'", "NULL")
    shop = workshop("mariadb")
    bench = shop.bench("timestamp(3)", literals, "NULL")
    before = {row: bench.dump(row) for row in range(1, 5)}
    here = open_engine(shop.engine.url.render_as_string(hide_password=False))
    event.listen(here, "connect", lambda connection, _record: connection.query(f"SET time_zone = '{zone}'"))
    bench.workshop = Workshop("mariadb", here)
    try:
        values = bench.values()
        for row, value in values.items():
            assert value is None or row in bench.found(value) & bench.found_among([value])
            bench.write(row, bench.entry.parse(bench.entry.raw(value)))
        (added,) = bench.add([values[1]])
        with here.begin() as connection:
            assert connection.execute(text("SELECT @@session.time_zone")).scalar_one() == zone
    finally:
        here.dispose()
    bench.workshop = shop

    with shop.engine.begin() as connection:
        server = connection.execute(text("SELECT TIMESTAMPDIFF(SECOND, UTC_TIMESTAMP(), NOW())")).scalar_one()
    local = datetime.datetime(2026, 3, 5, 14, 30, 5, 250000, datetime.UTC) - datetime.timedelta(
        seconds=server
    )
    assert values[1] == local and values[2] == "0000-00-00 00:00:00" and values[4] is None
    assert {row: bench.dump(row) for row in before} == before
    assert bench.dump(added) == before[1]


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_new_connection_begins_outside_a_transaction(workshop: Workshops, backend: str) -> None:
    engine = workshop(backend).engine
    engine.dispose()
    connection = engine.raw_connection()
    try:
        driver = connection.driver_connection
        assert driver is not None
        if backend == "postgresql":
            assert driver.info.transaction_status.name == "IDLE"
        assert faithful_statements(backend) or backend == "sqlite"
    finally:
        connection.close()


def test_a_text_of_sqlite_that_is_no_text_is_shown_and_stays(workshop: Workshops) -> None:
    bench = workshop("sqlite").bench("TEXT", ["CAST(x'61ff62' AS TEXT)", "'good'"])
    before, values = bench.dump(1), bench.values()
    field = bench.entry

    assert field.display(values[1]) == "a\N{REPLACEMENT CHARACTER}b"
    assert field.export(values[1]).encode() and field.raw(values[1])[0].encode()
    with pytest.raises(FieldProblem):
        field.parse(field.raw(values[1]))
    assert bench.found(values[1]) == set() and bench.found("good") == {2}
    with bench.session() as session:
        session.get(bench.model, 1).neighbour = 5
    assert bench.dump(1) == before
