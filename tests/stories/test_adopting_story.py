"""Adopting: an owner connects the database of his old till, publishes it, corrects a row and sees that on record."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from app.core.keys import encode_token
from tests.stories.shops import StoryShop
from tests.stories.visit import Visit


@pytest.fixture
def old_till(tmp_path: Path) -> Path:
    """The file of an old program with two tables and a row in each."""
    path = tmp_path / "old_till.db"
    connection = sqlite3.connect(path)
    connection.executescript(
        "CREATE TABLE member (id INTEGER PRIMARY KEY, name TEXT NOT NULL, phone TEXT);"
        "CREATE TABLE log (id INTEGER PRIMARY KEY, text TEXT);"
        "INSERT INTO member VALUES (1, 'Tea House', '15400001111'); INSERT INTO log VALUES (1, 'begun');"
    )
    connection.close()
    return path


def test_an_old_database_is_connected_published_corrected_and_on_record(
    shop: StoryShop, visiting: Callable[..., Visit], old_till: Path
) -> None:
    owner = visiting(shop)
    owner.sign_in("owner")
    connect(owner, old_till)
    owner.page.locator('button[formaction$="/look"]').click()
    owner.page.locator('button[value="publish"]').wait_for()
    look_at(owner)
    owner.page.locator('button[value="publish"]').click()
    expect(owner.main.locator('a[href="/roles/"]')).to_be_visible()

    owner.go("/till/member/")
    expect(owner.main.get_by_text("Tea House").first).to_be_visible()
    owner.go(f"/till/member/{encode_token([1])}/edit")
    owner.page.locator("form.form textarea").first.fill("Tea Garden")
    owner.button("Save").first.click()
    expect(owner.main.get_by_text("Tea Garden").first).to_be_visible()

    connection = sqlite3.connect(old_till)
    assert connection.execute("SELECT name FROM member").fetchall() == [("Tea Garden",)]
    connection.close()
    owner.go(f"/till/member/{encode_token([1])}/history")
    expect(owner.main.get_by_text("Tea Garden").first).to_be_visible()


def connect(owner: Visit, path: Path) -> None:
    """Fill in the form for a SQLite file and send it."""
    owner.go("/databases/")
    look_at(owner)
    owner.go("/databases/connect")
    owner.page.locator('[name="kind"]').select_option("sqlite")
    look_at(owner)
    owner.page.locator('[name="name_en"]').fill("Till")
    owner.page.locator('[name="path"]').fill(str(path))
    owner.page.locator('form[action="/databases/connect"] .save-bar button').click()
    owner.page.wait_for_url("**/databases/till/")
    look_at(owner)


def look_at(owner: Visit) -> None:
    """Check that a page has no barriers and fits onto a phone."""
    assert owner.serious_barriers() == []
    assert owner.width_needed(390) <= 390
