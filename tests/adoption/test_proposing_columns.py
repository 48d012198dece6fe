"""Labels, titles, marks and choices proposed for whole databases, against answers written before the code."""

from __future__ import annotations

import pytest
from sqlalchemy import BigInteger, DateTime, Integer, Numeric, String

from app.adoption.proposing import DatabaseProposal, TableProposal, propose
from app.adoption.sketches import ColumnSketch, DatabaseSketch, RelationSketch, TableSketch
from tests.adoption.proposing_support import (
    Adopted,
    Open,
    report,
    score_columns,
    score_tables,
)

DATABASES = {
    "chinook": "mariadb",
    "northwind": "postgresql",
    "mall": "mariadb",
    "pet_shop": "mariadb",
    "pharmacy": "postgresql",
}


@pytest.fixture
def adopted(opened: Open) -> dict[str, Adopted]:
    """All five databases."""
    return {name: opened(name, backend) for name, backend in DATABASES.items()}


@pytest.mark.parametrize("name", DATABASES)
def test_at_least_four_fifths_of_a_database_s_columns_are_prefilled_right(name: str, opened: Open) -> None:
    score = score_columns(name, opened(name, DATABASES[name]).proposal)
    assert score.of > 50 and score.share >= 0.8, "\n" + report([score])


@pytest.mark.parametrize("name", DATABASES)
def test_at_least_four_fifths_of_labels_titles_and_orders_of_tables_are_right(
    name: str, opened: Open
) -> None:
    score = score_tables(name, opened(name, DATABASES[name]).proposal)
    assert score.of > 10 and score.share >= 0.8, "\n" + report([score])


def test_at_least_four_fifths_of_all_columns_together_are_prefilled_right(
    adopted: dict[str, Adopted],
) -> None:
    scores = [score_columns(name, each.proposal) for name, each in adopted.items()]
    right, of = sum(score.right for score in scores), sum(score.of for score in scores)
    assert of == 580 and right >= 0.8 * of, "\n" + report(scores)


def test_every_table_and_column_has_a_proposal_that_names_only_what_is_there(
    adopted: dict[str, Adopted],
) -> None:
    for each in adopted.values():
        assert [table.name for table in each.proposal.tables] == [table.name for table in each.sketch.tables]
        for table in each.proposal.tables:
            names = {column.name for column in table.columns}
            named = (*table.title.value, *table.list_columns.value, *table.search.value)
            assert names >= set(named), table.name
            assert table.sort.value.lstrip("-") in names | {""}
            assert table.title.value and 1 <= len(table.list_columns.value) <= 7
            assert table.label_zh.value and table.label_en.value
            assert all(column.label_zh.value and column.label_en.value for column in table.columns)


def test_no_password_is_listed_searched_or_a_title_and_none_was_read(adopted: dict[str, Adopted]) -> None:
    found = 0
    for each in adopted.values():
        for table in each.proposal.tables:
            secret = {column.name for column in table.columns if column.secret.value}
            found += len(secret)
            assert not secret & {*table.title.value, *table.list_columns.value, *table.search.value}
    assert found >= 4


def _table(
    name: str, *columns: ColumnSketch, comment: str = "", relations: tuple[RelationSketch, ...] = ()
) -> TableSketch:
    key = (columns[0].name,)
    return TableSketch(
        "", name, "table", columns=columns, primary_key=key, key=key, comment=comment, relations=relations
    )


def _proposed(*tables: TableSketch) -> DatabaseProposal:
    return propose(DatabaseSketch("", "sqlite", "", tables))


def _only(*columns: ColumnSketch, name: str = "things") -> TableProposal:
    return _proposed(_table(name, ColumnSketch("id", Integer(), "integer"), *columns)).tables[0]


def _text(name: str, comment: str = "") -> ColumnSketch:
    return ColumnSketch(name, String(50), "varchar(50)", comment=comment)


def _number(name: str, comment: str = "") -> ColumnSketch:
    return ColumnSketch(name, Integer(), "integer", comment=comment)


@pytest.mark.parametrize(
    ("name", "comment", "zh", "en"),
    [
        ("FirstName", "", "名", "First name"),
        ("order_sn", "", "订单编号", "Order number"),
        ("hykh", "", "会员卡号", "Member card number"),
        ("HYXM", "", "会员姓名", "Member name"),
        ("spmc2", "", "商品名称", "Product name"),
        ("会员编号", "", "会员编号", "Member number"),
        ("memo", "备注（内部）", "备注", "Memo"),
        ("xsje", "销售金额", "销售金额", "Sale amount"),
        ("qxz_9", "", "Qxz_9", "Qxz_9"),
        ("colour", "Colour of the coat", "颜色", "Colour of the coat"),
        ("ImageURL", "", "图片", "Image URL"),
    ],
)
def test_labels_come_from_comments_and_from_english_chinese_and_pinyin_names(
    name: str, comment: str, zh: str, en: str
) -> None:
    column = _only(_text(name, comment)).columns[1]
    assert (column.label_zh.value, column.label_en.value) == (zh, en)
    assert 0 < column.label_zh.confidence <= 1 and column.label_zh.origin in ("comment", "name")


