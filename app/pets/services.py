"""The questions that pets answers: what to beware of, and which vaccinations are due."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, select

from app.core.database import db
from app.pets.models import Pet, Temperament, Vaccination

MOST_PETS = 50
MOST_VACCINATIONS = 1_000


@dataclass(frozen=True, slots=True)
class PetWarning:
    """What one must know about a pet before touching it: allergies, biting, vaccines overdue since a day."""

    pet: Pet
    bites: bool
    allergies: str
    overdue: tuple[tuple[str, datetime.date], ...]


def pets_of(customer_id: uuid.UUID) -> Sequence[Pet]:
    """Return a customer's pets that are not in the trash, oldest record first, at most `MOST_PETS`."""
    query = select(Pet).where(Pet.owner_id == customer_id, Pet.deleted_at.is_(None))
    return db.session.scalars(query.order_by(Pet.id).limit(MOST_PETS)).all()


def vaccinations_of(pet_ids: Iterable[uuid.UUID]) -> Sequence[Vaccination]:
    """Return the newest vaccinations of these pets, at most `MOST_VACCINATIONS`."""
    query = select(Vaccination).where(Vaccination.pet_id.in_(list(pet_ids)), Vaccination.deleted_at.is_(None))
    return db.session.scalars(query.order_by(Vaccination.id.desc()).limit(MOST_VACCINATIONS)).all()


def overdue_vaccines(
    vaccinations: Iterable[Vaccination], day: datetime.date
) -> tuple[tuple[str, datetime.date], ...]:
    """Return vaccine and due date where the last dose ran out before `day`, longest overdue first."""
    last: dict[str, Vaccination] = {}
    for vaccination in vaccinations:
        known = last.get(vaccination.vaccine)
        if known is None or vaccination.given_on > known.given_on:
            last[vaccination.vaccine] = vaccination
    ended = [
        (dose.vaccine, dose.due_on) for dose in last.values() if dose.due_on is not None and dose.due_on < day
    ]
    return tuple(sorted(ended, key=lambda pair: (pair[1], pair[0])))


def warnings_for(customer_id: uuid.UUID, day: datetime.date) -> tuple[PetWarning, ...]:
    """Return what to beware of with a customer's pets on `day`; pets without anything are left out.

    Two statements, however many pets there are.
    """
    pets = pets_of(customer_id)
    doses = vaccinations_of([pet.id for pet in pets]) if pets else ()
    found = []
    for pet in pets:
        overdue = overdue_vaccines((dose for dose in doses if dose.pet_id == pet.id), day)
        bites = pet.temperament is Temperament.BITES
        if bites or pet.allergies or overdue:
            found.append(PetWarning(pet, bites, pet.allergies or "", overdue))
    return tuple(found)


def vaccinations_due(first: datetime.date, last: datetime.date) -> Select[uuid.UUID]:
    """Return the SELECT of the vaccinations that are due from `first` to `last`, both included."""
    return select(Vaccination.id).where(
        Vaccination.due_on >= first, Vaccination.due_on <= last, Vaccination.deleted_at.is_(None)
    )
