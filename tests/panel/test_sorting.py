"""Lists sorted by several fields: every row once and in order, by index ranges alone, on every database."""

from __future__ import annotations

import datetime
import random
from functools import cmp_to_key
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.access.models import Branch
from app.core.database import db
from app.core.declaration import Screen
from app.core.kernel import kernel
from app.core.transaction import transaction
from app.panel.columns import column_of
from app.panel.ordering import By, Order
from app.panel.reading import Question, Reader
from app.people.models import Channel, Contact, ContactKind, ContactState, Customer, Source
from app.pets.models import Pet, Species, Vaccination

NAMES = ("Amy", "amy", "An na", "Anna", "欧阳锋", "王伟", "王", "é")
DAYS = tuple(datetime.date(2026, 3, 1) + datetime.timedelta(days=number) for number in range(4))
LISTS = ("people:customer", "people:contact", "pets:pet", "pets:vaccination")


def fill(chance: random.Random, rows: int) -> None:
    """Add as many rows to each list, with ties and gaps in every field that is sorted by."""
    branches = [Branch(name=name) for name in ("East", "West")]
    db.session.add_all(branches)
    db.session.flush()
    for _row in range(rows):
        customer = Customer(
            name=chance.choice(NAMES),
            source=chance.choice([None, *Source][:4]),
            branch_id=chance.choice([None, *(branch.id for branch in branches)]),
            birth_date=chance.choice([None, *DAYS]),
        )
        db.session.add(customer)
        db.session.flush()
        pet = Pet(name=chance.choice(NAMES), species=chance.choice([*Species][:3]), owner_id=customer.id)
        contact = Contact(
            customer_id=customer.id,
            kind=ContactKind.INQUIRY,
            channel=Channel.PHONE,
            subject="?",
            state=chance.choice([*ContactState]),
            due_on=chance.choice([None, *DAYS]),
        )
        db.session.add_all([pet, contact])
        db.session.flush()
        vaccine, due = chance.choice(NAMES), chance.choice([None, *DAYS])
        db.session.add(Vaccination(pet_id=pet.id, vaccine=vaccine, given_on=DAYS[0], due_on=due))
        for record in (customer, pet, contact):
            if chance.random() < 0.1:
                record.move_to_trash()


@pytest.fixture
def rows(app_on: Flask) -> dict[str, list[Any]]:
    """All living rows of each list."""
    with transaction():
        fill(random.Random(20_260_301), 70)
    return {name: living(kernel().screens[name]) for name in LISTS}


def living(screen: Screen) -> list[Any]:
    """Return the list's rows that are not in the trash."""
    return list(db.session.scalars(select(screen.model).where(screen.model.deleted_at.is_(None)).limit(500)))


def plainly_sorted(screen: Screen, records: list[Any], order: Order) -> list[Any]:
    """Return the keys in the promised order, compared in plain Python: empty values last in every field."""

    def compare(one: Any, other: Any) -> int:
        for by in order:
            name = "id" if by.name == "id" else column_of(screen, screen.fields[by.name]).key
            left, right = getattr(one, name), getattr(other, name)
            if left == right:
                continue
            if left is None or right is None:
                return 1 if left is None else -1
            return (-1 if left < right else 1) * (-1 if by.descending else 1)
        return (-1 if one.id.bytes < other.id.bytes else 1) * (-1 if order[-1].descending else 1)

    return [record.id for record in sorted(records, key=cmp_to_key(compare))]


@st.composite
def orders(draw: st.DrawFn) -> tuple[str, Order]:
    """A list and one of the orders it has, in any mixture of directions."""
    name = draw(st.sampled_from(LISTS))
    screen = kernel().screens[name]
    names = draw(st.sampled_from([("id",), *((each,) for each in screen.sorts), *screen.orders * 3]))
    return name, tuple(By(each, draw(st.booleans())) for each in names)


@given(asked=orders(), page_size=st.integers(1, 40))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None)
def test_pages_there_and_back_are_what_plain_sorting_gives(
    rows: dict[str, list[Any]], asked: tuple[str, Order], page_size: int
) -> None:
    name, order = asked
    screen = kernel().screens[name]
    reader = Reader(Question(screen, order=order), (), page_size)
    expected = plainly_sorted(screen, rows[name], order)

    pages, page = [], reader.page()
    while True:
        pages.append([record.id for record in page.records])
        if not page.next:
            break
        page = reader.page(after=page.next)
    back = [pages[-1]]
    while page.previous:
        page = reader.page(before=page.previous)
        back.insert(0, [record.id for record in page.records])

    assert [key for each in pages for key in each] == expected
    assert back == pages
    assert [record.id for record in reader.every(page_size)] == expected
