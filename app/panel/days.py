"""Days as filters say them: a date or so many days from today, and periods such as this week or the last 30 days."""

from __future__ import annotations

import calendar
import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app.core.fields.base import FieldProblem, half_width
from app.core.fields.dates import read_date, write_day
from app.core.shop import today

TODAY = "today"
MOST_DAYS = 36_500
_OFFSET = re.compile(r"([+-])(\d{1,6})d")


@dataclass(frozen=True)
class Day:
    """A day that a filter compares with: fixed, or `offset` days from the shop's present business day."""

    fixed: datetime.date | None = None
    offset: int = 0

    def date(self) -> datetime.date:
        """Return the day that is meant now."""
        return self.fixed if self.fixed is not None else today() + datetime.timedelta(days=self.offset)

    def text(self) -> str:
        """Return the day as addresses carry it: `2026-03-05`, `today`, `-30d`, `+7d`."""
        if self.fixed is not None:
            return self.fixed.isoformat()
        return f"{self.offset:+d}d" if self.offset else TODAY

    def words(self) -> str:
        """Return the day as a person says it."""
        if self.fixed is not None:
            return write_day(self.fixed)
        if not self.offset:
            return str(_("today"))
        count = abs(self.offset)
        if self.offset < 0:
            return str(ngettext("%(num)d day ago", "%(num)d days ago", count))
        return str(ngettext("%(num)d day from today", "%(num)d days from today", count))


def read_day(text: str) -> Day:
    """Return the day that `text` names; raise `FieldProblem`."""
    plain = half_width(text)
    if plain == TODAY:
        return Day()
    if match := _OFFSET.fullmatch(plain):
        count = _within_reason(int(match[2]))
        return Day(offset=-count if match[1] == "-" else count)
    return Day(fixed=read_date(text))


def read_count(text: str) -> int:
    """Return the number of days that `text` names, at least one; raise `FieldProblem`."""
    plain = half_width(text)
    if not (plain.isascii() and plain.isdecimal() and len(plain) < 9 and int(plain)):
        raise FieldProblem(_("This is not a number of days, such as 30."))
    return _within_reason(int(plain))


def _within_reason(count: int) -> int:
    if count > MOST_DAYS:
        raise FieldProblem(_("At most %(most)d days.", most=MOST_DAYS))
    return count


@dataclass(frozen=True)
class Span:
    """The days from `first` to `last`, both included."""

    first: datetime.date
    last: datetime.date


@dataclass(frozen=True)
class Period:
    """A span that moves with the calendar; `span(today)` says which one it is now."""

    name: str
    label: Any
    span: Callable[[datetime.date], Span]


def read_period(text: str) -> Period:
    """Return the period called `text`; raise `FieldProblem`."""
    if text not in PERIODS:
        raise FieldProblem(_("Please choose one of the list."))
    return PERIODS[text]


def last_days(count: int, day: datetime.date) -> Span:
    """Return the `count` days that end with `day`."""
    return Span(day - datetime.timedelta(days=count - 1), day)


def next_days(count: int, day: datetime.date) -> Span:
    """Return the `count` days that begin with `day`."""
    return Span(day, day + datetime.timedelta(days=count - 1))


def _single(offset: int) -> Callable[[datetime.date], Span]:
    def span(day: datetime.date) -> Span:
        shifted = day + datetime.timedelta(days=offset)
        return Span(shifted, shifted)

    return span


def _week(offset: int) -> Callable[[datetime.date], Span]:
    """Return the span of a week; weeks begin on Monday for everybody, or a shared view would mean two things."""

    def span(day: datetime.date) -> Span:
        monday = day - datetime.timedelta(days=day.weekday()) + datetime.timedelta(weeks=offset)
        return Span(monday, monday + datetime.timedelta(days=6))

    return span


def _months(length: int, offset: int) -> Callable[[datetime.date], Span]:
    """Return the span of `length` months (1, 3 or 12) that begin with January's, `offset` spans from now."""

    def span(day: datetime.date) -> Span:
        number = (day.year * 12 + day.month - 1) // length * length + offset * length
        year, month = divmod(number + length - 1, 12)
        last = datetime.date(year, month + 1, calendar.monthrange(year, month + 1)[1])
        return Span(datetime.date(number // 12, number % 12 + 1, 1), last)

    return span


PERIODS: dict[str, Period] = {
    each.name: each
    for each in (
        Period("today", _l("today"), _single(0)),
        Period("yesterday", _l("yesterday"), _single(-1)),
        Period("tomorrow", _l("tomorrow"), _single(1)),
        Period("this_week", _l("this week"), _week(0)),
        Period("last_week", _l("last week"), _week(-1)),
        Period("next_week", _l("next week"), _week(1)),
        Period("this_month", _l("this month"), _months(1, 0)),
        Period("last_month", _l("last month"), _months(1, -1)),
        Period("next_month", _l("next month"), _months(1, 1)),
        Period("this_quarter", _l("this quarter"), _months(3, 0)),
        Period("last_quarter", _l("last quarter"), _months(3, -1)),
        Period("next_quarter", _l("next quarter"), _months(3, 1)),
        Period("this_year", _l("this year"), _months(12, 0)),
        Period("last_year", _l("last year"), _months(12, -1)),
        Period("next_year", _l("next year"), _months(12, 1)),
    )
}
