"""What a shop says of adopted tables and columns stands on screens like any other, and shows at the next click."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.adoption.models import AdoptedColumn, AdoptedTable
from app.core.database import db
from app.core.keys import encode_token
from app.core.transaction import transaction
from tests.adoption.adopting import adopted, let_go
from tests.support.forms import form_of
from tests.support.whole_house import FreshClient


@pytest.fixture
def shop_app(app: Flask) -> Iterator[Flask]:
    """A shop that lets go of what it adopted when the test ends."""
    yield app
    let_go()


@pytest.fixture
def owner(shop_app: Flask, sign_in: Any) -> FlaskClient:
    """The signed-in owner."""
    client: FlaskClient = sign_in(FreshClient(shop_app))
    return client


def test_what_is_chosen_and_named_shows_at_once_and_is_on_record(
    owner: FlaskClient, real_database: Callable[[str, str], str]
) -> None:
    adopted(real_database("chinook", "sqlite"), name="music")
    table = db.session.scalars(select(AdoptedTable).where(AdoptedTable.name == "Customer")).one()
    column = db.session.scalars(
        select(AdoptedColumn).where(AdoptedColumn.table_id == table.id, AdoptedColumn.name == "Company")
    ).one()
    places = f"/adoption/table/{encode_token([table.id])}", f"/adoption/column/{encode_token([column.id])}"
    db.session.rollback()

    for page, said in zip(places, ({"label_en": "Listener"}, {"label_en": "Works for"}), strict=True):
        form = form_of(owner.get(f"{page}/edit").text).to_dict()
        assert owner.post(f"{page}/edit", data={**form, **said}).status_code == 302

    shown = owner.get("/music/customer/add").text
    assert "Listener" in shown
    assert "Works for" in shown
    assert "Listener" in owner.get(f"{places[0]}/history").text


def test_a_table_that_is_not_ticked_has_no_screen(
    owner: FlaskClient, real_database: Callable[[str, str], str]
) -> None:
    adopted(real_database("chinook", "sqlite"), name="music")
    table = db.session.scalars(select(AdoptedTable).where(AdoptedTable.name == "Employee")).one()
    page = f"/adoption/table/{encode_token([table.id])}/edit"
    db.session.rollback()

    form = form_of(owner.get(page).text).to_dict()
    form.pop("is_shown")
    assert owner.post(page, data=form).status_code == 302

    assert owner.get("/music/employee/").status_code == 404
    assert owner.get("/music/customer/").status_code == 200


def test_codes_that_say_nothing_are_refused_beside_their_input(
    owner: FlaskClient, real_database: Callable[[str, str], str]
) -> None:
    adopted(real_database("chinook", "sqlite"), name="music")
    column = db.session.scalars(select(AdoptedColumn).where(AdoptedColumn.name == "Company")).one()
    page = f"/adoption/column/{encode_token([column.id])}/edit"
    db.session.rollback()

    form = form_of(owner.get(page).text).to_dict()
    answer = owner.post(page, data={**form, "choices": "1=one\nnothing"})

    assert answer.status_code == 422
    assert "Write a line for each code" in answer.text


def test_columns_stand_under_the_heading_that_was_said_of_them_and_lists_begin_as_was_said(
    owner: FlaskClient, real_database: Callable[[str, str], str]
) -> None:
    adopted(real_database("chinook", "sqlite"), name="music")
    with transaction():
        track = db.session.scalars(select(AdoptedTable).where(AdoptedTable.name == "Track")).one()
        track.sort = "TrackId"
        for column in db.session.scalars(select(AdoptedColumn).where(AdoptedColumn.table_id == track.id)):
            if column.name in ("Milliseconds", "Bytes"):
                column.group_zh, column.group_en = "\u5927\u5c0f", "How large it is"

    form = owner.get("/music/track/add").text
    assert form.count("<legend>") == 2
    assert form.index("<legend>How large it is") < form.index('name="Milliseconds"')
    assert form.index('name="Name"') < form.index("<legend>How large it is")
    assert "For Those About To Rock" in owner.get("/music/track/").text
