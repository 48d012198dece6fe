"""The base of all operators: an affirmative condition, how its operand is read and said, and its denial."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from babel.lists import format_list
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement
from sqlalchemy import true as always

from app.core import fields
from app.core.fields.base import FieldProblem

MOST_VALUES = 50
Test = Callable[[Any, fields.Field, Any], ColumnElement[bool]]


def _nothing(_field: fields.Field, _texts: Sequence[str]) -> Any:
    """Return the operand of a question that has none."""
    return ()


def _plainly(operator: Operator, field: fields.Field, texts: Sequence[str], operand: Any) -> str:
    """Return “contains “wang””: the operator and the operand as it is shown."""
    shown = operator.show(field, texts, operand)
    return str(_("%(operator)s %(value)s", operator=operator.label, value=shown)) if shown else str(operator)


def said_of_many(one: Any) -> Callable[[Operator, fields.Field, Sequence[str], Any], str]:
    """Return how a question about several values is said: with a single one, as “is WeChat” rather than “is any of”."""

    def say(operator: Operator, field: fields.Field, texts: Sequence[str], operand: Any) -> str:
        label = one if len(operand) == 1 else operator.label
        return str(_("%(operator)s %(value)s", operator=label, value=operator.show(field, texts, operand)))

    return say


@dataclass(frozen=True)
class Operator:
    """One question about a field.

    `input` is how its operand is asked for: none, text, number, day, count, period, choices or records; `values` how
    many there are (0: any number up to 50). `read` makes texts an operand or raises `FieldProblem`, `test(entity,
    field, operand)` is the affirmative condition, `denied` whether the question is its denial. `direct` says a denial
    of an own field in words that an index understands. `say` is the question in words, `show` its operand.
    """

    name: str
    label: Any
    test: Test
    input: str = "none"
    values: int = 1
    read: Callable[[fields.Field, Sequence[str]], Any] = _nothing
    show: Callable[[fields.Field, Sequence[str], Any], str] = lambda _field, _texts, _operand: ""
    say: Callable[[Operator, fields.Field, Sequence[str], Any], str] = _plainly
    denied: bool = False
    direct: Test | None = None

    def __str__(self) -> str:
        return str(self.label)

    def condition(self, entity: Any, field: fields.Field, operand: Any) -> ColumnElement[bool]:
        """Return the condition on a row of `entity` itself."""
        if not self.denied:
            return self.test(entity, field, operand)
        if self.direct is not None:
            return self.direct(entity, field, operand)
        return self.test(entity, field, operand).is_not(always())


def denial(operator: Operator, name: str, label: Any, **changes: Any) -> Operator:
    """Return the question that is true wherever `operator` is not."""
    return replace(operator, name=name, label=label, denied=True, **changes)


def column_on(entity: Any, field: fields.Field) -> Any:
    """Return the column of a field on a table or an alias of it."""
    return getattr(entity, field.column)


def one_text(texts: Sequence[str]) -> str:
    """Return the one text of an operand; raise `FieldProblem` when it is blank."""
    text = texts[0] if texts else ""
    if not text.strip():
        raise FieldProblem(_("Please fill this in."))
    return text


def listed(words: Iterable[str], style: Literal["or", "standard"] = "or") -> str:
    """Return “a, b or c” (style "or") or “a, b and c” ("standard") in the person's language."""
    return format_list(list(words), style=style, locale=get_locale() or "en")


def _is_filled(entity: Any, field: fields.Field, _operand: Any) -> ColumnElement[bool]:
    filled: ColumnElement[bool] = column_on(entity, field).is_not(None)
    return filled


def _is_empty(entity: Any, field: fields.Field, _operand: Any) -> ColumnElement[bool]:
    empty: ColumnElement[bool] = column_on(entity, field).is_(None)
    return empty


FILLED = Operator("filled", _l("is filled in"), _is_filled)
EMPTY = denial(FILLED, "empty", _l("is empty"), direct=_is_empty)


def two_texts(
    read: Callable[[fields.Field, Sequence[str]], Any],
) -> Callable[[fields.Field, Sequence[str]], Any]:
    """Return how two texts are read that `read` reads one by one."""

    def read_two(field: fields.Field, texts: Sequence[str]) -> Any:
        if len(texts) != 2:
            raise FieldProblem(_("Please fill in both ends."))
        return read(field, texts[:1]), read(field, texts[1:])

    return read_two


def several_texts(texts: Sequence[str]) -> list[str]:
    """Return the different texts of an operand; raise `FieldProblem` without any."""
    found = list(dict.fromkeys(text for text in texts if text.strip()))
    if not found:
        raise FieldProblem(_("Please choose at least one."))
    return found
