"""R11: keys that a form does not offer are refused or left unread, and the row stays as it was; over every screen."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import inspect as inspect_mapper
from sqlalchemy import select

from app.core import fields
from app.core.database import db
from app.core.declaration import Screen
from app.core.kernel import kernel
from app.core.keys import encode_token, uuid7
from app.core.transaction import transaction
from app.panel.writing import editable_fields
from tests.panel.importing.test_round_trip import linked, made, plain
from tests.support.forms import form_of
from tests.support.whole_house import FreshClient

STRANGE: dict[str, Any] = {
    "created_by": 4711,
    "created_by_id": 4711,
    "deleted_by": 4711,
    "created_at": "2001-01-01T00:00:00Z",
    "changed_at": "2001-01-01T00:00:00Z",
    "deleted_at": "2001-01-01T00:00:00Z",
    "roles": [1],
    "is_sample": True,
    "state": "done",
    "price": {"amount": "0.01"},
    "branch_id": 1,
    "store_id": 1,
    "seal": "x",
    "password": "x",
    "__class__": "x",
    "_sa_instance_state": {},
    "metadata": {},
}


@pytest.fixture
def owner(app_on: Flask, sign_in: Any) -> FlaskClient:
    """The signed-in owner, who may do everything but this."""
    client: FlaskClient = sign_in(FreshClient(app_on))
    return client


def screens(verb: str) -> list[Screen]:
    """Return the declared screens that offer a verb."""
    return [screen for screen in kernel().screens.values() if verb in screen.verbs]


def record_of(screen: Screen) -> Any:
    """Return a saved record of the screen that has what it must have."""
    with transaction():
        return made(screen, plain(screen))


def row_of(screen: Screen, key: Any) -> dict[str, Any]:
    """Return a row with every column, as the database holds it."""
    db.session.rollback()
    table = inspect_mapper(screen.model).local_table
    there = db.session.execute(select(table).where(table.c.id == key)).mappings().one()
    return dict(there)


def strange_for(screen: Screen) -> dict[str, Any]:
    """Return the strange keys, and every column that is no input of the screen."""
    taken = {entry.name for entry in editable_fields(screen)}
    columns = {column.key: "x" for column in inspect_mapper(screen.model).column_attrs}
    return {
        name: value for name, value in {**columns, **STRANGE}.items() if name not in taken | {"row_version"}
    }


def document_of(screen: Screen) -> dict[str, Any]:
    """Return what a program sends for a new record."""
    body: dict[str, Any] = {}
    with transaction():
        for name, given in plain(screen).items():
            entry = screen.fields[name]
            if isinstance(entry, fields.Link):
                body[name] = {"id": encode_token([linked(entry)[0].id])}
            else:
                body[name] = entry.to_json(entry.parse([given]))
    return body


def test_the_api_refuses_each_strange_key_of_a_change_and_changes_nothing(owner: FlaskClient) -> None:
    for screen in screens("edit"):
        record = record_of(screen)
        key, token, version = record.id, encode_token([record.id]), getattr(record, "row_version", 1)
        before = row_of(screen, key)
        for name, value in strange_for(screen).items():
            answer = owner.patch(f"/api/v1{screen.path}{token}", json={"row_version": version, name: value})
            assert answer.status_code == 422, (screen.name, name)
            assert list(answer.json["errors"]) == [name]
        assert row_of(screen, key) == before, screen.name


def test_the_api_refuses_each_strange_key_of_a_new_record_and_adds_nothing(owner: FlaskClient) -> None:
    for screen in screens("add"):
        body = document_of(screen)
        count = len(db.session.scalars(select(screen.model.id)).all())
        for name, value in {**strange_for(screen), "id": encode_token([uuid7()]), "row_version": 7}.items():
            answer = owner.post(f"/api/v1{screen.path}".rstrip("/"), json={**body, name: value})
            assert answer.status_code == 422, (screen.name, name)
            assert list(answer.json["errors"]) == [name]
        db.session.rollback()
        assert len(db.session.scalars(select(screen.model.id)).all()) == count
        assert owner.post(f"/api/v1{screen.path}".rstrip("/"), json=body).status_code == 201, screen.name


def test_a_change_in_a_batch_refuses_them_too_and_another_record_s_id(owner: FlaskClient) -> None:
    screen = kernel().screens["people:customer"]
    mine, other = record_of(screen), record_of(screen)
    keys = [mine.id, other.id]
    before = [row_of(screen, key) for key in keys]
    token, foreign = (encode_token([key]) for key in keys)
    strange = [{"created_by": 1}, {"deleted_at": None}, {"id": foreign}, {"version": 1}]

    answers = owner.post(
        "/api/v1/people/customer/bulk",
        json={
            "operations": [
                {"op": "change", "id": token, "record": {"row_version": 1, **extra}} for extra in strange
            ]
        },
    ).json["results"]

    assert [each["status"] for each in answers] == [422] * len(strange)
    assert [row_of(screen, key) for key in keys] == before


def test_a_program_may_send_back_the_id_that_it_read(owner: FlaskClient) -> None:
    record = record_of(kernel().screens["people:tag"])
    token = encode_token([record.id])

    answer = owner.patch(f"/api/v1/people/tag/{token}", json={"id": token, "row_version": 1, "notes": "x"})

    assert (answer.status_code, answer.json["notes"]) == (200, "x")


def test_a_form_with_strange_inputs_saves_its_own_alone(owner: FlaskClient) -> None:
    for screen in screens("edit"):
        if all(each.read_only for each in screen.fields.values()):
            continue  # changed on a page of its own, and here by taking a change back alone
        record = record_of(screen)
        key, address = record.id, f"{screen.path}{encode_token([record.id])}/edit"
        before = row_of(screen, key)
        inputs = form_of(owner.get(address).text)
        extra = {name: "4711" for name in strange_for(screen) if name not in inputs}

        answer = owner.post(address, data={**inputs.to_dict(flat=False), **extra})

        assert answer.status_code == 302, screen.name
        after = row_of(screen, key)
        changed = {name for name in after if after[name] != before[name]}
        assert changed <= {"changed_at", "changed_by", "row_version"}, screen.name


def test_a_new_record_s_form_takes_neither_key_nor_stamps(owner: FlaskClient) -> None:
    foreign = uuid7()
    inputs = form_of(owner.get("/people/customer/add").text).to_dict(flat=False)
    extra = {
        "id": encode_token([foreign]),
        "created_by": "4711",
        "row_version": "9",
        "created_at": "2001-01-01",
    }

    answer = owner.post("/people/customer/add", data={**inputs, "name": "王芳", **extra})

    assert answer.status_code == 302
    screen = kernel().screens["people:customer"]
    (key,) = db.session.scalars(select(screen.model.id).where(screen.model.name == "王芳")).all()
    row = row_of(screen, key)
    assert key != foreign
    assert row["created_by"] != 4711
    assert row["row_version"] == 1
    assert row["created_at"].year > 2001
