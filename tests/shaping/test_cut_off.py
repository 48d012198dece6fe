"""A change that is cut off, or that others stand in the way of, leaves nothing half made."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import inspect, select

from app.core.database import db
from app.core.transaction import transaction
from app.people.models import Customer
from app.shaping import altering, services
from app.shaping.models import Kind
from app.shaping.sweeping import sweep_at_start
from tests.factories.shaping import make_field
from tests.shaping.forms import definition, read_definitions

FIELDS = "/shaping/fields/people/customer/"
TYPED = {"kind": "text", "label_zh": "尺码", "label_en": "Size", "personal": "none", "places": "0"}


class Killed(BaseException):
    """What a process that is killed feels like from inside."""


@pytest.mark.parametrize("kind", [Kind.TEXT, Kind.MONEY, Kind.LINK, Kind.FILE], ids=lambda kind: kind.value)
def test_a_process_killed_between_table_and_definition_leaves_nothing_to_see(
    app_on: Flask, owner: FlaskClient, monkeypatch: pytest.MonkeyPatch, kind: Kind
) -> None:
    def killed(*_anything: Any) -> None:
        raise Killed

    columns = lambda: {each["name"] for each in inspect(db.engine).get_columns("people_customer")}  # noqa: E731
    before = columns()
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(services, "_store_fields", killed)
        make_field(app_on, kind)
    db.session.rollback()
    half_made = columns() - before

    seen = owner.get("/people/customer/add").text
    owner.post("/people/customer/add", data={"name": "王伟"})
    sweep_at_start()

    assert half_made
    assert not any(name in seen for name in half_made)
    assert read_definitions().fields == []
    stays = kind in (Kind.LINK, Kind.FILE) and db.engine.dialect.name == "sqlite"
    assert columns() - before == (half_made if stays else set())
    assert owner.post("/people/customer/add", data={"name": "二"}).status_code == 302


def test_an_orphaned_column_with_values_is_never_swept(app_on: Flask, owner: FlaskClient) -> None:
    name = make_field(app_on, Kind.TEXT)
    owner.post("/people/customer/add", data={"name": "王伟", name: "值"})
    with transaction():
        db.session.delete(definition(name))

    sweep_at_start()

    assert name in {column["name"] for column in inspect(db.engine).get_columns("people_customer")}
    with transaction():
        for customer in db.session.scalars(select(Customer)):
            setattr(customer, name, None)
    sweep_at_start()
    assert name not in {column["name"] for column in inspect(db.engine).get_columns("people_customer")}


def test_a_table_that_others_never_let_go_of_is_a_refusal_and_no_failure(
    app_on: Flask, owner: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    if db.engine.dialect.name == "sqlite":
        pytest.skip("SQLite's readers never stand in a writer's way")
    monkeypatch.setattr(altering, "TRIES", 1)
    monkeypatch.setattr(altering, "LOCK_SECONDS", 1)
    with db.engine.connect() as other:
        other.execute(select(Customer.id).limit(1)).all()

        answer = owner.post(f"{FIELDS}add", data=TYPED)

    assert answer.status_code == 409
    assert "Try again" in answer.text
    assert read_definitions().fields == []
    assert owner.post(f"{FIELDS}add", data=TYPED).status_code == 302
