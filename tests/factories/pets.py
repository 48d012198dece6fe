"""Makers of pets and vaccinations; each saves its record in a transaction of its own."""

from __future__ import annotations

import datetime
from typing import Any

from app.pets.models import Pet, Species, Vaccination
from tests.factories.people import make_customer, saved


def make_pet(**values: Any) -> Pet:
    """Return a saved pet of `owner_id`, or of a customer made for it."""
    if "owner_id" not in values:
        values["owner_id"] = make_customer().id
    return saved(Pet(**{"name": "豆豆", "species": Species.DOG, **values}))


def make_vaccination(**values: Any) -> Vaccination:
    """Return a saved vaccination of `pet_id`, or of a pet made for it."""
    if "pet_id" not in values:
        values["pet_id"] = make_pet().id
    return saved(Vaccination(**{"vaccine": "Rabies", "given_on": datetime.date(2025, 3, 1), **values}))
