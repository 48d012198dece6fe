"""In a browser the eye beside a masked value asks for the reason in place, by keyboard too."""

from __future__ import annotations

from typing import Any

from flask import Flask

from app.core.keys import encode_token
from tests.factories.people import make_customer
from tests.support.whole_house import PASSWORD, sign_in_as


def test_a_clerk_reveals_a_phone_by_keyboard_where_it_stands(app: Flask, page: Any) -> None:
    sign_in_as(app.test_client(), "Clerk")
    token = encode_token([make_customer(name="王小明", phone="13812345678").id])
    page.goto("/login/")
    page.fill("input[name=username]", "clerk")
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda address: "login" not in address)
    page.goto(f"/people/customer/{token}")

    page.locator("a[data-reveal]").first.press("Enter")
    page.locator("dialog[open] button[type=submit]").press("Enter")
    page.locator("dialog[open] [data-reveal-error]:not([hidden])").wait_for()
    assert "1234 5678" not in page.content()
    page.locator("dialog[open] input[value=call_back]").press("Space")
    page.locator("dialog[open] button[type=submit]").press("Enter")

    assert page.locator("b.revealed").inner_text() == "138 1234 5678"
    assert page.locator("dialog[open]").count() == 0
