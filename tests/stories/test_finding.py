"""Finding a customer: by name, by the digits one remembers, by sorting, paging and filtering."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from app.people.models import Customer, Source
from tests.factories.people import make_customer
from tests.stories.visit import Visit

NAME, PHONE = "王伟", "15499990042"


@pytest.fixture(autouse=True)
def _customer_in_search(visit: Visit) -> None:
    with visit.shop.database():
        make_customer(name=NAME, phone=PHONE)
    visit.sign_in("owner")


def quick_search(visit: Visit, text: str) -> None:
    """Type into the list's own search and send it off."""
    box = visit.page.get_by_role("searchbox", name=visit.say("Search this list"))
    box.fill(text)
    box.press("Enter")


@pytest.mark.parametrize("text", [NAME, "0042", "1549999"], ids=["name", "last four digits", "phone prefix"])
def test_the_quick_search_takes_whatever_is_known_of_a_customer(visit: Visit, text: str) -> None:
    visit.go("/people/customer/")

    quick_search(visit, text)
    expect(visit.page).to_have_url(re.compile(r"\?q="))
    expect(visit.record(NAME)).to_be_visible()
    assert set(visit.titles) == {NAME}

    visit.record(NAME).click()
    visit.arrive(NAME)


def test_one_key_starts_the_search_over_the_whole_shop(visit: Visit) -> None:
    box = visit.page.get_by_role("combobox", name=visit.say("Search and commands"))
    if visit.variant.is_phone:
        visit.page.get_by_role("searchbox", name=visit.say("Search the shop")).tap()
    else:
        visit.page.keyboard.press("/")
    expect(box).to_be_focused()

    visit.page.keyboard.type("0042")
    visit.page.keyboard.press("Enter")
    visit.arrive(NAME)


def test_pages_turn_there_and_back_in_the_order_asked_for(visit: Visit) -> None:
    visit.go("/people/customer/")
    if not visit.variant.is_phone:
        # On a phone the rows are cards, which have no heads to press.
        visit.link("Full name", visit.page.get_by_role("columnheader")).click()
        head = visit.page.get_by_role("columnheader", name=visit.say("Full name"))
        expect(head).to_have_attribute("aria-sort", "ascending")
    first = visit.titles

    visit.link("Next").click()
    expect(visit.link("Previous")).to_be_visible()
    second = visit.titles
    assert second and first[0] not in second
    assert visit.variant.is_phone or max(first) <= min(second)

    visit.link("Previous").click()
    expect(visit.record(first[0])).to_be_visible()
    assert visit.titles == first


def test_a_filter_becomes_a_chip_that_takes_it_away_again(visit: Visit) -> None:
    visit.go("/people/customer/")
    everybody = visit.titles
    visit.page.locator("summary", has_text=visit.say("Filter")).click()
    visit.field("Found us by").select_option(label=visit.say("Phone call"))
    visit.button("Apply").click()

    chips = visit.page.get_by_role("group", name=visit.say("Filters in force"))
    chip = chips.get_by_role("link", name=re.compile(visit.say("Phone call")))
    expect(chip).to_be_visible()
    with visit.shop.database() as session:
        by_phone = set(session.scalars(select(Customer.name).where(Customer.source == Source.PHONE)))
    shown = visit.titles
    assert shown and set(shown) <= by_phone

    chip.click()
    expect(chips).to_have_count(0)
    assert visit.titles == everybody
