"""Sample customers: who they are, when they first came, and which tags they carry."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from itertools import accumulate
from random import Random

from app.people.models import Sex
from app.people.names import search_key
from app.sample.calendar import BusyDays, moments
from app.sample.names import chinese_name, english_name
from app.sample.plan import Plan, Row, pick, stamps

HISTORY_DAYS = 3 * 365
# No mainland range is reserved for fiction; these are assigned to no operator, so nobody's phone ever rings.
_PREFIXES = ("154", "161", "164", "194")
# A prime: multiplied modulo 10**8 it visits every number once, so phones look random and never repeat.
_STRIDE = 61_803_399
_AGES = (18, 25, 35, 45, 55, 65, 85)
_BRACKETS = range(len(_AGES) - 1)
_AGE_SUMS = tuple(accumulate((14, 34, 24, 14, 9, 5)))
_BRANCH_SHARES = (5, 3, 2)


def phone_number(index: int) -> str:
    """Return the phone of customer number `index`; different for every index below 100 million."""
    number = (index * _STRIDE + 27_182_818) % 10**8
    return f"{_PREFIXES[number // 1000 % len(_PREFIXES)]}{number:08d}"


class CustomerMaker:
    """Makes a plan's customers one after the other, the longest known first."""

    def __init__(self, plan: Plan, random: Random) -> None:
        self.plan, self.random = plan, random
        first = plan.today - datetime.timedelta(days=HISTORY_DAYS)
        self._days = BusyDays(plan.life.rhythm, first, HISTORY_DAYS, growth=1.5)
        self._sources = tuple(plan.life.sources)
        self._source_sums = tuple(accumulate(plan.life.sources.values()))
        self._branch_sums = tuple(accumulate(_BRANCH_SHARES[: len(plan.branch_ids)]))
        self._foreign_percent = 4 if plan.tongue == "zh" else 62

    def arrivals(self) -> Iterator[datetime.datetime]:
        """Yield the moment of each customer's first visit, in order, up to yesterday."""
        for day, count in zip(self._days.days, self._days.counts(self.plan.customers), strict=True):
            if count:
                yield from moments(self.random, day, count, self.plan.zone)

    def customer(self, index: int, arrived: datetime.datetime) -> Row:
        """Return the row of customer number `index`."""
        random, plan = self.random, self.plan
        female = random.random() * 100 < plan.life.women_percent
        birth = self._birth_date(arrived)
        name = self._name(birth.year, female)
        phone = phone_number(index)
        chance = random.random()
        return {
            **stamps(arrived),
            "name": name,
            "name_key": search_key(name),
            "code": f"M{index + 1:06d}" if chance < 0.45 else None,
            "sex": (Sex.FEMALE if female else Sex.MALE) if chance < 0.93 else None,
            "birth_date": birth if random.random() < 0.6 else None,
            "phone": phone,
            "phone_last4": phone[-4:],
            "wechat": f"wx{phone[3:]}" if random.random() < 0.35 else None,
            "email": f"{phone}@example.com" if random.random() < 0.15 else None,
            "address": self._address() if random.random() < 0.4 else None,
            "source": pick(random, self._sources, self._source_sums),
            "branch_id": pick(random, plan.branch_ids, self._branch_sums) if plan.branch_ids else None,
            "notes": random.choice(plan.words.notes) if random.random() < 0.08 else None,
        }

    def tags(self, customer: Row, pets: int) -> Iterator[Row]:
        """Yield the links to the tags that a customer with so many pets carries."""
        for tag, tag_id in zip(self.plan.words.tags, self.plan.tag_ids, strict=True):
            if tag.several_pets and pets < 2:
                continue
            if self.random.random() * 100 < tag.percent:
                yield {"customer_id": customer["id"], "tag_id": tag_id}

    def _birth_date(self, arrived: datetime.datetime) -> datetime.date:
        bracket = pick(self.random, _BRACKETS, _AGE_SUMS)
        age = self.random.uniform(_AGES[bracket], _AGES[bracket + 1])
        return arrived.date() - datetime.timedelta(days=int(age * 365.25))

    def _name(self, birth_year: int, female: bool) -> str:
        if self.random.random() * 100 < self._foreign_percent:
            return english_name(self.random, female)
        return chinese_name(self.random, birth_year, female)

    def _address(self) -> str:
        street = self.random.choice(self.plan.words.streets)
        number, house, room = (
            self.random.randint(1, 320),
            self.random.randint(1, 30),
            self.random.randint(101, 2402),
        )
        if self.plan.tongue == "zh":
            return f"{street}{number}弄{house}号{room}室"
        return f"Room {room}, Building {house}, {number} {street}"
