"""Languages and the other preferences: which page speaks what, and who remembers it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

import config
from app import create_app
from app.access.language import match_language, select_locale
from app.access.models import Branch, Person
from app.core.database import db
from app.core.keys import encode_token
from app.core.transaction import transaction
from tests.access.conftest import NEXT_HOSTS, post

TAGS = {
    "zh": "zh_Hans",
    "zh-CN": "zh_Hans",
    "zh-SG": "zh_Hans",
    "zh-Hans-HK": "zh_Hans",
    "zh_CN": "zh_Hans",
    "ZH-TW": "zh_Hant",
    "zh-HK": "zh_Hant",
    "zh-MO": "zh_Hant",
    "zh-Hant": "zh_Hant",
    "yue-HK": "zh_Hant",
    "en": "en",
    "en-GB": "en",
    "fr-FR": None,
    "*": None,
    "": None,
    "-": None,
    "zh-\x00": "zh_Hans",
}


@pytest.mark.parametrize("tag", TAGS)
def test_a_browser_tag_finds_the_nearest_language(tag: str) -> None:
    assert match_language(tag) == TAGS[tag]


HEADERS = {
    "zh-CN,zh;q=0.9,en;q=0.8": "zh-Hans",
    "zh-TW,zh;q=0.9": "zh-Hant",
    "fr,de;q=0.9,zh-HK;q=0.5": "zh-Hant",
    "en-US": "en",
    "xx-YY-ZZ,;;;q=abc,%%%": "en",
    "zh;q=0,en;q=0.1": "en",
    "": "en",
}


@pytest.mark.parametrize("header", HEADERS)
def test_a_stranger_is_met_in_the_language_of_the_browser(client: FlaskClient, header: str) -> None:
    page = client.get("/login/", headers={"Accept-Language": header})

    assert page.status_code == 200
    assert f'<html lang="{HEADERS[header]}"' in page.get_data(as_text=True)


def test_the_language_of_the_browser_does_not_need_the_database(tmp_path: Path) -> None:
    app = create_app(config.load({"KEBU_HOME": str(tmp_path)}))

    with app.test_request_context("/", headers={"Accept-Language": "zh-TW"}):
        assert select_locale() == "zh_Hant"
    with app.test_request_context("/", headers={"Accept-Language": "fr"}):
        assert select_locale() == "en"
    assert app.test_client().get("/login/").status_code == 503


def test_a_stranger_may_choose_and_is_understood_from_then_on(client: FlaskClient) -> None:
    answer = post(client, "/preferences/language", {"language": "zh_Hant", "next": "/login/"}, page="/login/")

    page = client.get("/login/", headers={"Accept-Language": "en"}).get_data(as_text=True)
    assert answer.headers["Location"] == "/login/"
    assert '<html lang="zh-Hant"' in page


def test_a_persons_choice_goes_wherever_the_person_goes(
    app: Flask, signed_in: Callable[[str], FlaskClient]
) -> None:
    first = signed_in("clerk")
    post(first, "/preferences/language", {"language": "zh_Hans"}, page="/profile/")

    second = signed_in("clerk")
    page = second.get("/profile/", headers={"Accept-Language": "en"}).get_data(as_text=True)

    assert '<html lang="zh-Hans"' in page


def test_the_choice_before_sign_in_stays_for_a_person_without_one(client: FlaskClient) -> None:
    post(client, "/preferences/language", {"language": "zh_Hans"}, page="/login/")
    post(client, "/login/", {"username": "clerk", "password": "seven quiet lanterns"})

    assert '<html lang="zh-Hans"' in client.get("/profile/").get_data(as_text=True)


@pytest.mark.parametrize(("address", "field"), [("language", "language"), ("theme", "theme")])
@pytest.mark.parametrize("value", ["", "xx", "zh", "../../etc", "zh_Hans\x00"])
def test_what_is_not_offered_is_not_taken(client: FlaskClient, address: str, field: str, value: str) -> None:
    answer = post(client, f"/preferences/{address}", {field: value}, page="/login/")

    assert answer.status_code == 404


@pytest.mark.parametrize("target", NEXT_HOSTS)
def test_a_preference_never_leads_elsewhere(client: FlaskClient, target: str) -> None:
    answer = post(client, "/preferences/theme", {"theme": "dark", "next": target}, page="/login/")

    assert answer.status_code == 302
    assert answer.headers["Location"] == "/"


def test_a_theme_is_kept_in_the_account_and_before_sign_in_in_the_browser(
    app: Flask, client: FlaskClient, signed_in: Callable[[str], FlaskClient]
) -> None:
    post(client, "/preferences/theme", {"theme": "dark"}, page="/login/")
    post(signed_in("clerk"), "/preferences/theme", {"theme": "light"}, page="/profile/")

    with app.app_context():
        kept = db.session.scalar(select(Person.theme).where(Person.username == "clerk"))
    assert 'data-theme="dark"' in client.get("/login/").get_data(as_text=True)
    assert kept == "light"


def test_a_branch_in_use_is_taken_and_any_other_refused(
    app: Flask, signed_in: Callable[[str], FlaskClient]
) -> None:
    browser = signed_in("clerk")
    with app.app_context():
        with transaction():
            north, closed = Branch(name="North"), Branch(name="Closed", is_active=False)
            db.session.add_all([north, closed])
        tokens = [encode_token([north.id]), encode_token([closed.id])]

    answers = [
        post(browser, "/preferences/branch", {"branch": token}, page="/profile/").status_code
        for token in (*tokens, "nonsense", encode_token([1]), "")
    ]

    assert answers == [302, 404, 404, 404, 302]


def test_a_stranger_chooses_no_branch(client: FlaskClient) -> None:
    answer = post(client, "/preferences/branch", {"branch": ""}, page="/login/")

    assert answer.headers["Location"].startswith("/login/")
