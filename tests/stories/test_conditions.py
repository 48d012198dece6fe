"""A manager builds a nested filter, sees it in words, and takes it away again."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.factories.people import make_customer
from tests.stories.visit import Visit


@pytest.fixture(autouse=True)
def _customers(visit: Visit) -> None:
    with visit.shop.database():
        make_customer(name="欧阳春花", phone="15499990042")
        make_customer(name="欧阳秋实", phone="16199990043")
        make_customer(name="上官无忌", phone="15499990044")
    visit.sign_in("owner")


def test_a_nested_filter_is_built_seen_in_words_and_taken_away(visit: Visit) -> None:
    visit.go("/people/customer/")
    visit.page.get_by_role("link", name=visit.say("Conditions")).click()
    sheet = visit.page.get_by_role("dialog")
    sheet.locator("select.w-field").select_option("name")
    sheet.locator("input[name='r-0.v0']").fill("欧阳")
    sheet.locator("button[value='group:r']").click()
    field = sheet.locator("select[name='r-1-0.field']")
    expect(field).to_be_focused()
    field.select_option("phone")
    sheet.locator("select[name='r-1-0.op']").select_option("starts")
    sheet.locator("input[name='r-1-0.v0']").fill("154")
    expect(sheet.locator("[data-words]")).to_contain_text("154")
    assert visit.serious_barriers() == []

    sheet.locator("[data-apply]").click()
    expect(visit.page).to_have_url(re.compile(r"\?where="))
    expect(visit.record("欧阳春花")).to_be_visible()
    assert visit.titles == ["欧阳春花"]

    visit.page.get_by_role("link", name=visit.say("Clear all")).click()
    expect(visit.record("上官无忌")).to_be_visible()
