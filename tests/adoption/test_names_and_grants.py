"""What names mean, and what MariaDB's and MySQL's lines of rights give."""

from __future__ import annotations

import pytest

from app.adoption.grants_mariadb import Grants, parsed
from app.adoption.naming import TableName, fit, points_upwards, table_names, thing_of, words
from app.adoption.sketches import ALL_RIGHTS


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("orderItems_ID", ("order", "item", "id")),
        ("productCategories", ("product", "category")),
        ("72crm_customer", ("72", "crm", "customer")),
        ("HTTPStatus", ("http", "status")),
        ("会员等级编号", ("会员等级编号",)),
        ("address", ("address",)),
        ("boxes", ("box",)),
    ],
)
def test_names_fall_into_words(name: str, said: tuple[str, ...]) -> None:
    assert words(name) == said


@pytest.mark.parametrize(
    ("column", "thing"),
    [
        ("member_id", ("member",)),
        ("memberId", ("member",)),
        ("memberid", ("member",)),
        ("product_category_id", ("product", "category")),
        ("会员编号", ("会员",)),
        ("会员ID", ("会员",)),
        ("id", ()),
        ("编号", ()),
        ("paid", ()),
        ("name", ()),
    ],
)
def test_a_column_says_what_it_points_at(column: str, thing: tuple[str, ...]) -> None:
    assert thing_of(column) == thing


@pytest.mark.parametrize("column", ["parent_id", "parentId", "pid", "ReportsTo", "上级编号"])
def test_some_columns_lead_up_their_own_table(column: str) -> None:
    assert points_upwards(column)


def test_others_do_where_they_name_their_table() -> None:
    assert points_upwards("post_parent", ("post",))
    assert points_upwards("parent_category_id", ("product", "category"))
    assert not points_upwards("parent_category_id", ("product",))


@pytest.mark.parametrize("column", ["id", "apparent_id", "product_id", "transparent"])
def test_the_rest_does_not(column: str) -> None:
    assert not points_upwards(column)


def test_a_word_that_many_tables_begin_with_is_no_part_of_their_names() -> None:
    names = table_names(
        ["ums_member", "ums_member_level", "pms_product", "pms_brand", "order", "order_item", "会员信息表"]
    )

    assert names["ums_member"].own == ("member",)
    assert names["ums_member_level"].own == ("member", "level")
    assert names["order_item"].own == ("order", "item")
    assert names["会员信息表"].own == ("会员",)


def a_table(*said: str) -> TableName:
    return TableName(said, said)


def test_the_nearer_a_name_the_better_it_fits() -> None:
    here = a_table("cms", "help")

    exact = fit(("member",), here, a_table("member"))
    by_context = fit(("category",), here, a_table("help", "category"))
    longer = fit(("created", "user"), here, a_table("user"))
    other_family = fit(("category",), here, a_table("product", "category"))
    none = fit(("member",), here, a_table("brand"))

    assert exact > by_context > longer > other_family > none == 0


@pytest.mark.parametrize(
    ("line", "rights"),
    [
        ("GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` WITH GRANT OPTION", ALL_RIGHTS),
        ("GRANT SELECT, INSERT ON `shop`.* TO `u`@`%`", {"select", "insert"}),
        ("GRANT SELECT, UPDATE, EXECUTE, LOCK TABLES ON `sh_p`.* TO `u`@`%`", {"select", "update"}),
        ("GRANT SELECT ON `s%`.* TO `u`@`%`", {"select"}),
        ("GRANT DELETE ON `shop`.`member` TO `u`@`%`", {"delete"}),
        ("GRANT SELECT (`id`, `name`), UPDATE (`name`) ON `shop`.`member` TO `u`@`%`", {"select"}),
        ("GRANT SELECT ON `shop`.`other` TO `u`@`%`", set()),
        ("GRANT SELECT ON `sh\\_p`.* TO `u`@`%`", set()),
        ("GRANT SELECT ON `shop2`.* TO `u`@`%`", set()),
        ("GRANT USAGE ON *.* TO `u`@`%` IDENTIFIED BY PASSWORD '*00'", set()),
        ("GRANT `role` TO `u`@`%`", set()),
        ("GRANT EXECUTE ON PROCEDURE `shop`.`member` TO `u`@`%`", set()),
        ("GRANT PROXY ON ''@'%' TO 'root'@'localhost' WITH GRANT OPTION", set()),
    ],
)
def test_a_line_of_rights_gives_what_it_says(line: str, rights: set[str]) -> None:
    grant = parsed(line)

    assert Grants((grant,) if grant else ()).rights("shop", "member") == rights


def test_a_server_that_takes_no_writes_leaves_the_right_to_read() -> None:
    grant = parsed("GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost`")
    assert grant is not None

    assert Grants((grant,), writable=False).rights("shop", "member") == {"select"}
    assert Grants((), known=False).rights("shop", "member") == ALL_RIGHTS
