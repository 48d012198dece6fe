"""Two people edit the same customer: nothing of either is lost."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from app.core.keys import encode_token
from app.people.models import Customer
from tests.factories.people import make_customer
from tests.stories.shops import StoryShop
from tests.stories.visit import Visit


def test_the_second_person_sees_both_versions_and_keeps_some_of_each(
    shop: StoryShop, visiting: Callable[..., Visit]
) -> None:
    with shop.database():
        key = make_customer(name="周小雨", wechat="old-wechat", email="old@example.com").id
    form = f"/people/customer/{encode_token((key,))}/edit"
    first, second = visiting(shop), visiting(shop)
    second.watch.answers_expected = {409}
    for visit, user in ((first, "owner"), (second, "manager")):
        visit.sign_in(user)
        visit.go(form)

    first.field("WeChat").fill("first-wechat")
    first.field("E-mail").fill("first@example.com")
    first.field("Notes").fill("Written by the first.")
    first.button("Save").click()
    expect(first.toasts).to_contain_text(first.say("“%(title)s” is saved.", title="周小雨"))

    second.field("WeChat").fill("second-wechat")
    second.field("E-mail").fill("second@example.com")
    second.button("Save").click()
    expect(second.heading("Someone changed this while you were writing")).to_be_visible()
    chat = second.page.get_by_role("row").filter(has_text="first-wechat")
    mail = second.page.get_by_role("row").filter(has_text="first@example.com")
    expect(chat).to_contain_text("second-wechat")
    expect(mail).to_contain_text("second@example.com")
    expect(second.page.get_by_role("radio")).to_have_count(4)
    chat.get_by_text("first-wechat").click()
    mail.get_by_text("second@example.com").click()
    second.button("Save").click()
    expect(second.toasts).to_contain_text(second.say("“%(title)s” is saved.", title="周小雨"))

    with shop.database() as session:
        customer = session.get_one(Customer, key)
        assert customer.wechat == "first-wechat"
        assert customer.email == "second@example.com"
        assert customer.notes == "Written by the first."
