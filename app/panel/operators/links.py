"""Questions about links to other records; whoever may not list those can't ask for one of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Literal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import aliased

from app.core import fields
from app.core.declaration import Screen
from app.core.errors import UnreadableToken
from app.core.fields.base import FieldProblem
from app.core.kernel import kernel
from app.core.keys import KeyPart, decode_token
from app.core.permissions import granted
from app.panel.columns import any_key, fits, titles_of
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


def _target(field: fields.Field) -> Screen:
    return kernel().screens[getattr(field, "to", "")]


def _read_records(field: fields.Field, texts: Sequence[str]) -> Any:
    """Return the keys; whoever may not list the linked records can't ask for one of them."""
    target = kernel().screens.get(getattr(field, "to", ""))
    if target is None or not granted(target.permission("list")):
        raise FieldProblem(_("Your role does not let you choose one of these."))
    keys: list[tuple[KeyPart, ...]] = []
    for token in several_texts(texts):
        try:
            keys.append(decode_token(token.strip()))
        except UnreadableToken as error:
            raise FieldProblem(_("Please choose one from the suggestions.")) from error
    return tuple(keys)


def _shown_records(style: Literal["or", "standard"]) -> Callable[[fields.Field, Sequence[str], Any], str]:
    def show(field: fields.Field, _texts: Sequence[str], operand: Any) -> str:
        titles = titles_of(_target(field), operand)
        return listed((titles.get(key, "?") for key in operand), style)

    return show


def _links_to_one(entity: Any, field: fields.Field, operand: Any) -> ColumnElement[bool]:
    column = column_on(entity, field)
    found: ColumnElement[bool] = column.in_(
        [key[0] for key in operand if len(key) == 1 and fits(column, key[0])]
    )
    return found


_ANY_LINK = Operator(
    "any",
    _l("is any of"),
    _links_to_one,
    "records",
    0,
    read=_read_records,
    show=_shown_records("or"),
    say=said_of_many(_l("is")),
)
LINK = (_ANY_LINK, denial(_ANY_LINK, "none", _l("is none of"), say=said_of_many(_l("is not"))), EMPTY, FILLED)


def _linked(entity: Any, field: fields.Field, keys: Any) -> ColumnElement[bool]:
    target = _target(field)
    relation, other = getattr(entity, field.name), aliased(target.model)
    found: ColumnElement[bool] = relation.of_type(other).any(any_key(target, keys, other))
    return found


def _linked_to_all(entity: Any, field: fields.Field, keys: Any) -> ColumnElement[bool]:
    return and_(*(_linked(entity, field, [key]) for key in keys))


def _linked_at_all(entity: Any, field: fields.Field, _operand: Any) -> ColumnElement[bool]:
    found: ColumnElement[bool] = getattr(entity, field.name).any()
    return found


_ANY_LINKS = Operator(
    "any",
    _l("include any of"),
    _linked,
    "records",
    0,
    read=_read_records,
    show=_shown_records("or"),
    say=said_of_many(_l("include")),
)
_LINKS_FILLED = replace(FILLED, test=_linked_at_all)
LINKS = (
    _ANY_LINKS,
    replace(
        _ANY_LINKS,
        name="all",
        label=_l("include all of"),
        test=_linked_to_all,
        show=_shown_records("standard"),
    ),
    denial(_ANY_LINKS, "none", _l("include none of"), say=said_of_many(_l("do not include"))),
    replace(EMPTY, test=_linked_at_all, direct=None),
    _LINKS_FILLED,
)
