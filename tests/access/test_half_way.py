"""Half way: whoever has shown the password only is nobody, on every route there is."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from app.core.keys import encode_token, uuid7
from tests.access.accounts import CODE_STEP as CODE
from tests.access.accounts import half_way
from tests.access.conftest import post, token_of

PATHS = (
    "/",
    "/profile/",
    "/profile/security/",
    "/users/",
    "/people/customer/",
    "/people/customer/export",
    "/api/v1/people/customer",
    "/api/v1/openapi.json",
    "/access/shop/edit",
    "/step-up/",
)


@pytest.mark.parametrize("address", PATHS)
def test_the_password_alone_opens_nothing(app: Flask, address: str) -> None:
    browser = half_way(app)

    answer = browser.get(address)

    assert answer.status_code in (302, 401)
    if answer.status_code == 302:
        assert answer.location.startswith("/login/")


# What a stranger may see or do; every other route refuses whoever has shown the password only.
OPEN_TO_STRANGERS = {
    "/login/",
    "/login/code/",
    "/login/forgotten/",
    "/logout/",
    "/healthz",
    "/assets/<name>",
    "/assets/icons.svg",
    "/static/<path:filename>",
}
PARTS = {"slice_name": "people", "noun": "customer", "name": "name", "kind": "csv"}


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
def test_no_route_at_all_is_open_to_somebody_half_way(app: Flask, method: str) -> None:
    browser = half_way(app)
    proof = {"X-CSRFToken": token_of(browser, CODE)}
    nobody = encode_token([uuid7()])
    opened = {}
    asked = 0
    for rule in app.url_map.iter_rules():
        if method not in (rule.methods or ()) or rule.rule in OPEN_TO_STRANGERS:
            continue
        address = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: PARTS.get(found[1], nobody), rule.rule)
        answer = browser.open(address, method=method, headers=proof)
        asked += 1
        away = answer.status_code == 302 and answer.location.startswith(("/login/", "/first-run/", "/"))
        if not away and answer.status_code not in (401, 404):
            opened[rule.rule] = answer.status_code

    assert asked > 0
    assert opened == {}
    assert browser.get("/profile/").status_code == 302


def test_the_palette_and_the_api_refuse_writes_of_somebody_half_way(app: Flask) -> None:
    browser = half_way(app)

    palette = post(browser, "/palette", {"q": "138"}, page=CODE)
    write = browser.post(
        "/api/v1/people/customer", json={"name": "x"}, headers={"X-CSRFToken": token_of(browser, CODE)}
    )

    assert palette.status_code in (302, 401)
    assert write.status_code == 401
