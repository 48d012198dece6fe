"""Quantities: exact decimals (kilograms, pieces, doses), stored as scaled integers so that no database rounds."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Dialect
from sqlalchemy.types import TypeDecorator

from app.core.money import scaled_integer

_LARGEST = 2**63 - 1


class Quantity(TypeDecorator[Decimal]):
    """A Decimal with at most `scale` places; stored as `value * 10**scale`, sorts and sums exactly everywhere."""

    impl = BigInteger
    cache_ok = True

    @property
    def python_type(self) -> type[Decimal]:
        return Decimal

    def __init__(self, scale: int = 3) -> None:
        self.scale = scale
        super().__init__()

    def process_bind_param(self, value: Any, dialect: Dialect) -> int | None:  # noqa: ARG002
        if value is None:
            return None
        if isinstance(value, float):
            raise TypeError("a quantity is a Decimal, never a float")
        return scaled_integer(Decimal(value), self.scale, _LARGEST)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:  # noqa: ARG002
        return None if value is None else Decimal(int(value)).scaleb(-self.scale)
