"""Every related list, with every field of its screen in the row: each value saves, reads back and stays untouched."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

import app as program
from app.core import fields
from app.core.capability import discover
from app.core.database import db
from app.core.declaration import RelatedPanel, Screen
from app.core.kernel import Kernel
from app.core.keys import encode_token
from app.journal.models import JournalEntry
from app.panel.writing import editable_fields
from tests.factories.people import make_customer, make_tag
from tests.factories.pets import make_pet
from tests.support.forms import form_of

CAPABILITIES = discover(program)
SCREENS = {screen.name: screen for each in CAPABILITIES for screen in each.screens}
# Rows are added in a form, so only what a person can add is one.
PANELS = [
    panel
    for each in CAPABILITIES
    for panel in each.panels
    if isinstance(panel, RelatedPanel) and "add" in SCREENS[panel.screen].verbs
]
DECLARED = [panel for panel in PANELS if panel.inputs]
EACH = pytest.mark.parametrize("panel", PANELS, ids=lambda panel: f"{panel.screen}-{panel.via}")


def test_two_related_lists_are_written_in_forms() -> None:
    assert {(panel.on, panel.screen) for panel in DECLARED} == {
        ("people:customer", "pets:pet"),
        ("pets:pet", "pets:vaccination"),
    }


@pytest.mark.parametrize("panel", DECLARED, ids=lambda panel: panel.screen)
def test_what_is_declared_exists_and_can_be_typed(panel: RelatedPanel) -> None:
    child = SCREENS[panel.screen]

    assert set(panel.inputs) <= {entry.name for entry in child.fields.values() if not entry.read_only}
    assert panel.via not in panel.inputs
    assert child.fields[panel.via].to == panel.on  # type: ignore[attr-defined]


@pytest.fixture
def owner(app_on: Flask, sign_in: Any) -> FlaskClient:
    """The owner, on each of the three databases."""
    return sign_in(app_on.test_client(), "Owner")


@pytest.fixture
def whole_rows(app_on: Flask) -> Iterator[None]:
    """Every related list stands in its form with every field that can be typed at all."""
    kernel: Kernel = app_on.extensions["kebu"]
    before = kernel.capabilities
    kernel.capabilities = tuple(replace(each, panels=tuple(map(_whole, each.panels))) for each in before)
    yield
    kernel.capabilities = before


def _whole(panel: Any) -> Any:
    if not isinstance(panel, RelatedPanel):
        return panel
    names = tuple(
        entry.name
        for entry in SCREENS[panel.screen].fields.values()
        if not entry.read_only and entry.name != panel.via
    )
    return replace(panel, inputs=names)


TYPED: tuple[tuple[type[fields.Field], Any], ...] = (
    (fields.YesNo, "1"),
    (fields.Date, "2026年3月5日"),
    (fields.Moment, "2026-03-05T14:30"),
    (fields.Money, "¥1,234.5"),
    (fields.WholeNumber, "１2"),
    (fields.Quantity, "１2.50"),
    (fields.LongText, "第一行\r\n<b>二</b>"),
    (fields.Phone, "+86 154-1234 5678"),
    (fields.Email, "a@example.com"),
    (fields.Text, "  蓝 色 <i>"),
)


def typed(entry: fields.Field) -> Any:
    """Return what a person types into a field of this type."""
    match entry:
        case fields.Image():
            picture = io.BytesIO()
            Image.new("RGB", (8, 8), "#c98a4b").save(picture, "PNG")
            picture.seek(0)
            return (picture, "汤圆.png")
        case fields.File():
            return (io.BytesIO(b"%PDF-1.4\n%%EOF\n"), "note.pdf")
        case fields.Link():
            return _some_record(entry.to)
        case fields.Links():
            return [encode_token([make_tag(name=name).id]) for name in ("VIP", "Zoo")]
        case fields.Choice():
            return list(entry.choices)[-1].value
        case _:
            return next(value for kind, value in TYPED if isinstance(entry, kind))


def _some_record(name: str) -> str:
    screen = SCREENS[name]
    key = db.session.scalar(select(screen.model.id).order_by(screen.model.id).limit(1))
    return encode_token([key])


def parent_of(panel: RelatedPanel) -> str:
    """Return the address of a record that the panel's records can belong to."""
    customer = make_customer()
    made = {"people:customer": customer, "pets:pet": None}
    record = made[panel.on] or make_pet(owner_id=customer.id)
    return f"{SCREENS[panel.on].path}{encode_token([record.id])}"


