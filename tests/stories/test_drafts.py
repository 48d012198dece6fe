"""What is typed is never lost: no connection, a closed tab, an ended session, an answer that never came."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from app.core.keys import encode_token
from app.core.transaction import transaction
from app.people.models import Customer
from tests.factories.people import make_customer, make_tag
from tests.stories.shops import StoryShop
from tests.stories.visit import Visit

ADD = "/people/customer/add"
# Every draft that the browser keeps, as it stands on the disk: names, times, sealed bytes as text.
KEPT = """async () => {
  const known = await indexedDB.databases();
  if (!known.some((each) => each.name === "drafts")) return [];
  const opening = indexedDB.open("drafts");
  const database = await new Promise((resolve) => { opening.onsuccess = () => resolve(opening.result); });
  const asked = database.transaction("sealed").objectStore("sealed").getAll();
  const entries = await new Promise((resolve) => { asked.onsuccess = () => resolve(asked.result); });
  database.close();
  return entries.map((each) => ({ ...each, iv: "", sealed: new TextDecoder("latin1").decode(each.sealed) }));
}"""


def kept(visit: Visit, number: int, later_than: int = 0) -> list[dict[str, Any]]:
    """Wait until the browser keeps `number` drafts (the first one anew since `later_than`), and return them."""
    found: list[dict[str, Any]] = visit.page.evaluate(
        f"""async ([number, later]) => {{
          for (let tries = 0; ; tries += 1) {{
            const found = await ({KEPT})();
            if (tries > 100 || (found.length === number && (!later || found[0].at > later))) return found;
            await new Promise((next) => setTimeout(next, 50));
          }}
        }}""",
        [number, later_than],
    )
    assert len(found) == number
    return found


def note(visit: Visit, words: str) -> Any:
    """Return the form's message that says `words`."""
    return visit.page.locator("[data-draft-notes]").get_by_text(visit.say(words))


def forgive(visit: Visit, *answers: str) -> None:
    """Take what was meant to go wrong off the list of troubles."""
    visit.watch.troubles = [
        each for each in visit.watch.troubles if not any(answer in each for answer in answers)
    ]


def new_tab(visit: Visit, path: str) -> None:
    """Close the tab without a word, as a crash does, and open the page in another one."""
    visit.page.close(run_before_unload=False)
    visit.page = visit.context.new_page()
    visit.go(path)
    visit.ready()


def forget_the_session(visit: Visit) -> None:
    """End the session as time does: the browser keeps what it has, the server knows it no more."""
    visit.context.clear_cookies(name="kebu")


def customers_called(visit: Visit, name: str) -> int:
    """Return how many customers have this name."""
    with visit.shop.database() as session:
        return session.scalar(select(func.count()).select_from(Customer).where(Customer.name == name)) or 0


def test_without_a_connection_the_form_stays_and_is_saved_when_it_is_back(visit: Visit) -> None:
    visit.sign_in("clerk")
    visit.go(ADD)
    visit.field("Full name").fill("林小雨")
    visit.context.set_offline(True)

    visit.button("Save").click()
    expect(note(visit, "No connection.")).to_be_visible()
    expect(visit.page.locator("[data-note=offline]")).to_be_focused()
    visit.page.mouse.move(0, 0)
    assert visit.serious_barriers() == []
    with visit.page.expect_event("requestfailed"):
        visit.button("Try again").click()
    expect(visit.page.locator("form[data-draft]")).not_to_have_attribute("aria-busy", "true")
    expect(note(visit, "No connection.")).to_be_visible()
    expect(visit.field("Full name")).to_have_value("林小雨")
    visit.context.set_offline(False)
    expect(note(visit, "The connection is back.")).to_be_visible()
    visit.button("Save now").click()

    visit.arrive("林小雨")
    expect(visit.toasts).to_contain_text(visit.say("“%(title)s” is saved.", title="林小雨"))
    assert customers_called(visit, "林小雨") == 1
    assert kept(visit, 0) == []
    forgive(visit, "ERR_INTERNET_DISCONNECTED")


def test_an_answer_that_got_lost_does_not_add_the_record_twice(visit: Visit) -> None:
    visit.sign_in("clerk")
    visit.go(ADD)
    visit.field("Full name").fill("林小雨")

    def lose(route: Any) -> None:
        route.fetch()
        route.abort("connectionreset")

    visit.page.route("**/people/customer/add", lose, times=1)
    visit.button("Save").click()
    expect(note(visit, "No connection.")).to_be_visible()
    assert customers_called(visit, "林小雨") == 1
    new_tab(visit, ADD)
    visit.button("Take it up again").click()
    visit.button("Save").click()

    visit.arrive("林小雨")
    assert customers_called(visit, "林小雨") == 1
    forgive(visit, "ERR_CONNECTION_RESET")


def test_a_closed_tab_gives_back_what_was_typed_and_nobody_can_read_it_meanwhile(visit: Visit) -> None:
    with visit.shop.database():
        make_tag(name="Zoo fan")
    visit.sign_in("clerk")
    visit.go(ADD)
    visit.field("Full name").fill("林小雨")
    visit.field("Phone").fill("15412340000")
    visit.field("Tags").press_sequentially("Zoo")
    expect(visit.suggestions(visit.field("Tags"))).to_have_text(["Zoo fan"])
    visit.field("Tags").press("Enter")
    before = kept(visit, 1)[0]
    visit.field("Notes").fill("Comes on Fridays.")

    stored = str(kept(visit, 1, later_than=before["at"]))
    assert not re.search("林小雨|15412340000|Fridays|Zoo|customer", stored)
    new_tab(visit, ADD)
    offer = visit.page.locator("[data-note=found]")
    expect(offer).to_be_visible()
    expect(offer.locator("dd").filter(has_text="林小雨")).to_be_visible()
    expect(offer.locator("dd").filter(has_text="Zoo fan")).to_be_visible()
    assert visit.serious_barriers() == []
    visit.button("Take it up again").focus()
    visit.page.keyboard.press("Enter")
    expect(visit.field("Full name")).to_have_value("林小雨")
    expect(visit.page.locator(".picked")).to_contain_text("Zoo fan")
    visit.button("Save").click()

    visit.arrive("林小雨")
    with visit.shop.database() as session:
        saved = session.scalars(select(Customer).where(Customer.name == "林小雨")).one()
        assert (saved.phone, [tag.name for tag in saved.tags]) == ("15412340000", ["Zoo fan"])
    assert kept(visit, 0) == []


