"""Own fields in the rows of a form: required ones join in, every kind is typed there, conditions hold in each row."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from app.core.database import db
from app.core.keys import encode_token
from app.shaping.models import Kind
from app.shaping.plans import Settings
from tests.factories.people import make_customer
from tests.factories.shaping import make_field
from tests.shaping.test_every_kind import SAMPLES
from tests.support.forms import form_of

ROW = "rows.pets-pet-owner."


def customer() -> str:
    """Return the address of a customer without pets."""
    address = f"/people/customer/{encode_token([make_customer().id])}"
    db.session.rollback()
    return address


@pytest.mark.parametrize("kind", SAMPLES, ids=lambda kind: kind.value)
def test_a_required_own_field_of_every_kind_is_typed_in_the_row(
    app_on: Flask, owner: FlaskClient, kind: Kind
) -> None:
    name, sample = make_field(app_on, kind, "pets:pet", required=True), SAMPLES[kind]
    address = customer()
    form = MultiDict(form_of(owner.get(f"{address}/edit").text))
    form.setlist(f"{ROW}0.name", ["汤圆"])
    form.setlist(f"{ROW}0.species", ["cat"])

    refused = owner.post(f"{address}/edit", data=form)
    form.setlist(f"{ROW}0.{name}", sample.typed if isinstance(sample.typed, list) else [sample.typed])
    saved = owner.post(f"{address}/edit", data=form)
    [pet] = owner.get("/api/v1/pets/pet").json["data"]
    again = owner.post(f"{address}/edit", data=form_of(owner.get(f"{address}/edit").text))

    assert refused.status_code == 422 and f'id="e-{ROW}0.{name}"' in refused.text
    assert (saved.status_code, again.status_code) == (302, 302)
    assert pet[name] == sample.json
    [after] = owner.get("/api/v1/pets/pet").json["data"]
    assert (after[name], after["row_version"]) == (sample.json, 1)


def test_an_optional_own_field_stays_on_the_record_s_own_page(app_on: Flask, owner: FlaskClient) -> None:
    name = make_field(app_on, Kind.TEXT, "pets:pet")

    assert f"{ROW}0.{name}" not in form_of(owner.get(f"{customer()}/edit").text)


def test_a_conditional_field_shows_by_what_stands_in_its_own_row(app_on: Flask, owner: FlaskClient) -> None:
    name = make_field(
        app_on, Kind.TEXT, "pets:pet", required=True, settings=Settings(when="species", when_values=("bird",))
    )
    address = customer()
    page = owner.get(f"{address}/edit").text
    form = MultiDict(form_of(page))
    for number, species in enumerate(("bird", "cat")):
        form.setlist(f"{ROW}{number}.name", [species])
        form.setlist(f"{ROW}{number}.species", [species])

    answer = owner.post(f"{address}/edit", data=form)

    assert f'data-when="{ROW}0.species"' in page and f'data-when="{ROW}1.species"' in page
    assert answer.status_code == 422
    assert f'id="e-{ROW}0.{name}"' in answer.text and f'id="e-{ROW}1.{name}"' not in answer.text
