"""A year of contacts: busy days, the topics of the season, what is settled and what is still open."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from itertools import accumulate
from random import Random

from app.core.money import minor_digits
from app.people.models import Channel, ContactKind, ContactState
from app.sample.calendar import BusyDays, in_rush
from app.sample.plan import Plan, Row, pick, stamps
from app.sample.words import Season, Topic

YEAR = 365
MOST_CONTACTS = 8
_CHANNELS = (Channel.VISIT, Channel.PHONE, Channel.CHAT, Channel.EMAIL)
_CHANNEL_SUMS = tuple(accumulate((38, 27, 32, 3)))
_FOLLOW_UP_SUMS = tuple(accumulate((4, 46, 48, 2)))
_SEASONAL = 0.35


def season_of(day: datetime.date) -> Season:
    """Return what people talk about on `day` beyond the everyday."""
    if in_rush(day):
        return "rush"
    if day.month in (6, 7, 8):
        return "summer"
    return "winter" if day.month in (12, 1, 2) else ""


class ContactMaker:
    """Makes the contacts of a plan's customers within the year before today."""

    def __init__(self, plan: Plan, random: Random) -> None:
        self.plan, self.random = plan, random
        self.first = plan.today - datetime.timedelta(days=YEAR)
        self.days = BusyDays(plan.life.rhythm, self.first, YEAR, growth=0.3)
        self._topics: dict[Season, list[Topic]] = {"": [], "summer": [], "winter": [], "rush": []}
        for topic in plan.words.topics:
            self._topics[topic.season].append(topic)
        self._seasons = [season_of(day) for day in self.days.days]
        self._openings = [
            datetime.datetime.combine(day, datetime.time(9, 30), plan.zone).astimezone(datetime.UTC)
            for day in self.days.days
        ]
        # The whole part of an exponential variate with mean m + 0.45 is close to m on average.
        self._rate = 1 / (plan.life.contacts_a_year + 0.45)
        self._minor_units: int = 10 ** minor_digits(plan.currency)

    def contacts(self, customer: Row) -> Iterator[Row]:
        """Yield what a customer and the shop had to say to each other, none of it before the first visit."""
        after = max(0, (customer["created_at"].date() - self.first).days + 2)
        if after >= YEAR:
            return
        for _number in range(min(int(self.random.expovariate(self._rate)), MOST_CONTACTS)):
            yield self._contact(customer, self.days.draw(self.random, after))

    def _contact(self, customer: Row, position: int) -> Row:
        random = self.random
        moment = self._openings[position] + datetime.timedelta(seconds=int(random.random() * 39_600))
        topic = self._topic(position)
        state, settled = self._state(position)
        due = self.days.days[position] + datetime.timedelta(days=1 + int(random.random() * 5))
        amount = self._amount(topic)
        sums = _FOLLOW_UP_SUMS if topic.kind is ContactKind.FOLLOW_UP else _CHANNEL_SUMS
        return {
            **stamps(
                moment, moment + datetime.timedelta(minutes=int(random.random() * 600)) if settled else None
            ),
            "customer_id": customer["id"],
            "kind": topic.kind,
            "channel": pick(random, _CHANNELS, sums),
            "subject": topic.subject,
            "details": topic.details or None,
            "owner_id": random.choice(self.plan.staff) if self.plan.staff else None,
            "due_on": due if not settled or random.random() < 0.5 else None,
            "state": state,
            "amount_minor": amount,
            "amount_currency": None if amount is None else self.plan.currency,
        }

    def _topic(self, position: int) -> Topic:
        seasonal = self._topics[self._seasons[position]]
        if seasonal and self.random.random() < _SEASONAL:
            return self.random.choice(seasonal)
        return self.random.choice(self._topics[""])

    def _state(self, position: int) -> tuple[ContactState, bool]:
        """Return a state and whether it is settled: the last days are open, of the rest a few slipped."""
        chance, ago = self.random.random(), YEAR - position
        open_share = 0.34 if ago <= 7 else 0.05 if ago <= 30 else 0.001
        if chance < open_share:
            return ContactState.OPEN, False
        if chance < open_share * 1.4:
            return ContactState.IN_PROGRESS, False
        return (ContactState.DROPPED if chance > 0.96 else ContactState.DONE), True

    def _amount(self, topic: Topic) -> int | None:
        """Return minor units in tens of the major unit, as people quote prices."""
        if not topic.yuan or self.random.random() < 0.4:
            return None
        return max(1, round(topic.yuan * self.random.uniform(0.4, 1.0) / 10)) * 10 * self._minor_units
