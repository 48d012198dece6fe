"""What becomes of rows: added, changed, the same, refused; by the form's rules, in a bounded number of statements."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy import func, select

from app.access.models import Branch
from app.core.database import db
from app.core.transaction import transaction
from app.panel.importing.models import ImportState, Mode
from app.people.models import Contact, Customer, Sex
from app.pets.models import Pet, Species, Vaccination
from app.pets.screens import VACCINATION
from tests.factories.people import make_customer, make_tag
from tests.factories.pets import make_pet
from tests.panel.importing.tables import (
    checked,
    csv_bytes,
    imported,
    written,
)


def customers() -> dict[str, Customer]:
    db.session.rollback()
    return {each.name: each for each in db.session.scalars(select(Customer))}


def test_rows_add_change_and_leave_alone(app_on: Flask) -> None:
    make_customer(name="王芳", phone="15400000001", notes="old")
    make_customer(name="李雷", phone="15400000002", sex=Sex.MALE)
    table = csv_bytes(
        [
            ["姓名", "手机", "性别", "备注"],
            ["王芳", "154 0000 0001", "女", "new"],
            ["李雷", "15400000002", "男", ""],
            ["韩梅", "15400000003", "", ""],
        ]
    )

    plan = checked(table)
    nothing_yet = len(customers())
    done = written(plan.key)

    assert plan.counts == done.counts == (1, 1, 1, 0)
    assert nothing_yet == 2
    found = customers()
    assert (found["王芳"].sex, found["王芳"].notes) == (Sex.FEMALE, "new")
    assert (found["王芳"].row_version, found["李雷"].row_version) == (2, 1)
    assert found["韩梅"].phone_last4 == "0003"


def test_importing_a_file_again_changes_nothing(app_on: Flask) -> None:
    rows = [["姓名", "手机", "生日", "会员号"]]
    rows += [[f"顾客{at}", f"1540000{at:04}", "1990-01-02", f"M{at}"] for at in range(30)]
    rows += [["没电话", "", "", ""]]

    first, second = imported(csv_bytes(rows)), imported(csv_bytes(rows))

    assert (first.counts, second.counts) == ((31, 0, 0, 0), (0, 0, 31, 0))
    assert {each.row_version for each in customers().values()} == {1}


def test_a_refused_row_says_why_in_the_persons_language(app: Flask) -> None:
    table = csv_bytes([["姓名", "手机", "生日"], ["", "15400000001", "2026-02-30"], ["甲", "abc", ""]])

    english = checked(table).reasons
    with force_locale("zh_Hans"):
        chinese = checked(table).reasons

    assert english[2] == [
        "Birthday: This is not a date, such as 2026-03-05.",
        "Full name: Please fill this in.",
    ]
    assert chinese[3] == ["电话：看不出是哪个号码。请只写数字，国外号码前面加 +。"]


def test_blank_cells_leave_alone_what_is_there_unless_they_are_to_clear_it(app: Flask) -> None:
    make_customer(name="王芳", phone="15400000001", notes="keep me")
    table = csv_bytes([["姓名", "手机", "备注"], ["王芳", "15400000001", ""]])

    kept = imported(table)
    notes = customers()["王芳"].notes
    cleared = imported(table, clear=True)

    assert (kept.counts, notes) == ((0, 0, 1, 0), "keep me")
    assert cleared.counts == (0, 1, 0, 0)
    assert customers()["王芳"].notes is None


def test_a_required_field_can_not_be_cleared(app: Flask) -> None:
    make_customer(name="王芳", phone="15400000001")

    found = checked(csv_bytes([["姓名", "手机"], ["", "15400000001"]]), clear=True)

    assert found.reasons == {2: ["Full name: Please fill this in."]}


def test_rows_that_say_the_same_twice_are_noticed(app_on: Flask) -> None:
    rows = [
        ["姓名", "手机", "会员号"],
        ["甲", "15400000001", "A1"],
        ["乙", "15400000001", "A2"],
        ["丙", "15400000003", "A1"],
    ]

    found = checked(csv_bytes(rows))

    assert found.counts == (1, 0, 0, 2)
    assert "Row 2" in found.reasons[3][0]
    assert found.reasons[4] == ["Member number: Row 2 of this file has the same."]


def test_a_refused_row_does_not_stand_in_the_way_of_a_later_good_one(app: Flask) -> None:
    rows = [["姓名", "手机", "生日"], ["甲", "15400000001", "nonsense"], ["甲", "15400000001", "1990-01-01"]]

    assert checked(csv_bytes(rows)).counts == (1, 0, 0, 1)


def test_a_number_that_another_record_has_is_refused_also_one_in_the_trash(app_on: Flask) -> None:
    gone = make_customer(name="旧", phone="15400000009", code="M9")
    with transaction():
        db.session.get_one(Customer, gone.id).move_to_trash()

    found = checked(csv_bytes([["姓名", "手机", "会员号"], ["新", "15400000008", "M9"]]))

    assert "perhaps in the trash" in found.reasons[2][0]


def test_a_phone_that_two_customers_share_is_no_key(app_on: Flask) -> None:
    make_customer(name="夫", phone="15400000001")
    make_customer(name="妻", phone="15400000001")

    found = checked(csv_bytes([["姓名", "手机"], ["夫", "15400000001"]]))

    assert "Several records" in found.reasons[2][0]


def test_without_a_key_every_row_is_added(app: Flask) -> None:
    table = csv_bytes([["姓名"], ["甲"], ["甲"]])

    assert imported(table, key="").counts == (2, 0, 0, 0)


def test_links_are_found_by_what_people_call_things(app_on: Flask) -> None:
    with transaction():
        db.session.add(Branch(name="城北店", code="N1"))
    make_tag(name="VIP")
    make_tag(name="周末")
    table = csv_bytes(
        [
            ["姓名", "手机", "门店", "标签"],
            ["甲", "15400000001", "城北店", "VIP；周末"],
            ["乙", "15400000002", "N1", "VIP"],
            ["丙", "15400000003", "城南店", "没有的"],
        ]
    )

    found = imported(table)

    assert found.counts == (2, 0, 0, 1)
    assert found.reasons[4] == [
        "Branch: There is no “城南店” among Branches.",
        "Tags: There is no “没有的” among Tags.",
    ]
    known = customers()
    assert (known["甲"].branch.name, sorted(tag.name for tag in known["甲"].tags)) == (
        "城北店",
        ["VIP", "周末"],
    )
    assert known["乙"].branch.name == "城北店"


def test_an_owner_is_found_by_phone_number_or_name(app_on: Flask) -> None:
    make_customer(name="王芳", phone="15400000001", code="M1")
    make_customer(name="同名", phone="15400000002")
    make_customer(name="同名", phone="15400000003")
    rows = [
        ["宠物名", "主人", "种类"],
        ["汤圆", "154-0000-0001", "猫"],
        ["豆豆", "M1", "狗"],
        ["大黄", "王芳", "犬"],
        ["小白", "同名", "猫"],
        ["小黑", "15400000003", "猫"],
    ]

    found = imported(csv_bytes(rows), "pets:pet")

    assert found.counts == (4, 0, 0, 1)
    assert "Several records are called “同名”" in found.reasons[5][0]
    pets = {pet.name: pet for pet in db.session.scalars(select(Pet))}
    assert {pets[name].owner.name for name in ("汤圆", "豆豆", "大黄")} == {"王芳"}
    assert pets["小黑"].owner.phone == "15400000003"


def test_two_fields_together_can_be_the_key(app_on: Flask) -> None:
    owner = make_customer(name="王芳", phone="15400000001")
    make_pet(name="汤圆", owner_id=owner.id, species=Species.CAT, breed="英短")
    rows = [
        ["宠物名", "主人", "种类", "品种"],
        ["汤圆", "15400000001", "猫", "橘猫"],
        ["豆豆", "15400000001", "狗", ""],
    ]

    assert imported(csv_bytes(rows), "pets:pet").counts == (1, 1, 0, 0)
    assert db.session.scalar(select(Pet.breed).where(Pet.name == "汤圆")) == "橘猫"


def test_what_no_column_fills_can_be_the_same_for_all_rows(app: Flask) -> None:
    make_customer(name="王芳", phone="15400000001")
    table = csv_bytes([["宠物名", "主人"], ["汤圆", "王芳"]])

    without = checked(table, "pets:pet")
    given = imported(table, "pets:pet", constants={"species": "cat"})

    assert without.reasons == {2: ["Species: Please fill this in."]}
    assert given.counts == (1, 0, 0, 0)


def test_a_line_of_totals_is_no_record_and_stands_in_nobodys_way(app: Flask) -> None:
    table = csv_bytes([["姓名", "手机"], ["甲", "15400000001"], ["合计", ""]])

    plan = checked(table)
    done = written(plan.key, Mode.ALL)

    assert plan.reasons == {3: ["This looks like a line of totals, not like a record."]}
    assert (done.state, done.counts) == (ImportState.DONE, (1, 0, 0, 1))


def test_a_customer_of_that_name_is_a_record(app: Flask) -> None:
    assert checked(csv_bytes([["姓名", "手机"], ["总计", "15400000001"]])).counts == (1, 0, 0, 0)


def test_rules_that_span_fields_hold(app_on: Flask) -> None:
    make_pet(name="汤圆")
    rows = [["宠物", "疫苗", "接种日期", "下次接种"], ["汤圆", "狂犬", "2025-03-01", "2025-02-01"]]

    found = checked(csv_bytes(rows), "pets:vaccination")

    assert "can't be due before" in found.reasons[2][0]


@pytest.fixture
def no_rules() -> Iterator[None]:
    """Let the screen of vaccinations forget its rules: what is left is the database's own check."""
    rules = VACCINATION.rules
    object.__setattr__(VACCINATION, "rules", None)
    yield
    object.__setattr__(VACCINATION, "rules", rules)


