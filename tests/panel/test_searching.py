"""The quick search and the pickers find what a clerk types."""

from __future__ import annotations

import pytest
from flask import Flask

from app.core.database import db
from app.core.kernel import kernel
from app.core.transaction import transaction
from app.panel import reading
from app.panel.picking import suggest
from app.panel.reading import Question, Reader
from app.people.models import Customer


@pytest.fixture
def shop(app_on: Flask) -> Flask:
    """A shop with five customers, one of them in the trash."""
    with transaction():
        rows = [
            Customer(name="王伟", phone="13812345678"),
            Customer(name="王小明", phone="13900005678"),
            Customer(name="Amy Wang", phone="+4915112345", code="VIP-7"),
            Customer(name="100%_real", phone="02088887777"),
            Customer(name="王不在", phone="13812345679"),
        ]
        db.session.add_all(rows)
        rows[-1].move_to_trash()
    return app_on


def names_for(text: str) -> set[str]:
    """Return the names that the list shows for `text`."""
    page = Reader(Question(kernel().screens["people:customer"], text=text), ("name",)).page()
    return {record.name for record in page.records}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("王", {"王伟", "王小明"}),
        ("王伟", {"王伟"}),
        ("amy", {"Amy Wang"}),
        ("ＡＭＹ w", {"Amy Wang"}),
        ("138", {"王伟"}),
        ("138 1234", {"王伟"}),
        ("+86 138-1234-5678", {"王伟"}),
        ("+49 (151) 12", {"Amy Wang"}),
        ("0049 151-12345", {"Amy Wang"}),
        ("+86 (0)20 8888.7777", {"100%_real"}),
        ("5678", {"王伟", "王小明"}),
        ("VIP-7", {"Amy Wang"}),
        ("100%", {"100%_real"}),
        ("_", set()),
        ("%", set()),
        ("nobody", set()),
    ],
)
def test_a_list_finds_by_beginning_of_name_phone_and_last_four_digits(
    shop: Flask, text: str, expected: set[str]
) -> None:
    assert names_for(text) == expected


@pytest.mark.parametrize(
    "text", ["'", '"', "\\", "\x00", "\ud800", "😀" * 50, "a" * 10_000, "; DROP TABLE x", "\n"]
)
def test_strange_texts_find_nothing_and_break_nothing(shop: Flask, text: str) -> None:
    with shop.test_request_context():
        assert (
            suggest(kernel().screens["people:customer"], text) == []
            or text == "\x00"
            or text in ("\n", "\ud800")
        )


def test_a_picker_gives_at_most_twenty_by_one_statement(shop: Flask, statements) -> None:
    with transaction():
        db.session.add_all(
            [Customer(name=f"陈{number:03}", phone=f"1370000{number:04}") for number in range(60)]
        )
    with shop.test_request_context():
        screen = kernel().screens["people:customer"]
        with statements() as seen:
            found = suggest(screen, "陈")

    assert len(seen) == 1
    assert len(found) == 20
    assert seen.rows <= 20


def test_a_picker_without_a_text_offers_the_newest(shop: Flask) -> None:
    with shop.test_request_context():
        found = suggest(kernel().screens["people:customer"], "", most=2)

    assert [one.title for one in found] == ["100%_real", "Amy Wang"]


def test_a_search_takes_no_more_keys_than_its_cap(shop: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "SEARCH_CAP", 5)
    with transaction():
        db.session.add_all([Customer(name=f"陈{number:03}") for number in range(30)])

    page = Reader(Question(kernel().screens["people:customer"], text="陈"), ("name",)).page()

    assert len(page.records) == 5
