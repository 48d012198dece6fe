"""Numbers of adopted tables: decimals that are never rounded, floats with all their digits, whole numbers."""

from __future__ import annotations

import math
import re
from dataclasses import KW_ONLY, dataclass
from decimal import Decimal
from typing import Any, ClassVar

from flask_babel import gettext as _

from app.adoption.column_types import exact_single, shortest_single
from app.adoption.fields.base import Faithful
from app.core import fields
from app.core.fields.base import FieldProblem, half_width
from app.core.fields.numbers import read_decimal

_EXACT = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,6})?")
_LONGEST = 140_000
_FARTHEST = 40
_ANY_LEAST, _ANY_MOST = Decimal("-Infinity"), Decimal("Infinity")


def _number(text: str) -> Decimal:
    """Return the number of a text, to the last digit and zero; raise `FieldProblem`."""
    plain = half_width(text).replace(" ", "")
    return Decimal(plain) if len(plain) <= _LONGEST and _EXACT.fullmatch(plain) else read_decimal(text)


def _written(number: Decimal, sign: str = "") -> str:
    """Return a number without an exponent, unless it is so large or small that nobody could read it."""
    far = number.is_finite() and not number.is_zero() and abs(number.adjusted()) > _FARTHEST
    far = far and len(number.as_tuple().digits) <= _FARTHEST
    return str(number) if far else f"{number:{sign}f}"


@dataclass(frozen=True)
class LooseWhole(Faithful, fields.WholeNumber):
    """A whole number; in SQLite the column may hold anything else too."""

    kinds: ClassVar[tuple[type, ...]] = (int,)


@dataclass(frozen=True)
class Year(fields.WholeNumber):
    """A year of MariaDB: 1901 to 2155, or 0."""

    _: KW_ONLY
    most: int = 2155

    def parse_text(self, text: str) -> int:
        year = super().parse_text(text)
        if 0 < year <= 1900:
            raise FieldProblem(_("This must lie between %(least)d and %(most)d.", least=1901, most=self.most))
        return year

    def display(self, value: Any) -> str:
        return "" if value is None else f"{value:04}"


@dataclass(frozen=True)
class ExactNumber(Faithful, fields.Quantity):
    """A decimal to the last digit; `scale` -1 lets it have any number of places. What would be rounded is refused."""

    _: KW_ONLY
    scale: int = -1
    least: Decimal = _ANY_LEAST
    most: Decimal = _ANY_MOST
    kinds: ClassVar[tuple[type, ...]] = (Decimal, int)

    def parse_text(self, text: str) -> Decimal:
        number = _number(text)
        if not self.least <= number <= self.most:
            raise FieldProblem(
                _("This must lie between %(least)s and %(most)s.", least=self.least, most=self.most)
            )
        if self.scale >= 0 and _places(number) > self.scale:
            raise FieldProblem(_("At most %(places)d decimal places.", places=self.scale))
        return number

    def display(self, value: Any) -> str:
        if value is None or self.is_odd(value):
            return super().display(value)
        return _written(Decimal(value), ",")

    def export(self, value: Any) -> str:
        if value is None or self.is_odd(value):
            return super().export(value)
        return _written(Decimal(value))


def _places(number: Decimal) -> int:
    """Return how many decimal places a number needs; zeros at the end need none."""
    digits, exponent = number.as_tuple().digits, number.as_tuple().exponent
    assert isinstance(exponent, int)
    ending = 0
    while ending < len(digits) and digits[-1 - ending] == 0:
        ending += 1
    return 0 if ending == len(digits) else max(0, -exponent - ending)


@dataclass(frozen=True)
class FloatNumber(Faithful, fields.Quantity):
    """A floating-point number with the fewest digits that mean just this one; `single` ones have four bytes."""

    _: KW_ONLY
    scale: int = -1
    least: Decimal = _ANY_LEAST
    most: Decimal = _ANY_MOST
    single: bool = False
    kinds: ClassVar[tuple[type, ...]] = (float, int)

    def is_odd(self, value: Any) -> bool:
        return super().is_odd(value) or (isinstance(value, float) and not math.isfinite(value))

    def parse_text(self, text: str) -> Any:
        number = _number(text)
        found = float(number)
        if not self.least <= number <= self.most or found - found != 0:
            raise FieldProblem(_("This number is too large."))
        if self.scale >= 0 and _places(number) > self.scale:
            raise FieldProblem(_("At most %(places)d decimal places.", places=self.scale))
        if not self.single:
            return found
        if exact_single(found) - exact_single(found) != 0 or abs(found) > _LARGEST_SINGLE:
            raise FieldProblem(_("This number is too large."))
        return shortest_single(found)

    def display(self, value: Any) -> str:
        if value is None or self.is_odd(value):
            return super().display(value)
        return _written(Decimal(repr(value)), ",").removesuffix(".0")

    def export(self, value: Any) -> str:
        return super().export(value) if value is None or self.is_odd(value) else repr(value)

    def to_json(self, value: Any) -> Any:
        return super().to_json(value) if value is None or self.is_odd(value) else value

    def schema(self) -> dict[str, Any]:
        return {"type": "number"}


_LARGEST_SINGLE = 3.4028235e38
