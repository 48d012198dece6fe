"""How each database says a wall clock, a period, an exact sum and an exact order; one class a dialect.

Constants stand in the text and are not bound: PostgreSQL compares what is grouped by letter for letter.
"""

from __future__ import annotations

import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal, Protocol

from sqlalchemy import (
    BINARY,
    CHAR,
    ColumnElement,
    DateTime,
    Integer,
    Numeric,
    Text,
    case,
    cast,
    collate,
    func,
    literal,
    literal_column,
    type_coerce,
)

Unit = Literal["day", "month", "quarter", "year"]
# A sum is kept to a millionth of the currency's unit, whatever the database made of it on the way.
PLACES = 6
_MILLION = 10**PLACES
_EXACT: Numeric[Any] = Numeric(38, PLACES)


class Dialect(Protocol):
    """What reports need of a database, in its own words."""

    def clock(self, time: Any, shift: int) -> ColumnElement[Any]:
        """Return a wall clock set back by `shift` seconds, so that each business day begins at midnight."""

    def at_least(self, clock: Any, moment: datetime.datetime) -> ColumnElement[bool]:
        """Return the condition that a clock shows `moment` or later."""

    def period(self, clock: Any, unit: Unit) -> ColumnElement[Any]:
        """Return the name of the period that a clock's moment lies in: `2026-03-05`, `2026-03`, `2026-Q1`, `2026`."""

    def total(self, amount: Any) -> ColumnElement[Any]:
        """Return the exact sum of amounts; `number` reads it."""

    def rounded(self, total: Any, digits: int) -> ColumnElement[Any]:
        """Return a sum as people see it, to `digits` decimals with halves away from zero, to order by."""

    def exactly(self, key: Any) -> ColumnElement[Any]:
        """Return a key that is equal to itself alone, whatever the collation, and ordered by its bytes."""


def number(value: Any) -> Decimal:
    """Return what `total` gave as a number, exact; zero for the sum of nothing."""
    return Decimal(0) if value is None else Decimal(value)


def half_up(amount: Decimal, digits: int) -> Decimal:
    """Return an amount to `digits` decimals, halves away from zero."""
    rounded = amount.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return rounded or abs(rounded)  # no “-0.00”


def _word(text: str) -> ColumnElement[Any]:
    return literal_column(f"'{text}'", Text())


def _divided(number: Any, step: int) -> ColumnElement[Any]:
    """Return a whole number divided, cut towards zero; SQLAlchemy's own division would make it a floating one."""
    return cast(number, Integer()).op("/")(literal_column(str(step)))


class _Sqlite:
    """SQLite: moments are text, and decimals may be floating numbers: each amount is made whole millionths first."""

    def clock(self, time: Any, shift: int) -> ColumnElement[Any]:
        # Cut to seconds before it is read: SQLite would round 23:59:59.9999 up into the next day.
        seconds = func.substr(type_coerce(time, Text()), literal_column("1"), literal_column("19"))
        back = (_word(f"-{shift} seconds"),) if shift else ()
        return func.strftime(_word("%Y-%m-%d %H:%M:%S"), seconds, *back, type_=Text())

    def at_least(self, clock: Any, moment: datetime.datetime) -> ColumnElement[bool]:
        return clock >= literal(moment.isoformat(" ", "seconds"), Text())

    def period(self, clock: Any, unit: Unit) -> ColumnElement[Any]:
        if unit == "quarter":
            month = cast(func.substr(clock, literal_column("6"), literal_column("2")), Integer())
            quarter = cast(_divided(month + literal_column("2"), 3), Text())
            return self._beginning(clock, 4) + _word("-Q") + quarter
        return self._beginning(clock, {"day": 10, "month": 7, "year": 4}[unit])

    def _beginning(self, clock: Any, length: int) -> ColumnElement[Any]:
        return func.substr(clock, literal_column("1"), literal_column(str(length)), type_=Text())

    def total(self, amount: Any) -> ColumnElement[Any]:
        plain = type_coerce(amount, Integer())
        whole = plain * literal_column(str(_MILLION))
        millionths = cast(func.round(plain * literal_column(f"{_MILLION}.0")), Integer())
        exact = case((func.typeof(amount) == _word("integer"), whole), else_=millionths)
        return type_coerce(func.sum(exact), _Millionths())

    def rounded(self, total: Any, digits: int) -> ColumnElement[Any]:
        step = 10 ** (PLACES - digits)
        plain = type_coerce(total, Integer())
        half = case(
            (plain < literal_column("0"), literal_column(str(-step // 2))),
            else_=literal_column(str(step // 2)),
        )
        return _divided(plain + half, step)

    def exactly(self, key: Any) -> ColumnElement[Any]:
        return cast(key, Text())


class _Server:
    """What both servers say alike: moments and decimals are types of their own."""

    def at_least(self, clock: Any, moment: datetime.datetime) -> ColumnElement[bool]:
        return clock >= literal(moment, DateTime())

    def total(self, amount: Any) -> ColumnElement[Any]:
        return func.sum(cast(amount, _EXACT))

    def rounded(self, total: Any, digits: int) -> ColumnElement[Any]:
        return func.round(total, literal_column(str(digits)))


class _Postgresql(_Server):
    _FORMATS = {"day": "YYYY-MM-DD", "month": "YYYY-MM", "quarter": 'YYYY-"Q"Q', "year": "YYYY"}

    def clock(self, time: Any, shift: int) -> ColumnElement[Any]:
        clock = cast(time, DateTime())
        return clock - literal_column(f"INTERVAL '{shift} seconds'") if shift else clock

    def period(self, clock: Any, unit: Unit) -> ColumnElement[Any]:
        return func.to_char(clock, _word(self._FORMATS[unit]), type_=Text())

    def exactly(self, key: Any) -> ColumnElement[Any]:
        return collate(cast(key, Text()), "C")


class _Mariadb(_Server):
    _FORMATS = {"day": "%Y-%m-%d", "month": "%Y-%m", "year": "%Y"}

    def clock(self, time: Any, shift: int) -> ColumnElement[Any]:
        clock = type_coerce(time, DateTime())
        return clock - literal_column(f"INTERVAL {shift} SECOND") if shift else clock

    def period(self, clock: Any, unit: Unit) -> ColumnElement[Any]:
        if unit == "quarter":
            return func.concat(
                func.date_format(clock, _word("%Y")), _word("-Q"), func.quarter(clock), type_=Text()
            )
        return func.date_format(clock, _word(self._FORMATS[unit]), type_=Text())

    def exactly(self, key: Any) -> ColumnElement[Any]:
        return cast(cast(key, CHAR()), BINARY())


class _Millionths(Numeric[Decimal]):
    """Whole millionths as the number they are."""

    cache_ok = True

    def result_processor(self, dialect: Any, coltype: Any) -> Any:  # noqa: ARG002 - SQLAlchemy's signature
        return lambda value: None if value is None else Decimal(value).scaleb(-PLACES)


_DIALECTS: dict[str, Dialect] = {
    "sqlite": _Sqlite(),
    "postgresql": _Postgresql(),
    "mysql": _Mariadb(),
    "mariadb": _Mariadb(),
}


def dialect_named(name: str) -> Dialect:
    """Return how the dialect called `name` by SQLAlchemy says it."""
    return _DIALECTS[name]
