"""Questions about texts: what they are, contain, begin and end with, blind to case and width."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import singledispatch
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, or_

from app.core import fields
from app.core.fields.base import FieldProblem, half_width
from app.panel.alike import Mode, alike
from app.panel.operators.base import EMPTY, FILLED, Operator, Test, column_on, denial, one_text

LONGEST_TEXT = 200
_SEPARATORS = re.compile(r"[\s\-().·—–_/]+")


def _has_text(entity: Any, field: fields.Field, _operand: Any) -> ColumnElement[bool]:
    # NULL <> '' is not true, so what is empty is left out either way.
    has: ColumnElement[bool] = column_on(entity, field) != ""
    return has


def _has_no_text(entity: Any, field: fields.Field, _operand: Any) -> ColumnElement[bool]:
    column = column_on(entity, field)
    return or_(column.is_(None), column == "")


_TEXT_FILLED = replace(FILLED, test=_has_text)
_TEXT_EMPTY = replace(EMPTY, test=_has_text, direct=_has_no_text)


@singledispatch
def typed_text(_field: fields.Field, text: str) -> str:
    """Return what was typed as the field keeps it."""
    return fields.clean_line(text)


@typed_text.register
def _typed_phone(_field: fields.Phone, text: str) -> str:
    number = _SEPARATORS.sub("", half_width(text))
    for prefix in ("+86", "0086"):
        number = number.removeprefix(prefix)
    if not re.fullmatch(r"\+?[0-9]{1,24}", number):
        raise FieldProblem(_("This is no part of a phone number: digits only."))
    return number


def _read_text(field: fields.Field, texts: Sequence[str]) -> str:
    text = typed_text(field, one_text(texts))
    if not text:
        raise FieldProblem(_("Please fill this in."))
    if len(text) > LONGEST_TEXT:
        raise FieldProblem(_("At most %(most)d characters.", most=LONGEST_TEXT))
    return text


def _compared(mode: Mode) -> Test:
    return lambda entity, field, operand: alike(column_on(entity, field), mode, operand)


def _quoted(_field: fields.Field, _texts: Sequence[str], operand: Any) -> str:
    return str(_("“%(text)s”", text=operand))


def _text_operator(name: Mode, label: Any) -> Operator:
    return Operator(name, label, _compared(name), "text", read=_read_text, show=_quoted)


_IS = _text_operator("is", _l("is"))
_HAS = _text_operator("has", _l("contains"))
TEXT = (
    _HAS,
    denial(_HAS, "lacks", _l("does not contain")),
    _IS,
    denial(_IS, "not", _l("is not")),
    _text_operator("begins", _l("begins with")),
    _text_operator("ends", _l("ends with")),
    _TEXT_EMPTY,
    _TEXT_FILLED,
)
