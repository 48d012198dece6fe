"""A day without a mouse: from signing in to a saved customer with the keyboard alone."""

from __future__ import annotations

from playwright.sync_api import expect
from sqlalchemy import select

from app.people.models import Customer
from tests.stories.visit import Visit

MOST_STOPS = 40


def tab_to_link(visit: Visit, words: str) -> None:
    """Press Tab until the link with these words has the focus, and see that the focus shows."""
    wanted = visit.say(words)
    for _stop in range(MOST_STOPS):
        visit.page.keyboard.press("Tab")
        focused = visit.page.locator("a:focus")
        if focused.count() and focused.inner_text().strip() == wanted:
            assert focused.evaluate("each => getComputedStyle(each).outlineStyle") != "none"
            return
    raise AssertionError(f"{MOST_STOPS} presses of Tab do not reach “{wanted}”")


def tab_to_field(visit: Visit, label: str) -> None:
    """Press Tab until the input with this label has the focus."""
    wanted = visit.field(label).get_attribute("id")
    for _stop in range(MOST_STOPS):
        visit.page.keyboard.press("Tab")
        if visit.page.evaluate("document.activeElement.id") == wanted:
            return
    raise AssertionError(f"{MOST_STOPS} presses of Tab do not reach the input “{label}”")


def test_a_customer_is_saved_without_touching_the_mouse(visit: Visit) -> None:
    keys = visit.page.keyboard
    visit.go("/login/")
    expect(visit.field("User name")).to_be_focused()
    keys.type("clerk")
    keys.press("Tab")
    keys.type(visit.shop.passwords["clerk"])
    keys.press("Enter")
    expect(visit.menu_of_person).to_be_visible()
    visit.ready()

    if visit.variant.is_phone:
        keys.press("g")  # a phone's menu is a sheet behind a button
        keys.press("c")
    else:
        tab_to_link(visit, "Customers")
        keys.press("Enter")
    visit.arrive(visit.say("Customers"))
    if not visit.variant.is_phone:
        keys.press("j")
        expect(visit.record(visit.titles[0])).to_be_focused()
    keys.press("n")
    visit.arrive(visit.say("New %(what)s", what=visit.say("customer")))
    expect(visit.field("Full name")).to_be_focused()
    keys.type("Kim Keyboard")
    keys.press("Enter")
    expect(visit.field("Sex")).to_be_focused()
    tab_to_field(visit, "Phone")
    keys.type("15488887777")
    keys.press("Control+Enter")
    visit.arrive("Kim Keyboard")

    keys.press("e")
    visit.arrive(visit.say("Edit: %(title)s", title="Kim Keyboard"))
    expect(visit.field("Full name")).to_be_focused()
    keys.press("End")
    keys.type(" II")
    keys.press("Control+Enter")
    visit.arrive("Kim Keyboard II")
    keys.press("?")
    expect(visit.heading("Keyboard shortcuts")).to_be_visible()
    keys.press("Escape")
    expect(visit.heading("Keyboard shortcuts")).to_be_hidden()
    with visit.shop.database() as session:
        saved = session.scalars(select(Customer).where(Customer.name == "Kim Keyboard II")).one()
        assert saved.phone == "15488887777"
