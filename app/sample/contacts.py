"""A year of contacts: busy days, the topics of the season, what is settled and what is still open."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from itertools import accumulate

from app.core.money import minor_digits
from app.people.models import UNSETTLED, Channel, ContactKind, ContactState
from app.sample.calendar import BusyDays, in_rush
from app.sample.chance import Chance
from app.sample.plan import Columns, Plan, stamps
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
    """Makes the contacts of a plan's customers within the year before today.

    A contact's day is a position in that year: 0 is its first day, 364 was yesterday.
    """

    def __init__(self, plan: Plan, chance: Chance) -> None:
        self.plan, self.chance = plan, chance
        self.first = plan.today - datetime.timedelta(days=YEAR)
        self.days = BusyDays(plan.life.rhythm, self.first, YEAR, growth=0.3)
        self._everyday = [topic for topic in plan.words.topics if not topic.season]
        self._seasonal = [self._topics_of(season_of(day)) for day in self.days.days]
        self._openings = [
            datetime.datetime.combine(day, datetime.time(9, 30), plan.zone).astimezone(datetime.UTC)
            for day in self.days.days
        ]
        # The whole part of an exponential variate with mean m + 0.45 is close to m on average.
        self._rate = 1 / (plan.life.contacts_a_year + 0.45)
        self._minor_units: int = 10 ** minor_digits(plan.currency)

    def contacts(self, customers: Columns) -> Columns:
        """Return what customers and the shop had to say to each other, none of it before their first visit."""
        who, positions = self._talks(customers)
        topics = [self._topic(position) for position in positions]
        states = [self._state(position) for position in positions]
        amounts = [self._amount(topic) for topic in topics]
        moments = self._moments(positions)
        staff = self.plan.staff
        return {
            **stamps(moments, self._changes(moments, states)),
            "customer_id": who,
            "kind": [topic.kind for topic in topics],
            "channel": self._channels(topics),
            "subject": [topic.subject for topic in topics],
            "details": [topic.details or None for topic in topics],
            "owner_id": self.chance.choices(staff, k=len(who)) if staff else [None] * len(who),
            "due_on": self._due(positions, states),
            "state": states,
            "amount_minor": amounts,
            "amount_currency": [None if amount is None else self.plan.currency for amount in amounts],
        }

    def _talks(self, customers: Columns) -> tuple[list[bytes], list[int]]:
        """Return the customer and the day of each contact."""
        who, positions = [], []
        beginning = self.first.toordinal() - 2
        for key, arrived in zip(customers["id"], customers["created_at"], strict=True):
            after = max(0, arrived.toordinal() - beginning)
            if after >= YEAR:
                continue
            for _ in range(min(int(self.chance.expovariate(self._rate)), MOST_CONTACTS)):
                who.append(key)
                positions.append(self.days.draw(self.chance, after))
        return who, positions

    def _moments(self, positions: Sequence[int]) -> list[datetime.datetime]:
        seconds = self.chance.wholes(0, 39_599, len(positions))
        return [
            self._openings[position] + datetime.timedelta(0, second)
            for position, second in zip(positions, seconds, strict=True)
        ]

    def _changes(
        self, moments: Sequence[datetime.datetime], states: Sequence[ContactState]
    ) -> list[datetime.datetime]:
        """Return when each contact was last touched: a settled one within ten hours."""
        minutes = self.chance.wholes(0, 599, len(moments))
        return [
            moment if state in UNSETTLED else moment + datetime.timedelta(0, minute * 60)
            for moment, state, minute in zip(moments, states, minutes, strict=True)
        ]

    def _topics_of(self, season: Season) -> list[Topic]:
        return [topic for topic in self.plan.words.topics if season and topic.season == season]

    def _topic(self, position: int) -> Topic:
        random, seasonal = self.chance.random, self._seasonal[position]
        topics = seasonal if seasonal and random() < _SEASONAL else self._everyday
        return topics[int(random() * len(topics))]

    def _state(self, position: int) -> ContactState:
        """Return how a contact stands today: the last days are open, of the rest a few slipped."""
        chance, ago = self.chance.random(), YEAR - position
        open_share = 0.34 if ago <= 7 else 0.05 if ago <= 30 else 0.001
        if chance < open_share:
            return ContactState.OPEN
        if chance < open_share * 1.4:
            return ContactState.IN_PROGRESS
        return ContactState.DROPPED if chance > 0.96 else ContactState.DONE

    def _due(self, positions: Sequence[int], states: Sequence[ContactState]) -> list[datetime.date | None]:
        """Return by when it was to be settled: what is not has such a day, of the rest every second."""
        random, days = self.chance.random, self.days.days
        return [
            days[position] + datetime.timedelta(1 + int(random() * 5))
            if state in UNSETTLED or random() < 0.5
            else None
            for position, state in zip(positions, states, strict=True)
        ]

    def _channels(self, topics: Sequence[Topic]) -> list[Channel]:
        """Return how each contact came about; it is the shop that follows up, by phone or chat."""
        theirs = self.chance.choices(_CHANNELS, cum_weights=_CHANNEL_SUMS, k=len(topics))
        ours = self.chance.choices(_CHANNELS, cum_weights=_FOLLOW_UP_SUMS, k=len(topics))
        return [
            our if topic.kind is ContactKind.FOLLOW_UP else their
            for topic, their, our in zip(topics, theirs, ours, strict=True)
        ]

    def _amount(self, topic: Topic) -> int | None:
        """Return minor units in tens of the major unit, as people quote prices."""
        random = self.chance.random
        if not topic.yuan or random() < 0.4:
            return None
        return max(1, round(topic.yuan * (0.4 + 0.6 * random()) / 10)) * 10 * self._minor_units
