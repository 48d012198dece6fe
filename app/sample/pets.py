"""Sample pets and their vaccinations, some of them due these days and some overdue."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.people.names import search_key
from app.pets.models import PetSex, Species
from app.sample.animals import (
    ALLERGIES,
    BREED_SUMS,
    BREEDS,
    COLOURS,
    DIETS,
    TEMPERAMENT_SUMS,
    TEMPERAMENTS,
    VACCINES,
    Breed,
)
from app.sample.calendar import days_before
from app.sample.chance import Chance
from app.sample.names import PETS_EN, PETS_ZH
from app.sample.plan import Columns, Plan, stamps

_COUNT_SUMS = (8, 78, 94, 100)
_SEXES, _SEX_SUMS = (PetSex.FEMALE, PetSex.MALE, None), (47, 95, 100)
_PROTECTED_DAYS = 365
_LONGEST_AGO = _PROTECTED_DAYS + 40
_FIRST_DOSE = datetime.timedelta(days=56)


@dataclass(frozen=True, slots=True)
class VaccinationDay:
    """A day on which pets were vaccinated: its date, the moment it was written down, the month on the phial."""

    date: datetime.date
    written: datetime.datetime
    month: str


class PetMaker:
    """Makes the pets of a plan's customers and what they were vaccinated with."""

    def __init__(self, plan: Plan, chance: Chance) -> None:
        self.plan, self.chance = plan, chance
        self._names = PETS_ZH if plan.tongue == "zh" else PETS_EN
        self._keys = {name: search_key(name) for name in self._names}
        self._vaccines = VACCINES[plan.tongue]
        self._days = [self._day(ago) for ago in range(1, _LONGEST_AGO + 1)]

    def counts(self, owners: int) -> list[int]:
        """Return how many pets each of so many owners has, none to three."""
        return self.chance.choices(range(4), cum_weights=_COUNT_SUMS, k=owners)

    def pets(self, owners: Columns, counts: Sequence[int]) -> Columns:
        """Return the pets of owners of whom each has so many, written down minutes after their first visit."""
        chance = self.chance
        owned = [(owner, number) for owner, count in enumerate(counts) for number in range(count)]
        count = len(owned)
        arrived = [owners["created_at"][owner] for owner, _number in owned]
        breeds = chance.choices(BREEDS, cum_weights=BREED_SUMS, k=count)
        names = chance.choices(self._names, k=count)
        pauses = [datetime.timedelta(minutes=2 + 3 * number) for _owner, number in owned]
        return {
            **stamps([moment + pause for moment, pause in zip(arrived, pauses, strict=True)]),
            "name": names,
            "name_key": [self._keys[name] for name in names],
            "owner_id": [owners["id"][owner] for owner, _number in owned],
            **self._bodies(breeds, arrived),
            **self._habits(count),
        }

    def _bodies(self, breeds: Sequence[Breed], arrived: Sequence[datetime.datetime]) -> Columns:
        chance, count, tongue = self.chance, len(breeds), self.plan.tongue
        # 999 is the manufacturer code that ISO 11784 leaves to test transponders.
        chips = [f"999{number:012d}" for number in chance.wholes(0, 10**12 - 1, count)]
        return {
            "species": [breed.species for breed in breeds],
            "breed": [breed.zh if tongue == "zh" else breed.en for breed in breeds],
            "sex": chance.choices(_SEXES, cum_weights=_SEX_SUMS, k=count),
            "neutered": chance.flags(0.55, count),
            "birth_date": chance.some(0.85, self._births(arrived)),
            "weight": chance.some(0.8, self._weights(breeds)),
            "colour": chance.choices(COLOURS[tongue], k=count),
            "chip_number": chance.some(0.3, chips),
        }

    def _habits(self, count: int) -> Columns:
        chance, tongue = self.chance, self.plan.tongue
        return {
            "temperament": chance.choices(TEMPERAMENTS, cum_weights=TEMPERAMENT_SUMS, k=count),
            "diet": chance.rarely(0.12, DIETS[tongue], count),
            "allergies": chance.rarely(0.07, ALLERGIES[tongue], count),
        }

    def _births(self, arrived: Sequence[datetime.datetime]) -> list[datetime.date]:
        random = self.chance.random
        return days_before(arrived, [60 + int(random() ** 2 * 3600) for _ in arrived])

    def _weights(self, breeds: Sequence[Breed]) -> list[Decimal]:
        random = self.chance.random
        return [
            Decimal(breed.lightest + int(random() * (breed.heaviest - breed.lightest + 1))).scaleb(-2)
            for breed in breeds
        ]

    def vaccinations(self, pets: Columns) -> Columns:
        """Return the pets' latest dose of each vaccine: due within a year, or overdue by up to 40 days."""
        doses = list(self._doses(pets["species"], pets["birth_date"]))
        days = [day for _pet, _vaccine, day in doses]
        known = [pets["created_at"][pet] for pet, _vaccine, _day in doses]
        phials = self.chance.wholes(1, 39, len(doses))
        return {
            **stamps([max(day.written, since) for day, since in zip(days, known, strict=True)]),
            "pet_id": [pets["id"][pet] for pet, _vaccine, _day in doses],
            "vaccine": [vaccine for _pet, vaccine, _day in doses],
            "given_on": [day.date for day in days],
            "due_on": [day.date + datetime.timedelta(_PROTECTED_DAYS) for day in days],
            "batch": [f"{day.month}-{phial:02d}" for day, phial in zip(days, phials, strict=True)],
        }

    def _doses(
        self, species: Sequence[Species], births: Sequence[datetime.date | None]
    ) -> Iterator[tuple[int, str, VaccinationDay]]:
        """Yield which pet was given what and when; none of them was too young for it."""
        random = self.chance.random
        for pet, (kind, born) in enumerate(zip(species, births, strict=True)):
            for vaccine in self._vaccines.get(kind, ()):
                if random() < 0.7:
                    day = self._days[int(random() * _LONGEST_AGO)]
                    if born is None or day.date >= born + _FIRST_DOSE:
                        yield pet, vaccine, day

    def _day(self, ago: int) -> VaccinationDay:
        date = self.plan.today - datetime.timedelta(days=ago)
        written = datetime.datetime.combine(date, datetime.time(11), self.plan.zone)
        return VaccinationDay(date, written.astimezone(datetime.UTC), f"{date:%y%m}")
