"""Language and theme are the person's: they outlive the page, the session and the browser."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.stories.shops import StoryShop
from tests.stories.visit import Variant, Visit
from tests.stories.words import say

NAMES = {"zh": ("简体中文", "zh-Hans"), "en": ("English", "en")}


def look(visit: Visit) -> tuple[str, str]:
    """Return the language and the theme that the page declares."""
    root = visit.page.locator("html")
    return root.get_attribute("lang") or "", root.get_attribute("data-theme") or ""


def test_language_and_theme_follow_the_person(
    shop: StoryShop, visiting: Callable[..., Visit], variant: Variant
) -> None:
    other = "en" if variant.language == "zh" else "zh"
    name, code = NAMES[other]
    visit = visiting(shop)
    visit.sign_in("clerk")
    assert look(visit) == (NAMES[variant.language][1], "auto")
    light = visit.page.evaluate("getComputedStyle(document.body).backgroundColor")

    with visit.page.expect_response("**/preferences/theme"):
        visit.choose_in_top_bar("Theme", "Dark")
    expect(visit.page.locator("html")).to_have_attribute("data-theme", "dark")
    visit.page.reload()
    assert look(visit) == (NAMES[variant.language][1], "dark")
    assert visit.page.evaluate("getComputedStyle(document.body).backgroundColor") != light

    opener = visit.menu_of_person
    if not variant.is_phone:
        opener = visit.page.get_by_role("banner").get_by_role("button", name=visit.say("Language"))
    opener.click()
    visit.page.get_by_role("button", name=name, exact=True).locator("visible=true").click()
    expect(visit.page.locator("html")).to_have_attribute("lang", code)
    visit.go("/people/customer/")
    visit.arrive(say(other, "Customers"))

    elsewhere = visiting(shop)
    assert elsewhere.page.goto("/login/") is not None
    assert look(elsewhere) == (NAMES[variant.language][1], "auto")
    elsewhere.sign_in("clerk")
    assert look(elsewhere) == (code, "dark")