def test_the_rest_of_a_comment_is_kept_as_help() -> None:
    column = _only(_number("status", "状态：0->关；1->开")).columns[1]
    assert column.help.value == "状态：0->关；1->开"
    assert _only(_text("bz", "备注")).columns[1].help.value == ""


def test_a_prefix_that_many_tables_share_is_no_part_of_their_labels() -> None:
    tables = [
        _table(f"kmsx_{noun}", ColumnSketch("id", Integer(), "integer"))
        for noun in ("order", "product", "member")
    ]
    assert [table.label_en.value for table in _proposed(*tables).tables] == ["Order", "Product", "Member"]
    assert _proposed(_table("t_order", _number("id"))).tables[0].label_zh.value == "订单"


def test_a_name_is_a_title_before_any_number_and_the_key_is_only_where_there_is_none() -> None:
    assert _only(_text("sku_code"), _text("name")).title.value == ("name",)
    assert _only(_text("first_name"), _text("last_name"), _text("name_of_dog")).title.value == (
        "first_name",
        "last_name",
    )
    assert _only(_number("quantity")).title.value == ("id",)
    assert _only(_text("password"), _text("avatar")).title.value == ("id",)


def test_a_column_of_a_relation_is_called_by_what_it_names() -> None:
    products = _table("products", _number("product_no"), _text("name"))
    relation = RelationSketch(("p",), "", "products", ("product_no",))
    lines = _table("lines", _number("id"), _number("p"), relations=(relation,))
    column = _proposed(products, lines).tables[1].columns[1]
    assert column.link.value == ("", "products")
    assert (column.label_zh.value, column.label_en.value) == ("商品", "Products")


@pytest.mark.parametrize(
    ("comment", "unit"),
    [
        ("单价(分)", "minor"),
        ("单价，单位：分", "minor"),
        ("单价（元）", "major"),
        ("单价，分", "minor"),
        ("price in cents", "minor"),
    ],
)
def test_the_unit_of_whole_numbers_of_money_is_read_from_the_comment(comment: str, unit: str) -> None:
    assert _only(_number("price", comment)).columns[1].money.value == unit


def test_whole_numbers_of_money_without_a_unit_follow_the_others_and_are_unsure_alone() -> None:
    alone = _only(_number("price")).columns[1].money
    assert (alone.value, alone.confidence) == ("major", 0.3)
    beside = _only(_number("cost_price", "成本价(分)"), _number("price")).columns[2].money
    assert (beside.value, beside.confidence) == ("minor", 0.6)


@pytest.mark.parametrize("name", ["discount_rate", "points", "coupon_count", "price_id", "sort"])
def test_rates_points_and_counts_are_no_money(name: str) -> None:
    assert _only(ColumnSketch(name, Numeric(10, 2), "decimal")).columns[1].money.value == ""


def test_sampled_values_decide_between_seconds_milliseconds_and_plain_numbers() -> None:
    table = _table("t", _number("id"), ColumnSketch("paid_at", BigInteger(), "bigint"))
    database = DatabaseSketch("", "sqlite", "", (table,))
    for value, epoch in ((1_672_884_600, "s"), (1_672_884_600_000, "ms"), (30, "")):
        proposal = propose(database, {("", "t"): [{"id": 1, "paid_at": value}]})
        assert proposal.tables[0].columns[1].epoch.value == epoch


def test_sampled_values_unmask_an_icon_that_is_no_picture() -> None:
    table = _table("t", _number("id"), _text("icon"))
    database = DatabaseSketch("", "sqlite", "", (table,))
    for value, is_image in (("home", False), ("/a/b.png", True), ("https://x.example/1", True)):
        proposal = propose(database, {("", "t"): [{"id": 1, "icon": value}]})
        assert proposal.tables[0].columns[1].image.value is is_image


def test_the_condition_for_rows_that_are_not_deleted_fits_the_flag() -> None:
    assert _only(_number("is_deleted")).alive.value == "is_deleted = 0"
    assert _only(_number("del_flag", "删除标志：1->正常；2->已删除")).alive.value == "del_flag = 1"
    assert _only(ColumnSketch("deleted_at", DateTime(), "datetime")).alive.value == "deleted_at is null"
    assert _only(_text("删除标志")).alive.value == "删除标志 = '0'"
    assert _only(_text("name")).alive.value == ""


def test_an_animal_s_birthday_is_no_personal_data_and_its_owner_s_is() -> None:
    assert _only(ColumnSketch("birthday", DateTime(), "date"), name="pets").columns[1].personal.value == ""
    assert (
        _only(ColumnSketch("birthday", DateTime(), "date"), name="customers").columns[1].personal.value
        == "identity"
    )


def test_a_table_that_could_not_be_read_has_no_proposal_and_does_no_harm() -> None:
    broken = TableSketch("", "broken", "view", problem="permission denied")
    empty = TableSketch("", "empty", "view")
    proposal = _proposed(broken, empty, _table("orders", _number("id")))
    assert [table.name for table in proposal.tables] == ["empty", "orders"]
    assert proposal.table("", "empty") is not None and proposal.roles == ()