def test_what_is_discarded_or_left_behind_is_gone(visit: Visit) -> None:
    visit.sign_in("clerk")
    visit.go(ADD)
    visit.field("Full name").fill("林小雨")
    kept(visit, 1)
    new_tab(visit, ADD)
    visit.button("Discard").click()
    kept(visit, 0)
    expect(visit.page.locator("[data-note]")).to_have_count(0)

    visit.field("Full name").fill("林小雨")
    kept(visit, 1)
    visit.link("Cancel").click()
    visit.button("Leave").click()
    visit.arrive(visit.say("Customers"))
    assert kept(visit, 0) == []


def test_signing_out_wipes_and_another_person_is_never_offered_what_one_typed(visit: Visit) -> None:
    visit.sign_in("clerk")
    visit.go(ADD)
    visit.field("Full name").fill("林小雨")
    kept(visit, 1)
    forget_the_session(visit)
    visit.page.close(run_before_unload=False)
    visit.page = visit.context.new_page()
    visit.sign_in("owner")
    visit.go(ADD)
    visit.field("WeChat").fill("owner-types-here")
    kept(visit, 2)
    expect(visit.page.locator("[data-note]")).to_have_count(0)

    forget_the_session(visit)
    visit.page.close(run_before_unload=False)
    visit.page = visit.context.new_page()
    visit.sign_in("clerk")
    visit.go(ADD)
    expect(visit.page.locator("[data-note=found]")).to_contain_text("林小雨")
    expect(visit.page.locator("[data-note=found]")).not_to_contain_text("owner-types-here")
    visit.sign_out()
    assert kept(visit, 0) == []


def test_after_signing_in_again_the_same_form_is_saved(visit: Visit) -> None:
    visit.sign_in("clerk")
    visit.go(ADD)
    visit.field("Full name").fill("林小雨")
    form = visit.page
    forget_the_session(visit)

    visit.button("Save").click()
    expect(note(visit, "You were signed out.")).to_be_visible()
    visit.page.mouse.move(0, 0)
    assert visit.serious_barriers() == []
    visit.page = visit.context.new_page()
    visit.sign_in("owner")
    visit.page.close()
    visit.page = form
    visit.button("Save again").click()
    expect(note(visit, "Somebody else is signed in here now.")).to_be_visible()
    assert customers_called(visit, "林小雨") == 0

    forget_the_session(visit)
    visit.button("Save").click()
    expect(note(visit, "You were signed out.")).to_be_visible()
    with visit.context.expect_page() as opened:
        visit.link("Sign in").click()
    visit.page = opened.value
    visit.sign_in("clerk")
    visit.page = form
    visit.button("Save again").click()
    visit.arrive("林小雨")
    assert customers_called(visit, "林小雨") == 1
    forgive(visit, "answered 400: POST", "answered 401: GET", "status of 400", "status of 401")


def test_what_a_colleague_saved_meanwhile_is_shown_beside_what_was_taken_up(
    shop: StoryShop, visiting: Callable[..., Visit]
) -> None:
    with shop.database():
        key = make_customer(name="周小雨", wechat="old-wechat").id
    form = f"/people/customer/{encode_token((key,))}/edit"
    visit = visiting(shop)
    visit.watch.answers_expected = {409}
    visit.sign_in("manager")
    visit.go(form)
    visit.field("WeChat").fill("mine")
    kept(visit, 1)
    with shop.database() as session, transaction():
        session.get_one(Customer, key).wechat = "theirs"

    new_tab(visit, form)
    expect(visit.page.locator("[data-changed-since]")).to_be_visible()
    visit.button("Take it up again").click()
    expect(visit.field("WeChat")).to_have_value("mine")
    visit.button("Save").click()

    expect(visit.heading("Someone changed this while you were writing")).to_be_visible()
    row = visit.page.get_by_role("row").filter(has_text="theirs")
    expect(row).to_contain_text("mine")
    row.get_by_text("theirs").click()
    new_tab(visit, form)
    visit.button("Take it up again").click()
    visit.button("Save").click()
    expect(visit.heading("Someone changed this while you were writing")).to_be_visible()
    visit.page.get_by_role("row").filter(has_text="theirs").get_by_text("theirs").click()
    visit.button("Save").click()
    visit.arrive("周小雨")
    with shop.database() as session:
        assert session.get_one(Customer, key).wechat == "theirs"


def test_two_open_tabs_do_not_offer_each_other_s_work(visit: Visit) -> None:
    if visit.variant.is_phone:
        pytest.skip("told once is enough")
    visit.sign_in("clerk")
    visit.go(ADD)
    visit.field("Full name").fill("林小雨")
    kept(visit, 1)
    second = visit.context.new_page()
    second.goto(ADD, wait_until="load")
    second.locator("#f-name").fill("Ann")
    kept(visit, 2)
    expect(second.locator("[data-note]")).to_have_count(0)
    second.close(run_before_unload=False)
