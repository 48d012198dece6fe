"""The rhythm of a shop's year: weekdays, seasons, the weeks before 春节, and the days it is closed."""

from __future__ import annotations

import datetime
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from random import Random

# First day of the lunar year, by the Hong Kong Observatory's conversion tables.
_NEW_YEARS = {
    2022: (2, 1), 2023: (1, 22), 2024: (2, 10), 2025: (1, 29), 2026: (2, 17), 2027: (2, 6), 2028: (1, 26),
    2029: (2, 13), 2030: (2, 3), 2031: (1, 23), 2032: (2, 11), 2033: (1, 31), 2034: (2, 19), 2035: (2, 8),
    2036: (1, 28), 2037: (2, 15), 2038: (2, 4), 2039: (1, 24), 2040: (2, 12),
}  # fmt: skip
_MIDDLE_OF_THE_RANGE = (2, 5)
RUSH_DAYS = 21
CLOSED_DAYS = range(-1, 3)


def new_year(year: int) -> datetime.date:
    """Return the first day of the lunar year that begins in `year`; a likely one outside 2022 to 2040."""
    return datetime.date(year, *_NEW_YEARS.get(year, _MIDDLE_OF_THE_RANGE))


def days_to_new_year(day: datetime.date) -> int:
    """Return how many days lie between `day` and the lunar new year of its year; negative after it."""
    return (new_year(day.year) - day).days


def in_rush(day: datetime.date) -> bool:
    """Say whether `day` is one of the busy weeks before 春节."""
    return 1 < days_to_new_year(day) <= RUSH_DAYS


@dataclass(frozen=True)
class Rhythm:
    """How busy a kind of shop is: factors by weekday (Monday first), by month, for the weeks before 春节."""

    weekdays: tuple[float, ...]
    months: tuple[float, ...]
    rush: float

    def weight(self, day: datetime.date) -> float:
        """Return how busy `day` is compared with an ordinary one (1.0); 0 when the shop is closed."""
        if -days_to_new_year(day) in CLOSED_DAYS:
            return 0.0
        rush = self.rush if in_rush(day) else 1.0
        return self.weekdays[day.weekday()] * self.months[day.month - 1] * rush


class BusyDays:
    """A stretch of days from which days are drawn as often as they are busy."""

    def __init__(self, rhythm: Rhythm, first: datetime.date, count: int, growth: float = 0.0) -> None:
        """Take `count` days from `first` on; with `growth` the last day weighs that much more."""
        self.days = [first + datetime.timedelta(days=i) for i in range(count)]
        weights = [rhythm.weight(day) * (1 + growth * i / count) for i, day in enumerate(self.days)]
        self._sums = [0.0, *accumulate(weights)]

    def counts(self, total: int) -> list[int]:
        """Return `total` things spread over the days; the counts add up exactly."""
        whole = self._sums[-1]
        marks = [round(total * reached / whole) for reached in self._sums]
        return [later - earlier for earlier, later in pairwise(marks)]

    def draw(self, random: Random, after: int = 0) -> int:
        """Return the position of a day, at `after` or later."""
        low = self._sums[after]
        return bisect_right(self._sums, low + random.random() * (self._sums[-1] - low), after) - 1


def moments(
    random: Random, day: datetime.date, count: int, zone: datetime.tzinfo
) -> Sequence[datetime.datetime]:
    """Return `count` UTC moments within the opening hours of `day` (9:30 to 20:30), in order."""
    opening = datetime.datetime.combine(day, datetime.time(9, 30), zone).astimezone(datetime.UTC)
    return [
        opening + datetime.timedelta(seconds=second)
        for second in sorted(random.choices(range(39_600), k=count))
    ]


def days_before(days: Iterable[datetime.date], backs: Iterable[int]) -> list[datetime.date]:
    """Return for each day the date so many days earlier."""
    from_ordinal = datetime.date.fromordinal
    return [from_ordinal(day.toordinal() - back) for day, back in zip(days, backs, strict=True)]
