"""A nested filter is built in the sheet, kept as a view and shared; a colleague opens it from the menu."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from app.access.models import Person
from tests.factories.people import make_customer
from tests.stories.shops import StoryShop
from tests.stories.visit import Variant, Visit

SMALLEST_PHONE = 360
CHINESE_DESKTOP, ENGLISH_PHONE = Variant("zh", 1280, 800), Variant("en", 390, 844)


@pytest.fixture(params=[CHINESE_DESKTOP, ENGLISH_PHONE], ids=str)
def variant(request: pytest.FixtureRequest) -> Variant:
    """A Chinese desktop and an English phone."""
    return request.param


def check(visit: Visit) -> None:
    """Assert that everybody can use the page on the screen, and that it fits a small phone."""
    assert visit.serious_barriers() == []
    assert visit.width_needed(SMALLEST_PHONE) <= SMALLEST_PHONE


def part(visit: Visit, name: str) -> Any:
    """Return an input of the builder by its name."""
    return visit.page.locator(f"dialog [name='{name}']")


def build(visit: Visit) -> None:
    """Ask for customers called 林… who came by WeChat or whose notes are filled in."""
    visit.link("Conditions").click()
    part(visit, "r-0.field").select_option("name")
    part(visit, "r-0.op").select_option("begins")
    part(visit, "r-0.v0").fill("林")
    visit.page.locator("dialog button[value='group:r']").click()
    part(visit, "r-1-0.field").select_option("source")
    visit.page.locator("dialog").get_by_role("checkbox", name=visit.say("WeChat"), exact=True).check()
    visit.page.locator("dialog button[value='add:r-1']").press("Enter")
    part(visit, "r-1-1.field").select_option("notes")
    part(visit, "r-1-1.op").select_option("filled")
    expect(part(visit, "r-1-1.was")).to_have_value("none notes")


def keep(visit: Visit, name: str) -> None:
    """Save what the list asks as a view that everybody has in the menu."""
    visit.link("Save this view").click()
    visit.field("Name of the view").fill(name)
    visit.field("Who sees it").select_option("everybody")
    visit.field("Keep in the menu").check()
    check(visit)
    visit.button("Save").click()
    visit.toasts.first.wait_for()
    visit.ready()


def test_a_filter_is_built_kept_as_a_view_and_opened_by_a_colleague(
    shop: StoryShop, variant: Variant, visiting: Callable[..., Visit]
) -> None:
    with shop.database() as session:
        # Where the colleague works: her lists show that branch.
        branch = session.scalar(select(Person.branch_id).where(Person.username == "clerk").limit(1))
        make_customer(name="林有备注", phone="15400000001", notes="怕吹风机", branch_id=branch)
        make_customer(name="林没写", phone="15400000002", branch_id=branch)
    name = {"zh": "姓林的要回访", "en": "Lins to call"}[variant.language]
    owner = visiting(shop)
    owner.sign_in("owner")
    owner.go("/people/customer/")

    build(owner)
    check(owner)
    owner.page.locator("dialog [data-apply]").click()
    owner.page.wait_for_url("**where=**")
    expect(owner.main.get_by_role("link", name="林有备注").first).to_be_visible()
    assert "林没写" not in owner.titles
    keep(owner, name)
    check(owner)

    colleague = visiting(shop)
    colleague.sign_in("clerk")
    if variant.is_phone:
        colleague.button("More").click()
    # On a phone the menu is a sheet, and as such a dialog.
    colleague.page.locator("#side").get_by_role("link", name=name).click()
    colleague.page.wait_for_url("**view=**")
    colleague.ready()
    assert "林有备注" in colleague.titles
    assert all(title.startswith("林") for title in colleague.titles)
    tab = colleague.main.get_by_role("link", name=name)
    expect(tab).to_have_attribute("aria-current", "page")
    check(colleague)


def test_the_builder_is_used_by_keyboard_alone_and_says_what_is_wrong(
    shop: StoryShop, visiting: Callable[..., Visit]
) -> None:
    visit = visiting(shop)
    visit.sign_in("owner")
    visit.go("/people/customer/")

    visit.link("Conditions").press("Enter")
    expect(part(visit, "r-0.field")).to_be_focused()
    part(visit, "r-0.field").select_option("phone")
    part(visit, "r-0.v0").focus()
    visit.page.keyboard.type("abc")
    visit.page.keyboard.press("Enter")
    expect(part(visit, "r-0.v0")).to_have_attribute("aria-invalid", "true")
    expect(part(visit, "r-0.v0")).to_have_value("abc")
    check(visit)
    visit.page.keyboard.press("Escape")
    expect(visit.page.locator("dialog.builder-sheet")).to_be_hidden()
    expect(visit.link("Conditions")).to_be_focused()
