"""A clerk sees a masked phone, reads it for a reason, and the auditor finds who looked."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect
from sqlalchemy import select

from app.access.models import Person
from app.core.keys import encode_token
from tests.factories.people import make_customer
from tests.stories.places_of_trust import ask_to_reveal_phone
from tests.stories.shops import StoryShop
from tests.stories.test_every_page import SMALLEST_PHONE
from tests.stories.visit import Visit

READ = "138 1234 1234"


def test_a_clerk_reveals_a_phone_for_a_reason_and_the_auditor_finds_who_looked(
    shop: StoryShop, visiting: Callable[..., Visit]
) -> None:
    with shop.database() as session:
        page = f"/people/customer/{encode_token((make_customer(name='何小树', phone='13812341234').id,))}"
        number, name = session.execute(
            select(Person.id, Person.first_name).where(Person.username == "clerk")
        ).one()
    clerk, auditor = visiting(shop), visiting(shop)
    clerk.watch.script_answers_expected = {422}
    clerk.sign_in("clerk")
    clerk.go(page)
    expect(clerk.main).to_contain_text("138****1234")

    ask_to_reveal_phone(clerk, page)
    clerk.button("Show it").click()
    expect(clerk.page.get_by_role("alert")).to_contain_text(clerk.say("Please say why you need it."))
    assert READ not in clerk.page.content()
    clerk.page.get_by_role("radio", name=clerk.say("The customer asks for a call back")).check()
    clerk.button("Show it").click()
    expect(clerk.page.locator(".revealed")).to_have_text(READ)
    expect(clerk.page.locator(".revealed")).to_be_focused()
    clerk.page.reload()
    expect(clerk.main).to_contain_text("138****1234")

    auditor.sign_in("auditor")
    auditor.go("/journal/")
    auditor.field("What happened").select_option(label=auditor.say("Revealed"))
    auditor.field("Person").select_option(str(number))
    auditor.button("Search").click()
    (found,) = auditor.main.locator("[data-past] > li").all()
    for words in (name, auditor.say("Phone"), auditor.say("The customer asks for a call back")):
        expect(found).to_contain_text(words)
    expect(found.get_by_role("link")).to_have_attribute("href", page)
    assert "1381234" not in auditor.page.content() and READ not in auditor.page.content()
    assert auditor.serious_barriers() == []
    assert auditor.width_needed(SMALLEST_PHONE) <= SMALLEST_PHONE
