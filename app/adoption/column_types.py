"""Column types for adopted tables: each reads every value its column can hold, without an error and without a loss.

Where Python has a type for a value it is of that type (a date, an exact decimal); where it has none (a zero date,
`infinity`, a year 12026) it is the text that the database writes, and is bound as that text. None of them is ever
used to create a table.
"""

from __future__ import annotations

import datetime
import re
import struct
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sqlalchemy import Dialect, Numeric, Text, cast, func, type_coerce
from sqlalchemy.types import TypeDecorator, UserDefinedType

from app.adoption.notation import is_broken
from app.core.shop import shop

Read = Callable[[Any], Any]
_LARGEST, _SMALLEST = 2**63 - 1, -(2**63)


class AsItIs(UserDefinedType[Any]):
    """A value as the driver gives it; bound without a cast, so that the server takes it for the column's own type."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        # SQLAlchemy asks each class for itself; the arguments of all of them are plain values.
        cls.cache_ok = True

    cache_ok = True

    def __init__(self, spelled: str = "text") -> None:
        self.spelled = spelled

    def get_col_spec(self, **_options: Any) -> str:
        """Return the type's name."""
        return self.spelled

    def read(self, value: Any) -> Any:
        """Return the value for what the driver gives; never called for NULL, never raises."""
        return value

    def write(self, value: Any) -> Any:
        """Return what the driver is given for a value."""
        return value

    def result_processor(self, _dialect: Dialect, _coltype: object) -> Read:
        return lambda value: None if value is None else self.read(value)

    def bind_processor(self, _dialect: Dialect) -> Read:
        return lambda value: None if value is None else self.write(value)


class Written(AsItIs):
    """A value as the text that PostgreSQL writes for it; exact for every type, as the server reads it back."""

    @property
    def python_type(self) -> type[Any]:
        return str

    def column_expression(self, column: Any) -> Any:
        # Named once more as this type, or what comes would be taken for a plain text.
        return type_coerce(cast(column, Text), self)

    def write(self, value: Any) -> Any:
        return str(value)


class WrittenDate(AsItIs):
    """A date; zero dates, `infinity`, days before Christ or of no month are their texts. MariaDB's driver does so."""

    def read(self, value: Any) -> Any:
        return value if isinstance(value, datetime.date) else read_date(str(value))

    def write(self, value: Any) -> Any:
        return value.date().isoformat() if isinstance(value, datetime.datetime) else str(value)


class WrittenMoment(AsItIs):
    """A date with a time but no zone: a naive datetime, or the text of what Python has none for.

    Aware moments are compared as the shop's wall clock shows them.
    """

    has_no_zone = True

    def read(self, value: Any) -> Any:
        return value if isinstance(value, datetime.datetime) else read_moment(str(value))

    def write(self, value: Any) -> Any:
        if isinstance(value, datetime.datetime) and value.tzinfo is not None:
            value = value.astimezone(shop().zone).replace(tzinfo=None)
        return str(value)


class WrittenInstant(AsItIs):
    """A point in time: an aware datetime in UTC, or the text of what Python has none for."""

    def read(self, value: Any) -> Any:
        moment = value if isinstance(value, datetime.datetime) else read_moment(str(value))
        if isinstance(moment, str):
            return moment
        if moment.tzinfo is None:
            return moment.replace(tzinfo=datetime.UTC)
        return _in_utc(moment) or str(value)

    def write(self, value: Any) -> Any:
        if not isinstance(value, datetime.datetime):
            return str(value)
        return str(value.astimezone(datetime.UTC).replace(tzinfo=None))


class PostgresqlDate(WrittenDate):
    """PostgreSQL's date; its driver refuses `infinity` and years beyond 9999, so it is asked for the text."""

    def column_expression(self, column: Any) -> Any:
        return type_coerce(cast(column, Text), self)


class PostgresqlMoment(WrittenMoment):
    """PostgreSQL's timestamp without a zone, asked for as text for the same reason."""

    def column_expression(self, column: Any) -> Any:
        return type_coerce(cast(column, Text), self)


class PostgresqlInstant(WrittenInstant):
    """PostgreSQL's timestamp with time zone, asked for as a text in UTC, whatever the zone of the session is."""

    def column_expression(self, column: Any) -> Any:
        return type_coerce(cast(func.timezone("UTC", column), Text), self)

    def read(self, value: Any) -> Any:
        moment = super().read(value)
        return _LATE_OR_EARLY.sub(r"\1+00\2", moment) if isinstance(moment, str) else moment

    def write(self, value: Any) -> Any:
        written = super().write(value)
        return f"{written}+00" if isinstance(value, datetime.datetime) else written


