"""Paging by keyset shows every row once, in order, in both directions, on every database."""

from __future__ import annotations

import datetime
import random
from typing import Any

import pytest
from flask import Flask

from app.core.database import db
from app.core.errors import NotFound
from app.core.kernel import kernel
from app.core.transaction import transaction
from app.panel.ordering import By
from app.panel.reading import Question, Reader, capped_count, exact_count
from app.people.models import Customer

ROWS = 83
PAGE = 10


@pytest.fixture
def customers(app_on: Flask) -> list[Customer]:
    """Customers with doubles and gaps in every sortable column, and some in the trash."""
    chance = random.Random(7)
    first = datetime.date(1950, 1, 1)
    with transaction():
        for number in range(ROWS):
            birthday = None if chance.random() < 0.3 else first + datetime.timedelta(days=chance.randrange(5))
            record = Customer(
                name=chance.choice(["王伟", "Amy", "amy", "李娜", "欧阳锋"]), birth_date=birthday
            )
            db.session.add(record)
            if number % 9 == 0:
                record.move_to_trash()
    return list(db.session.query(Customer).filter(Customer.deleted_at.is_(None)).limit(ROWS))


def naive(records: list[Customer], sort: str, descending: bool) -> list[Any]:
    """Return the keys in the promised order, worked out in plain Python: empty values last, either way."""
    if sort == "id":
        return [
            record.id for record in sorted(records, key=lambda record: record.id.bytes, reverse=descending)
        ]
    filled = [record for record in records if getattr(record, sort) is not None]
    filled.sort(key=lambda record: (getattr(record, sort), record.id.bytes), reverse=descending)
    empty = [record for record in records if getattr(record, sort) is None]
    empty.sort(key=lambda record: record.id.bytes, reverse=descending)
    return [record.id for record in (*filled, *empty)]


@pytest.mark.parametrize("sort", ["id", "name", "birth_date", "created_at"])
@pytest.mark.parametrize("direction", ["asc", "desc"])
def test_pages_forward_and_back_show_every_row_once(
    customers: list[Customer], sort: str, direction: Any
) -> None:
    expected = naive(customers, sort, direction == "desc")
    reader = Reader(
        Question(kernel().screens["people:customer"], order=(By(sort, direction == "desc"),)), ("name",), PAGE
    )

    pages, page = [], reader.page()
    while True:
        pages.append([record.id for record in page.records])
        if not page.next:
            break
        page = reader.page(after=page.next)
    backward = [pages[-1]]
    while page.previous:
        page = reader.page(before=page.previous)
        backward.insert(0, [record.id for record in page.records])

    assert [key for one in pages for key in one] == expected
    assert backward == pages


def test_an_export_reads_the_same_rows_in_batches(customers: list[Customer]) -> None:
    expected = naive(customers, "birth_date", True)
    reader = Reader(Question(kernel().screens["people:customer"], order=(By("birth_date", True),)), ("name",))

    assert [record.id for record in reader.every(batch=7)] == expected


def test_a_row_added_meanwhile_neither_doubles_nor_hides_another(customers: list[Customer]) -> None:
    reader = Reader(Question(kernel().screens["people:customer"], order=(By("name"),)), ("name",), PAGE)
    first = reader.page()
    seen = [record.id for record in first.records]
    with transaction():
        db.session.add(Customer(name="A comes before all"))

    second = reader.page(after=first.next)

    assert not set(seen) & {record.id for record in second.records}
    assert [*seen, *(record.id for record in second.records)] == naive(customers, "name", False)[: 2 * PAGE]


def test_counts_stop_at_the_cap_and_are_exact_on_wish(customers: list[Customer]) -> None:
    question = Question(kernel().screens["people:customer"])

    assert capped_count(question, cap=20) == 21
    assert capped_count(question, cap=1000) == len(customers)
    assert exact_count(question) == len(customers)


@pytest.mark.parametrize("cursor", ["x", "u" + "A" * 22, "kW10", "k" + "A" * 3000, "kWyJzIl0"])
def test_a_cursor_of_another_list_is_no_cursor(customers: list[Customer], cursor: str) -> None:
    reader = Reader(Question(kernel().screens["people:customer"], order=(By("birth_date", True),)), ("name",))

    with pytest.raises(NotFound):
        reader.page(after=cursor)


def test_a_cursor_with_a_value_of_another_type_is_no_cursor(customers: list[Customer]) -> None:
    screen = kernel().screens["people:customer"]
    by_name = Reader(Question(screen, order=(By("name", True),)), ("name",))
    token = by_name.page().next

    with pytest.raises(NotFound):
        Reader(Question(screen, order=(By("birth_date", True),)), ("name",)).page(after=token)
