"""Setting up a phone as a person does: reads the key, types the first code, keeps the codes for paper."""

from __future__ import annotations

import pyotp

from tests.stories.visit import Visit


def set_up_phone(visit: Visit) -> tuple[str, list[str]]:
    """Go through the two pages and return the key and the codes for paper."""
    visit.heading("Set up your phone").wait_for()
    visit.page.get_by_text(visit.say("It can’t be scanned")).click()
    key = visit.page.locator("code.key").inner_text().replace(" ", "")
    visit.field("Code from the app").fill(pyotp.TOTP(key).now())
    visit.button("Go on").click()
    visit.heading("Keep these ten codes").wait_for()
    codes = visit.page.locator(".paper-codes code").all_inner_texts()
    visit.link("I have kept them").click()
    return key, codes
