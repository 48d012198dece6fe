"""Relations that nobody declared: proposed by names and values, few of them wrong, none switched on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from sqlalchemy import Engine, create_engine

from app.adoption.connecting import open_adopted
from app.adoption.reflecting import sketch
from app.adoption.relating import propose
from app.adoption.sketches import DatabaseSketch
from tests.support.databases import BACKENDS

Found = set[tuple[str, str, str, str]]

# What a person who knows the shop says: written before the first line of the code that guesses it.
MALL = """
cms_help.category_id > cms_help_category.id
cms_prefrence_area_product_relation.prefrence_area_id > cms_prefrence_area.id
cms_prefrence_area_product_relation.product_id > pms_product.id
cms_subject.category_id > cms_subject_category.id
cms_subject_comment.subject_id > cms_subject.id
cms_subject_product_relation.subject_id > cms_subject.id
cms_subject_product_relation.product_id > pms_product.id
cms_topic.category_id > cms_topic_category.id
cms_topic_comment.topic_id > cms_topic.id
oms_cart_item.product_id > pms_product.id
oms_cart_item.product_sku_id > pms_sku_stock.id
oms_cart_item.member_id > ums_member.id
oms_cart_item.product_category_id > pms_product_category.id
oms_order.member_id > ums_member.id
oms_order.coupon_id > sms_coupon.id
oms_order_item.order_id > oms_order.id
oms_order_item.product_id > pms_product.id
oms_order_item.product_sku_id > pms_sku_stock.id
oms_order_item.product_category_id > pms_product_category.id
oms_order_operate_history.order_id > oms_order.id
oms_order_return_apply.order_id > oms_order.id
oms_order_return_apply.company_address_id > oms_company_address.id
oms_order_return_apply.product_id > pms_product.id
pms_album_pic.album_id > pms_album.id
pms_comment.product_id > pms_product.id
pms_comment_replay.comment_id > pms_comment.id
pms_member_price.product_id > pms_product.id
pms_member_price.member_level_id > ums_member_level.id
pms_product.brand_id > pms_brand.id
pms_product.product_category_id > pms_product_category.id
pms_product.feight_template_id > pms_feight_template.id
pms_product.product_attribute_category_id > pms_product_attribute_category.id
pms_product_attribute.product_attribute_category_id > pms_product_attribute_category.id
pms_product_attribute_value.product_id > pms_product.id
pms_product_attribute_value.product_attribute_id > pms_product_attribute.id
pms_product_category.parent_id > pms_product_category.id
pms_product_category_attribute_relation.product_category_id > pms_product_category.id
pms_product_category_attribute_relation.product_attribute_id > pms_product_attribute.id
pms_product_full_reduction.product_id > pms_product.id
pms_product_ladder.product_id > pms_product.id
pms_product_operate_log.product_id > pms_product.id
pms_product_vertify_record.product_id > pms_product.id
pms_sku_stock.product_id > pms_product.id
sms_coupon_history.coupon_id > sms_coupon.id
sms_coupon_history.member_id > ums_member.id
sms_coupon_history.order_id > oms_order.id
sms_coupon_product_category_relation.coupon_id > sms_coupon.id
sms_coupon_product_category_relation.product_category_id > pms_product_category.id
sms_coupon_product_relation.coupon_id > sms_coupon.id
sms_coupon_product_relation.product_id > pms_product.id
sms_flash_promotion_log.product_id > pms_product.id
sms_flash_promotion_log.member_id > ums_member.id
sms_flash_promotion_product_relation.flash_promotion_id > sms_flash_promotion.id
sms_flash_promotion_product_relation.flash_promotion_session_id > sms_flash_promotion_session.id
sms_flash_promotion_product_relation.product_id > pms_product.id
sms_home_brand.brand_id > pms_brand.id
sms_home_new_product.product_id > pms_product.id
sms_home_recommend_product.product_id > pms_product.id
sms_home_recommend_subject.subject_id > cms_subject.id
ums_admin_login_log.admin_id > ums_admin.id
ums_admin_permission_relation.admin_id > ums_admin.id
ums_admin_permission_relation.permission_id > ums_permission.id
ums_admin_role_relation.admin_id > ums_admin.id
ums_admin_role_relation.role_id > ums_role.id
ums_growth_change_history.member_id > ums_member.id
ums_integration_change_history.member_id > ums_member.id
ums_member.member_level_id > ums_member_level.id
ums_member_login_log.member_id > ums_member.id
ums_member_member_tag_relation.member_id > ums_member.id
ums_member_member_tag_relation.tag_id > ums_member_tag.id
ums_member_product_category_relation.member_id > ums_member.id
ums_member_product_category_relation.product_category_id > pms_product_category.id
ums_member_receive_address.member_id > ums_member.id
ums_member_statistics_info.member_id > ums_member.id
ums_menu.parent_id > ums_menu.id
ums_permission.pid > ums_permission.id
ums_resource.category_id > ums_resource_category.id
ums_role_menu_relation.role_id > ums_role.id
ums_role_menu_relation.menu_id > ums_menu.id
ums_role_permission_relation.role_id > ums_role.id
ums_role_permission_relation.permission_id > ums_permission.id
ums_role_resource_relation.role_id > ums_role.id
ums_role_resource_relation.resource_id > ums_resource.id
"""


def written(text: str) -> Found:
    """Read an answer key."""
    found = set()
    for line in text.split("\n"):
        if line.strip():
            here, there = line.strip().split(" > ")
            found.add((*here.split("."), *there.split(".")))
    return found


def proposed(engine: Engine, database: DatabaseSketch) -> Found:
    """Return what is proposed, in the words of an answer key."""
    return {
        (name, each.columns[0], each.table, each.target_columns[0])
        for (_schema, name), relations in propose(engine, database).items()
        for each in relations
    }


def compared(found: Found, key: Found) -> tuple[float, float]:
    """Return precision and recall."""
    return len(found & key) / max(1, len(found)), len(found & key) / len(key)


@pytest.mark.mariadb
def test_malls_relations_are_proposed_with_few_wrong_ones(real_database: Callable[[str, str], str]) -> None:
    engine = open_adopted(real_database("mall", "mariadb"), read_only=True)
    key = written(MALL)

    found = proposed(engine, sketch(engine))

    engine.dispose()
    precision, recall = compared(found, key)
    assert recall >= 0.98, sorted(key - found)
    assert precision >= 0.98, sorted(found - key)


@pytest.mark.parametrize(
    ("name", "backend"),
    [("chinook", "sqlite"), ("chinook", "postgresql"), ("northwind", "sqlite"), ("northwind", "postgresql")],
)
def test_declared_relations_would_have_been_guessed(
    name: str, backend: str, real_database: Callable[[str, str], str]
) -> None:
    engine = open_adopted(real_database(name, backend), read_only=True)
    known = sketch(engine)
    key = {
        (table.name, each.columns[0], each.table, each.target_columns[0])
        for table in known.tables
        for each in table.relations
    }
    silent = replace(known, tables=tuple(replace(table, relations=()) for table in known.tables))

    found = proposed(engine, silent)

    engine.dispose()
    precision, recall = compared(found, key)
    # A representative is an employee, and ships go via a shipper: names alone can't tell that.
    assert recall >= 0.9, sorted(key - found)
    assert precision >= 0.95, sorted(found - key)


SHOP = """
CREATE TABLE "会员表" ("编号" INTEGER PRIMARY KEY, "姓名" VARCHAR(20), "推荐会员编号" INTEGER);
CREATE TABLE "宠物信息" ("宠物编号" VARCHAR(20) PRIMARY KEY, "会员编号" INTEGER, "名字" VARCHAR(20));
CREATE TABLE "消费记录" ("流水号" INTEGER PRIMARY KEY, "会员编号" INTEGER, "宠物编号" VARCHAR(20), "数量" INTEGER);
CREATE TABLE "productTypes" ("typeId" INTEGER PRIMARY KEY, "parentId" INTEGER, "name" VARCHAR(20));
CREATE TABLE "products" ("productId" INTEGER PRIMARY KEY, "productTypeId" INTEGER, "qty" INTEGER, "videoid" INTEGER);
CREATE TABLE "videos" ("id" INTEGER PRIMARY KEY, "title" VARCHAR(20));
CREATE TABLE "holder" ("id" INTEGER PRIMARY KEY, "product_id" VARCHAR(20), "paid" INTEGER, "valid" INTEGER);
"""
ROWS = """
INSERT INTO "会员表" VALUES (1001, '王伟', NULL), (1002, '李娜', 1001);
INSERT INTO "宠物信息" VALUES ('P1', 1001, '豆豆'), ('P2', 1002, '咪咪');
INSERT INTO "消费记录" VALUES (1, 1001, 'P1', 1), (2, 1001, 'P9', 2), (3, 1002, 'P2', 2);
INSERT INTO "productTypes" VALUES (1, 0, 'food'), (2, 1, 'cat food');
INSERT INTO "products" VALUES (1, 2, 1, 5), (2, 1, 1, 5);
INSERT INTO "videos" VALUES (5, 'how to feed');
INSERT INTO "holder" VALUES (1, 'x', 1, 1);
"""


@pytest.fixture(scope="module", params=BACKENDS)
def shop(request: pytest.FixtureRequest, new_database: Callable[[str], str]) -> str:
    """A small shop with Chinese and camel-case names and no declared relation, on each database."""
    url = new_database(request.param)
    engine = create_engine(url)
    with engine.begin() as connection:
        if request.param == "mariadb":
            connection.exec_driver_sql("SET SESSION sql_mode = 'ANSI_QUOTES'")
        for statement in (SHOP + ROWS).split(";"):
            if statement.strip():
                connection.exec_driver_sql(statement)
    engine.dispose()
    return url


def test_chinese_and_camel_case_names_are_understood(shop: str) -> None:
    engine = open_adopted(shop, read_only=True)

    found = proposed(engine, sketch(engine))

    engine.dispose()
    assert found == {
        ("会员表", "推荐会员编号", "会员表", "编号"),
        ("宠物信息", "会员编号", "会员表", "编号"),
        ("消费记录", "会员编号", "会员表", "编号"),
        ("消费记录", "宠物编号", "宠物信息", "宠物编号"),
        ("productTypes", "parentId", "productTypes", "typeId"),
        ("products", "productTypeId", "productTypes", "typeId"),
        ("products", "videoid", "videos", "id"),
    }


def test_a_proposal_says_how_many_values_were_found_and_is_never_declared(shop: str) -> None:
    engine = open_adopted(shop, read_only=True)
    known = sketch(engine)

    relations = propose(engine, known)

    engine.dispose()
    pets = next(each for each in relations["", "消费记录"] if each.columns == ("宠物编号",))
    assert pets.seen == (2, 3)
    assert not pets.declared
    assert 0 < pets.confidence < 1
    sure = next(each for each in relations["", "消费记录"] if each.columns == ("会员编号",))
    assert sure.seen == (2, 2)
    assert sure.confidence > pets.confidence
    assert all(table.relations == () for table in known.tables), "nothing is switched on by proposing"