_LATE_OR_EARLY = re.compile(r"^(\d+-\d+-\d+ [\d:.]+)( BC)?$")


class PostgresqlFloat(AsItIs):
    """A float of either width; bound as its shortest text, which the server reads as the very same number."""

    def read(self, value: Any) -> Any:
        number = float(value)
        return number if number - number == 0 else _NO_NUMBER[str(number)]

    def write(self, value: Any) -> Any:
        return str(value)


_NO_NUMBER = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


class PostgresqlNumeric(TypeDecorator[Any]):
    """An exact decimal with its trailing zeros; `NaN` and the infinities are their texts."""

    impl = Numeric
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002
        return value

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002
        return value if value is None or value.is_finite() else _NO_NUMBER[str(float(value))]


class PostgresqlMoney(AsItIs):
    """PostgreSQL's money as an exact decimal, whatever sign and comma the server's locale writes."""

    def column_expression(self, column: Any) -> Any:
        return type_coerce(cast(column, Numeric), self)

    class Comparator(UserDefinedType.Comparator[Any]):
        """Compares money as the number that it is: the server compares it with money alone."""

        def operate(self, op: Any, *other: Any, **options: Any) -> Any:
            """Apply an operator."""
            return op(cast(self.expr, Numeric), *other, **options)

    comparator_factory = Comparator

    def write(self, value: Any) -> Any:
        # The driver tells the server that this is a number; a text would be read as the locale writes money.
        return Decimal(value) if isinstance(value, int) else value


class Padded(TypeDecorator[str]):
    """CHAR(n): without the blanks that the database fills up with and that mean nothing to it."""

    impl = Text
    cache_ok = True

    @property
    def python_type(self) -> type[str]:
        return str

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002
        return value.rstrip(" ") if isinstance(value, str) else value


class SqliteText(TypeDecorator[str]):
    """A text of SQLite. One that holds bytes that are no text is compared as bytes, which no text equals."""

    impl = Text
    cache_ok = True

    @property
    def python_type(self) -> type[str]:
        return str

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002
        broken = isinstance(value, str) and is_broken(value)
        return value.encode("utf-8", "surrogatepass") if broken else value


class SqliteValue(AsItIs):
    """Whatever SQLite holds, in the type that it holds it in: a column's type binds nothing there.

    Days and moments that a filter compares with are bound as texts in the usual form, the shop's wall clock.
    """

    def write(self, value: Any) -> Any:
        if isinstance(value, datetime.datetime):
            if value.tzinfo is not None:
                value = value.astimezone(shop().zone).replace(tzinfo=None)
            # Just the day at midnight: it stands before each way to write a time of that day.
            return str(value.date() if value.time() == datetime.time() else value)
        if isinstance(value, int):
            return value if _SMALLEST <= value <= _LARGEST else float(value)
        return value if isinstance(value, str | float | bytes) else str(value)


class SqliteNumeric(SqliteValue):
    """A DECIMAL of SQLite, which holds whole numbers and floats: as the decimal that the float is written as."""

    def read(self, value: Any) -> Any:
        if isinstance(value, int | float) and value - value == 0:
            return Decimal(repr(value))
        return value

    def write(self, value: Any) -> Any:
        if not isinstance(value, Decimal):
            return super().write(value)
        if not value.is_finite():
            return str(value)
        if value == value.to_integral_value() and _SMALLEST <= value <= _LARGEST and str(value) != "-0.0":
            return int(value)
        return float(value) if Decimal(repr(float(value))) == value else str(value)


def read_date(text: str) -> datetime.date | str:
    """Return the day of a text such as 2026-03-05, or the text itself where Python has no such day."""
    try:
        return datetime.date.fromisoformat(text) if len(text) == 10 else text
    except ValueError:
        return text


def read_moment(text: str) -> datetime.datetime | str:
    """Return the datetime of a text such as 2026-03-05 14:30:00.25+08, or the text itself where Python has none."""
    try:
        return datetime.datetime.fromisoformat(text)
    except ValueError:
        return text


def _in_utc(moment: datetime.datetime) -> datetime.datetime | None:
    try:
        return moment.astimezone(datetime.UTC)
    except OverflowError:
        return None


def exact_single(number: float | Decimal) -> float:
    """Return the four-byte float nearest to `number`, as the double that equals it; too large ones stay."""
    try:
        return float(struct.unpack("<f", struct.pack("<f", float(number)))[0])
    except OverflowError:
        return float(number)


def shortest_single(number: float) -> float:
    """Return the float with the fewest digits that is the same four-byte float as `number`."""
    exact = exact_single(number)
    for digits in range(1, 10):
        short = float(f"{exact:.{digits}g}")
        if exact_single(short) == exact:
            return short
    return exact
