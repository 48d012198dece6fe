"""Money: an integer number of minor units together with its currency (ISO 4217), never a float."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow, localcontext

from babel.core import get_global

from app.core.errors import KebuError

MAX_MINOR = 10**15
# The default context would round a number of more than 28 digits without a word.
_EXACT = Context(prec=60, traps=[Inexact, InvalidOperation, Overflow])


class CurrencyMismatch(KebuError):
    """Two amounts in different currencies were added or compared."""

    code = "currency-mismatch"


def minor_digits(currency: str) -> int:
    """Return how many decimal places `currency` has (2 for CNY, 0 for JPY), by CLDR's currency data."""
    fractions = get_global("currency_fractions")
    return int(fractions.get(currency, fractions["DEFAULT"])[0])


def scaled_integer(number: Decimal, places: int, most: int) -> int:
    """Return `number * 10**places`, exact; raise ValueError if that is no whole number of at most `most` either way."""
    with localcontext(_EXACT):
        try:
            scaled = number.scaleb(places)
            if not scaled.is_finite() or abs(scaled) > most or scaled != scaled.to_integral_value():
                raise ValueError("more decimals or more digits than are kept")
        except ArithmeticError as error:
            raise ValueError("more decimals or more digits than are kept") from error
        return int(scaled)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount: `minor` units (分, cents) of `currency`; adds and compares only within one currency."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.minor, int) or isinstance(self.minor, bool):
            raise TypeError("money counts whole minor units")
        if not re.fullmatch(r"[A-Z]{3}", self.currency):
            raise ValueError("a currency is three capital letters")

    def __composite_values__(self) -> tuple[int, str]:
        return self.minor, self.currency

    @property
    def amount(self) -> Decimal:
        """The amount in major units (yuan, dollars), exact."""
        return Decimal(self.minor).scaleb(-minor_digits(self.currency))

    @classmethod
    def from_amount(cls, amount: Decimal, currency: str) -> Money:
        """Return money for an amount in major units; raise ValueError if it has more decimals than the currency."""
        return cls(scaled_integer(amount, minor_digits(currency), MAX_MINOR), currency)

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __mul__(self, count: int) -> Money:
        return Money(self.minor * count, self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise CurrencyMismatch
        return other.minor

    def allocate(self, weights: list[int]) -> list[Money]:
        """Split into shares by whole-number weights so that the shares add up to the cent (largest remainder)."""
        total = sum(weights)
        if total <= 0 or any(weight < 0 for weight in weights):
            raise ValueError("weights must be positive")
        shares = [self.minor * weight // total for weight in weights]
        by_remainder = sorted(
            range(len(weights)), key=lambda i: (self.minor * weights[i]) % total, reverse=True
        )
        for i in by_remainder[: self.minor - sum(shares)]:
            shares[i] += 1
        return [Money(share, self.currency) for share in shares]
