"""Sorting by several columns: by keys at a desk, by the menu on a phone and without scripts."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect
from sqlalchemy import select

from app.people.models import Contact
from tests.stories.visit import Visit

LIST = "/people/contact/"


def expected(visit: Visit, *, state_downwards: bool, due_downwards: bool) -> list[str]:
    """Return the subjects of the first page, sorted by state and then by the day they are due."""

    def days(contact: Any) -> int:
        return contact.due_on.toordinal() * (-1 if due_downwards else 1) if contact.due_on else 10**9

    with visit.shop.database() as session:
        rows = list(session.scalars(select(Contact).where(Contact.deleted_at.is_(None)).limit(1000)))
        rows.sort(key=lambda each: each.id.bytes, reverse=due_downwards)
        rows.sort(key=days)
        rows.sort(key=lambda each: each.state.value, reverse=state_downwards)
        return [each.subject for each in rows[:25]]


def test_heads_sort_by_two_columns_with_shift(visit: Visit) -> None:
    visit.sign_in("owner")
    visit.go(LIST)
    visit.ready()
    if visit.variant.is_phone:
        sort_by_the_menu(visit)
        return
    keys = visit.page.keyboard
    visit.page.locator("th[data-c=state] a").focus()
    keys.press("Enter")
    visit.page.wait_for_url(re.compile(r"sort=state%2Cdue_on$"))
    visit.ready()
    expect(visit.page.locator("th[data-c=state] a")).to_be_focused()
    expect(visit.page.locator("th[data-c=state]")).to_have_attribute("aria-sort", "ascending")
    expect(visit.page.locator("th[data-c=due_on] .nth")).to_have_text("2")
    assert visit.titles == expected(visit, state_downwards=False, due_downwards=False)

    visit.page.locator("th[data-c=due_on] a").focus()
    keys.press("Shift+Enter")
    visit.page.wait_for_url(re.compile(r"sort=state%2C-due_on$"))
    visit.ready()
    expect(visit.page.locator("th[data-c=due_on] a")).to_be_focused()
    assert visit.titles == expected(visit, state_downwards=False, due_downwards=True)
    assert visit.serious_barriers() == []
    assert len(visit.context.pages) == 1

    first = visit.titles
    visit.link("Next").click()
    expect(visit.link("Previous")).to_be_visible()
    assert not visit.page.url.endswith("due_on")
    visit.link("Previous").click()
    expect(visit.record(first[0]).first).to_be_visible()
    assert visit.titles == first


def sort_by_the_menu(visit: Visit) -> None:
    """Sort by the menu above the cards."""
    visit.page.locator("[data-sort]").click()
    menu = visit.page.locator(".sort-panel")
    expect(menu).to_be_visible()
    assert visit.serious_barriers() == []
    menu.locator("ul a[href$='sort=state%2Cdue_on']").click()
    visit.page.wait_for_url(re.compile(r"sort=state%2Cdue_on$"))
    assert visit.titles == expected(visit, state_downwards=False, due_downwards=False)
    assert visit.width_needed(360) <= 360

    visit.page.locator("[data-sort]").click()
    menu.locator("ol a[href$='sort=-state%2Cdue_on']").click()
    visit.page.wait_for_url(re.compile(r"sort=-state%2Cdue_on$"))
    assert visit.titles == expected(visit, state_downwards=True, due_downwards=False)


def test_an_order_without_an_index_is_told_and_the_first_field_stays(visit: Visit) -> None:
    visit.watch.answers_expected = {422}
    visit.sign_in("owner")
    visit.go("/people/customer/?f.branch=&sort=name,created_at")

    expect(visit.page.get_by_role("alert")).to_be_visible()
    assert visit.titles == sorted(visit.titles) and visit.titles
    assert visit.serious_barriers() == []
