"""Expressions as SQLAlchemy: columns that are given, values that are bound, nothing that a person typed as SQL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from flask_babel import gettext as _
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Numeric,
    String,
    Time,
    and_,
    func,
    literal,
    not_,
    or_,
)
from sqlalchemy import cast as sql_cast

from app.adoption.proposing.expression_nodes import (
    Among,
    Call,
    Condition,
    IsNull,
    Joined,
    Name,
    Negative,
    Not,
    Number,
    Text,
    Truth,
    Value,
)
from app.adoption.proposing.expressions import ExpressionProblem

Resolve = Callable[[Name], ColumnElement[Any]]


def as_value(node: Value, resolve: Resolve) -> ColumnElement[Any]:
    """Return a value as SQLAlchemy; `resolve` gives the columns, so that no name becomes SQL by itself.

    Dividing by 0 gives NULL on every database.
    """
    if isinstance(node, Name):
        return resolve(node)
    if isinstance(node, Number | Text | Truth):
        return _literal(node)
    if isinstance(node, Negative):
        return -_number(as_value(node.of, resolve))
    if isinstance(node, Call):
        return _called(node.function, [as_value(each, resolve) for each in node.of])
    left, right = _number(as_value(node.left, resolve)), _number(as_value(node.right, resolve))
    if node.sign == "/":
        return left / func.nullif(right, 0)
    return left + right if node.sign == "+" else left - right if node.sign == "-" else left * right


def _number(value: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a value to compute with: text as an exact number, yes and no as 1 and 0; moments are refused."""
    if isinstance(value.type, Date | DateTime | Time):
        raise ExpressionProblem(_("Dates and times can't be computed with."))
    if isinstance(value.type, Boolean):
        return sql_cast(value, Integer)
    return sql_cast(value, Numeric(24, 6)) if isinstance(value.type, String) else value


def _called(function: str, values: list[ColumnElement[Any]]) -> ColumnElement[Any]:
    if function == "coalesce":
        return func.coalesce(*values)
    plain = [value if isinstance(value.type, String) else sql_cast(value, String) for value in values]
    texts = [func.coalesce(value, "") for value in plain]
    whole: ColumnElement[Any] = texts[0]
    for text in texts[1:]:
        whole = whole.concat(text)
    return whole


def as_condition(node: Condition, resolve: Resolve) -> ColumnElement[bool]:
    """Return a condition as SQLAlchemy."""
    if isinstance(node, Joined):
        parts = [as_condition(part, resolve) for part in node.parts]
        return and_(*parts) if node.word == "and" else or_(*parts)
    if isinstance(node, Not):
        return not_(as_condition(node.of, resolve))
    if isinstance(node, IsNull):
        of = as_value(node.of, resolve)
        return of.is_not(None) if node.negated else of.is_(None)
    if isinstance(node, Among):
        of = as_value(node.of, resolve)
        values = [_alike(of, value) for value in node.values]
        return of.not_in(values) if node.negated else of.in_(values)
    left, right = as_value(node.left, resolve), as_value(node.right, resolve)
    if isinstance(node.right, Number | Text):
        right = literal(_alike(left, node.right))
    return _compared(node.sign, left, right)


def _compared(sign: str, left: ColumnElement[Any], right: ColumnElement[Any]) -> ColumnElement[bool]:
    made: dict[str, Callable[[], ColumnElement[bool]]] = {
        "=": lambda: left == right,
        "<>": lambda: left != right,
        "<": lambda: left < right,
        "<=": lambda: left <= right,
        ">": lambda: left > right,
        ">=": lambda: left >= right,
    }
    return made[sign]()


def _plain(node: Number | Text | Negative | Truth) -> Any:
    if isinstance(node, Negative):
        return -_plain(cast("Number", node.of))
    if isinstance(node, Number):
        return int(node.value) if node.value == node.value.to_integral_value() else node.value
    return node.value


def _alike(column: ColumnElement[Any], node: Number | Text | Negative | Truth) -> Any:
    """Return a literal as the column keeps it: PostgreSQL compares neither a boolean nor a text with a number."""
    value = _plain(node)
    if isinstance(column.type, Boolean) and value in (0, 1):
        return bool(value)
    if isinstance(column.type, String) and isinstance(node, Number):
        return str(node)
    if isinstance(column.type, Integer) and isinstance(node, Text) and node.value.lstrip("-").isdecimal():
        return int(node.value)
    return value


def _literal(node: Number | Text | Truth) -> ColumnElement[Any]:
    return literal(_plain(node))
