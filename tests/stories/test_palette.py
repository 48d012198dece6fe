"""The palette alone: finding, adding and switching by keyboard, by thumb, and while an input method composes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from app.core.keys import encode_token
from app.people.models import Customer
from tests.factories.people import make_customer
from tests.stories.shops import StoryShop
from tests.stories.visit import Variant, Visit
from tests.stories.words import say

NAME, PHONE = "王伟", "15499990042"
OTHER_LANGUAGE = {"zh": ("English", "en"), "en": ("简体中文", "zh-Hans")}


@pytest.fixture(autouse=True)
def _customer(request: pytest.FixtureRequest) -> None:
    if "visit" in request.fixturenames:
        visit: Visit = request.getfixturevalue("visit")
        with visit.shop.database():
            make_customer(name=NAME, phone=PHONE)
        visit.sign_in("clerk")


def field(visit: Visit) -> Any:
    """Return the palette's field."""
    return visit.page.get_by_role("combobox", name=visit.say("Search and commands"))


def options(visit: Visit, name: str | re.Pattern[str] = "") -> Any:
    """Return what the palette offers."""
    return visit.page.locator("#palette-list").get_by_role("option", name=name)


def open_palette(visit: Visit) -> None:
    """Open the palette by keyboard and wait for what it offers before anything is typed."""
    visit.ready()
    visit.page.keyboard.press("Control+k")
    expect(field(visit)).to_be_focused()
    expect(options(visit).first).to_be_visible()


@contextmanager
def asked(visit: Visit) -> Iterator[list[str]]:
    """Collect what is asked of the server meanwhile."""
    questions: list[str] = []

    def note(request: Any) -> None:
        if request.url.endswith("/palette"):
            questions.append(request.post_data or "")

    visit.page.on("request", note)
    yield questions
    visit.page.remove_listener("request", note)


def test_a_day_with_the_palette_and_the_keyboard_alone(visit: Visit) -> None:
    keys = visit.page.keyboard
    open_palette(visit)
    keys.type(PHONE)
    expect(options(visit, re.compile(NAME))).to_have_attribute("aria-selected", "true")
    keys.press("Enter")
    visit.arrive(NAME)
    assert PHONE not in visit.page.url

    keys.press("Control+k")
    keys.type(visit.say("Add %(what)s", what=visit.say("customer")))
    keys.press("Enter")  # at once: what was typed last is meant, not what still stands there
    visit.arrive(visit.say("New %(what)s", what=visit.say("customer")))
    keys.type("Kim Palette")
    keys.press("Control+Enter")
    visit.arrive("Kim Palette")
    with visit.shop.database() as session:
        assert session.scalar(select(Customer.name).where(Customer.name == "Kim Palette"))

    name, code = OTHER_LANGUAGE[visit.variant.language]
    open_palette(visit)
    keys.type(name)
    expect(options(visit, re.compile(name))).to_have_attribute("aria-selected", "true")
    keys.press("Enter")
    expect(visit.page.locator("html")).to_have_attribute("lang", code)
    visit.arrive("Kim Palette")


def test_arrows_walk_through_the_groups_and_escape_leaves_things_as_they_were(visit: Visit) -> None:
    keys = visit.page.keyboard
    visit.link("Home", visit.page.get_by_role("navigation")).locator("visible=true").first.focus()
    open_palette(visit)
    first = field(visit).get_attribute("aria-activedescendant")

    keys.press("ArrowUp")
    last = field(visit).get_attribute("aria-activedescendant")
    keys.press("ArrowDown")

    assert first != last
    assert field(visit).get_attribute("aria-activedescendant") == first
    keys.type(NAME)
    expect(options(visit, re.compile(NAME))).to_be_visible()
    keys.press("ArrowRight")
    keys.press("ArrowDown")
    expect(options(visit, visit.say("Edit"))).to_have_attribute("aria-selected", "true")
    keys.press("ArrowLeft")
    expect(options(visit, re.compile(NAME))).to_be_visible()
    keys.press("Escape")
    expect(field(visit)).to_be_hidden()
    assert visit.page.evaluate("document.activeElement.getAttribute('href')") == "/"


