"""Times of three databases as the wall clock shows them, keys that equal each other, and values that Python has not."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, create_engine, text

from app.adoption.connecting import open_adopted
from app.adoption.playing.reading import Readable, all_readable, contract_of
from app.adoption.proposing.expressions import ExpressionProblem
from app.adoption.proposing.roles import RoleProposal
from app.adoption.reflecting import sketch
from tests.support.databases import BACKENDS

UTC = datetime.UTC
ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC")
# Around changes of clocks, ends of years, and the last second of a day.
MOMENTS = [
    int(datetime.datetime(*parts, tzinfo=UTC).timestamp())
    for parts in (
        (1986, 5, 3, 17, 59, 59), (1986, 5, 3, 18, 0, 0), (1991, 9, 14, 17, 0, 0), (1999, 12, 31, 15, 59, 59),
        (1999, 12, 31, 16, 0, 0), (2023, 3, 26, 0, 59, 59), (2023, 3, 26, 1, 0, 0), (2023, 10, 29, 0, 59, 59),
        (2023, 10, 29, 1, 0, 0), (2024, 2, 28, 16, 0, 0), (2024, 3, 10, 5, 29, 59), (2024, 3, 10, 5, 30, 0),
        (2024, 4, 6, 14, 59, 59), (2024, 4, 6, 15, 0, 0), (2036, 10, 26, 1, 0, 0),
    )
]  # fmt: skip


@pytest.fixture
def made(new_database: Callable[[str], str]) -> Any:
    """Return `made(backend, statements)`: an engine of a new database and what roles may read of it."""
    engines: list[Engine] = []

    def make(backend: str, *statements: str) -> tuple[Engine, Readable]:
        address = new_database(backend)
        writing = create_engine(address)
        with writing.begin() as connection:
            if backend == "mariadb":
                connection.execute(text("SET SESSION sql_mode = ''"))
            for statement in statements:
                connection.execute(text(statement))
        writing.dispose()
        engines.append(open_adopted(address, read_only=True))
        return engines[-1], all_readable(sketch(engines[-1]), {})

    yield make
    for engine in engines:
        engine.dispose()


def read(engine: Engine, mapping: RoleProposal, among: Readable) -> list[Any]:
    """Return the rows of a mapping in the order of their keys."""
    with engine.connect() as connection:
        rows = connection.execute(contract_of(mapping, among)).all()
    return sorted(rows, key=lambda row: int(row.key) if str(row.key).isdecimal() else str(row.key))


def sales(table: str = "sale", **more: Any) -> RoleProposal:
    """Return a mapping of a table with the columns id, at and total."""
    columns = more.pop("columns", (("key", "id"), ("time", "at"), ("amount", "total")))
    return RoleProposal("sales", "", table, columns, confidence=1.0, unit="major", **more)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("epoch", ["s", "ms"])
def test_seconds_since_1970_are_the_wall_clock_of_the_zone_also_when_the_clocks_change(
    made: Any, backend: str, epoch: str
) -> None:
    factor = 1000 if epoch == "ms" else 1
    values = ", ".join(
        f"({number}, {moment * factor + factor - 1}, 1)" for number, moment in enumerate(MOMENTS)
    )
    engine, among = made(
        backend,
        "CREATE TABLE sale (id INTEGER PRIMARY KEY, at BIGINT, total INTEGER)",
        f"INSERT INTO sale VALUES {values}",
    )

    for zone in ZONES:
        rows = read(engine, sales(epoch=epoch, time_zone=zone), among)
        wanted = [
            datetime.datetime.fromtimestamp(moment, ZoneInfo(zone)).replace(tzinfo=None) for moment in MOMENTS
        ]
        assert [row.time for row in rows] == wanted, zone


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_wall_clock_stays_and_a_date_begins_its_day(made: Any, backend: str) -> None:
    kind = "DATETIME" if backend != "postgresql" else "TIMESTAMP"
    engine, among = made(
        backend,
        f"CREATE TABLE sale (id INTEGER PRIMARY KEY, at {kind}, day DATE, total INTEGER)",
        "INSERT INTO sale VALUES (1, '2024-03-31 23:59:59', '2024-03-31', 5)",
    )

    by_clock = read(engine, sales(time_zone="Europe/Berlin"), among)
    columns = (("key", "id"), ("time", "day"), ("amount", "total"))
    by_day = read(engine, sales(time_zone="Europe/Berlin", columns=columns), among)

    assert by_clock[0].time == datetime.datetime.fromisoformat("2024-03-31T23:59:59")
    assert by_day[0].time == datetime.datetime.fromisoformat("2024-03-31T00:00:00")


@pytest.mark.postgresql
def test_times_with_a_zone_become_the_wall_clock_and_infinity_is_no_time(made: Any) -> None:
    engine, among = made(
        "postgresql",
        "CREATE TABLE sale (id INTEGER PRIMARY KEY, at TIMESTAMPTZ, total INTEGER)",
        "INSERT INTO sale VALUES (1, '2024-01-01 00:00:00+00', 1), (2, 'infinity', 1), (3, '0044-03-15 BC', 1)",
    )

    rows = read(engine, sales(time_zone="Asia/Shanghai"), among)

    assert [row.time for row in rows] == [datetime.datetime.fromisoformat("2024-01-01T08:00:00"), None, None]


def test_sqlite_s_texts_with_a_zone_are_converted_and_those_without_stay(made: Any) -> None:
    engine, among = made(
        "sqlite",
        "CREATE TABLE sale (id INTEGER PRIMARY KEY, at DATETIME, total INTEGER)",
        "INSERT INTO sale VALUES (1, '2024-01-01T00:00:00Z', 1), (2, '2024-01-01 09:00:00+01:00', 1)",
        "INSERT INTO sale VALUES (3, '2024-01-01 10:00', 1), (4, 'yesterday', 1), (5, '2024-01-01', 1)",
        "INSERT INTO sale VALUES (6, '2024-12-31 23:59:59.9999', 1)",
    )

    rows = read(engine, sales(time_zone="Asia/Shanghai"), among)

    assert [row.time and row.time.hour for row in rows] == [8, 16, 10, None, 0, 23]


@pytest.mark.mariadb
def test_zero_dates_are_no_time(made: Any) -> None:
    engine, among = made(
        "mariadb",
        "CREATE TABLE sale (id INTEGER PRIMARY KEY, at DATETIME, total INTEGER)",
        "INSERT INTO sale VALUES (1, '0000-00-00 00:00:00', 1), (2, '2024-00-10 00:00:00', 1), (3, '2024-01-10', 1)",
    )

    rows = read(engine, sales(time_zone="Asia/Shanghai"), among)

    assert [row.time is None for row in rows] == [True, True, False]


@pytest.mark.parametrize("backend", BACKENDS)
def test_keys_equal_each_other_however_each_table_keeps_them_and_what_is_missing_is_null(
    made: Any, backend: str
) -> None:
    engine, among = made(
        backend,
        "CREATE TABLE member (id INTEGER PRIMARY KEY)",
        "CREATE TABLE sale (id INT PRIMARY KEY, at INTEGER, total INTEGER, a NUMERIC(9,2), b CHAR(9), c VARCHAR(9))",
        "INSERT INTO member VALUES (7)",
        "INSERT INTO sale VALUES (1, 0, 12, 7.00, '7', '7')",
    )
    (member,) = read(engine, RoleProposal("customers", "", "member", (("key", "id"),), confidence=1.0), among)

    for column in "abc":
        columns = (("key", "id"), ("time", "at"), ("amount", "total"), ("customer", column))
        (row,) = read(engine, sales(columns=columns, epoch="s"), among)
        assert row.customer == member.key == "7"
    assert (row.quantity, row.cost, row.product, row.amount) == (None, None, None, Decimal(12))
    assert row._fields == ("key", "time", "customer", "product", "quantity", "amount", "cost", "branch")


def test_a_zone_that_does_not_exist_is_told(made: Any) -> None:
    _engine, among = made("sqlite", "CREATE TABLE sale (id INTEGER PRIMARY KEY, at INTEGER, total INTEGER)")

    with pytest.raises(ExpressionProblem, match="Moon"):
        contract_of(sales(epoch="s", time_zone="Moon/Crater"), among)
