"""A list's plain rows answer like the mapped records that forms and details work on, for every kind of field."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask_login import login_user

from app.access.models import Branch, Person
from app.core.database import db
from app.core.declaration import Group, Screen
from app.core.fields import Link, Links, Text
from app.core.kernel import kernel
from app.core.money import Money
from app.core.transaction import transaction
from app.core.upload import Upload
from app.panel.cells import cell_of
from app.panel.exporting import text_of
from app.panel.ordering import By
from app.panel.reading import Question, Reader
from app.panel.rest_documents import documents, whole
from app.panel.selecting import selection
from app.panel.writing import find
from app.people.models import Channel, Contact, ContactKind, Customer, Tag
from app.pets.models import Pet, Species, Temperament, Vaccination

DAY = datetime.date(2026, 3, 5)


def upload(name: str, kind: str) -> Upload:
    """Return the row of a stored file."""
    return Upload(file_name=name, media_type=kind, size=7, sha256="0" * 64)


@pytest.fixture
def records(app_on: Flask, sign_in: Any) -> Iterator[None]:
    """Two records of each kind, one with everything filled in, one with little, in a request of the owner's."""
    sign_in(app_on.test_client(), "Owner")
    with transaction():
        amy = Customer(
            name="Amy",
            phone="13812345678",
            birth_date=DAY,
            branch=Branch(name="浦东"),
            tags=[Tag(name="新客"), Tag(name="VIP"), Tag(name="Ämter")],
            notes="Evenings",
        )
        bob = Customer(name="Bob")
        whole = {"amount": Money(12_345, "CNY"), "attachment": upload("bill.pdf", "application/pdf")}
        common = {"customer": amy, "channel": Channel.PHONE, "kind": ContactKind.COMPLAINT}
        owner = db.session.query(Person).limit(1).one()
        pet = Pet(name="豆豆", owner=amy, species=Species.DOG, weight=Decimal("3.50"), birth_date=DAY)
        pet.temperament, pet.photo = Temperament.BITES, upload("dog.webp", "image/webp")
        db.session.add_all(
            [
                bob,
                pet,
                Pet(name="咪咪", owner=bob, species=Species.CAT),
                Contact(subject="late", due_on=DAY, owner=owner, **whole, **common),
                Contact(subject="whenever", **common),
                Vaccination(pet=pet, vaccine="Rabies", given_on=DAY),
            ]
        )
    with app_on.test_request_context():
        login_user(owner)
        yield


@pytest.mark.parametrize(
    "name",
    ["people:customer", "people:contact", "people:tag", "pets:pet", "pets:vaccination", "access:branch"],
)
def test_a_row_shows_exports_and_travels_like_its_record(app_on: Flask, records: None, name: str) -> None:
    screen = kernel().screens[name]
    stamps = [stamp for stamp in ("row_version", "deleted_at") if hasattr(screen.model, stamp)]

    rows = Reader(Question(screen), (*screen.fields, *stamps)).page().records

    assert rows
    for row in rows:
        record = find(screen, (row.id,))
        for entry in screen.fields.values():
            assert cell_of(screen, entry, row) == cell_of(screen, entry, record), entry.name
            assert text_of(entry, row) == text_of(entry, record), entry.name
        assert documents(whole(screen), [row]) == documents(whole(screen), [record])


def test_a_page_takes_one_statement_and_one_more_for_a_list_field(
    app_on: Flask, records: None, statements: Any
) -> None:
    customers, contacts = kernel().screens["people:customer"], kernel().screens["people:contact"]

    with statements() as plain:
        Reader(Question(contacts), ("customer", "owner", "attachment", "amount")).page()
    with statements() as with_tags:
        page = Reader(Question(customers, order=(By("birth_date", True),)), ("branch", "tags")).page()

    assert len(plain) == 1
    assert len(with_tags) == 3  # filled birthdays, empty ones, and the tags of the first
    assert [[tag.name for tag in row.tags] for row in page.records] == [["VIP", "Ämter", "新客"], []]


def test_a_link_to_what_the_shop_does_not_use_is_told_but_not_followed(app_on: Flask, records: None) -> None:
    links = (Link("branch", "Branch", to="nobody:here"), Links("tags", "Tags", to="nobody:there"))
    screen = Screen(
        "people", "visitor", Customer, "V", "V", (Group("", (Text("name", "Name"), *links)),), ("name",)
    )

    rows = {row.name: row for row in Reader(Question(screen), ("branch", "tags")).page().records}
    cells = {name: [cell_of(screen, entry, row).text for entry in links] for name, row in rows.items()}

    assert cells == {"Amy": ["—", ""], "Bob": ["", ""]}


def test_a_row_s_text_form_tells_nothing_of_a_person(app_on: Flask, records: None) -> None:
    screen = kernel().screens["people:customer"]

    for row in Reader(Question(screen), ("phone", "branch", "tags")).page().records:
        assert repr([row, row.branch, *row.tags]).replace("<Row>", "") in ("[, None]", "[, , , , ]")


def test_each_layout_is_put_together_once(app: Flask) -> None:
    screen = kernel().screens["people:customer"]

    assert selection(screen, ("phone", "branch")) is selection(screen, ("phone", "branch"))
    assert selection(screen, ("phone",)) is not selection(screen, ("phone", "branch"))
