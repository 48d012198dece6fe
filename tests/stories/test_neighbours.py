"""From a list into its records, on from one to the next, back to the very row; and a record taken as a pattern."""

from __future__ import annotations

from playwright.sync_api import expect

from app.people.models import Customer
from tests.factories.people import make_customer
from tests.stories.visit import Visit

LIST = "/people/customer/?sort=name&f.branch="


def step(visit: Visit, words: str) -> None:
    """Follow the link to a neighbour."""
    visit.link(words).click()
    visit.page.wait_for_load_state("load")


def test_one_walks_through_the_list_and_back_to_the_row(visit: Visit) -> None:
    visit.sign_in("owner")
    visit.go(LIST)
    visit.ready()
    titles = visit.titles
    visit.record(titles[1]).click()
    visit.arrive(titles[1])
    expect(visit.page.locator(".way .at")).to_contain_text("2")
    assert visit.serious_barriers() == []
    assert visit.width_needed(360) <= 360
    step(visit, "Next record")
    visit.arrive(titles[2])
    step(visit, "Previous record")
    visit.arrive(titles[1])
    visit.page.keyboard.press("Shift+J")
    visit.arrive(titles[2])
    visit.page.keyboard.press("Shift+K")
    visit.arrive(titles[1])
    visit.page.keyboard.press("u")

    visit.arrive(visit.say("Customers"))
    assert visit.titles == titles
    expect(visit.record(titles[1])).to_be_focused()


def test_saving_leads_on_to_the_next_form(visit: Visit) -> None:
    visit.sign_in("owner")
    visit.go(LIST)
    visit.ready()
    titles = visit.titles
    visit.record(titles[0]).click()
    visit.arrive(titles[0])
    visit.link("Edit").click()
    visit.arrive(visit.say("Edit: %(title)s", title=titles[0]))
    visit.field("WeChat").fill("first-of-all")
    visit.page.keyboard.press("Control+Shift+Enter")
    visit.arrive(visit.say("Edit: %(title)s", title=titles[1]))
    assert visit.serious_barriers() == []
    visit.field("WeChat").fill("second-of-all")
    visit.button("Save and next").click()
    visit.arrive(visit.say("Edit: %(title)s", title=titles[2]))

    with visit.shop.database() as session:
        found = {row.wechat for row in session.query(Customer).filter(Customer.wechat.like("%-of-all"))}
    assert found == {"first-of-all", "second-of-all"}


def test_a_record_is_the_pattern_for_another_one(visit: Visit) -> None:
    with visit.shop.database():
        make_customer(name="周小雨", wechat="zhou-home", phone="15412340001")
    visit.sign_in("manager")
    visit.go("/people/customer/?q=15412340001")
    visit.record("周小雨").click()
    visit.arrive("周小雨")
    if visit.variant.is_phone:
        visit.link("Duplicate").locator("visible=true").click()
    else:
        visit.page.keyboard.press("d")
    visit.arrive(visit.say("New %(what)s", what=visit.say("customer")))
    expect(visit.page.locator(".copy-of")).to_contain_text("周小雨")
    expect(visit.field("WeChat")).to_have_value("zhou-home")
    expect(visit.field("Phone")).to_have_value("")
    assert visit.serious_barriers() == []
    visit.field("Full name").fill("周小雪")
    visit.button("Save").click()
    visit.arrive("周小雪")
