"""Signing in and out."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.stories.visit import Visit


def test_a_wrong_password_tells_nothing_and_the_right_one_leads_to_the_page_wanted(visit: Visit) -> None:
    visit.watch.answers_expected = {401}
    visit.go("/people/tag/?sort=-name")
    expect(visit.heading("Sign in")).to_be_visible()

    refusals = []
    for user in ("owner", "nobody.at.all"):
        visit.field("User name").fill(user)
        visit.field("Password").fill("not the password")
        visit.button("Sign in").click()
        refusal = visit.page.get_by_role("alert")
        expect(refusal).to_have_text(visit.say("User name and password don't match. Please try again."))
        expect(visit.field("User name")).to_have_value(user)
        expect(visit.field("Password")).to_have_value("")
        refusals.append(refusal.inner_text())
    assert refusals[0] == refusals[1]

    visit.field("User name").fill("owner")
    visit.field("Password").fill(visit.shop.passwords["owner"])
    visit.button("Sign in").click()
    visit.show_code("owner")
    expect(visit.heading("Tags")).to_be_visible()
    assert visit.page.url == f"{visit.shop.url}/people/tag/?sort=-name"

    visit.sign_out()
    visit.go("/people/tag/")
    expect(visit.heading("Sign in")).to_be_visible()
