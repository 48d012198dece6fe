"""What people see of pets and vaccinations, and what pets show on a customer's page."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core import fields
from app.core.declaration import Group, Panel, RelatedPanel, Screen, Search
from app.core.kernel import kernel
from app.core.keys import encode_token
from app.core.shop import today
from app.people.fields import BirthDate
from app.people.models import Customer
from app.people.names import name_typed
from app.people.words import NOTES
from app.pets import words
from app.pets.models import Pet, PetSex, Species, Temperament, Vaccination
from app.pets.services import PetWarning, warnings_for

PET = Screen(
    "pets",
    "pet",
    Pet,
    _l("Pet"),
    _l("Pets"),
    (
        Group(
            _l("Pet"),
            (
                fields.Text(
                    "name",
                    _l("Pet's name"),
                    required=True,
                    max_length=60,
                    synonyms=words.PET_NAME,
                ),
                fields.Link(
                    "owner",
                    _l("Belongs to"),
                    to="people:customer",
                    required=True,
                    synonyms=words.PET_OWNER,
                ),
                fields.Choice(
                    "species",
                    _l("Species"),
                    choices=Species,
                    required=True,
                    words=words.PET_SPECIES_VALUES,
                    synonyms=words.PET_SPECIES,
                ),
                fields.Text("breed", _l("Breed"), max_length=60, synonyms=words.PET_BREED),
                fields.Choice(
                    "sex",
                    _l("Sex"),
                    choices=PetSex,
                    words=words.PET_SEX_VALUES,
                    synonyms=words.PET_SEX,
                ),
                fields.YesNo(
                    "neutered",
                    _l("Neutered"),
                    synonyms=words.PET_NEUTERED,
                ),
                BirthDate(
                    "birth_date",
                    _l("Birthday"),
                    synonyms=words.PET_BIRTH_DATE,
                ),
            ),
        ),
        Group(
            _l("Before you touch it"),
            (
                fields.Choice(
                    "temperament", _l("Temperament"), choices=Temperament, synonyms=words.PET_TEMPERAMENT
                ),
                fields.LongText("allergies", _l("Allergies"), max_length=1000, synonyms=words.PET_ALLERGIES),
                fields.LongText("diet", _l("Diet"), max_length=1000, synonyms=words.PET_DIET),
            ),
        ),
        Group(
            _l("How to tell it"),
            (
                fields.Image("photo", _l("Photo")),
                fields.Quantity(
                    "weight",
                    _l("Weight"),
                    scale=2,
                    least=Decimal("0.01"),
                    most=Decimal(500),
                    unit=_l("kg"),
                    synonyms=words.PET_WEIGHT,
                ),
                fields.Text("colour", _l("Coat colour"), max_length=40, synonyms=words.PET_COLOUR),
                fields.Text(
                    "chip_number",
                    _l("Chip number"),
                    max_length=30,
                    synonyms=words.PET_CHIP_NUMBER,
                ),
            ),
        ),
        Group(_l("Notes"), (fields.LongText("notes", _l("Notes"), synonyms=NOTES),)),
    ),
    ("photo", "name", "species", "breed", "owner", "birth_date", "temperament"),
    follows=("owner",),
    icon="heart",
    facts=("breed", "owner"),
    sorts=("name", "birth_date"),
    orders=(("species", "name"),),
    sort="-id",
    search=(Search("name_key", of="name", prepare=name_typed), Search("chip_number", mode="exact")),
    search_hint=_l("Pet's name or chip number"),
    filters=("species", "temperament", "owner", "sex", "neutered"),
    preview=("photo", "owner", "birth_date", "weight", "temperament", "allergies", "notes"),
    natural_key=("chip_number", "owner+name"),
    extensible=True,
    empty=_l("Add a pet on its owner's page, or here: its name, its owner and its species are enough."),
    order=10,
)


def vaccination_rules(_record: Any | None, values: dict[str, Any]) -> dict[str, Any]:
    """Return the messages for a vaccination whose next dose is due before it was given."""
    given, due = values.get("given_on"), values.get("due_on")
    if given is not None and due is not None and due < given:
        return {"due_on": _l("The next dose can't be due before this one was given.")}
    return {}


VACCINATION = Screen(
    "pets",
    "vaccination",
    Vaccination,
    _l("Vaccination"),
    _l("Vaccinations"),
    (
        Group(
            _l("Vaccination"),
            (
                fields.Link("pet", _l("Pet"), to="pets:pet", required=True, synonyms=words.PETS),
                fields.Text(
                    "vaccine",
                    _l("Vaccine"),
                    required=True,
                    max_length=80,
                    synonyms=words.VACCINATION_VACCINE,
                ),
                fields.Date(
                    "given_on",
                    _l("Given on"),
                    required=True,
                    synonyms=words.VACCINATION_GIVEN_ON,
                ),
                fields.Date(
                    "due_on",
                    _l("Next due"),
                    help=_l("From this day on the pet counts as not protected."),
                    synonyms=words.VACCINATION_DUE_ON,
                ),
                fields.Text(
                    "batch",
                    _l("Batch"),
                    max_length=40,
                    synonyms=words.VACCINATION_BATCH,
                    help=_l("From the label: if it is recalled, you find the pets."),
                ),
                fields.LongText("notes", _l("Notes"), synonyms=NOTES),
            ),
        ),
    ),
    ("vaccine", "pet", "given_on", "due_on", "batch"),
    title="vaccine",
    follows=("pet",),
    icon="shield-check",
    facts=("pet", "due_on"),
    sorts=("due_on", "given_on", "vaccine"),
    orders=(("due_on", "vaccine"), ("vaccine", "due_on")),
    sort="-given_on",
    search=(Search("vaccine"), Search("batch")),
    search_hint=_l("Vaccine or batch"),
    filters=("due_on", "given_on", "vaccine", "batch", "pet"),
    preview=("pet", "given_on", "due_on", "batch", "notes"),
    natural_key=("pet+vaccine+given_on",),
    rules=vaccination_rules,
    empty=_l("Record each dose with the day the next one is due; the home page then tells you whom to call."),
    order=20,
)

PETS_OF_CUSTOMER = RelatedPanel(
    "people:customer",
    _l("Pets"),
    screen="pets:pet",
    via="owner",
    columns=("photo", "name", "species", "breed", "birth_date", "temperament"),
    inputs=("name", "species", "breed", "sex", "birth_date"),
    order=10,
)

VACCINATIONS_OF_PET = RelatedPanel(
    "pets:pet",
    _l("Vaccinations"),
    screen="pets:vaccination",
    via="pet",
    columns=("vaccine", "given_on", "due_on", "batch"),
    inputs=("vaccine", "given_on", "due_on", "batch"),
    order=10,
)


def load_warnings(customer: Customer) -> dict[str, Any] | None:
    """Return the template's variables for a customer's page, or None when there is nothing to beware of."""
    screens = kernel().screens
    pets, doses = screens[PET.name], screens[VACCINATION.name].fields
    found = [_warning(pets, doses, warning) for warning in warnings_for(customer.id, today())]
    warnings = [each for each in found if each["bites"] or each["allergies"] or each["overdue"]]
    return {"warnings": warnings} if warnings else None


def _warning(pets: Screen, doses: Mapping[str, fields.Field], warning: PetWarning) -> dict[str, Any]:
    """Return what stands in the box of one pet, as far as whoever looks may read it."""
    allergies, temperament = pets.fields.get("allergies"), pets.fields.get("temperament")
    vaccine, due_on = doses.get("vaccine"), doses.get("due_on")
    return {
        "name": pets.called(warning.pet.id if pets.hides_title else warning.pet.name),
        "address": PET.path + encode_token((warning.pet.id,)),
        "bites": warning.bites and temperament is not None and not temperament.masked,
        "allergies": allergies.display(warning.allergies) if allergies is not None else "",
        "overdue": [(vaccine.display(name), due_on.display(day)) for name, day in warning.overdue]
        if vaccine is not None and due_on is not None
        else [],
    }


WARNINGS = Panel(
    "people:customer",
    _l("Beware"),
    permission="pets:pet:show",
    template="pets/warnings.html",
    load=load_warnings,
    place="top",
    order=10,
)