def test_a_record_s_further_actions_are_a_key_to_the_right(visit: Visit) -> None:
    keys = visit.page.keyboard
    open_palette(visit)
    keys.type(NAME)
    expect(options(visit, re.compile(NAME))).to_be_visible()

    keys.press("ArrowRight")
    keys.press("ArrowDown")
    keys.press("Enter")

    visit.arrive(visit.say("Edit: %(title)s", title=NAME))


def test_control_enter_opens_in_a_new_tab_and_leaves_this_page_alone(visit: Visit) -> None:
    keys = visit.page.keyboard
    before = visit.page.url
    open_palette(visit)
    keys.type(NAME)
    expect(options(visit, re.compile(NAME))).to_be_visible()

    with visit.context.expect_page() as opened:
        keys.press("Control+Enter")

    expect(opened.value.get_by_role("heading", level=1)).to_have_text(NAME)
    assert visit.page.url == before
    opened.value.close()


def test_nothing_is_asked_or_opened_while_an_input_method_composes(visit: Visit) -> None:
    open_palette(visit)
    method = visit.context.new_cdp_session(visit.page)
    enter = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 229}

    with asked(visit) as questions:
        for letters in ("w", "wa", "wang", "wang wei"):
            method.send(
                "Input.imeSetComposition",
                {"text": letters, "selectionStart": len(letters), "selectionEnd": len(letters)},
            )
        method.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **enter})
        method.send("Input.dispatchKeyEvent", {"type": "keyUp", **enter})
        expect(field(visit)).to_have_value("wang wei")
        composing = list(questions)
        method.send("Input.insertText", {"text": NAME})
        expect(options(visit, re.compile(NAME))).to_be_visible()

    assert composing == []
    assert len(questions) == 1
    expect(field(visit)).to_have_value(NAME)
    visit.page.keyboard.press("Enter")
    visit.arrive(NAME)


def test_a_pinned_record_stands_on_the_home_page_and_in_the_palette(visit: Visit) -> None:
    keys = visit.page.keyboard
    open_palette(visit)
    keys.type(NAME)
    expect(options(visit, re.compile(NAME))).to_be_visible()
    with visit.page.expect_response("**/opened"):
        keys.press("Enter")
        visit.arrive(NAME)

    keys.press("Control+k")
    expect(visit.page.get_by_role("group", name=visit.say("Recently opened"))).to_contain_text(NAME)
    keys.press("Escape")
    keys.press("b")
    expect(visit.button("Unpin")).to_be_visible()
    visit.ready()

    keys.press("g")
    keys.press("h")
    expect(visit.main.get_by_role("link", name=re.compile(NAME))).to_be_visible()
    open_palette(visit)
    expect(visit.page.get_by_role("group", name=visit.say("Pinned"))).to_contain_text(NAME)
    expect(visit.page.get_by_role("group", name=visit.say("Recently opened"))).to_have_count(0)


def test_a_thumb_reaches_search_work_and_menu(visit: Visit) -> None:
    if not visit.variant.is_phone:
        visit.page.get_by_role("searchbox", name=visit.say("Search the shop")).click()
        expect(field(visit)).to_be_focused()
        return
    bar = visit.page.locator("nav.bottom")
    expect(visit.link("Home", bar)).to_have_attribute("aria-current", "page")

    visit.link("Search", bar).tap()
    expect(field(visit)).to_be_focused()
    field(visit).fill(PHONE[-4:])
    options(visit, re.compile(NAME)).tap()
    visit.arrive(NAME)

    visit.link("To do", bar).tap()
    visit.arrive(visit.say("Contacts"))
    expect(visit.link("To do", bar)).to_have_attribute("aria-current", "page")
    visit.button("More", bar).tap()
    menu = visit.page.get_by_role("dialog", name=visit.say("Main menu"))
    visit.link("Customers", menu).tap()
    visit.arrive(visit.say("Customers"))
    box = bar.bounding_box()
    assert box and box["y"] + box["height"] == visit.variant.height


