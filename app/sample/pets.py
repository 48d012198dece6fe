"""Sample pets and their vaccinations, some of them due these days and some overdue."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal
from random import Random

from app.people.names import search_key
from app.pets.models import PetSex, Species, Temperament
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
from app.sample.names import PETS_EN, PETS_ZH
from app.sample.plan import Plan, Row, pick, stamps

_COUNT_SUMS = (8, 78, 94, 100)
_PROTECTED_DAYS = 365
_FIRST_DOSE_DAYS = 56


class PetMaker:
    """Makes the pets of a plan's customers."""

    def __init__(self, plan: Plan, random: Random) -> None:
        self.plan, self.random = plan, random
        self._names = PETS_ZH if plan.tongue == "zh" else PETS_EN
        self._keys = {name: search_key(name) for name in self._names}
        self._vaccines = VACCINES[plan.tongue]

    def pets(self, owner: Row) -> list[Row]:
        """Return the rows of an owner's pets, none to three."""
        count = pick(self.random, range(4), _COUNT_SUMS)
        return [self._pet(owner, number) for number in range(count)]

    def _pet(self, owner: Row, number: int) -> Row:
        random, tongue = self.random, self.plan.tongue
        breed = pick(random, BREEDS, BREED_SUMS)
        name = random.choice(self._names)
        born = owner["created_at"].date() - datetime.timedelta(days=60 + int(random.random() ** 2 * 3600))
        chance = random.random()
        temperament: Temperament | None = pick(random, TEMPERAMENTS, TEMPERAMENT_SUMS)
        return {
            **stamps(owner["created_at"] + datetime.timedelta(minutes=2 + 3 * number)),
            "name": name,
            "name_key": self._keys[name],
            "owner_id": owner["id"],
            "species": breed.species,
            "breed": breed.zh if tongue == "zh" else breed.en,
            "sex": PetSex.FEMALE if chance < 0.47 else PetSex.MALE if chance < 0.95 else None,
            "neutered": random.random() < 0.55,
            "birth_date": born if random.random() < 0.85 else None,
            "weight": self._weight(breed) if random.random() < 0.8 else None,
            "colour": random.choice(COLOURS[tongue]),
            "temperament": temperament,
            "diet": random.choice(DIETS[tongue]) if chance < 0.12 else None,
            "allergies": random.choice(ALLERGIES[tongue]) if random.random() < 0.07 else None,
            # 999 is the manufacturer code that ISO 11784 leaves to test transponders.
            "chip_number": f"999{random.randrange(10**12):012d}" if random.random() < 0.3 else None,
            "notes": None,
        }

    def _weight(self, breed: Breed) -> Decimal:
        return Decimal(self.random.randint(breed.lightest, breed.heaviest)).scaleb(-2)

    def vaccinations(self, pet: Row) -> Iterator[Row]:
        """Yield a pet's latest dose of each vaccine: due within a year, or overdue by up to 40 days."""
        species: Species = pet["species"]
        for vaccine in self._vaccines.get(species, ()):
            if self.random.random() > 0.7:
                continue
            given = self.plan.today - datetime.timedelta(
                days=1 + int(self.random.random() * (_PROTECTED_DAYS + 40))
            )
            if pet["birth_date"] is not None and given < pet["birth_date"] + datetime.timedelta(
                days=_FIRST_DOSE_DAYS
            ):
                continue
            written = datetime.datetime.combine(given, datetime.time(11), self.plan.zone).astimezone(
                datetime.UTC
            )
            yield {
                **stamps(max(written, pet["created_at"])),
                "pet_id": pet["id"],
                "vaccine": vaccine,
                "given_on": given,
                "due_on": given + datetime.timedelta(days=_PROTECTED_DAYS),
                "batch": f"{given:%y%m}-{self.random.randrange(1, 40):02d}",
                "notes": None,
            }
