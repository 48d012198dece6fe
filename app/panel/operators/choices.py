"""Questions about choices out of a closed list, and about yes and no."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement
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


def _read_choices(field: fields.Field, texts: Sequence[str]) -> Any:
    return tuple(field.parse_text(text) for text in several_texts(texts))


def _is_one_of(entity: Any, field: fields.Field, operand: Any) -> ColumnElement[bool]:
    found: ColumnElement[bool] = column_on(entity, field).in_(operand)
    return found


def _shown_choices(field: fields.Field, _texts: Sequence[str], operand: Any) -> str:
    return listed(field.display(member) for member in operand)


_ANY_CHOICE = Operator(
    "any",
    _l("is any of"),
    _is_one_of,
    "choices",
    0,
    read=_read_choices,
    show=_shown_choices,
    say=said_of_many(_l("is")),
)
CHOICE = (
    _ANY_CHOICE,
    denial(_ANY_CHOICE, "none", _l("is none of"), say=said_of_many(_l("is not"))),
    EMPTY,
    FILLED,
)


def _is_yes(entity: Any, field: fields.Field, _operand: Any) -> ColumnElement[bool]:
    yes: ColumnElement[bool] = column_on(entity, field).is_(always())
    return yes


_YES = Operator("yes", _l("is yes"), _is_yes)
YES_NO = (_YES, denial(_YES, "no", _l("is no")))