def children(screen: Screen) -> list[Any]:
    """Return the records of a screen, as they stand now."""
    db.session.rollback()
    db.session.expire_all()
    return list(db.session.scalars(select(screen.model).order_by(screen.model.id).limit(20)))


def values_of(panel: RelatedPanel, record: Any) -> dict[str, Any]:
    """Return what a record holds, comparable."""
    found = {}
    for entry in SCREENS[panel.screen].fields.values():
        value = getattr(record, entry.name)
        each = value if isinstance(value, list) else [value]
        plain = sorted(str(getattr(one, "id", one)) for one in each)
        found[entry.name] = plain
    return found


@EACH
def test_each_value_saves_reads_back_and_stays(
    app_on: Flask, owner: FlaskClient, whole_rows: None, panel: RelatedPanel
) -> None:
    address, child = parent_of(panel), SCREENS[panel.screen]
    prefix = f"rows.{panel.screen}-{panel.via}".replace(":", "-") + "."
    inputs = {
        entry.name: typed(entry)
        for entry in child.fields.values()
        if not entry.read_only and entry.name != panel.via
    }
    if "due_on" in inputs:
        inputs["due_on"] = "2026/12/31"
    db.session.rollback()

    form = form_of(owner.get(f"{address}/edit").text)
    for name, value in inputs.items():
        form.setlist(f"{prefix}0.{name}", value if isinstance(value, list) else [value])
    assert owner.post(f"{address}/edit", data=form).status_code == 302
    [record] = children(child)
    alone = {
        name: entry.raw(getattr(record, name))
        for name, entry in child.fields.items()
        if name in inputs and not isinstance(entry, fields.Link | fields.Links | fields.File)
    }
    saved = values_of(panel, record)
    with app_on.test_request_context("/"):
        expected = {
            name: child.fields[name].raw(
                child.fields[name].parse(value if isinstance(value, list) else [value])
            )
            for name, value in inputs.items()
            if name in alone
        }

    assert alone == expected
    assert all(saved[name] != ["None"] for name in inputs), "every value arrived"
    assert record.row_version == 1
    before = db.session.query(JournalEntry.id).limit(500).count()
    db.session.rollback()

    again = form_of(owner.get(f"{address}/edit").text)
    assert f"{prefix}0.id" in again
    assert owner.post(f"{address}/edit", data=again).status_code == 302
    [record] = children(child)
    assert values_of(panel, record) == saved
    assert record.row_version == 1
    assert db.session.query(JournalEntry.id).limit(500).count() == before


@EACH
def test_every_required_field_is_asked_for_in_its_row(
    app_on: Flask, owner: FlaskClient, whole_rows: None, panel: RelatedPanel
) -> None:
    address, child = parent_of(panel), SCREENS[panel.screen]
    prefix = f"rows.{panel.screen}-{panel.via}".replace(":", "-") + "."
    with app_on.test_request_context("/"):
        names = {entry.name: entry for entry in editable_fields(child) if entry.name != panel.via}
    some = next(name for name, entry in names.items() if type(entry) in (fields.Text, fields.LongText))
    db.session.rollback()
    form = MultiDict(form_of(owner.get(f"{address}/edit").text))
    form.setlist(f"{prefix}0.{some}", ["words"])

    answer = owner.post(f"{address}/edit", data=form)

    missing = [name for name, entry in names.items() if entry.required and name != some]
    assert answer.status_code == 422
    assert all(f'id="e-{prefix}0.{name}"' in answer.text for name in missing)
    assert form_of(answer.text)[f"{prefix}0.{some}"] == "words"
    assert children(child) == []
