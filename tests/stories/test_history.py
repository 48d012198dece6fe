"""A wrong change is found in the record's history and taken back there; a whole batch is, too."""

from __future__ import annotations

import datetime

from playwright.sync_api import expect
from sqlalchemy import select

from app.core.clock import frozen_at, utc_now
from app.core.keys import encode_token, uuid7
from app.core.occasion import on_occasion
from app.core.shop import shop
from app.core.transaction import transaction
from app.people.models import Customer
from tests.factories.people import make_customer
from tests.stories.visit import Visit


def test_a_changed_phone_number_is_found_in_the_history_and_taken_back(visit: Visit) -> None:
    with visit.shop.database():
        key = make_customer(name="何小树", phone="15400001111").id
    path = f"/people/customer/{encode_token((key,))}"
    visit.sign_in("manager")
    visit.go(f"{path}/edit")
    visit.field("Phone").fill("154 0000 2222")
    visit.button("Save").click()
    visit.arrive("何小树")

    visit.page.get_by_role("tab", name=visit.say("History")).click()
    newest = visit.main.locator("[data-past] > li").first
    expect(newest).to_contain_text("154 0000 1111")
    expect(newest).to_contain_text("154 0000 2222")
    visit.button("Undo", newest).click()

    expect(visit.toasts).to_contain_text(visit.say("The change is taken back."))
    expect(visit.main.locator("[data-past] > li").first).to_contain_text(
        visit.say("Takes an earlier change back")
    )
    expect(visit.main.locator("[data-past] > li").nth(1)).to_contain_text(visit.say("Taken back"))
    with visit.shop.database() as session:
        assert session.get_one(Customer, key).phone == "15400001111"


def test_what_was_changed_yesterday_is_taken_back_and_what_was_changed_since_stays(visit: Visit) -> None:
    yesterday = utc_now() - datetime.timedelta(days=1)
    with visit.shop.database() as session:
        key = make_customer(name="何小树", wechat="shu", notes="Likes the morning").id
        with frozen_at(yesterday), transaction():
            session.get_one(Customer, key).wechat = "wrong_one"
        with transaction():
            session.get_one(Customer, key).notes = "Likes the evening"
    visit.sign_in("owner")
    visit.go(f"/people/customer/{encode_token((key,))}#history")

    wrong = visit.main.locator("[data-past] > li").filter(has_text="wrong_one")
    with visit.shop.database():
        expect(wrong.locator("time")).to_contain_text(f"{yesterday.astimezone(shop().zone):%H:%M}")
    visit.button("Undo", wrong).click()

    expect(visit.toasts).to_contain_text(visit.say("The change is taken back."))
    with visit.shop.database() as session:
        customer = session.get_one(Customer, key)
        assert (customer.wechat, customer.notes) == ("shu", "Likes the evening")


def test_a_batch_is_taken_back_as_one_and_says_what_it_left_alone(visit: Visit) -> None:
    batch = uuid7()
    with visit.shop.database() as session:
        keys = [make_customer(name=f"何小树{number}", wechat="old").id for number in range(3)]
        with on_occasion(batch_id=batch, reason="Spring"), transaction():
            for customer in session.scalars(select(Customer).where(Customer.id.in_(keys))):
                customer.wechat = "new"
        with transaction():
            session.get_one(Customer, keys[0]).wechat = "mine"
    visit.sign_in("manager")
    visit.go(f"/journal/batch/{encode_token((batch,))}")
    visit.arrive("Spring")

    visit.button("Take all of it back").click()
    visit.button("Take back", visit.page.get_by_role("dialog")).click()

    visit.arrive(visit.say("Taken back"))
    row = visit.main.get_by_role("row", name="何小树0")
    expect(row).to_contain_text(visit.say("Changed since, left alone"))
    with visit.shop.database() as session:
        query = select(Customer.wechat).where(Customer.id.in_(keys)).order_by(Customer.id)
        assert session.scalars(query).all() == ["mine", "old", "old"]
