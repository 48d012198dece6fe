"""Revenue: what was sold by month, quarter or year, and the customers and products that most of it came from."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from app.insight.dialects import Unit, half_up
from app.insight.errors import TooMuchForOneReport

if TYPE_CHECKING:
    from pandas import DataFrame

MOST_PERIODS = 1_200


@dataclass(frozen=True, slots=True)
class Period:
    """One period's revenue in the currency's unit, to its decimals, with how many sales and customers made it."""

    name: str
    amount: Decimal
    sales: int
    customers: int


@dataclass(frozen=True, slots=True)
class Revenue:
    """Revenue period by period without a gap, and of the whole span.

    `whole` is summed before it is rounded, so that it may differ by a cent or so from the sum of what is shown; a
    customer who bought in two periods is one customer of the whole.
    """

    periods: tuple[Period, ...]
    whole: Period

    @property
    def best(self) -> Period | None:
        """The period with the highest revenue, the earliest of equal ones; None where nothing was sold."""
        return max(self.periods, key=lambda each: each.amount, default=None)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A customer or product: its key, its name ('' where nobody may read it or it has none), and what was sold."""

    key: str
    name: str
    amount: Decimal
    quantity: Decimal
    sales: int


def revenue(frame: DataFrame, whole: DataFrame, unit: Unit, digits: int) -> Revenue:
    """Return the revenue of `SalesFrames.by_period` and `.whole`, money to `digits` decimals, halves away from zero.

    Source of the rule: each figure is rounded once, from its exact sum. Periods between the first and the last in
    which nothing was sold are there with zero. Raises `TooMuchForOneReport` for more than 1,200 of them.
    """
    found = {
        str(row.period): Period(
            str(row.period), half_up(row.amount, digits), int(row.sales), int(row.customers)
        )
        for row in frame.itertuples(index=False)
    }
    gaps = Decimal(0).scaleb(-digits)
    periods = tuple(found.get(name) or Period(name, gaps, 0, 0) for name in _names(sorted(found), unit))
    row = next(whole.itertuples(index=False))
    return Revenue(periods, Period("", half_up(row.amount, digits), int(row.sales), int(row.customers)))


def ranking(frame: DataFrame, names: Mapping[str, str], digits: int) -> tuple[Ranked, ...]:
    """Return the customers or products of `SalesFrames.top`, highest revenue first, equal ones by their keys."""
    return tuple(
        Ranked(key, names.get(key, ""), half_up(row.amount, digits), row.quantity, int(row.sales))
        for row in frame.itertuples(index=False)
        for key in (str(row.key),)
    )


def _names(found: list[str], unit: Unit) -> Iterator[str]:
    """Yield the periods from the first to the last found."""
    if not found:
        return
    name = found[0]
    for _count in range(MOST_PERIODS):
        yield name
        if name >= found[-1]:
            return
        name = _next(name, unit)
    raise TooMuchForOneReport


def _next(name: str, unit: Unit) -> str:
    year = int(name[:4])
    match unit:
        case "day":
            return (datetime.date.fromisoformat(name) + datetime.timedelta(days=1)).isoformat()
        case "month":
            year, month = divmod(year * 12 + int(name[5:]), 12)
            return f"{year:04}-{month + 1:02}"
        case "quarter":
            year, quarter = divmod(year * 4 + int(name[6:]), 4)
            return f"{year:04}-Q{quarter + 1}"
        case "year":
            return f"{year + 1:04}"
