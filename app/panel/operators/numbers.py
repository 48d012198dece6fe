"""Questions about whole numbers, quantities and money."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import singledispatch
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_

from app.core import fields
from app.core.shop import shop
from app.panel.operators.base import EMPTY, FILLED, Operator, Test, column_on, denial, one_text, two_texts

_LARGEST_WHOLE = 2**31 - 1
_LARGEST_AMOUNT = Decimal(10**12)


@singledispatch
def typed_number(field: fields.Field, text: str) -> Any:
    """Return what was typed as the column keeps it; the bounds of the form don't bind a question."""
    return field.parse_text(text)


@typed_number.register
def _typed_whole(field: fields.WholeNumber, text: str) -> Any:
    return replace(field, least=-_LARGEST_WHOLE, most=max(field.most, _LARGEST_WHOLE)).parse_text(text)


@typed_number.register
def _typed_quantity(field: fields.Quantity, text: str) -> Any:
    return replace(field, least=-_LARGEST_AMOUNT, most=_LARGEST_AMOUNT).parse_text(text)


@typed_number.register
def _typed_money(field: fields.Money, text: str) -> Any:
    return replace(field, may_be_negative=True).parse_text(text)


def _read_number(field: fields.Field, texts: Sequence[str]) -> Any:
    return typed_number(field, one_text(texts))


def _compare_numbers(compare: Callable[[Any, Any], ColumnElement[bool]]) -> Test:
    """Return the comparison of a column; money compares within the shop's currency only."""

    def test(entity: Any, field: fields.Field, operand: Any) -> ColumnElement[bool]:
        column = column_on(entity, field)
        if not isinstance(field, fields.Money):
            return compare(column, operand)
        ends = tuple(end.minor for end in operand) if isinstance(operand, tuple) else operand.minor
        return and_(getattr(entity, f"{field.name}_currency") == shop().currency, compare(column, ends))

    return test


def _shown_number(field: fields.Field, _texts: Sequence[str], operand: Any) -> str:
    if isinstance(operand, tuple):
        low, high = (_shown_number(field, (), end) for end in operand)
        return str(_("%(low)s and %(high)s", low=low, high=high))
    unit = str(getattr(field, "unit", ""))
    return f"{field.display(operand)} {unit}".rstrip()


def _number_operator(name: str, label: Any, compare: Callable[[Any, Any], ColumnElement[bool]]) -> Operator:
    return Operator(name, label, _compare_numbers(compare), "number", read=_read_number, show=_shown_number)


_EQUAL = _number_operator("eq", _l("is"), lambda column, value: column == value)
NUMBER = (
    _EQUAL,
    denial(_EQUAL, "ne", _l("is not")),
    _number_operator("ge", _l("is at least"), lambda column, value: column >= value),
    _number_operator("gt", _l("is more than"), lambda column, value: column > value),
    _number_operator("le", _l("is at most"), lambda column, value: column <= value),
    _number_operator("lt", _l("is less than"), lambda column, value: column < value),
    replace(
        _number_operator("between", _l("is between"), lambda column, ends: column.between(*ends)),
        values=2,
        read=two_texts(_read_number),
    ),
    EMPTY,
    FILLED,
)
