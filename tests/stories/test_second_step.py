"""Second steps: a clerk is invited, sets up a phone, loses it and gets in again."""

from __future__ import annotations

from collections.abc import Callable

import pyotp
from playwright.sync_api import expect

from tests.stories.phones import set_up_phone
from tests.stories.shops import StoryShop
from tests.stories.visit import Visit
from tests.support import second_steps

PASSWORD = "nine loud trumpets"


def enter_password(visit: Visit, user: str, password: str) -> None:
    """Fill in the sign-in form."""
    visit.go("/login/")
    visit.field("User name").fill(user)
    visit.field("Password").fill(password)
    visit.button("Sign in").click()


def test_a_clerk_is_invited_and_chooses_the_password(shop: StoryShop, visiting: Callable[..., Visit]) -> None:
    owner, clerk = visiting(shop), visiting(shop)
    owner.sign_in("owner")
    owner.go("/users/add")
    owner.field("User name").fill("xiaohe")
    owner.field("Full name").fill("何小禾")
    owner.button("Save and make a link").click()
    link = owner.page.locator("#made-link").input_value()
    assert owner.serious_barriers() == []

    clerk.page.goto(link)
    expect(clerk.heading("Welcome, %(name)s", name="何小禾")).to_be_visible()
    assert clerk.serious_barriers() == []
    clerk.field("New password").fill(PASSWORD)
    clerk.field("New password once more").fill(PASSWORD)
    clerk.button("Save the password").click()
    clerk.menu_of_person.wait_for()


def test_an_accountant_sets_up_a_phone_at_the_first_sign_in_and_needs_it_from_then_on(
    shop: StoryShop, visiting: Callable[..., Visit]
) -> None:
    owner, accountant = visiting(shop), visiting(shop)
    owner.sign_in("owner")
    owner.go("/users/add")
    owner.field("User name").fill("hejing2")
    owner.field("Full name").fill("何静怡")
    owner.page.get_by_role("checkbox", name=owner.say("Accountant"), exact=True).check()
    owner.button("Save and make a link").click()
    accountant.page.goto(owner.page.locator("#made-link").input_value())
    accountant.field("New password").fill(PASSWORD)
    accountant.field("New password once more").fill(PASSWORD)
    accountant.button("Save the password").click()

    accountant.heading("Set up your phone").wait_for()
    expect(accountant.page.locator(".qr svg")).to_be_visible()
    assert accountant.serious_barriers() == []
    accountant.go("/people/customer/")
    expect(accountant.heading("Sign in")).to_be_visible()
    enter_password(accountant, "hejing2", PASSWORD)
    key, _codes = set_up_phone(accountant)
    accountant.menu_of_person.wait_for()
    accountant.sign_out()

    enter_password(accountant, "hejing2", PASSWORD)
    with shop.database():
        second_steps.as_if_half_a_minute_had_passed()
    accountant.field("One-time code").fill(pyotp.TOTP(key).now())
    accountant.button("Go on").click()
    accountant.menu_of_person.wait_for()


def test_the_lost_phone_is_replaced_by_a_code_from_paper(
    shop: StoryShop, visiting: Callable[..., Visit]
) -> None:
    visit = visiting(shop)
    visit.sign_in("clerk")
    visit.go("/login/enrol/")
    assert visit.serious_barriers() == []
    assert visit.width_needed(320) <= 320
    old, codes = set_up_phone(visit)
    expect(visit.heading("Where you are signed in")).to_be_visible()
    assert visit.serious_barriers() == []
    visit.sign_out()

    enter_password(visit, "clerk", shop.passwords["clerk"])
    expect(visit.field("One-time code")).to_be_focused()
    assert visit.serious_barriers() == []
    visit.link("The phone is lost or not here").click()
    visit.field("Code on paper").fill(codes[4])
    visit.button("Go on").click()
    new, _codes = set_up_phone(visit)
    visit.menu_of_person.wait_for()
    visit.sign_out()

    assert new != old
    visit.watch.answers_expected = {401}
    enter_password(visit, "clerk", shop.passwords["clerk"])
    with shop.database():
        second_steps.as_if_half_a_minute_had_passed()
    visit.field("One-time code").fill(pyotp.TOTP(old).now())
    visit.button("Go on").click()
    expect(visit.field("One-time code")).to_have_attribute("aria-invalid", "true")
    visit.field("One-time code").fill(pyotp.TOTP(new).now())
    visit.button("Go on").click()
    visit.menu_of_person.wait_for()
