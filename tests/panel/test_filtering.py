"""Filters in the address: what they admit equals plain Python, and what can't be read is said."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from app.access.models import Branch
from app.core.database import db
from app.core.errors import Invalid
from app.core.kernel import kernel
from app.core.keys import encode_token
from app.core.money import Money
from app.core.transaction import transaction
from app.panel.list_page import list_page, read_question
from app.panel.reading import Reader
from app.people.models import Channel, Contact, ContactKind, ContactState, Customer, Sex, Source, Tag


@pytest.fixture
def shop(app_on: Flask) -> dict[str, str]:
    """A few customers and contacts; returns the tokens of what filters name."""
    with transaction():
        branch, vip, new = Branch(name="浦东"), Tag(name="VIP"), Tag(name="新客")
        amy = Customer(name="Amy", branch=branch, tags=[vip, new], sex=Sex.FEMALE, source=Source.WECHAT)
        bob = Customer(name="Bob", tags=[vip], sex=Sex.MALE)
        eve = Customer(name="Eve", source=Source.REFERRAL)
        common = {"customer": amy, "channel": Channel.PHONE, "kind": ContactKind.COMPLAINT}
        day = datetime.date(2026, 3, 5)
        db.session.add_all(
            [
                bob,
                eve,
                Contact(subject="late", due_on=day, amount=Money(12_345, "CNY"), **common),
                Contact(
                    subject="later",
                    due_on=day + datetime.timedelta(days=1),
                    state=ContactState.DONE,
                    **common,
                ),
                Contact(subject="whenever", amount=Money(99, "CNY"), **common),
            ]
        )
    return {"branch": encode_token([branch.id]), "vip": encode_token([vip.id]), "new": encode_token([new.id])}


def answers(app: Flask, screen: str, **arguments: str | list[str]) -> set[str]:
    """Return the titles a filtered list shows."""
    declared = kernel().screens[screen]
    pairs = [
        (f"f.{name.replace('__', '.')}", value)
        for name, values in arguments.items()
        for value in (values if isinstance(values, list) else [values])
    ]
    with app.test_request_context():
        question, _terms = read_question(declared, MultiDict(pairs))
        return {getattr(record, declared.title) for record in Reader(question, ()).page().records}


def test_choices_admit_any_of_those_named_and_the_empty(app_on: Flask, shop: dict[str, str]) -> None:
    assert answers(app_on, "people:customer", source="wechat") == {"Amy"}
    assert answers(app_on, "people:customer", source=["wechat", "referral"]) == {"Amy", "Eve"}
    assert answers(app_on, "people:customer", source=["-"]) == {"Bob"}
    assert answers(app_on, "people:customer", source=["-", "wechat"], sex="male") == {"Bob"}


def test_links_and_tags_admit_by_record_and_by_absence(app_on: Flask, shop: dict[str, str]) -> None:
    assert answers(app_on, "people:customer", branch=shop["branch"]) == {"Amy"}
    assert answers(app_on, "people:customer", branch="-") == {"Bob", "Eve"}
    assert answers(app_on, "people:customer", tags=shop["vip"]) == {"Amy", "Bob"}
    assert answers(app_on, "people:customer", tags=[shop["new"], "-"]) == {"Amy", "Eve"}


def test_ranges_include_both_ends(app_on: Flask, shop: dict[str, str]) -> None:
    assert answers(app_on, "people:contact", due_on__from="2026-03-05", due_on__to="2026年3月5日") == {"late"}
    assert answers(app_on, "people:contact", due_on__from="2026/3/6") == {"later"}


def test_a_moment_counts_by_the_shop_s_day(app_on: Flask, shop: dict[str, str]) -> None:
    with transaction():
        evening = Customer(
            name="Night", created_at=datetime.datetime(2026, 3, 5, 16, 30, tzinfo=datetime.UTC)
        )
        db.session.add(evening)

    assert answers(app_on, "people:customer", created_at__from="2026-03-06", created_at__to="2026-03-06") == {
        "Night"
    }
    assert answers(app_on, "people:customer", created_at__to="2026-03-05") == set()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("f.source", "nonsense"),
        ("f.created_at.from", "31.12.2026"),
        ("f.created_at.to", "2026-02-30"),
        ("f.branch", "zzz"),
        ("f.phone_last4", "1234"),
        ("f.name_key", "w"),
        ("sort", "phone"),
        ("sort", "--id"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name_and_the_list_still_shows(
    app_on: Flask, shop: dict[str, str], name: str, value: str
) -> None:
    screen = kernel().screens["people:customer"]
    with app_on.test_request_context():
        with pytest.raises(Invalid):
            read_question(screen, MultiDict([(name, value)]))
        page = list_page(screen, MultiDict([(name, value), ("f.sex", "male")]))

    assert page.problem
    assert [row.title for row in page.rows] == ["Bob"]


def test_a_filter_s_chip_says_it_in_words_and_takes_it_away(app_on: Flask, shop: dict[str, str]) -> None:
    screen = kernel().screens["people:customer"]
    arguments = MultiDict([("f.branch", shop["branch"]), ("f.sex", "female"), ("q", "a")])
    with app_on.test_request_context():
        page = list_page(screen, arguments)

    assert [(chip.label, chip.text) for chip in page.chips] == [("Branch", "浦东"), ("Sex", "Female")]
    assert page.chips[0].remove_url == "/people/customer/?f.sex=female&q=a&f.branch="
    assert page.chips[1].remove_url == f"/people/customer/?f.branch={shop['branch']}&q=a"


def test_the_branch_at_hand_narrows_lists_until_its_chip_is_taken_away(app_on: Flask, sign_in: Any) -> None:
    client = sign_in(app_on.test_client(), "Owner")
    with transaction():
        here, there = Branch(name="Here"), Branch(name="There")
        db.session.add_all([Customer(name="Near", branch=here), Customer(name="Far", branch=there)])
        db.session.flush()
        token = encode_token([here.id])
    client.post("/preferences/branch", data={"branch": token})

    own, everywhere = (client.get(f"/people/customer/{query}").text for query in ("", "?f.branch=&sort=name"))

    assert "Near" in own and ">Far<" not in own
    assert "/people/customer/?f.branch=" in own
    assert "Near" in everywhere and ">Far<" in everywhere
    assert "f.branch=&amp;sort=-name" in everywhere or "sort=-name&amp;f.branch=" in everywhere


def test_every_unreadable_wish_of_an_address_is_told_and_the_rest_is_shown(
    shop: dict[str, str], app_on: Flask
) -> None:
    screen = kernel().screens["people:customer"]
    wishes = MultiDict([("f.shoe", "1"), ("sort", "shoe"), ("where", "{"), ("f.sex", "female")])

    with app_on.test_request_context():
        page = list_page(screen, wishes)

    assert [row.title for row in page.rows] == ["Amy"]
    assert page.problem.count("shoe") == 2