def test_the_help_names_the_keys_of_the_page_at_hand_and_no_others(visit: Visit) -> None:
    keys = visit.page.keyboard
    rows, home = visit.say("Next and previous row"), visit.say("Go home")
    help_ = visit.page.get_by_role("dialog", name=visit.say("Keyboard shortcuts"))

    keys.press("?")
    expect(help_.get_by_text(home)).to_be_visible()
    expect(help_.get_by_text(rows)).to_be_hidden()
    keys.press("Escape")
    keys.press("g")
    keys.press("c")
    visit.arrive(visit.say("Customers"))
    keys.press("?")
    expect(help_.get_by_text(rows)).to_be_visible()
    expect(help_.get_by_text(visit.say("Customers"), exact=True)).to_be_visible()


def test_single_letters_can_be_switched_off(visit: Visit) -> None:
    keys = visit.page.keyboard
    visit.go("/profile/")
    visit.page.get_by_label(visit.say("Single letters are shortcuts")).uncheck()
    visit.button("Save").click()
    expect(visit.toasts).to_contain_text(visit.say("Your profile is saved."))
    visit.go("/people/customer/")

    keys.press("n")
    keys.press("/")
    keys.press("g")
    keys.press("h")
    keys.press("?")
    expect(visit.page.locator("dialog[open]")).to_have_count(0)
    assert visit.page.url.endswith("/people/customer/")
    open_palette(visit)
    keys.type(visit.say("Keyboard shortcuts"))
    keys.press("Enter")
    help_ = visit.page.get_by_role("dialog", name=visit.say("Keyboard shortcuts"))
    expect(help_.get_by_text(visit.say("Search and commands"))).to_be_visible()
    expect(help_.get_by_text(visit.say("Go home"))).to_be_hidden()


def test_a_person_arranges_the_home_page_by_keyboard(visit: Visit) -> None:
    keys = visit.page.keyboard
    visit.go("/home/arrange")
    number = visit.say("My contacts to settle today")
    visit.page.get_by_label(number, exact=True).uncheck()
    up = visit.page.get_by_role(
        "button", name=re.compile(rf"^{visit.say('Move up')}: {visit.say('Customers')}$")
    )
    up.focus()

    keys.press("Enter")
    expect(up).to_be_focused()
    expect(visit.page.get_by_label(number, exact=True)).not_to_be_checked()
    visit.button("Save").click()

    expect(visit.toasts).to_contain_text(visit.say("Your home page is arranged."))
    labels = visit.page.locator(".figure .label").all_inner_texts()
    assert number not in labels
    assert labels.index(visit.say("Customers")) < len(labels) - 1


def test_without_scripts_the_search_field_and_the_bar_still_work(
    shop: StoryShop, browser: Any, variant: Variant
) -> None:
    with shop.database():
        token = encode_token([make_customer(name=NAME, phone=PHONE).id])
    visit = Visit(browser, shop, variant, java_script_enabled=False)
    visit.sign_in("clerk")

    visit.page.get_by_role("searchbox", name=visit.say("Search the shop")).fill(PHONE[-4:])
    visit.page.keyboard.press("Enter")
    visit.main.get_by_role("link", name=re.compile(NAME)).click()

    expect(visit.page).to_have_url(f"{shop.url}/people/customer/{token}")
    visit.button("Pin").click()
    expect(visit.button("Unpin")).to_be_visible()
    visit.close()


def test_a_form_with_something_unsaved_asks_before_the_palette_leads_away(
    shop: StoryShop, visiting: Callable[..., Visit], variant: Variant
) -> None:
    visit = visiting(shop)
    visit.sign_in("clerk")
    visit.go("/people/customer/add")
    visit.field("Full name").fill("Half written")

    open_palette(visit)
    visit.page.keyboard.type(say(variant.language, "Home"))
    visit.page.keyboard.press("Enter")

    expect(visit.page.locator("dialog#confirm")).to_be_visible()
    visit.page.keyboard.press("Escape")
    expect(visit.field("Full name")).to_have_value("Half written")
    visit.page.on("dialog", lambda dialog: dialog.accept())
