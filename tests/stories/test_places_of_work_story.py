"""Where somebody works: an owner ticks branches on a phone, and the list of accounts says so."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.stories.shops import StoryShop
from tests.stories.visit import Visit


def test_an_owner_lets_a_clerk_work_in_one_branch(shop: StoryShop, visiting: Callable[..., Visit]) -> None:
    owner = visiting(shop)
    owner.sign_in("owner")
    owner.go("/users/?q=clerk")
    owner.page.locator(".tbl tbody a").first.click()
    page = owner.page
    boxes = page.locator('input[name="works_in"]')

    expect(page.locator('input[name="works"][value="all"]')).to_be_checked()
    expect(boxes.first).to_be_hidden()
    page.locator('input[name="works"][value="some"]').press("Space")
    expect(boxes.first).to_be_visible()
    assert owner.serious_barriers() == []
    assert owner.width_needed(390) <= 390

    owner.watch.answers_expected.add(422)
    owner.button("Save").click()
    expect(page.locator("#e-works_in")).to_be_visible()
    expect(page.locator('input[name="works"][value="some"]')).to_be_checked()
    at_first = page.locator('select[name="branch"]').input_value()
    (page.locator(f'input[name="works_in"][value="{at_first}"]') if at_first else boxes.first).check()
    owner.button("Save").click()
    page.wait_for_url("**/users/")
    owner.go("/users/?q=clerk")
    expect(page.locator(".tbl td .help")).to_have_count(1)
