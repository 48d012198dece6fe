"""The owner wants to know which months were good: narrows the page by keyboard and takes the figures along."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from app.core.database import db
from tests.insight.till import Till, line, offered
from tests.stories.shops import StoryShop
from tests.stories.test_every_page import SMALLEST_PHONE
from tests.stories.visit import Visit

NAMES = ("王小明", "李娜", "<b>Ann</b>", "一个名字很长很长很长很长很长很长很长的客户")


@pytest.fixture
def selling(shop: StoryShop) -> Iterator[StoryShop]:
    """The sample shop with a till of two years."""
    till = Till()
    with shop.database():
        till.metadata.create_all(db.engine)
        months = [datetime.datetime(2024 + at // 12, at % 12 + 1, 9, 12) for at in range(24)]
        sales = [
            line(
                month, str(1000 + 137 * at % 1900), sale=f"s{at}", customer=f"c{at % 4}", product=f"p{at % 3}"
            )
            for at, month in enumerate(months)
        ]
        till.put(db.engine, till.sales, sales)
        till.put(
            db.engine, till.customers, [{"key": f"c{at}", "name": name} for at, name in enumerate(NAMES)]
        )
        till.put(db.engine, till.products, [{"key": f"p{at}", "name": f"猫粮 {at}"} for at in range(3)])
    with offered(shop.app, till.providers()):
        yield shop


def test_the_owner_sees_the_good_months_and_takes_the_figures_along(selling: StoryShop, visit: Visit) -> None:
    visit.sign_in("owner")
    visit.go("/insight/revenue/")
    expect(visit.main.locator("svg.bars:visible rect")).to_have_count(24)
    assert visit.serious_barriers() == []
    assert visit.width_needed(SMALLEST_PHONE) <= SMALLEST_PHONE

    visit.page.locator("#from").fill("2024-04-01")
    visit.page.locator("#by").select_option("quarter")
    visit.page.locator("#to").focus()
    visit.page.keyboard.press("Enter")

    expect(visit.main.locator("svg.bars:visible rect")).to_have_count(7)
    expect(visit.main.locator(".report").first.locator("tbody tr")).to_have_count(7)
    with visit.page.expect_download() as taken:
        visit.main.locator('a[href*="revenue.csv"]').click()
    lines = Path(taken.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert lines[1].startswith("2024-Q2,") and len(lines) == 9


def test_days_in_the_wrong_order_are_said_beside_the_field(selling: StoryShop, visit: Visit) -> None:
    visit.watch.answers_expected = {422}
    visit.sign_in("owner")
    visit.go("/insight/revenue/?from=2025-05-01&to=2025-01-01")

    expect(visit.page.locator("#to")).to_have_attribute("aria-describedby", "to-wrong")
    expect(visit.page.locator("#to")).to_have_value("2025-01-01")
    assert visit.serious_barriers() == []
    assert visit.width_needed(SMALLEST_PHONE) <= SMALLEST_PHONE
