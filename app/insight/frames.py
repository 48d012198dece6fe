"""Frames: the only door to pandas. A fact and a span become one bounded SELECT, added up by the database, then a frame.

Money and quantities are exact decimals in columns of objects; pandas makes no floating number of them.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import ColumnElement, Select, Subquery, case, distinct, func, select
from sqlalchemy.exc import DataError

from app.core.database import db
from app.core.facts import OWN_BOOK, FactProvider
from app.core.fields.dates import EARLIEST_YEAR, LATEST_YEAR
from app.core.money import minor_digits
from app.core.outside import engine_of, outside_of
from app.core.shop import shop
from app.insight.dialects import Dialect, Unit, dialect_named, number
from app.insight.errors import NoPlainNumber, TooMuchForOneReport

if TYPE_CHECKING:
    from pandas import DataFrame

MOST_ROWS = 100_000
MOST_BRANCHES = 200
_DAY = datetime.timedelta(days=1)
_NUMBERS = ("amount", "quantity")
# Decimals are counted with 28 digits; whoever has more money than this has a typing error.
_BEYOND_SENSE = 10**18
By = Literal["customer", "product"]


@dataclass(frozen=True, slots=True)
class Span:
    """The business days from `since` to `until`, both included; None is the first of 1800, the last of 2999."""

    since: datetime.date | None = None
    until: datetime.date | None = None


EVERY_DAY = Span()


def digits_of(provider: FactProvider) -> int:
    """Return to how many decimals people see the book's money; two where nobody said its currency."""
    currency = currency_of(provider)
    return minor_digits(currency) if currency else 2


def currency_of(provider: FactProvider) -> str:
    """Return the book's currency (ISO 4217); '' where nobody said it."""
    return provider.currency or (shop().currency if provider.book == OWN_BOOK else "")


class SalesFrames:
    """The sales of one book within a span, and of one branch where `branch` names one, added up in several ways."""

    def __init__(self, provider: FactProvider, span: Span, branch: str = "") -> None:
        statement = provider.select()
        self._dialect = _dialect_of(statement)
        self._digits = digits_of(provider)
        self._fact = statement.subquery("fact")
        self._clock = self._dialect.clock(self._fact.c.time, _shift(provider))
        self._conditions = tuple(self._within(span))
        if branch:
            key = self._dialect.exactly(branch)
            self._conditions += (self._dialect.exactly(self._fact.c.branch) == key,)

    def by_period(self, unit: Unit) -> DataFrame:
        """Return `period`, `amount`, `sales`, `customers`: a row a period that has sales, in their order."""
        period = self._dialect.period(self._clock, unit)
        query = select(period.label("period"), *self._sums()).group_by(period).order_by(period)
        return _frame(self._asked(query))

    def whole(self) -> DataFrame:
        """Return `amount`, `sales`, `customers` of the whole span in one row."""
        return _frame(self._asked(select(*self._sums())))

    def top(self, by: By, most: int) -> DataFrame:
        """Return `key`, `amount`, `quantity`, `sales` of the `most` customers or products with the highest sums.

        Equal sums, as people see them, are in the order of their keys.
        """
        column = self._fact.c[by]
        key = self._dialect.exactly(column)
        amount = self._dialect.total(self._fact.c.amount)
        sums = (
            amount.label("amount"),
            self._dialect.total(self._fact.c.quantity).label("quantity"),
            self._sales(),
        )
        query = select(func.min(column).label("key"), *sums).where(column.is_not(None)).group_by(key)
        query = query.order_by(self._dialect.rounded(amount, self._digits).desc(), key)
        return _frame(self._asked(query), most)

    def branches(self) -> tuple[str, ...]:
        """Return the keys of the branches that the sales name, in order."""
        branch = self._fact.c.branch
        query = select(branch).where(branch.is_not(None)).distinct().order_by(branch).limit(MOST_BRANCHES)
        return tuple(str(row[0]) for row in _rows(query)[1])

    def _sums(self) -> tuple[ColumnElement[Any], ...]:
        customers = func.count(distinct(self._dialect.exactly(self._fact.c.customer)))
        return (
            self._dialect.total(self._fact.c.amount).label("amount"),
            self._sales(),
            customers.label("customers"),
        )

    def _sales(self) -> ColumnElement[Any]:
        """Return how many sales there are; a row that names none is one by itself."""
        sale = self._fact.c.sale
        named = func.count(distinct(self._dialect.exactly(sale)))
        return (named + func.count(case((sale.is_(None), 1)))).label("sales")

    def _asked(self, query: Select[Any]) -> Select[Any]:
        return query.select_from(self._fact).where(*self._conditions)

    def _within(self, span: Span) -> Sequence[ColumnElement[bool]]:
        # What lies outside of these years is no moment of a sale: 0000-00-00, infinity, a typing error.
        begins = _midnight(span.since or datetime.date(EARLIEST_YEAR, 1, 1))
        ends = _midnight((span.until or datetime.date(LATEST_YEAR, 12, 31)) + _DAY)
        return [self._dialect.at_least(self._clock, begins), ~self._dialect.at_least(self._clock, ends)]


def names(provider: FactProvider, keys: Sequence[str]) -> DataFrame:
    """Return `key` and `name` of the customers or products with these keys."""
    statement = provider.select()
    fact: Subquery = statement.subquery("fact")
    exactly = _dialect_of(statement).exactly
    query = select(fact.c.key, fact.c.name).where(exactly(fact.c.key).in_([exactly(key) for key in keys]))
    return _frame(query, len(keys))


def _midnight(day: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time())


def _shift(provider: FactProvider) -> int:
    """Return after how many seconds a business day begins: the shop's own has an hour, other books tell days alone."""
    starts = shop().day_starts if provider.book == OWN_BOOK else datetime.time()
    return starts.hour * 3600 + starts.minute * 60 + starts.second


def _dialect_of(statement: Select[Any]) -> Dialect:
    outside = outside_of(statement)
    return dialect_named(engine_of(outside).dialect.name if outside else db.engine.dialect.name)


def _frame(query: Select[Any], most: int | None = None) -> DataFrame:
    """Return the rows of a SELECT as a frame: the first `most`, or all of them, or raise `TooMuchForOneReport`."""
    import pandas as pd  # noqa: PLC0415 - half a second that only reports wait for

    assert most is None or most <= MOST_ROWS
    heads, rows = _rows(query.limit(MOST_ROWS + 1 if most is None else most))
    if len(rows) > MOST_ROWS:
        raise TooMuchForOneReport
    frame = pd.DataFrame.from_records(rows, columns=heads, coerce_float=False)
    for name in set(heads) & set(_NUMBERS):
        exact = [number(value) for value in frame[name]]
        if not all(value.is_finite() and abs(value) < _BEYOND_SENSE for value in exact):
            raise NoPlainNumber
        frame[name] = pd.Series(exact, index=frame.index, dtype=object)
    return frame


def _rows(query: Select[Any]) -> tuple[list[str], list[Any]]:
    try:
        result = db.session.execute(query)
        return list(result.keys()), [tuple(row) for row in result]
    except DataError:
        # PostgreSQL goes on with nothing until what failed is undone.
        db.session.rollback()
        raise NoPlainNumber from None
