"""Pets: who barks, bites, sheds or is due for a vaccination."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.capability import Capability
from app.core.copying import CopyTarget
from app.pets.cards import CARDS, HOME_LISTS
from app.pets.screens import PET, PETS_OF_CUSTOMER, VACCINATION, VACCINATIONS_OF_PET, WARNINGS

CAPABILITY = Capability(
    "pets",
    _l("Pets"),
    needs=("access", "people"),
    profiles=frozenset({"petshop"}),
    icon="heart",
    order=20,
    screens=(PET, VACCINATION),
    panels=(PETS_OF_CUSTOMER, VACCINATIONS_OF_PET, WARNINGS),
    cards=CARDS,
    home_lists=HOME_LISTS,
    copy_targets=(CopyTarget(PET.name), CopyTarget(VACCINATION.name)),
)
