"""Parts of a page that are rendered once and kept show each visitor his own, and nothing that was typed."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.access.models import Person
from app.core.database import db
from app.core.transaction import transaction


def test_each_person_sees_the_own_name_rights_and_choices(app: Flask, sign_in: Any) -> None:
    owner, clerk = sign_in(app.test_client(), "Owner"), sign_in(app.test_client(), "Clerk")
    with transaction():
        first, second = db.session.query(Person).order_by(Person.id.desc()).limit(2)
        first.full_name, second.full_name = "Clara Clerk", "Olga Owner"

    pages = [browser.get("/people/customer/").text for browser in (owner, clerk, owner)]

    assert ["Olga Owner" in page for page in pages] == [True, False, True]
    assert ["Clara Clerk" in page for page in pages] == [False, True, False]
    assert ['href="/roles/"' in page for page in pages] == [True, False, True]


@pytest.mark.parametrize("language", ["en", "zh_Hans", "zh_Hant"])
def test_another_language_or_theme_counts_at_once(app: Flask, sign_in: Any, language: str) -> None:
    browser = sign_in(app.test_client(), "Owner")
    browser.get("/people/customer/")

    with transaction():
        person = db.session.query(Person).order_by(Person.id.desc()).limit(1).one()
        person.language, person.theme = language, "dark"
    page = browser.get("/people/customer/").text

    assert f'value="{language}" lang="{language.replace("_", "-")}" aria-current="true"' in page
    assert 'name="theme" value="dark" aria-current="true"' in page


@pytest.mark.parametrize("query", ["?q=zebra", "?f.birth=zebra", "?f.source=zebra", "?sort=zebra"])
def test_what_was_typed_is_shown_once_and_not_kept(app: Flask, sign_in: Any, query: str) -> None:
    browser = sign_in(app.test_client(), "Owner")

    with_it = browser.get(f"/people/customer/{query}").text
    without = browser.get("/people/customer/").text

    assert "zebra" in with_it
    assert "zebra" not in without
