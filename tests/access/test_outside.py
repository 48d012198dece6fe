"""From outside: forged requests, foreign hosts, HTTPS, and what of the framework's doors is shut."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

import config
from app import create_app
from app.access.passwords import check_password, is_common
from app.cli.serve import OpenNetwork, refuse_open_network
from app.core.fields import FieldProblem
from tests.access.conftest import House, enter, post, token_of

WRITES = (
    "/logout/",
    "/profile/",
    "/profile/password/",
    "/profile/security/codes",
    "/profile/security/remove",
    "/profile/security/end",
    "/profile/security/end-others",
    "/profile/security/distrust",
    "/users/add",
    "/roles/add",
    "/api-keys/add",
    "/access/shop/edit",
    "/login/enrol/",
    "/step-up/",
    "/preferences/language",
    "/people/customer/add",
    "/api/v1/people/customer",
)


@pytest.mark.parametrize("address", WRITES)
@pytest.mark.parametrize("how", ["form", "text", "multipart", "json", "foreign token"])
def test_no_write_goes_without_this_sessions_token(
    app: Flask, signed_in: Callable[[str], FlaskClient], address: str, how: str
) -> None:
    browser = signed_in("owner")
    sent: dict[str, dict[str, Any]] = {
        "form": {"data": {"name": "x"}},
        "text": {"data": "name=x", "content_type": "text/plain"},
        "multipart": {"data": {"name": "x"}, "content_type": "multipart/form-data"},
        "json": {"json": {"name": "x"}},
        "foreign token": {"data": {"name": "x", "csrf_token": token_of(app.test_client())}},
    }

    answer = browser.post(address, **sent[how], headers={"Origin": "http://evil.example"})

    assert answer.status_code == 400
    assert browser.get("/profile/").status_code == 200


@pytest.mark.parametrize("address", WRITES)
def test_a_get_pretending_to_be_a_post_changes_nothing(
    signed_in: Callable[[str], FlaskClient], address: str
) -> None:
    browser = signed_in("owner")

    browser.get(f"{address}?_method=POST", headers={"X-HTTP-Method-Override": "POST"})

    assert browser.get("/profile/").status_code == 200


FOREIGN = ("evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example")


@pytest.mark.parametrize("host", FOREIGN)
def test_a_foreign_host_is_refused(client: FlaskClient, host: str) -> None:
    answer = client.get("/login/", headers={"Host": host})

    assert answer.status_code == 400


def test_a_forwarded_host_is_not_believed_without_a_proxy(client: FlaskClient) -> None:
    answer = client.get("/users/", headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"})

    assert answer.location.startswith("/login/")
    assert "evil.example" not in answer.location
    assert "Secure" not in str(answer.headers.getlist("Set-Cookie"))


@pytest.fixture
def behind_a_proxy(house: House) -> Flask:
    """The same shop behind one proxy that speaks HTTPS."""
    settings = config.load(
        {
            "KEBU_HOME": str(house.home),
            "KEBU_DATABASE_URL": house.app.config["SQLALCHEMY_DATABASE_URI"],
            "KEBU_TRUSTED_PROXIES": "1",
            "KEBU_TRUSTED_HOSTS": "shop.example,localhost",
        }
    )
    app = create_app(settings)
    app.config.update(TESTING=True, FAB_PASSWORD_HASH_METHOD="scrypt:1024:8:1")
    return app


def test_behind_a_proxy_a_foreign_forwarded_host_is_refused(behind_a_proxy: Flask) -> None:
    forwarded = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}

    assert behind_a_proxy.test_client().get("/login/", headers=forwarded).status_code == 400


def test_over_https_cookies_are_secure_and_bound_to_the_host(behind_a_proxy: Flask) -> None:
    browser = behind_a_proxy.test_client()
    https = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "shop.example"}

    page = browser.get("/login/", headers=https)
    cookies = page.headers.getlist("Set-Cookie")

    assert page.headers["Strict-Transport-Security"].startswith("max-age=")
    assert cookies
    for cookie in cookies:
        assert cookie.startswith("__Host-kebu=")
        assert "Secure" in cookie
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Path=/" in cookie
        assert "Domain" not in cookie


def test_on_loopback_http_cookies_have_plain_names(client: FlaskClient) -> None:
    answer = client.get("/login/")

    assert answer.headers.getlist("Set-Cookie")[0].startswith("kebu=")
    assert "Strict-Transport-Security" not in answer.headers


def test_the_browsers_cookie_is_kept_from_scripts(app: Flask) -> None:
    browser = app.test_client()

    answer = enter(browser, "clerk")

    known = [cookie for cookie in answer.headers.getlist("Set-Cookie") if cookie.startswith("kebu-browser=")]
    assert len(known) == 1
    assert "HttpOnly" in known[0]
    assert "SameSite=Lax" in known[0]


@pytest.mark.parametrize(
    ("environment", "refused"),
    [
        ({"KEBU_HOST": "127.0.0.1"}, False),
        ({"KEBU_HOST": "localhost"}, False),
        ({"KEBU_HOST": "::1"}, False),
        ({"KEBU_HOST": "0.0.0.0"}, True),
        ({"KEBU_HOST": "192.168.1.5"}, True),
        ({"KEBU_HOST": "shop.local"}, True),
        ({"KEBU_HOST": "192.168.1.5", "KEBU_TRUSTED_PROXIES": "1"}, False),
        ({"KEBU_HOST": "192.168.1.5", "KEBU_PLAIN_HTTP": "yes"}, False),
    ],
)
def test_serving_to_others_wants_https_or_a_word_that_it_is_not(
    tmp_path: Path, environment: dict[str, str], refused: bool
) -> None:
    settings = config.load({"KEBU_HOME": str(tmp_path), **environment})

    if refused:
        with pytest.raises(OpenNetwork, match="KEBU_TRUSTED_PROXIES=1"):
            refuse_open_network(settings)
    else:
        refuse_open_network(settings)


COMMON = (
    "123qweasdzxc",
    "1qaz2wsx3edc",
    "password1234",
    "PASSWORD1234!",
    "iloveyou!!!!",
    "qwertyqwertyqwerty",
    "123456789012",
    "1987654321098",
    "dragondragon",
)


@pytest.mark.parametrize("password", COMMON)
def test_what_everybody_uses_is_no_password(password: str) -> None:
    assert is_common(password)


@pytest.mark.parametrize(
    "password",
    ["seven quiet lanterns", "毛毛今天吃了三根胡萝卜", "correct horse battery", "xkQ7-mP2v-9Ldw-4Ths"],
)
def test_a_few_words_are_a_password(app: Flask, password: str) -> None:
    with app.app_context():
        assert check_password(password * (1 if len(password) >= 12 else 2), "clerk", "Zhang Wei")


@pytest.mark.parametrize(
    "password", ["毛球宠物2026", "zhangwei zhangwei", "Kebu客簿 kebu 12", "clerk-clerk-clerk"]
)
def test_names_that_everybody_knows_are_no_password(app: Flask, password: str) -> None:
    with app.app_context(), pytest.raises(FieldProblem):
        check_password(password, "clerk", "Zhang Wei")


def test_an_owners_password_is_longer(app: Flask, signed_in: Callable[[str], FlaskClient]) -> None:
    new = "four red hens"
    form = {"old": "seven quiet lanterns", "new": new, "again": new}

    owner = post(signed_in("owner"), "/profile/password/", form, page="/profile/")
    clerk = post(signed_in("clerk"), "/profile/password/", form, page="/profile/")

    assert (owner.status_code, clerk.status_code) == (422, 302)
    assert "At least 15 characters." in owner.get_data(as_text=True)
