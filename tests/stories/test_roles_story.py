"""Roles: an owner takes a right away, reads first what that does, and the clerk is without it at the next click."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.stories.shops import StoryShop
from tests.stories.visit import Visit


def open_role(visit: Visit, name: str) -> None:
    """Go to a role's page by the list of roles."""
    visit.go("/roles/")
    visit.page.locator(".tbl td a", has_text=visit.say(name)).first.click()
    visit.page.locator("[data-rights]").wait_for()


def test_a_role_is_changed_after_reading_what_that_does(
    shop: StoryShop, visiting: Callable[..., Visit]
) -> None:
    owner, clerk = visiting(shop), visiting(shop)
    owner.sign_in("owner")
    clerk.sign_in("clerk")
    clerk.go("/people/contact/")
    open_role(owner, "Clerk")
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


def test_all_of_a_row_is_ticked_and_arrows_lead_on(shop: StoryShop, visiting: Callable[..., Visit]) -> None:
    owner = visiting(shop)
    owner.sign_in("owner")
    open_role(owner, "Clerk")
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
    open_role(owner, "Clerk")

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
