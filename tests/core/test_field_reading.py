"""What people type, as they type it: phones, numbers, amounts, days, moments, texts, choices and links."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from app.core import fields
from app.core.fields import FieldProblem, Phone
from app.core.fields.numbers import read_decimal
from app.core.keys import encode_token, uuid7
from app.core.money import Money
from tests.core.models import Stage
from tests.core.test_fields import (
    CHOICE,
    DATE,
    EMAIL,
    LINK,
    LINKS,
    LONG,
    MOMENT,
    MONEY,
    PHONE,
    QUANTITY,
    TEXT,
    WHOLE,
    YES_NO,
)

UTC = datetime.UTC


@pytest.fixture(autouse=True)
def inside_the_shop(sqlite_core: Flask) -> Iterator[None]:
    """Fields speak the person's language and know the shop's zone and currency."""
    with sqlite_core.test_request_context():
        yield


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("13800138000", "13800138000"),
        ("138 0013 8000", "13800138000"),
        ("138-0013-8000", "13800138000"),
        ("+86 138 0013 8000", "13800138000"),
        ("+86-13800138000", "13800138000"),
        ("(+86)13800138000", "13800138000"),
        ("0086 13800138000", "13800138000"),
        ("１３８００１３８０００", "13800138000"),
        ("＋８６ １３８００１３８０００", "13800138000"),
        ("\u202a13800138000\u202c", "13800138000"),
        ("\u200e+86 138 0013 8000", "13800138000"),
        ("8613800138000", "13800138000"),
        ("0571-88886666", "057188886666"),
        ("(0571) 8888 6666", "057188886666"),
        ("+86 571 8888 6666", "057188886666"),
        ("+852 6123 4567", "+85261234567"),
        ("00852 61234567", "+85261234567"),
        ("+1 (415) 555-0123", "+14155550123"),
        ("+44 (0)20 7946 0018", "+442079460018"),
        ("(+44) (0) 20 7946 0018", "+442079460018"),
        ("0049-(0)30-901820", "+4930901820"),
        ("+86 (0)571 8888 6666", "057188886666"),
        ("+39 (06) 6982", "+39066982"),
        ("(0)20 7946 0018", "02079460018"),
        ("+86 138 0013 800", "1380013800"),
        ("95588", "95588"),
        ("400-810-8888", "4008108888"),
    ],
)
def test_a_phone_number_is_kept_in_one_form(typed: str, kept: str) -> None:
    assert PHONE.parse([typed]) == kept


@pytest.mark.parametrize(
    "typed",
    ["abc", "1", "1234", "+", "138001380001380013800", "1380013800x", "+86", "13800138000,13900139000"],
)
def test_what_is_no_phone_number_is_refused(typed: str) -> None:
    with pytest.raises(FieldProblem):
        PHONE.parse([typed])


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("1,234.5", "1234.5"),
        ("１，２３４．５", "1234.5"),
        ("１２３", "123"),
        ("+3", "3"),
        (" 7 ", "7"),
        ("1 000 000", "1000000"),
        (".5", "0.5"),
        ("5.", "5"),
        ("0012", "12"),
        ("1,234,567.89", "1234567.89"),
        ("−3", "-3"),
    ],
)
def test_a_number_is_read_as_people_write_it(typed: str, number: str) -> None:
    assert read_decimal(typed) == Decimal(number)


@pytest.mark.parametrize(
    "typed",
    ["1,23", "12,34.5", "1,2345", "1.2.3", "abc", "1e5", "NaN", "1,234,5", ",5", "5²", "½", "①", "1-", "--1"],
)
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(FieldProblem):
        read_decimal(typed)


@pytest.mark.parametrize("typed", ["-0", "-0.00", "0"])
def test_zero_is_zero_whatever_its_sign(typed: str) -> None:
    assert QUANTITY.export(QUANTITY.parse([typed])) == "0"
    assert MONEY.parse([typed]) == Money(0, "CNY")


@pytest.mark.parametrize("typed", ["1.0001", "1000000.001", "-1", "1." + "0" * 27 + "1"])
def test_a_quantity_outside_its_bounds_is_refused(typed: str) -> None:
    with pytest.raises(FieldProblem):
        QUANTITY.parse([typed])


@pytest.mark.parametrize("typed", ["1.5", "-6", "1000001", "99999999999999999999"])
def test_a_whole_number_outside_its_bounds_is_refused(typed: str) -> None:
    with pytest.raises(FieldProblem):
        WHOLE.parse([typed])


@pytest.mark.parametrize(
    ("typed", "minor"),
    [
        ("12.5", 1250),
        ("¥12.50", 1250),
        ("￥12.50", 1250),
        ("12.5元", 1250),
        ("１２．５元", 1250),
        ("RMB 1,234.50", 123450),
        ("CNY1", 100),
        ("-3.2", -320),
        ("-¥3.20", -320),
        ("¥-3.20", -320),
        ("１，０００", 100000),
        ("¥ 5 块", 500),
    ],
)
def test_an_amount_is_read_as_people_write_it(typed: str, minor: int) -> None:
    assert MONEY.parse([typed]) == Money(minor, "CNY")


@pytest.mark.parametrize("typed", ["1.234", "$5", "€5", "12元5角", "9" * 20, "¥", "free"])
def test_what_is_no_amount_in_the_shops_currency_is_refused(typed: str) -> None:
    with pytest.raises(FieldProblem):
        MONEY.parse([typed])


def test_a_negative_amount_needs_leave() -> None:
    with pytest.raises(FieldProblem):
        fields.Money("price", "Price").parse(["-1"])


@pytest.mark.parametrize(
    "document", [{"amount": "5", "currency": "USD"}, {"amount": "5", "currency": ["CNY"]}]
)
def test_json_money_in_a_foreign_currency_is_refused(document: Any) -> None:
    with pytest.raises(FieldProblem):
        MONEY.from_json(document)


@pytest.mark.parametrize(
    "typed",
    [
        "2026-03-05",
        "2026-3-5",
        "2026/03/05",
        "2026.3.5",
        "2026年3月5日",
        "２０２６年３月５日",
        "20260305",
        " 2026 - 03 - 05 ",
        "2026年 3月 5日",
        "2026年3月5号",
    ],
)
def test_a_day_is_read_as_people_write_it(typed: str) -> None:
    assert DATE.parse([typed]) == datetime.date(2026, 3, 5)


@pytest.mark.parametrize(
    "typed", ["2026-02-29", "5.3.2026", "2026-13-01", "26-03-05", "1799-12-31", "3000-01-01", "tomorrow"]
)
def test_what_is_no_day_is_refused(typed: str) -> None:
    with pytest.raises(FieldProblem):
        DATE.parse([typed])


@pytest.mark.parametrize(
    "typed",
    [
        "2026-03-05 14:30",
        "2026-03-05T14:30",
        "2026年3月5日 14:30",
        "2026年3月5日14时30分",
        "2026年3月5日 14点30分",
        "２０２６－０３－０５　１４：３０",
        "2026/3/5 14:30:00",
        "2026-03-05T06:30Z",
        "2026-03-05T06:30:00+00:00",
        "2026-03-05T14:30:00+08:00",
    ],
)
def test_a_moment_is_read_in_the_shops_zone(typed: str) -> None:
    assert MOMENT.parse([typed]) == datetime.datetime(2026, 3, 5, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize("typed", ["2026-03-05", "2026-03-05 25:00", "2026-03-05 14", "14:30", "now"])
def test_what_is_no_moment_is_refused(typed: str) -> None:
    with pytest.raises(FieldProblem):
        MOMENT.parse([typed])


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  王  小明 ", "王 小明"),
        ("a\r\nb", "a b"),
        ("a\0b", "ab"),
        ("a\ud800b", "ab"),
        ("\ufeff王", "王"),
        ("王\u3000小明", "王 小明"),
        ("<b>x</b>", "<b>x</b>"),
        ("🐕‍🦺", "🐕‍🦺"),
        ("a\u2028b", "a b"),
    ],
)
def test_one_line_is_cleaned_and_nothing_else(typed: str, kept: str) -> None:
    assert TEXT.parse([typed]) == kept


def test_several_lines_keep_their_lines() -> None:
    assert LONG.parse(["a\r\nb\r\n\r\nc\rd\te\0"]) == "a\nb\n\nc\nd\te"


def test_a_text_too_long_is_refused_and_never_cut() -> None:
    assert TEXT.parse(["王" * 50]) == "王" * 50
    with pytest.raises(FieldProblem, match="50"):
        TEXT.parse(["王" * 51])


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Wang@Example.com", "Wang@example.com"),
        ("ｗａｎｇ＠ｅｘａｍｐｌｅ．ｃｏｍ", "wang@example.com"),
        (" a@b.cn ", "a@b.cn"),
    ],
)
def test_an_address_is_kept_in_one_form(typed: str, kept: str) -> None:
    assert EMAIL.parse([typed]) == kept


@pytest.mark.parametrize("typed", ["open", "Open", " open "])
def test_a_choice_is_found_by_its_value_or_its_word(typed: str) -> None:
    assert CHOICE.parse([typed]) is Stage.OPEN


def test_a_choice_outside_the_list_is_refused() -> None:
    with pytest.raises(FieldProblem):
        CHOICE.parse(["lost"])


@pytest.mark.parametrize(
    ("raw", "answer"),
    [([], False), (["1"], True), (["0", "1"], True), (["是"], True), (["否"], False), (["TRUE"], True)],
)
def test_yes_and_no_are_understood(raw: list[str], answer: bool) -> None:
    assert YES_NO.parse(raw) is answer


def test_a_link_is_a_key_behind_a_token() -> None:
    first, second = uuid7(), uuid7()
    tokens = [encode_token([first]), encode_token([second])]

    assert LINK.parse(tokens[:1]) == (first,)
    assert LINK.from_json({"id": tokens[0], "title": "whatever"}) == (first,)
    assert LINKS.parse([*tokens, tokens[0], " "]) == [(first,), (second,)]
    assert LINKS.from_json([{"id": tokens[1]}, tokens[0]]) == [(second,), (first,)]


def test_too_many_links_are_refused() -> None:
    with pytest.raises(FieldProblem):
        LINKS.parse([encode_token([uuid7()]) for _ in range(201)])


@pytest.mark.parametrize(
    "typed", ["+86 00 123456", "+86 86 138 0013 8000", "0086 138 0013 8000", "+86 571 8888 8888"]
)
def test_a_phone_that_was_kept_reads_as_itself(sqlite_core: object, typed: str) -> None:
    phone = Phone("phone", "Phone")

    kept = phone.parse([typed])

    assert phone.parse([kept]) == kept
