"""Questions about days and moments; moments count by the shop's business day."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import ColumnElement, and_, false

from app.core import fields
from app.core.clock import day_begins
from app.core.shop import shop, today
from app.panel.days import Span, last_days, next_days, read_count, read_day, read_period
from app.panel.operators.base import EMPTY, FILLED, Operator, Test, column_on, denial, one_text, two_texts


def _bound(field: fields.Field, day: datetime.date) -> Any:
    """Return where `day` begins in the column: the day itself, or for moments the shop's business day."""
    if not isinstance(field, fields.Moment):
        return day
    here = shop()
    return day_begins(day, here.zone, here.day_starts)


def _within(entity: Any, field: fields.Field, span: Span) -> ColumnElement[bool]:
    if span.first > span.last:
        return false()
    column = column_on(entity, field)
    end = _bound(field, span.last + datetime.timedelta(days=1))
    return and_(column >= _bound(field, span.first), column < end)


def _before(entity: Any, field: fields.Field, day: datetime.date) -> ColumnElement[bool]:
    before: ColumnElement[bool] = column_on(entity, field) < _bound(field, day)
    return before


def _from(entity: Any, field: fields.Field, day: datetime.date) -> ColumnElement[bool]:
    since: ColumnElement[bool] = column_on(entity, field) >= _bound(field, day)
    return since


def _read_one_day(_field: fields.Field, texts: Sequence[str]) -> Any:
    return read_day(one_text(texts))


def _shown_day(_field: fields.Field, _texts: Sequence[str], operand: Any) -> str:
    if isinstance(operand, tuple):
        return str(_("%(low)s and %(high)s", low=operand[0].words(), high=operand[1].words()))
    return str(operand.words())


def _day_operator(name: str, label: Any, test: Test) -> Operator:
    return Operator(name, label, test, "day", read=_read_one_day, show=_shown_day)


def _following(day: Any) -> datetime.date:
    following: datetime.date = day.date() + datetime.timedelta(days=1)
    return following


def _said_last(_operator: Operator, _field: fields.Field, _texts: Sequence[str], days: int) -> str:
    return str(ngettext("is in the last %(num)d day", "is in the last %(num)d days", days))


def _said_next(_operator: Operator, _field: fields.Field, _texts: Sequence[str], days: int) -> str:
    return str(ngettext("is in the next %(num)d day", "is in the next %(num)d days", days))


_ON = _day_operator(
    "eq", _l("is"), lambda entity, field, day: _within(entity, field, Span(day.date(), day.date()))
)
DAY = (
    Operator(
        "within",
        _l("is"),
        lambda entity, field, period: _within(entity, field, period.span(today())),
        "period",
        read=lambda _field, texts: read_period(one_text(texts)),
        show=lambda _field, _texts, period: str(period.label),
    ),
    Operator(
        "last",
        _l("is in the last"),
        lambda entity, field, count: _within(entity, field, last_days(count, today())),
        "count",
        read=lambda _field, texts: read_count(one_text(texts)),
        say=_said_last,
    ),
    Operator(
        "next",
        _l("is in the next"),
        lambda entity, field, count: _within(entity, field, next_days(count, today())),
        "count",
        read=lambda _field, texts: read_count(one_text(texts)),
        say=_said_next,
    ),
    _ON,
    denial(_ON, "ne", _l("is not")),
    _day_operator("lt", _l("is earlier than"), lambda entity, field, day: _before(entity, field, day.date())),
    _day_operator(
        "le", _l("is no later than"), lambda entity, field, day: _before(entity, field, _following(day))
    ),
    _day_operator(
        "gt", _l("is later than"), lambda entity, field, day: _from(entity, field, _following(day))
    ),
    _day_operator(
        "ge", _l("is no earlier than"), lambda entity, field, day: _from(entity, field, day.date())
    ),
    replace(
        _day_operator(
            "between",
            _l("is between"),
            lambda entity, field, days: _within(entity, field, Span(days[0].date(), days[1].date())),
        ),
        values=2,
        read=two_texts(_read_one_day),
    ),
    EMPTY,
    FILLED,
)
