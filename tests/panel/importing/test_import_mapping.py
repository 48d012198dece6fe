"""Which column fills which field, and what a cell means for it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale

from app.core.errors import Invalid
from app.core.fields import FieldProblem
from app.core.money import Money
from app.panel.importing.dates import settle_dates
from app.panel.importing.heads import find_header, headers_of
from app.panel.importing.mapping import Mapping, Use, checked, propose, read_map
from app.panel.importing.values import reader_of
from app.people.models import Sex, Source
from app.people.screens import CONTACT, CUSTOMER
from app.pets.screens import PET, VACCINATION


@pytest.fixture(autouse=True)
def _house(app: Flask) -> Iterator[None]:
    """Labels and screens need an application."""
    with app.test_request_context(), force_locale("en"):
        yield


def fields_for(screen: Any, *headers: str) -> list[str]:
    return [use.field for use in propose(screen, headers, [])[0].uses]


# --- Heads --------------------------------------------------------------------------------------------


def test_titles_above_and_merged_heads_are_seen_through() -> None:
    rows = [
        (1, ["2026 年客户资料表"]),
        (3, ["姓名", "联系方式", "", "生日"]),
        (4, ["", "手机", "微信", ""]),
        (5, ["王芳", "13800138000", "wf", "1990-01-01"]),
    ]

    header = find_header(CUSTOMER, rows)

    assert header == 4
    assert headers_of(rows, header) == ("姓名", "手机", "微信", "生日")


def test_a_file_without_heads_has_letters_for_columns() -> None:
    rows = [(1, ["王芳", "13800138000"]), (2, ["李雷", "13900139000"])]

    assert find_header(CUSTOMER, rows) == 0
    assert headers_of(rows, 0) == ("Column A", "Column B")


def test_heads_nobody_knows_are_heads_all_the_same() -> None:
    assert find_header(CUSTOMER, [(1, ["甲项", "乙项"]), (2, ["x", "13800138000"])]) == 1


def test_columns_of_one_name_are_told_apart() -> None:
    assert headers_of([(1, ["电话", "电话", ""])], 1) == ("电话", "电话 (2)", "Column C")


# --- Columns ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("screen", "headers", "expected"),
    [
        (CUSTOMER, ("会员姓名", "手机号（必填）", "性别", "出生日期", "会员卡号", "所属门店", "备注"),
         ["name", "phone", "sex", "birth_date", "code", "branch", "notes"]),
        (CUSTOMER, ("Customer Name", "Mobile Phone", "E-mail", "Date of Birth", "Remarks", "Shoe size"),
         ["name", "phone", "email", "birth_date", "notes", ""]),
        (CUSTOMER, ("姓 名 *", "联系方式：", "微信号", "标签"), ["name", "phone", "wechat", "tags"]),
        (PET, ("宠物名", "主人手机", "种类", "品种", "是否绝育", "体重(kg)"),
         ["name", "owner", "species", "breed", "neutered", "weight"]),
        (VACCINATION, ("芯片号", "疫苗名称", "接种日期", "下次接种日期"), ["pet", "vaccine", "given_on", "due_on"]),
        (CONTACT, ("客户手机", "类型", "渠道", "主题", "负责人"), ["customer", "kind", "channel", "subject", "owner"]),
    ],
)  # fmt: skip
def test_columns_are_known_by_what_people_call_them(screen: Any, headers: Any, expected: list[str]) -> None:
    assert fields_for(screen, *headers) == expected


def test_labels_of_every_language_are_known_whatever_the_persons_is() -> None:
    assert fields_for(CUSTOMER, "Full name", "电话", "電子郵件") == ["name", "phone", "email"]


def test_two_columns_never_fill_one_field() -> None:
    assert fields_for(CUSTOMER, "手机", "手机号码", "姓名") == ["phone", "", "name"]


def test_a_column_full_of_phones_is_one_whatever_it_is_called() -> None:
    rows = [["13800138000"], ["139 0013 9000"], ["+86 15000150000"]]

    mapping, sure = propose(CUSTOMER, ["列甲"], rows)

    assert [use.field for use in mapping.uses] == ["phone"]
    assert sure == ["likely"]


def test_records_are_found_by_the_first_natural_key_that_a_column_fills() -> None:
    assert propose(CUSTOMER, ["姓名", "会员号", "手机"], [])[0].key == "phone"
    assert propose(CUSTOMER, ["姓名", "会员号"], [])[0].key == "code"
    assert propose(CUSTOMER, ["姓名"], [])[0].key == ""
    assert propose(PET, ["宠物名", "主人"], [])[0].key == "owner+name"


@pytest.mark.parametrize(
    "mapping",
    [
        Mapping((Use("name"), Use("name"))),
        Mapping((Use("nothing"),)),
        Mapping((Use(),)),
        Mapping((Use("created_at"),)),
        Mapping((Use("name"),), key="phone"),
        Mapping((Use("name"),), key="address"),
        Mapping((Use("name"),), constants={"name": "x"}),
    ],
)
def test_a_mapping_that_can_not_be_is_refused(mapping: Mapping) -> None:
    with pytest.raises(Invalid):
        checked(CUSTOMER, mapping)


def test_a_map_file_overrides_what_was_proposed() -> None:
    headers = ("甲", "手机", "生日")
    proposed, _sure = propose(CUSTOMER, headers, [])

    document = {"columns": {"甲": "name", "生日": {"field": "birth_date", "dates": "day_first"}, "手机": ""}}
    found = read_map(CUSTOMER, headers, document, proposed)

    assert found.uses == (Use("name"), Use(), Use("birth_date", "day_first"))
    assert found.key == ""
    assert read_map(CUSTOMER, headers, {"甲": "phone"}, proposed).uses[0] == Use("phone")
    assert read_map(CUSTOMER, headers, {"甲": "phone"}, proposed).uses[1] == Use()


@pytest.mark.parametrize(
    "document", [[], "x", {"columns": {"不存在": "name"}}, {"甲": 5}, {"columns": {}, "constants": 3}]
)
def test_a_map_file_that_says_nothing_sensible_is_refused(document: Any) -> None:
    with pytest.raises(Invalid):
        read_map(CUSTOMER, ("甲",), document, Mapping((Use(),)))


# --- Cells --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-03-05", "2026-03-05"), ("2026/3/5", "2026-03-05"), ("2026年3月5日", "2026-03-05"),
        ("２０２６．３．５", "2026-03-05"), ("20260305", "2026-03-05"), ("2026-03-05 00:00:00", "2026-03-05"),
        ("46086", "2026-03-05"), ("13/3/2026", "2026-03-13"), ("3/13/2026", "2026-03-13"), ("3.3.2026", "2026-03-03"),
    ],
)  # fmt: skip
def test_days_are_read_in_every_style(text: str, day: str) -> None:
    assert reader_of(VACCINATION.fields["given_on"])(text).isoformat() == day


def test_a_day_that_could_be_two_is_refused_until_somebody_says_which() -> None:
    field = VACCINATION.fields["given_on"]

    with pytest.raises(FieldProblem, match="two different days"):
        reader_of(field)("3/5/2026")
    assert reader_of(field, "month_first")("3/5/2026") == datetime.date(2026, 3, 5)
    assert reader_of(field, "day_first")("3/5/2026") == datetime.date(2026, 5, 3)


@pytest.mark.parametrize(
    ("cells", "style"),
    [(("3/5/2026", "3/25/2026"), "month_first"), (("3/5/2026", "25/3/2026"), "day_first"),
     (("3/25/2026", "25/3/2026"), "auto"), (("3/5/2026",), "auto"), (("2026-03-25",), "auto")],
)  # fmt: skip
def test_one_day_above_twelve_decides_for_its_whole_column(cells: tuple[str, ...], style: str) -> None:
    rows = iter([(at, [cell]) for at, cell in enumerate(cells)])

    assert settle_dates(VACCINATION, Mapping((Use("given_on"),)), rows).uses == (Use("given_on", style),)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["1.38E+10", "1.38001E+10", "1.3800138E+10"[:7] + "E+10"])
def test_a_phone_whose_last_digits_are_lost_is_refused(text: str) -> None:
    with pytest.raises(FieldProblem, match="digits are lost"):
        reader_of(CUSTOMER.fields["phone"])(text)


@pytest.mark.parametrize(
    "text", ["1.3800138000E+10", "13800138000", "+86 138-0013-8000", "１３８００１３８０００"]
)
def test_a_phone_that_is_whole_is_kept(text: str) -> None:
    assert reader_of(CUSTOMER.fields["phone"])(text) == "13800138000"


@pytest.mark.parametrize("text", ["男", "M", "先生", "male", "Male", " 男士 "])
def test_a_choice_is_known_by_its_words(text: str) -> None:
    assert reader_of(CUSTOMER.fields["sex"])(text) is Sex.MALE


def test_words_of_a_choice_belong_to_one_value_only() -> None:
    read = reader_of(CUSTOMER.fields["source"])

    assert [read(text) for text in ("微信", "抖音", "老带新")] == [
        Source.WECHAT,
        Source.SOCIAL,
        Source.REFERRAL,
    ]
    with pytest.raises(FieldProblem):
        read("火星")


@pytest.mark.parametrize("text", ["是", "√", "已绝育", "Y", "有", "TRUE"])
def test_yes_is_known_by_its_words(text: str) -> None:
    assert reader_of(PET.fields["neutered"])(text) is True


@pytest.mark.parametrize("text", ["否", "×", "未绝育", "", "N", "没有"])
def test_no_is_known_by_its_words(text: str) -> None:
    assert reader_of(PET.fields["neutered"])(text) is False


def test_numbers_carry_their_units_and_money_its_sign() -> None:
    assert reader_of(PET.fields["weight"])("4.5 公斤") == Decimal("4.5")
    assert reader_of(PET.fields["weight"])("4.5kg") == Decimal("4.5")
    assert reader_of(CONTACT.fields["amount"])("￥1,234.50元") == Money(123450, "CNY")
    with pytest.raises(FieldProblem):
        reader_of(PET.fields["weight"])("9斤")


def test_an_error_of_the_spreadsheet_is_no_name() -> None:
    with pytest.raises(FieldProblem, match="#N/A"):
        reader_of(CUSTOMER.fields["name"])("#N/A")


def test_in_the_machine_form_nothing_is_guessed() -> None:
    assert reader_of(CUSTOMER.fields["name"], exact=True)("1.38E+10") == "1.38E+10"
    assert reader_of(CUSTOMER.fields["name"], exact=True)("'=1+1") == "=1+1"
