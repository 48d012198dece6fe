"""Numbers: whole numbers, exact quantities and money."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from decimal import Decimal
from typing import Any, ClassVar

from babel.numbers import format_currency, get_currency_symbol
from flask_babel import format_decimal, get_locale
from flask_babel import gettext as _

from app.core.fields.base import Field, FieldProblem, half_width
from app.core.money import Money as Amount
from app.core.money import minor_digits, scaled_integer
from app.core.shop import shop

_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)")
_LARGEST = 2**63 - 1
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
# What people write beside an amount, besides the code; "half_width" has already made ￥ a ¥.
_CURRENCY_SIGNS = {
    "CNY": ("RMB", "¥", "元", "圆", "块"),
    "EUR": ("€", "欧元"),
    "GBP": ("£", "英镑"),
    "HKD": ("HK$", "$", "港元", "港币"),
    "JPY": ("¥", "円", "日元"),
    "KRW": ("₩", "韩元"),
    "TWD": ("NT$", "$", "元"),
    "USD": ("US$", "$", "美元"),
}


def read_decimal(text: str) -> Decimal:
    """Return the exact number a person typed (1,234.5, １２３, +3); raise `FieldProblem`."""
    plain = half_width(text).replace(" ", "")
    if any(unicodedata.category(letter) == "No" for letter in text):
        # "5²" would become 52.
        raise FieldProblem(_("This is not a number, such as 12 or 3.5."))
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    if not _PLAIN.fullmatch(plain) or len(plain) > 30:
        raise FieldProblem(_("This is not a number, such as 12 or 3.5."))
    number = Decimal(plain)
    return number.copy_abs() if number.is_zero() else number


def _without_sign(text: str, currency: str) -> str:
    """Return an amount's text without the sign of `currency`; any other currency's sign stays and is no number."""
    plain = half_width(text)
    minus = "-" if plain.startswith("-") else ""
    plain = plain.removeprefix("-").strip()
    for sign in (currency, *_CURRENCY_SIGNS.get(currency, ())):
        if plain.upper().startswith(sign):
            plain = plain[len(sign) :].strip()
        if plain.upper().endswith(sign):
            plain = plain[: -len(sign)].strip()
    return minus + plain


@dataclass(frozen=True)
class WholeNumber(Field):
    """A whole number between `least` and `most`."""

    _: KW_ONLY
    least: int = 0
    most: int = 2_147_483_647
    widget: ClassVar[str] = "number"
    align: ClassVar[str] = "end"

    def parse_text(self, text: str) -> int:
        number = read_decimal(text)
        if number != number.to_integral_value():
            raise FieldProblem(_("This must be a whole number."))
        if not self.least <= number <= self.most:
            raise FieldProblem(
                _("This must lie between %(least)d and %(most)d.", least=self.least, most=self.most)
            )
        return int(number)

    def display(self, value: Any) -> str:
        return "" if value is None else str(format_decimal(value))

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}

    def attributes(self) -> Mapping[str, str]:
        return {"inputmode": "numeric", "autocomplete": "off"}


@dataclass(frozen=True)
class Quantity(Field):
    """An exact quantity with at most `scale` decimal places and a unit shown beside it."""

    _: KW_ONLY
    scale: int = 3
    least: Decimal = Decimal(0)
    most: Decimal = Decimal(1_000_000)
    unit: Any = ""
    widget: ClassVar[str] = "quantity"
    align: ClassVar[str] = "end"

    def parse_text(self, text: str) -> Decimal:
        number = read_decimal(text)
        if not self.least <= number <= self.most:
            raise FieldProblem(
                _("This must lie between %(least)s and %(most)s.", least=self.least, most=self.most)
            )
        try:
            scaled_integer(number, self.scale, _LARGEST)
        except ValueError as error:
            raise FieldProblem(_("At most %(places)d decimal places.", places=self.scale)) from error
        return number

    def raw(self, value: Any) -> list[str]:
        return [] if value is None else [self.export(value)]

    def display(self, value: Any) -> str:
        return (
            ""
            if value is None
            else str(format_decimal(value, format="#,##0" + "." * bool(self.scale) + "#" * self.scale))
        )

    def export(self, value: Any) -> str:
        return "" if value is None else f"{value.normalize():f}"

    def to_json(self, value: Any) -> Any:
        return None if value is None else self.export(value)

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "decimal"}

    def attributes(self) -> Mapping[str, str]:
        return {"inputmode": "decimal", "autocomplete": "off"}


@dataclass(frozen=True)
class Money(Field):
    """An amount of money in the shop's currency; the model keeps `<name>_minor` and `<name>_currency`."""

    _: KW_ONLY
    may_be_negative: bool = False
    widget: ClassVar[str] = "money"
    align: ClassVar[str] = "end"

    @property
    def column(self) -> str:
        return f"{self.name}_minor"

    def parse_text(self, text: str) -> Amount:
        currency = shop().currency
        number = read_decimal(_without_sign(text, currency))
        if number < 0 and not self.may_be_negative:
            raise FieldProblem(_("An amount here can't be negative."))
        try:
            return Amount.from_amount(number, currency)
        except ValueError as error:
            places = minor_digits(currency)
            raise FieldProblem(
                _("An amount of money has at most %(places)d decimals.", places=places)
            ) from error

    def raw(self, value: Any) -> list[str]:
        return [] if value is None else [self.export(value)]

    def display(self, value: Any) -> str:
        if value is None:
            return ""
        return format_currency(value.amount, value.currency, locale=get_locale() or "en")

    def export(self, value: Any) -> str:
        return "" if value is None else f"{value.amount:f}"

    def to_json(self, value: Any) -> Any:
        return None if value is None else {"amount": self.export(value), "currency": value.currency}

    def from_json(self, document: Any) -> Any:
        if isinstance(document, dict):
            if document.get("currency", shop().currency) != shop().currency:
                raise FieldProblem(_("Amounts are kept in %(currency)s.", currency=shop().currency))
            document = document.get("amount")
        return super().from_json(document)

    def schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {
                "amount": {"type": "string", "format": "decimal"},
                "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
            },
            "required": ["amount"],
        }

    def attributes(self) -> Mapping[str, str]:
        return {"inputmode": "decimal", "autocomplete": "off"}

    def symbol(self) -> str:
        """Return the sign of the shop's currency (¥)."""
        return get_currency_symbol(shop().currency, locale=get_locale() or "en")
