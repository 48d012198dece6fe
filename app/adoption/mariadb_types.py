"""MariaDB's column types, which read every value their column can hold, without an error and without a loss."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import Text, false, func, literal, literal_column, true, type_coerce
from sqlalchemy.sql.operators import in_op, not_in_op
from sqlalchemy.types import UserDefinedType

from app.adoption.column_types import AsItIs, WrittenInstant, exact_single, shortest_single


class MariadbFloat(AsItIs):
    """MariaDB's four-byte float: asked for as a double, as it would be shown with six digits only."""

    def column_expression(self, column: Any) -> Any:
        return type_coerce(column * literal_column("1e0"), self)

    def read(self, value: Any) -> Any:
        return shortest_single(float(value))

    def write(self, value: Any) -> Any:
        # The double that equals the stored number, so that a comparison finds it.
        return exact_single(value) if isinstance(value, float | int | Decimal) else value


class MariadbInstant(WrittenInstant):
    """MariaDB's TIMESTAMP: asked for by seconds since 1970 and written in the session's zone, which stays the server's.

    With another zone `DEFAULT now()` would store another time of day than the shop's other programs do.
    """

    class Comparator(UserDefinedType.Comparator[Any]):
        """Compares with moments in the session's zone."""

        def operate(self, op: Any, *other: Any, **options: Any) -> Any:
            """Apply an operator."""
            if op in _ONE_OF and isinstance(other[0], list | tuple | set) and not other[0]:
                # SQLAlchemy can't write a list of nothing into an expression.
                return _ONE_OF[op]()
            return super().operate(op, *(_in_session_zone(each) for each in other), **options)

    comparator_factory = Comparator

    def column_expression(self, column: Any) -> Any:
        # Of a zero date that comes out of a subquery the server knows no seconds, but that it is 0.
        seconds = func.unix_timestamp(column)
        return func.coalesce(seconds, column * literal_column("0"), type_=self)

    def bind_expression(self, bound: Any) -> Any:
        # A zero date is none in any zone, so the value has to be named twice, and SQLAlchemy binds it only once.
        kept: Any = literal_column("@kebu_moment")
        is_zero = kept.op(":=")(bound).self_group().op("LIKE")(literal_column("'0000-%'"))
        return getattr(func, "if")(is_zero, kept, _here(kept))

    def read(self, value: Any) -> Any:
        microseconds = int(Decimal(str(value)) * 1_000_000)
        if not microseconds:
            return _ZERO_MOMENT
        return _EPOCH + datetime.timedelta(microseconds=microseconds)


_ONE_OF: Mapping[Any, Any] = {in_op: false, not_in_op: true}


def _here(moment: Any) -> Any:
    """Return the expression for a UTC moment in the zone of MariaDB's session."""
    return func.convert_tz(moment, literal_column("'+00:00'"), literal_column("@@session.time_zone"))


def _in_session_zone(operand: Any) -> Any:
    if isinstance(operand, datetime.datetime):
        return _here(literal(str(operand.astimezone(datetime.UTC).replace(tzinfo=None)), Text))
    if isinstance(operand, list | tuple | set):
        return [_in_session_zone(each) for each in operand]
    return literal(operand, Text) if isinstance(operand, str) else operand


_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
# No moment of 1970 is 0 in MariaDB: that means no date at all.
_ZERO_MOMENT = "0000-00-00 00:00:00"


class MariadbTime(AsItIs):
    """A time from -838:59:59 to 838:59:59 as its text, with `digits` of a second's fraction."""

    def __init__(self, digits: int = 0) -> None:
        super().__init__("time")
        self.digits = digits

    @property
    def python_type(self) -> type[Any]:
        return str

    def read(self, value: Any) -> Any:
        return write_duration(value, self.digits) if isinstance(value, datetime.timedelta) else str(value)


class MariadbBits(AsItIs):
    """BIT(n) as n digits 0 and 1."""

    def __init__(self, length: int = 1) -> None:
        super().__init__("bit")
        self.length = length

    @property
    def python_type(self) -> type[Any]:
        return str

    def read(self, value: Any) -> Any:
        number = int.from_bytes(value, "big") if isinstance(value, bytes) else int(value)
        return f"{number:0{self.length}b}"

    def write(self, value: Any) -> Any:
        return int(value, 2) if isinstance(value, str) and set(value) <= {"0", "1"} and value else value


class MariadbBit(AsItIs):
    """BIT(1) as yes or no."""

    @property
    def python_type(self) -> type[Any]:
        return bool

    def read(self, value: Any) -> Any:
        return bool(int.from_bytes(value, "big")) if isinstance(value, bytes) else bool(value)

    def write(self, value: Any) -> Any:
        return int(value)


class MariadbSet(AsItIs):
    """SET as a tuple of its members; the empty set is (), not None."""

    @property
    def python_type(self) -> type[Any]:
        return tuple

    def read(self, value: Any) -> Any:
        return tuple(value.split(",")) if value else ()

    def write(self, value: Any) -> Any:
        return value if isinstance(value, str) else ",".join(value)


class MariadbShape(AsItIs):
    """A geometry as its well-known text and, behind #, its bytes, which alone are exact and can be written again.

    For people the text; the bytes for taking back a deletion.
    """

    @property
    def python_type(self) -> type[Any]:
        return str

    def column_expression(self, column: Any) -> Any:
        return func.concat(func.ST_AsText(column), literal_column("' #'"), func.hex(column), type_=self)

    def write(self, value: Any) -> Any:
        try:
            return bytes.fromhex(str(value).rpartition("#")[2])
        except ValueError:
            return value


def write_duration(span: datetime.timedelta, digits: int = 0) -> str:
    """Return a time of MariaDB as it writes it: -838:59:59.25 for two digits of a second's fraction."""
    microseconds = abs(span) // datetime.timedelta(microseconds=1)
    seconds, fraction = divmod(microseconds, 1_000_000)
    sign = "-" if span < datetime.timedelta() else ""
    text = f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{text}.{fraction:06}"[: len(text) + 1 + digits] if digits else text
