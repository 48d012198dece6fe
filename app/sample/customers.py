"""Sample customers: who they are, when they first came, and which tags they carry."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Any

from app.people.models import Sex
from app.people.names import search_key
from app.sample.calendar import BusyDays, days_before, moments
from app.sample.chance import Chance
from app.sample.names import chinese_name, english_name
from app.sample.plan import Columns, Plan, stamps

HISTORY_DAYS = 3 * 365
# No mainland range is reserved for fiction; these are assigned to no operator, so nobody's phone ever rings.
_PREFIXES = ("154", "161", "164", "194")
# A prime: multiplied modulo 10**8 it visits every number once, so phones look random and never repeat.
_STRIDE = 61_803_399
_AGES = (18, 25, 35, 45, 55, 65, 85)
_BRACKETS = tuple(pairwise(_AGES))
_BRACKET_SUMS = tuple(accumulate((14, 34, 24, 14, 9, 5)))
_BRANCH_SHARES = (5, 3, 2)


def phone_number(index: int) -> str:
    """Return the phone of customer number `index`; different for every index below 100 million."""
    number = (index * _STRIDE + 27_182_818) % 10**8
    return f"{_PREFIXES[number // 1000 % len(_PREFIXES)]}{number:08d}"


class CustomerMaker:
    """Makes a plan's customers, the longest known first."""

    def __init__(self, plan: Plan, chance: Chance) -> None:
        self.plan, self.chance = plan, chance
        first = plan.today - datetime.timedelta(days=HISTORY_DAYS)
        self._days = BusyDays(plan.life.rhythm, first, HISTORY_DAYS, growth=1.5)
        self._branches = [key.bytes for key in plan.branch_ids]
        self._branch_sums = tuple(accumulate(_BRANCH_SHARES[: len(plan.branch_ids)]))
        self._foreign_share = 0.04 if plan.tongue == "zh" else 0.62

    def arrivals(self) -> Iterator[datetime.datetime]:
        """Yield the moment of each customer's first visit, in order, up to yesterday."""
        for day, count in zip(self._days.days, self._days.counts(self.plan.customers), strict=True):
            if count:
                yield from moments(self.chance, day, count, self.plan.zone)

    def customers(self, first: int, arrived: list[datetime.datetime]) -> Columns:
        """Return the customers from number `first` on, one for each arrival."""
        chance, count = self.chance, len(arrived)
        women = chance.flags(self.plan.life.women_percent / 100, count)
        births = self._birth_dates(arrived)
        names = self._names(births, women)
        phones = [phone_number(index) for index in range(first, first + count)]
        numbers = [f"M{index:06d}" for index in range(first + 1, first + count + 1)]
        return {
            **stamps(arrived),
            "name": names,
            "name_key": [search_key(name) for name in names],
            "code": chance.some(0.45, numbers),
            "sex": chance.some(0.93, [Sex.FEMALE if woman else Sex.MALE for woman in women]),
            "birth_date": chance.some(0.6, births),
            "phone": phones,
            "phone_last4": [phone[-4:] for phone in phones],
            "wechat": chance.some(0.35, [f"wx{phone[3:]}" for phone in phones]),
            "email": chance.some(0.15, [f"{phone}@example.com" for phone in phones]),
            "address": chance.some(0.4, self._addresses(count)),
            **self._origins(count),
            "notes": chance.rarely(0.08, self.plan.words.notes, count),
        }

    def tags(self, customers: Columns, pets: Sequence[int]) -> Columns:
        """Return the links to their tags of customers of whom each has so many pets."""
        links: Columns = {"customer_id": [], "tag_id": []}
        for tag, tag_id in zip(self.plan.words.tags, self.plan.tag_ids, strict=True):
            carrying = self.chance.some(tag.percent / 100, customers["id"])
            links["customer_id"] += [
                key
                for key, count in zip(carrying, pets, strict=True)
                if key is not None and (count > 1 or not tag.several_pets)
            ]
            links["tag_id"] += [tag_id.bytes] * (len(links["customer_id"]) - len(links["tag_id"]))
        return links

    def _birth_dates(self, arrived: Sequence[datetime.datetime]) -> list[datetime.date]:
        random = self.chance.random
        brackets = self.chance.choices(_BRACKETS, cum_weights=_BRACKET_SUMS, k=len(arrived))
        return days_before(arrived, [int(365.25 * (low + random() * (high - low))) for low, high in brackets])

    def _names(self, births: Sequence[datetime.date], women: Sequence[bool]) -> list[str]:
        chance = self.chance
        foreign = chance.flags(self._foreign_share, len(births))
        return [
            english_name(chance, woman) if elsewhere else chinese_name(chance, birth.year, woman)
            for birth, woman, elsewhere in zip(births, women, foreign, strict=True)
        ]

    def _addresses(self, count: int) -> list[str]:
        chance = self.chance
        parts = zip(
            chance.choices(self.plan.words.streets, k=count),
            chance.wholes(1, 320, count),
            chance.wholes(1, 30, count),
            chance.wholes(101, 2402, count),
            strict=True,
        )
        if self.plan.tongue == "zh":
            return [f"{street}{number}弄{house}号{room}室" for street, number, house, room in parts]
        return [f"Room {room}, Building {house}, {number} {street}" for street, number, house, room in parts]

    def _origins(self, count: int) -> Columns:
        """Return by which source and in which branch customers were found."""
        sources, shares = zip(*self.plan.life.sources.items(), strict=True)
        origins: dict[str, list[Any]] = {"source": self.chance.choices(sources, shares, k=count)}
        if self._branches:
            origins["branch_id"] = self.chance.choices(self._branches, cum_weights=self._branch_sums, k=count)
        return origins
