"""Work in a list itself: a cell changed by the keyboard alone, many rows changed and taken back, columns chosen."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from app.core.transaction import transaction
from app.people.models import Contact, ContactState, Customer
from tests.factories.people import make_contact
from tests.stories.visit import Visit

LIST = "/people/customer/?f.branch="


@pytest.fixture
def wide(visit: Visit) -> Visit:
    """A visit at a desk: cells are walked through where lists are tables."""
    if visit.variant.is_phone:
        pytest.skip("lists are cards on a phone; a record is changed on its page there")
    return visit


def first_customer(visit: Visit) -> Any:
    """Return the newest customer, who stands first in the list."""
    with visit.shop.database() as session:
        return session.scalars(select(Customer).order_by(Customer.id.desc()).limit(1)).one()


def forgive(visit: Visit, answer: str) -> None:
    """Take answers that a script expects off the list of troubles."""
    visit.watch.troubles = [each for each in visit.watch.troubles if answer not in each]


def test_cells_are_changed_without_touching_the_mouse(wide: Visit) -> None:
    keys = wide.page.keyboard
    wide.watch.answers_expected = {422}
    wide.sign_in("owner")
    wide.go(f"{LIST}&columns=name,wechat,phone,sex")
    wide.ready()
    before = first_customer(wide)

    keys.press("j")
    keys.press("ArrowRight")
    keys.press("Enter")
    expect(wide.field("WeChat")).to_be_focused()
    keys.type("typed-here")
    keys.press("Tab")
    expect(wide.field("Phone")).to_be_focused()
    keys.press("Control+A")
    keys.type("12")
    keys.press("Enter")
    expect(wide.page.locator("[data-cell-said]")).not_to_be_empty()
    expect(wide.field("Phone")).to_have_value("12")
    assert wide.serious_barriers() == []
    keys.press("Escape")
    expect(wide.page.locator(".cell-editor")).to_have_count(0)
    keys.press("ArrowRight")
    keys.press("F2")
    expect(wide.page.locator(".cell-editor #f-sex")).to_be_focused()
    keys.press("Escape")

    after = first_customer(wide)
    assert (after.id, after.wechat, after.phone) == (before.id, "typed-here", before.phone)
    expect(wide.page.locator("tbody tr").first).to_contain_text("typed-here")
    forgive(wide, "answered 422: PATCH")


def test_a_colleague_s_value_is_shown_before_it_is_written_over(wide: Visit) -> None:
    wide.sign_in("owner")
    wide.go(f"{LIST}&columns=name,wechat")
    wide.ready()
    wide.watch.answers_expected = {409}
    wide.page.locator("tbody tr").first.locator("td").nth(2).dblclick()
    wide.field("WeChat").fill("mine")
    with wide.shop.database() as session, transaction():
        session.get_one(Customer, first_customer(wide).id).wechat = "theirs"

    wide.page.keyboard.press("Enter")
    expect(wide.page.locator("[data-theirs]")).to_have_text("theirs")
    expect(wide.page.locator("[data-yours]")).to_have_text("mine")
    wide.button("Save mine").click()
    expect(wide.page.locator(".cell-editor")).to_have_count(0)

    assert first_customer(wide).wechat == "mine"
    forgive(wide, "answered 409: PATCH")


def test_many_contacts_are_finished_and_taken_back(visit: Visit) -> None:
    with visit.shop.database():
        for number in range(3):
            make_contact(subject=f"Call back {number}")
    visit.sign_in("owner")
    visit.go("/people/contact/")
    visit.ready()
    if visit.variant.is_phone:
        visit.button("Select").click()
        for place in range(3):
            visit.page.locator("tbody tr").nth(place).click()
    else:
        visit.page.keyboard.press("j")
        visit.page.keyboard.press("x")
        visit.page.keyboard.press("j")
        visit.page.keyboard.press("j")
        visit.page.keyboard.press("Shift+X")
    expect(visit.page.locator("[data-bulk-count]")).to_have_text("3")
    assert visit.serious_barriers() == []
    visit.button("Finish").click()
    expect(visit.page.locator(".fate.good b")).to_have_text("3")
    assert visit.serious_barriers() == []
    finished = done_contacts(visit)

    visit.button("Do it now").click()
    expect(visit.page.locator(".fate.good b")).to_have_text("3")
    assert visit.serious_barriers() == []
    assert done_contacts(visit) == finished + 3
    visit.link("See every change, or take all of it back").click()
    visit.page.wait_for_url("**/journal/batch/**")
    visit.ready()
    visit.button("Take all of it back").click()
    visit.page.get_by_role("dialog").locator("[value=yes]").click()
    visit.arrive(visit.say("Taken back"))

    assert done_contacts(visit) == finished


def done_contacts(visit: Visit) -> int:
    """Return how many contacts are finished."""
    with visit.shop.database() as session:
        return len(session.scalars(select(Contact.id).where(Contact.state == ContactState.DONE)).all())


def test_fields_of_everything_that_is_found_are_changed(visit: Visit) -> None:
    visit.sign_in("owner")
    visit.go("/people/customer/?f.created_at.from=2000-01-01&f.branch=")
    visit.ready()
    visit.page.locator("[data-select]").click()
    visit.page.locator("tbody tr").first.click(position={"x": 60, "y": 20})
    visit.page.locator("[data-bulk-every]").click()
    visit.button("Change fields").click()
    visit.page.locator("#op-notes").select_option("set")
    visit.page.locator("#f-notes").fill("Seen at the fair")
    assert visit.serious_barriers() == []
    assert visit.width_needed(360) <= 360
    visit.button("See what would happen").click()
    expect(visit.page.locator(".bulk-rows ins").first).to_contain_text("Seen at the fair")
    assert visit.width_needed(360) <= 360
    visit.button("Do it now").click()
    expect(visit.page.locator(".fate.good b")).not_to_have_text("0")

    with visit.shop.database() as session:
        found = session.scalars(select(Customer.notes).where(Customer.deleted_at.is_(None)))
        assert set(found) == {"Seen at the fair"}


def test_columns_are_chosen_once_and_for_all(visit: Visit) -> None:
    visit.sign_in("owner")
    visit.go(LIST)
    visit.ready()
    visit.link("Choose columns").click()
    visit.page.locator("[name=shown][value=wechat]").check()
    visit.page.locator("[name=shown][value=tags]").uncheck()
    assert visit.serious_barriers() == []
    assert visit.width_needed(360) <= 360
    visit.button("Always show me these").click()
    visit.go(LIST)
    visit.ready()

    heads = visit.page.locator("th[data-c]").evaluate_all("each => each.map((one) => one.dataset.c)")
    assert heads == ["name", "phone", "branch", "source", "created_at", "wechat"]
    if not visit.variant.is_phone:
        head = visit.page.locator("th[data-c=name] a")
        width = visit.page.locator("th[data-c=name]").bounding_box()["width"]
        head.focus()
        with visit.page.expect_response(lambda answer: answer.request.method == "PATCH"):
            for _press in range(4):
                visit.page.keyboard.press("Shift+ArrowRight")
        visit.go(LIST)
        visit.ready()
        assert visit.page.locator("th[data-c=name]").bounding_box()["width"] > width + 40
