"""Questions about choices that a manager made, and about answers that may be missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Text, and_, or_, type_coerce
from sqlalchemy import false as never
from sqlalchemy import true as always

from app.core import fields
from app.panel.operators.base import (
    EMPTY,
    FILLED,
    Operator,
    column_on,
    denial,
    listed,
    said_of_many,
    several_texts,
)


def _read_options(field: fields.Field, texts: Sequence[str]) -> Any:
    """Return the keys of the options; what is no longer offered can still be looked for."""
    option = getattr(field, "option")  # noqa: B009 (both kinds of choices have it, their base is private)
    return tuple(option(text).value for text in several_texts(texts))


def _label(field: fields.Field, key: str) -> str:
    return next((str(each.label) for each in getattr(field, "choices", ()) if each.value == key), key)


def _shown_options(field: fields.Field, _texts: Sequence[str], operand: Any) -> str:
    return listed(_label(field, key) for key in operand)


def _all_shown(field: fields.Field, _texts: Sequence[str], operand: Any) -> str:
    return listed((_label(field, key) for key in operand), "standard")


def _is_one_of(entity: Any, field: fields.Field, keys: Any) -> ColumnElement[bool]:
    found: ColumnElement[bool] = column_on(entity, field).in_(keys)
    return found


def _each(entity: Any, field: fields.Field, keys: Any) -> list[ColumnElement[bool]]:
    # Keys are letters and digits of our own making: nothing in them means anything to LIKE.
    text = type_coerce(column_on(entity, field), Text)
    return [text.like(f"%,{key},%") for key in keys]


_ANY_OPTION = Operator(
    "any",
    _l("is any of"),
    _is_one_of,
    "choices",
    0,
    read=_read_options,
    show=_shown_options,
    say=said_of_many(_l("is")),
)
ONE_CHOICE = (
    _ANY_OPTION,
    denial(_ANY_OPTION, "none", _l("is none of"), say=said_of_many(_l("is not"))),
    EMPTY,
    FILLED,
)

_INCLUDES_ANY = Operator(
    "any",
    _l("include any of"),
    lambda entity, field, keys: or_(*_each(entity, field, keys)),
    "choices",
    0,
    read=_read_options,
    show=_shown_options,
    say=said_of_many(_l("include")),
)
MANY_CHOICES = (
    _INCLUDES_ANY,
    Operator(
        "all",
        _l("include all of"),
        lambda entity, field, keys: and_(*_each(entity, field, keys)),
        "choices",
        0,
        read=_read_options,
        show=_all_shown,
        say=said_of_many(_l("include")),
    ),
    denial(_INCLUDES_ANY, "none", _l("include none of"), say=said_of_many(_l("do not include"))),
    EMPTY,
    FILLED,
)


def _says(answer: ColumnElement[bool]) -> Any:
    return lambda entity, field, _operand: column_on(entity, field).is_(answer)


# Where nobody answered, “no” would be a guess: unlike a plain yes or no, an answer can be empty.
ANSWER = (
    Operator("yes", _l("is yes"), _says(always())),
    Operator("no", _l("is no"), _says(never())),
    EMPTY,
    FILLED,
)
