"""Pets, their vaccinations and the warnings on their owner's page."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask, render_template
from flask_babel import force_locale
from sqlalchemy.exc import IntegrityError, OperationalError

from app.core.clock import frozen_at
from app.core.database import db
from app.pets import cards
from app.pets.models import Pet, Temperament
from app.pets.screens import load_warnings, vaccination_rules
from app.pets.services import warnings_for
from tests.factories.people import make_customer
from tests.factories.pets import make_pet, make_vaccination

TODAY = datetime.date(2025, 3, 5)
NOON = datetime.datetime(2025, 3, 5, 4, tzinfo=datetime.UTC)
# MariaDB reports a broken CHECK as an operational error.
REFUSED = (IntegrityError, OperationalError)
DAY = datetime.timedelta(days=1)


def test_a_pets_weight_comes_back_to_the_hundredth(app_on: Flask) -> None:
    key = make_pet(weight=Decimal("4.35")).id

    db.session.expire_all()

    assert db.session.get_one(Pet, key).weight == Decimal("4.35")


def test_a_weight_of_nothing_is_refused_by_the_database(app_on: Flask) -> None:
    with pytest.raises(REFUSED, match="ck_pets_pet_weight_positive"):
        make_pet(weight=Decimal(0))


def test_a_dose_can_not_be_due_again_before_it_was_given(app_on: Flask) -> None:
    with pytest.raises(REFUSED, match="ck_pets_vaccination_due_after_given"):
        make_vaccination(given_on=TODAY, due_on=TODAY - DAY)


def test_a_due_date_before_the_dose_is_told_beside_the_field() -> None:
    assert set(vaccination_rules(None, {"given_on": TODAY, "due_on": TODAY - DAY})) == {"due_on"}
    assert vaccination_rules(None, {"given_on": TODAY, "due_on": TODAY}) == {}
    assert vaccination_rules(None, {"given_on": TODAY, "due_on": None}) == {}


def test_biting_allergies_and_ended_protection_are_warned_of(app_on: Flask) -> None:
    owner = make_customer().id
    make_pet(owner_id=owner, name="Calm", temperament=Temperament.CALM)
    make_pet(owner_id=owner, name="Biter", temperament=Temperament.BITES)
    make_pet(owner_id=owner, name="Sneezer", allergies="chicken")
    make_pet(owner_id=owner, name="Gone", temperament=Temperament.BITES, deleted_at=NOON)
    ended = make_pet(owner_id=owner, name="Late").id
    make_vaccination(pet_id=ended, due_on=TODAY - DAY)

    found = {warning.pet.name: warning for warning in warnings_for(owner, TODAY)}

    assert set(found) == {"Biter", "Sneezer", "Late"}
    assert found["Biter"].bites
    assert found["Sneezer"].allergies == "chicken"
    assert found["Late"].overdue == (("Rabies", TODAY - DAY),)


def test_a_newer_dose_ends_the_warning_about_the_older_one(app: Flask) -> None:
    pet = make_pet()
    key, owner = pet.id, pet.owner_id
    make_vaccination(pet_id=key, given_on=datetime.date(2024, 2, 1), due_on=datetime.date(2025, 2, 1))
    make_vaccination(pet_id=key, given_on=datetime.date(2025, 2, 2), due_on=datetime.date(2026, 2, 2))

    assert warnings_for(owner, TODAY) == ()


def test_the_warnings_take_two_statements_however_many_pets_there_are(
    app: Flask, statements: Callable[..., Any]
) -> None:
    owner = make_customer().id
    for number in range(5):
        pet = make_pet(owner_id=owner, name=f"Pet {number}").id
        make_vaccination(pet_id=pet, due_on=datetime.date(2025, 3, 2))
    db.session.rollback()

    with statements() as seen:
        found = warnings_for(owner, TODAY)

    assert len(found) == 5
    assert len(seen) == 2


def test_the_warnings_box_says_what_to_beware_of_and_escapes_it(app: Flask) -> None:
    owner = make_customer().id
    make_pet(owner_id=owner, name="<b>Rex</b>", temperament=Temperament.BITES, allergies="chicken")
    db.session.expire_all()
    customer = make_customer(name="nobody's owner")

    with frozen_at(NOON), app.test_request_context(), force_locale("en"):
        variables = load_warnings(db.session.get_one(type(customer), owner))
        assert variables is not None
        html = render_template("pets/warnings.html", **variables)
        nothing = load_warnings(customer)

    assert nothing is None
    assert "&lt;b&gt;Rex" in html
    assert "Bites" in html
    assert "Allergies: chicken" in html


def test_the_card_counts_the_vaccinations_of_the_next_thirty_days(app: Flask) -> None:
    pet = make_pet().id
    for due in (TODAY - DAY, TODAY, TODAY + 30 * DAY, TODAY + 31 * DAY):
        make_vaccination(pet_id=pet, given_on=datetime.date(2024, 3, 1), due_on=due)

    with frozen_at(NOON), force_locale("en"):
        figure = cards.due_vaccinations()

    assert figure.text == "2"
    assert "f.due_on.from=2025-03-05&f.due_on.to=2025-04-04" in figure.address
