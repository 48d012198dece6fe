"""Deleting is never the end: undo at once, or put back from the trash later."""

from __future__ import annotations

from playwright.sync_api import expect

from app.core.keys import encode_token
from app.people.models import Customer
from tests.factories.people import make_customer
from tests.stories.visit import Visit


def delete(visit: Visit, answer: str) -> None:
    """Press Delete and answer the question."""
    visit.main.get_by_role("button", name=visit.say("Delete"), exact=True).click()
    dialog = visit.page.get_by_role("dialog")
    expect(dialog).to_contain_text("何小树")
    visit.button(answer, dialog).click()
    expect(dialog).to_be_hidden()


def test_a_deleted_customer_comes_back_by_undo_and_from_the_trash(visit: Visit) -> None:
    with visit.shop.database():
        key = make_customer(name="何小树").id
    visit.sign_in("manager")
    visit.go(f"/people/customer/{encode_token((key,))}")

    delete(visit, "Cancel")
    visit.arrive("何小树")

    delete(visit, "Move to the trash")
    expect(visit.toasts).to_contain_text(visit.say("“%(title)s” is deleted.", title="何小树"))
    assert "何小树" not in visit.titles
    visit.button("Undo").click()
    visit.arrive("何小树")
    expect(visit.toasts).to_contain_text(visit.say("“%(title)s” is back.", title="何小树"))

    delete(visit, "Move to the trash")
    visit.link("Trash").click()
    expect(visit.heading("Trash")).to_be_visible()
    assert visit.titles == ["何小树"]
    visit.button("Put back").locator("visible=true").click()
    visit.arrive("何小树")
    with visit.shop.database() as session:
        assert session.get_one(Customer, key).deleted_at is None
    visit.go("/people/customer/trash")
    expect(visit.heading("The trash is empty")).to_be_visible()
