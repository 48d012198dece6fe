"""From the sample to one's own shop: one button, the owner's alone."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect
from sqlalchemy import func, select

from app.people.models import Contact, Customer, Tag
from app.pets.models import Pet
from tests.stories.shops import StoryShop
from tests.stories.visit import Visit


def test_the_owner_clears_the_sample_and_finds_an_empty_shop_that_teaches(
    shop: StoryShop, visiting: Callable[..., Visit]
) -> None:
    clerk = visiting(shop)
    clerk.sign_in("clerk")
    expect(clerk.button("Clear the sample and start my shop")).to_have_count(0)

    owner = visiting(shop)
    owner.sign_in("owner")
    owner.button("Clear the sample and start my shop").click()
    owner.button("Clear the sample", owner.page.get_by_role("dialog")).click()
    expect(owner.heading("Settings of the shop")).to_be_visible()
    expect(owner.toasts).to_contain_text(owner.say("The sample is cleared."))
    expect(owner.button("Clear the sample and start my shop")).to_have_count(0)

    owner.go("/people/customer/")
    expect(owner.heading("Nothing here yet")).to_be_visible()
    expect(owner.main).to_contain_text(owner.say("Add the first customer"))
    expect(owner.link("Add the first one")).to_be_visible()
    owner.go("/")
    expect(owner.heading("First steps")).to_be_visible()
    with shop.database() as session:
        for model in (Customer, Contact, Tag, Pet):
            assert session.scalar(select(func.count()).select_from(model)) == 0

    clerk.go("/people/customer/")
    expect(clerk.heading("Sign in")).to_be_visible()
