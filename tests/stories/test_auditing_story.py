"""Somebody took the customers out: the owner finds who, when and which file, and takes the proof along."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from playwright.sync_api import expect

from tests.stories.test_every_page import SMALLEST_PHONE
from tests.stories.visit import Visit


def test_the_owner_finds_who_took_the_customers_out_and_keeps_the_proof(visit: Visit) -> None:
    visit.sign_in("owner")
    visit.go("/people/customer/export")
    with visit.page.expect_download() as taken:
        visit.button("CSV").click()
    file = Path(taken.value.path())

    visit.go("/journal/")
    visit.field("What happened").select_option("panel:export")
    visit.button("Search").click()

    newest = visit.main.locator("[data-past] > li").first
    expect(newest).to_contain_text(hashlib.sha256(file.read_bytes()).hexdigest())
    expect(newest).to_contain_text(taken.value.suggested_filename)
    assert visit.serious_barriers() == []
    assert visit.width_needed(SMALLEST_PHONE) <= SMALLEST_PHONE

    with visit.page.expect_download() as proof:
        visit.button("JSON").click()
    (*_older, first) = json.loads(Path(proof.value.path()).read_text(encoding="utf-8"))
    assert first["kind"] == "panel:export"
    assert len(first["seal"]) == 44
