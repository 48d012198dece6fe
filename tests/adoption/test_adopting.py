"""Adopting: minutes after an address was named, the tables of a stranger's database are screens like any other."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, select, text
from sqlalchemy.engine import make_url

from app.core.database import db
from app.core.keys import encode_token
from app.journal.models import JournalEntry
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


def test_chinook_is_listed_shown_edited_and_on_record(
    owner: FlaskClient, real_database: Callable[[str, str], str]
) -> None:
    address = real_database("chinook", "sqlite")
    code = adopted(address, name="chinook")
    assert code == "chinook"

    page = owner.get("/chinook/customer/?q=Gonç")
    token = encode_token([1])
    assert page.status_code == 200
    assert "Gonçalves" in page.text
    record = owner.get(f"/chinook/customer/{token}")
    assert record.status_code == 200, record.text[-600:]
    data = form_of(owner.get(f"/chinook/customer/{token}/edit").text)
    answer = owner.post(f"/chinook/customer/{token}/edit", data={**data.to_dict(), "City": "上海"})
    assert answer.status_code == 302, re.sub(r"<[^>]+>|\s+", " ", answer.text)[:3000]

    with create_engine(make_url(address)).connect() as connection:
        assert connection.execute(text("SELECT City FROM Customer WHERE CustomerId = 1")).scalar() == "上海"
    db.session.rollback()
    entry = db.session.scalars(
        select(JournalEntry)
        .where(JournalEntry.subject == "chinook:customer")
        .order_by(JournalEntry.id.desc())
    ).first()
    assert entry is not None
    assert entry.record == token
