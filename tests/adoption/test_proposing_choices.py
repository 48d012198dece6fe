"""Codes read out of comments: every notation that programs use, and nothing read where nothing is explained."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Enum, Integer, String
from sqlalchemy.dialects.mysql import ENUM

from app.adoption.proposing import Choice
from app.adoption.proposing.choices import choices_of, choices_of_comment, completed, label_of_comment
from app.adoption.sketches import ColumnSketch

TEXTS = st.text(
    alphabet="待付款已发货完成关闭取消男女启用禁正常停业会员商品未审核通过驳回", min_size=1, max_size=8
)
CODES = st.lists(st.integers(min_value=0, max_value=99), min_size=2, max_size=9, unique=True)
ARROWS = st.sampled_from(["->", "=>", "→", "=", ":", "：", "-", " "])
ENDS = st.sampled_from(["；", ";", "，", ",", "、", " ", "/", "\n"])
LABELS = st.sampled_from(["订单状态", "性别", "支付方式", "类型", "是否默认"])
FRAMES = st.sampled_from([("：", ""), (":", ""), ("（", "）"), ("(", ")"), (" ", ""), ("，", ""), ("；", "")])


@given(LABELS, CODES, st.data(), st.tuples(ARROWS, ENDS, FRAMES))
def test_any_notation_of_any_codes_reads_back_with_its_label(
    label: str, codes: list[int], data: st.DataObject, notation: tuple[str, str, tuple[str, str]]
) -> None:
    arrow, end, frame = notation
    texts = data.draw(st.lists(TEXTS, min_size=len(codes), max_size=len(codes)))
    written = end.join(f"{code}{arrow}{text}" for code, text in zip(codes, texts, strict=True))
    comment = f"{label}{frame[0]}{written}{frame[1]}"
    read = choices_of_comment(comment)
    assert read == tuple(Choice(str(code), text) for code, text in zip(codes, texts, strict=True))
    assert label_of_comment(comment) == label


@given(st.text(max_size=200))
def test_no_comment_makes_the_reader_fail_and_what_it_reads_stands_in_the_comment(comment: str) -> None:
    for choice in choices_of_comment(comment):
        assert choice.code in comment
        assert choice.text
    assert isinstance(label_of_comment(comment), str)


@given(st.text(alphabet="0123456789-:;,，；：、()（）=>.| aAkg男女", max_size=60))
def test_no_signs_and_digits_make_the_reader_fail_or_say_a_code_twice(comment: str) -> None:
    codes = [choice.code for choice in choices_of_comment(comment)]
    assert len(codes) != 1
    assert len(codes) == len(set(codes))


@given(
    st.lists(st.integers(min_value=0, max_value=20), max_size=20),
    st.lists(st.integers(0, 9), min_size=2, max_size=5, unique=True),
)
def test_a_code_that_stands_in_rows_but_not_in_the_comment_shows_itself(
    stored: list[int], told: list[int]
) -> None:
    choices = tuple(Choice(str(code), "某某") for code in told)
    whole = completed(choices, stored)
    assert whole[: len(choices)] == choices
    assert {choice.code for choice in whole} == {str(code) for code in (*told, *stored)}
    assert all(choice.text == choice.code for choice in whole[len(choices) :])


def test_null_is_no_code_and_booleans_and_whole_decimals_are_the_codes_of_comments() -> None:
    choices = (Choice("0", "否"), Choice("1", "是"))
    assert completed(choices, [None, True, False, 1.0, 0]) == choices


@pytest.mark.parametrize(
    ("comment", "label", "codes"),
    [
        ("订单状态：0->待付款；1->待发货；2->已发货", "订单状态", "0=待付款 1=待发货 2=已发货"),
        ("是否删除 0:否,1:是", "是否删除", "0=否 1=是"),
        ("支付状态 0=未支付 1=已支付", "支付状态", "0=未支付 1=已支付"),
        ("性别：1-男 2-女", "性别", "1=男 2=女"),
        ("状态 0、禁用 1、启用", "状态", "0=禁用 1=启用"),
        ("在职标志（Y是 N否）", "在职标志", "Y=是 N=否"),
        ("active flag (0 no, 1 yes)", "active flag", "0=no 1=yes"),
        ("登录类型：0->PC；1->android;2->ios;3->小程序", "登录类型", "0=PC 1=android 2=ios 3=小程序"),
        ("审核状态 0待审核/1通过/2驳回", "审核状态", "0=待审核 1=通过 2=驳回"),
        ("权限类型：0->目录；1->菜单；2->按钮（接口绑定权限）", "权限类型", "0=目录 1=菜单 2=按钮"),
        ("订单类型（1：销售，2：退货，退货金额为负）", "订单类型", "1=销售 2=退货"),
        ("分类级别：0->1级；1->2级", "分类级别", "0=1级 1=2级"),
        ("支付方式 cash=现金 wx=微信", "支付方式", "cash=现金 wx=微信"),
        ("券状态，如果是0则可用；如果是1则是过期; 如果是2则是下架。", "券状态", "0=可用 1=过期 2=下架"),
        ("0 可用, 1 禁用, 2 注销", "", "0=可用 1=禁用 2=注销"),
    ],
)
def test_notations_of_real_programs_are_read(comment: str, label: str, codes: str) -> None:
    assert " ".join(f"{each.code}={each.text}" for each in choices_of_comment(comment)) == codes
    assert label_of_comment(comment) == label


@pytest.mark.parametrize(
    "comment",
    [
        "评价星数：0->5",
        "使用门槛；0表示无门槛",
        "商品销售属性：颜色：红色；尺码：xl;",
        '商品销售属性:[{"key":"颜色","value":"颜色"},{"key":"容量","value":"4G"}]',
        "以逗号分割的产品服务：1->无忧退货；2->快速退款",
        "开始时间，格式 2023-01-01 09:00:00",
        "性别：0 未知， 1男， 1 女",
        "see http://example.org and https://example.org",
        "",
    ],
)
def test_what_explains_no_codes_or_several_at_once_or_contradicts_itself_gives_no_choices(
    comment: str,
) -> None:
    assert choices_of_comment(comment) == ()


def test_the_values_of_an_enum_are_choices_and_take_their_meaning_from_the_comment() -> None:
    plain = choices_of(ColumnSketch("kind", Enum("a", "b"), "enum"))
    assert plain.value == (Choice("a", "a"), Choice("b", "b")) and plain.origin == "type"
    told = choices_of(
        ColumnSketch("kind", ENUM("a", "b", "c"), "enum('a','b','c')", comment="类型 a=散装 b=盒装")
    )
    assert told.value == (Choice("a", "散装"), Choice("b", "盒装"), Choice("c", "c"))
    written = choices_of(ColumnSketch("kind", String(9), "enum('it''s','no')"))
    assert [choice.code for choice in written.value] == ["it's", "no"]


def test_a_column_of_numbers_has_no_words_as_codes() -> None:
    comment = "来源 pc=电脑 app=手机"
    assert choices_of(ColumnSketch("source", Integer(), "int", comment=comment)).value == ()
    assert len(choices_of(ColumnSketch("source", String(9), "varchar", comment=comment)).value) == 2


@given(TEXTS)
def test_a_label_without_codes_is_the_whole_comment(text: str) -> None:
    assert label_of_comment(text) == text
