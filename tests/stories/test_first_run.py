"""The first run: whoever reads the terminal opens the shop, once."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import expect

from tests.stories.phones import set_up_phone
from tests.stories.shops import StoryShop
from tests.stories.visit import Variant, Visit

PASSWORD = "seven quiet lanterns"


def fill_in(visit: Visit, code: str) -> None:
    """Answer the questions of the first-run page; the languages and lists keep what they propose."""
    visit.field("Name of the shop").fill("月光宠物 Moonlight")
    visit.page.get_by_role("radio", name=visit.say("Pet shop")).check()
    visit.field("Your full name").fill("林小月")
    visit.field("User name").fill("xiaoyue")
    visit.field("Password").fill(PASSWORD)
    visit.field("Set-up code").fill(code)


def test_the_shop_is_opened_once_with_the_code_from_the_terminal(
    empty_shop: StoryShop, visiting: Callable[..., Visit], variant: Variant
) -> None:
    visit = visiting(empty_shop)
    visit.watch.answers_expected = {422}
    visit.go("/people/customer/")
    expect(visit.heading("Open your shop")).to_be_visible()

    fill_in(visit, "AAAA-BBBB-CCCC")
    visit.main.get_by_role("button").click()
    expect(visit.page.get_by_text(visit.say("This is not the code that the terminal shows."))).to_be_visible()
    expect(visit.field("Name of the shop")).to_have_value("月光宠物 Moonlight")
    expect(visit.field("User name")).to_have_value("xiaoyue")
    expect(visit.field("Password")).to_have_value("")

    second = visiting(empty_shop)
    second.go("/first-run/")
    fill_in(second, empty_shop.code)

    visit.field("Set-up code").fill(empty_shop.code.lower().replace("-", " "))
    visit.field("Password").fill(PASSWORD)
    visit.main.get_by_role("button").click()
    set_up_phone(visit)
    expect(visit.heading("First steps")).to_be_visible()
    expect(visit.menu_of_person).to_be_visible()
    expect(visit.page).to_have_title(re.compile("月光宠物 Moonlight"))
    wanted = {"zh": "zh-Hans", "en": "en"}[variant.language]
    assert visit.page.locator("html").get_attribute("lang") == wanted
    visit.go("/people/customer/")
    expect(visit.heading("Nothing here yet")).to_be_visible()

    second.main.get_by_role("button").click()
    expect(second.heading("Sign in")).to_be_visible()
    second.go("/first-run/")
    expect(second.heading("Sign in")).to_be_visible()
