"""The page of a role in a browser: by keyboard alone, on a phone, in both themes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask

from app.access.roles import grant_to_roles
from app.core.database import db
from app.core.permissions import everything_granted
from app.core.transaction import transaction
from tests.access.accounts import role_number
from tests.adoption.adopting import let_go
from tests.adoption.test_role_facts import facts_of, rows_of
from tests.adoption.test_role_pages import SALES, till
from tests.support.whole_house import PASSWORD, sign_in_as

SMALLEST_PHONE = 360


@pytest.fixture
def signed_in(app: Flask, page: Any, new_database: Callable[[str], str]) -> Iterator[Any]:
    """A browser in which somebody is signed in who may say what stands for what."""
    till(new_database, "sqlite")
    number = role_number(app, "Clerk")
    db.session.rollback()
    with transaction(), everything_granted():
        grant_to_roles([number], ["adoption:source:adopt", "till:sale:list", "till:member:list"])
    sign_in_as(app.test_client(), "Clerk")
    page.goto("/login/")
    page.fill("input[name=username]", "clerk")
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda address: "login" not in address)
    yield page
    let_go()


def test_sales_are_said_previewed_and_used_by_keyboard(signed_in: Any) -> None:
    page = signed_in
    page.goto("/adoption/roles/till/sales")
    for name, text in SALES.items():
        entry = page.locator(f"#role [name='{name}']")
        if entry.evaluate("element => element.tagName") == "SELECT":
            entry.select_option(text)
        else:
            entry.fill(text)
    suggested = page.locator("#columns option").evaluate_all("options => options.map(each => each.value)")

    page.locator("button[value=preview]").press("Enter")
    page.locator("dl.facts").wait_for()
    told = page.locator("aside").inner_text()
    page.locator("button[value=use]").press("Enter")
    page.wait_for_url("**/adoption/roles/")

    assert "25.50" in told
    assert {"id", "sold_at", "total"} <= set(suggested)
    assert len(rows_of(facts_of("till")["sales"])) == 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("address", ["", "till/sales", "till/customers?preview=1"])
def test_the_pages_hold_on_a_small_phone_and_lock_nobody_out(
    signed_in: Any, scheme: str, address: str
) -> None:
    page = signed_in
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": SMALLEST_PHONE, "height": 780})

    answer = page.goto(f"/adoption/roles/{address}")

    assert answer.status == 200
    barriers = [
        each["id"]
        for each in Axe().run(page).response["violations"]
        if each["impact"] in ("serious", "critical")
    ]
    assert barriers == []
    assert page.evaluate("document.documentElement.scrollWidth") <= SMALLEST_PHONE
