"""The key of a draft is its writer's alone, and lasts no longer than a draft does."""

from __future__ import annotations

import datetime
import html
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.panel import draft_keys

ADD = "/people/customer/add"


def attributes(client: FlaskClient, path: str = ADD) -> tuple[str, list[str], str]:
    """Return a form's name for its draft, the keys and the mark of the person."""
    found = re.search(
        r'data-draft="([^"]+)" data-draft-keys="([^"]+)" data-draft-person="([^"]+)"', client.get(path).text
    )
    assert found is not None
    return found[1], html.unescape(found[2]).split(), found[3]


def test_each_person_has_keys_of_their_own_and_gets_them_again(
    app: Flask, sign_in: Any, password: str
) -> None:
    owner, clerk = sign_in(app.test_client(), "Owner"), sign_in(app.test_client(), "Clerk")

    first, other = attributes(owner), attributes(clerk)
    again = attributes(owner)

    assert first == again
    assert not set(first[1]) & set(other[1])
    assert (first[0], first[2]) != (other[0], other[2])
    assert attributes(owner, "/people/tag/add")[0] != first[0]
    assert app.config["SECRET_KEY"] not in owner.get(ADD).text


def test_a_day_s_key_is_given_on_that_day_and_the_next_one(
    app: Flask, sign_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = sign_in(app.test_client(), "Owner")
    start = datetime.datetime(2026, 3, 5, 12, tzinfo=datetime.UTC)
    given = []
    for days in range(3):
        monkeypatch.setattr(draft_keys, "utc_now", lambda days=days: start + datetime.timedelta(days=days))
        given.append(attributes(client)[1])

    assert given[0][0] == given[1][1]
    assert given[0][0] not in given[2]


def test_who_is_here_is_told_to_nobody_who_is_not(app: Flask, sign_in: Any) -> None:
    client = sign_in(app.test_client(), "Clerk")

    answer = client.get("/drafts/here", headers={"Accept": "application/json"})
    stranger = app.test_client().get("/drafts/here", headers={"Accept": "application/json"})

    assert answer.json["person"] == attributes(client)[2]
    assert answer.headers["Cache-Control"] == "no-store"
    assert (stranger.status_code, stranger.json["code"]) == (401, "not-signed-in")


def test_signing_out_tells_the_browser_to_wipe(app: Flask, sign_in: Any) -> None:
    client = sign_in(app.test_client(), "Clerk")

    assert client.post("/logout/").headers["Clear-Site-Data"] == '"storage"'


def test_a_form_sent_by_script_is_told_where_to_go(app: Flask, sign_in: Any) -> None:
    client = sign_in(app.test_client(), "Clerk")
    by_script = {"X-Requested-With": "form", "Accept": "application/json"}

    saved = client.post(ADD, data={"name": "王芳"}, headers=by_script)
    page = client.get(saved.json["url"]).text
    refused = client.post(ADD, data={"name": ""}, headers=by_script)

    assert saved.status_code == 200 and saved.json["url"].startswith("/people/customer/")
    assert "“王芳” is saved." in page, "the page to go to still has the message"
    assert refused.status_code == 422 and refused.mimetype == "text/html"
