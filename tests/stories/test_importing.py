"""Importing a spreadsheet as a shop keeps it: titles above, totals below, three kinds of dates, a lost phone."""

from __future__ import annotations

from pathlib import Path

from openpyxl import Workbook
from playwright.sync_api import expect
from sqlalchemy import select

from app.people.models import Customer, Sex
from tests.factories.people import make_customer
from tests.stories.visit import Visit

ROWS = (
    ("客户资料（2026 年）", None, None, None, None),
    (None, None, None, None, None),
    ("姓名", "手机号（必填）", "性别", "生日", "备注"),
    ("欧阳春晓", "+86 151-0000-1111", "女", "3/25/1990", "喜欢周末来"),
    ("司徒明月", 1.51e10 + 2222, "F", "1988年7月9日", None),
    ("上官文轩", "1.51E+10", "男", "4/5/1985", None),
    (None, None, None, None, None),
    ("诸葛小满", "15100004444", "先生", "2001-02-03", None),
    ("合计", None, None, None, None),
)


def messy_workbook(folder: Path) -> Path:
    """Make the spreadsheet and return its file."""
    book = Workbook()
    sheet = book.active
    for row in ROWS:
        sheet.append(row)
    sheet.merge_cells("A1:E1")
    path = folder / "客户 2026.xlsx"
    book.save(path)
    return path


def test_a_messy_spreadsheet_with_a_correction(visit: Visit, tmp_path: Path) -> None:
    with visit.shop.database():
        make_customer(name="诸葛小满", phone="15100004444")
    visit.sign_in("owner")

    visit.go("/people/customer/")
    visit.link("Import").click()
    visit.arrive(visit.say("Import %(plural)s", plural=visit.say("Customers").lower()))
    visit.field("Table as XLSX or CSV").set_input_files(messy_workbook(tmp_path))
    visit.button("Go on").click()
    visit.arrive("客户 2026.xlsx")
    expect(
        visit.page.get_by_label(visit.say("Field for the column %(name)s", name="手机号（必填）"))
    ).to_have_value("phone")
    expect(visit.field("Row with the names of the columns")).to_have_value("3")
    assert visit.serious_barriers() == []
    visit.button("Check all rows").click()

    visit.heading("Refused rows").wait_for()
    first = visit.page.get_by_role("article", name=visit.say("Row %(number)d", number=6))
    expect(first).to_contain_text("1.51E+10")
    assert visit.width_needed(360) <= 360
    assert visit.serious_barriers() == []
    first.get_by_label("手机号（必填）").fill("15100003333")
    visit.button("Check again").click()
    expect(first).to_have_count(0)

    visit.button("Import").click()
    expect(visit.main).to_contain_text(visit.say("The import is finished."))
    with visit.shop.database() as session:
        found = {
            each.phone: each
            for each in session.scalars(select(Customer).where(Customer.phone.like("1510000%")))
        }
        assert set(found) == {"15100001111", "15100002222", "15100003333", "15100004444"}
        assert found["15100001111"].birth_date.isoformat() == "1990-03-25"
        assert found["15100003333"].birth_date.isoformat() == "1985-04-05"
        assert found["15100004444"].birth_date.isoformat() == "2001-02-03"
        assert found["15100002222"].sex is Sex.FEMALE
