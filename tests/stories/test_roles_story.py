"""Roles: an owner takes a right away, reads first what that does, and the clerk is without it at the next click."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from app.core.keys import encode_token
from tests.factories.people import make_customer
from tests.stories.places_of_trust import open_role, open_sight
from tests.stories.shops import StoryShop
from tests.stories.visit import Visit


def test_a_role_is_changed_after_reading_what_that_does(
    shop: StoryShop, visiting: Callable[..., Visit]
) -> None:
    owner, clerk = visiting(shop), visiting(shop)
    owner.sign_in("owner")
    clerk.sign_in("clerk")
    clerk.go("/people/contact/")
    open_role(owner)
    assert owner.serious_barriers() == []
    assert owner.width_needed(390) <= 390

    box = owner.page.locator('input[value="people:contact:list"]')
    box.focus()
    owner.page.keyboard.press("Space")
    expect(owner.page.locator("td.changed")).to_have_count(1)
    owner.button("See what changes").click()
    effect = owner.page.locator(".effect").first
    expect(effect.locator("li")).to_have_count(1)
    assert owner.serious_barriers() == []
    clerk.page.reload()
    expect(clerk.page.locator("table").first).to_be_visible()
    owner.button("Save").click()
    owner.page.wait_for_url("**/roles/")

    clerk.watch.answers_expected.add(403)
    clerk.page.reload()
    expect(clerk.heading("Not for your role")).to_be_visible()


def test_a_field_is_hidden_and_the_clerk_at_the_open_page_is_without_it_at_the_next_click(
    shop: StoryShop, visiting: Callable[..., Visit]
) -> None:
    with shop.database():
        key = make_customer(name="何小树", phone="15400001111", wechat="xiaoshu").id
    owner, clerk = visiting(shop), visiting(shop)
    clerk.sign_in("clerk")
    clerk.go(f"/people/customer/{encode_token((key,))}")
    wechat = clerk.main.get_by_text(clerk.say("WeChat"), exact=True)
    expect(wechat.first).to_be_visible()

    owner.sign_in("owner")
    open_sight(owner, "Customers")
    owner.field("WeChat").select_option("hidden")
    owner.button("See what changes").click()
    owner.heading("What changes").wait_for()
    expect(owner.main.locator(".effect li")).to_have_count(1)
    owner.button("Save").click()
    owner.page.locator("[data-rights]").wait_for()

    clerk.link("Edit").click()
    expect(clerk.field("Phone")).to_be_visible()
    expect(clerk.field("WeChat")).to_have_count(0)
    clerk.page.go_back()
    clerk.page.reload()
    expect(wechat).to_have_count(0)


def test_all_of_a_row_is_ticked_and_arrows_lead_on(shop: StoryShop, visiting: Callable[..., Visit]) -> None:
    owner = visiting(shop)
    owner.sign_in("owner")
    open_role(owner)
    row = owner.page.locator('tr[data-screen="people:tag"]')
    boxes = row.locator("input[name=granted]")

    row.locator("button[data-all]").press("Enter")
    assert all(boxes.nth(position).is_checked() for position in range(boxes.count()))
    row.locator("button[data-all]").press("Enter")
    assert not any(boxes.nth(position).is_checked() for position in range(boxes.count()))
    boxes.first.focus()
    owner.page.keyboard.press("ArrowRight")
    expect(boxes.nth(1)).to_be_focused()


def test_an_owner_looks_as_a_clerk_and_comes_back(shop: StoryShop, visiting: Callable[..., Visit]) -> None:
    owner = visiting(shop)
    owner.sign_in("owner")
    open_role(owner)

    owner.button("Look as this role").click()
    banner = owner.page.locator(".looking")
    expect(banner).to_be_visible()
    assert owner.serious_barriers() == []
    owner.watch.answers_expected.add(403)
    owner.go("/users/")
    expect(owner.heading("Not for your role")).to_be_visible()
    owner.button("Back to my own rights").click()
    owner.page.wait_for_url("**/roles/")
    expect(banner).to_have_count(0)