def test_a_rule_that_only_the_database_knows_refuses_its_row_alone(app_on: Flask, no_rules: None) -> None:
    make_pet(name="汤圆")
    rows = [
        ["宠物", "疫苗", "接种日期", "下次接种"],
        *(["汤圆", f"V{at}", "2025-03-02", ""] for at in range(6)),
    ]
    rows[3][3] = "2025-03-01"

    plan = checked(csv_bytes(rows), "pets:vaccination")
    done = written(plan.key)

    assert plan.counts == (6, 0, 0, 0)
    assert (done.state, done.counts) == (ImportState.DONE, (5, 0, 0, 1))
    assert done.reasons == {4: ["The database refused this: a rule of the record is broken."]}
    assert db.session.scalar(select(func.count()).select_from(Vaccination)) == 5


def test_of_all_or_none_the_database_leaves_none(app_on: Flask, no_rules: None) -> None:
    make_pet(name="汤圆")
    rows = [
        ["宠物", "疫苗", "接种日期", "下次接种"],
        *(["汤圆", f"V{at}", "2025-03-02", ""] for at in range(6)),
    ]
    rows[3][3] = "2025-03-01"
    plan = checked(csv_bytes(rows), "pets:vaccination")

    done = written(plan.key, Mode.ALL)

    assert (done.state, done.counts) == (ImportState.FAILED, (0, 0, 0, 0))
    assert list(done.reasons) == [4]
    assert db.session.scalar(select(func.count()).select_from(Vaccination)) == 0


def test_what_goes_between_check_and_writing_refuses_its_row(app_on: Flask) -> None:
    gone = make_pet(name="汤圆").id
    make_pet(name="豆豆")
    rows = [["宠物", "疫苗", "接种日期"], ["汤圆", "A", "2025-03-01"], ["豆豆", "B", "2025-03-02"]]
    plan = checked(csv_bytes(rows), "pets:vaccination")
    with transaction():
        db.session.delete(db.session.get_one(Pet, gone))

    done = written(plan.key)

    assert plan.counts == (2, 0, 0, 0)
    assert done.counts == (1, 0, 0, 1)
    assert list(done.reasons) == [2]


def test_a_new_contact_gets_what_a_form_would_have_given_it(app: Flask) -> None:
    make_customer(name="王芳", phone="15400000001")
    rows = [
        ["客户手机", "类型", "渠道", "主题", "状态"],
        ["15400000001", "投诉", "微信", "洗澡价格", "已完成"],
    ]

    assert imported(csv_bytes(rows), "people:contact", key="").counts == (1, 0, 0, 0)
    contact = db.session.scalars(select(Contact)).one()
    assert (contact.kind.value, contact.channel.value, contact.state.value) == ("complaint", "chat", "open")
