"""Signing in and out: who gets in, where it leads, what the browser keeps."""

from __future__ import annotations

import copy
import datetime
import time
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from itsdangerous import TimestampSigner
from sqlalchemy import select, update

from app.access.models import Person
from app.core.database import db
from tests.access.conftest import PASSWORD, enter, post, token_of


def test_a_person_signs_in_and_is_home(client: FlaskClient) -> None:
    answer = enter(client, "owner")

    assert answer.status_code == 302
    assert answer.headers["Location"] == "/"
    assert client.get("/profile/").status_code == 200


@pytest.mark.parametrize("typed", ["OWNER", " owner ", "ｏｗｎｅｒ"])
def test_a_user_name_is_found_however_it_is_typed(client: FlaskClient, typed: str) -> None:
    answer = enter(client, typed)

    assert answer.status_code == 302


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("owner", "wrong wrong wrong"),
        ("nobody", PASSWORD),
        ("owner", "\0"),
        ("owner", PASSWORD + "x" * 200),
        ("owner@no-address.invalid", "wrong wrong wrong"),
        ("'; drop table ab_user; --", PASSWORD),
    ],
)
def test_a_refusal_says_the_same_whatever_was_wrong_and_keeps_the_name(
    client: FlaskClient, username: str, password: str
) -> None:
    answer = enter(client, username, password)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 401
    assert "User name and password don&#39;t match. Please try again." in page
    assert password not in page
    assert username.replace("'", "&#39;") in page


def test_a_form_without_name_or_password_says_what_is_missing(client: FlaskClient) -> None:
    answer = enter(client, "", "")

    assert answer.status_code == 422
    assert answer.get_data(as_text=True).count("Please fill this in.") == 2


def test_a_closed_account_does_not_get_in_and_loses_its_session(
    app: Flask, signed_in: Callable[[str], FlaskClient]
) -> None:
    browser = signed_in("clerk")

    with app.app_context():
        db.session.execute(
            update(Person)
            .where(Person.username == "clerk")
            .values(active=False)
            .execution_options(unjournalled="a test arranges its shop")
        )
        db.session.commit()

    assert browser.get("/profile/").status_code == 302
    assert enter(app.test_client(), "clerk").status_code == 401


def test_attempts_are_counted_in_the_account(app: Flask) -> None:
    enter(app.test_client(), "clerk", "wrong wrong wrong")
    enter(app.test_client(), "clerk", "wrong wrong wrong")
    with app.app_context():
        failed = db.session.scalar(select(Person.fail_login_count).where(Person.username == "clerk"))
    enter(app.test_client(), "clerk")
    with app.app_context():
        row = db.session.execute(
            select(Person.fail_login_count, Person.login_count, Person.last_login).where(
                Person.username == "clerk"
            )
        ).one()

    assert failed == 2
    assert (row.fail_login_count, row.login_count) == (0, 1)
    assert row.last_login is not None


def test_an_unknown_name_costs_the_same_statements_as_a_wrong_password(
    app: Flask, statements: Callable[..., object]
) -> None:
    seen = {}
    for username in ("clerk", "nobody"):
        browser = app.test_client()
        token = token_of(browser)
        with app.app_context():
            engine = db.engine
        with statements(engine) as recorded:
            browser.post("/login/", data={"username": username, "password": "wrong", "csrf_token": token})
        seen[username] = len(recorded)

    assert seen["clerk"] == seen["nobody"] > 0


def test_what_stood_in_the_session_before_signing_in_is_gone_after(client: FlaskClient) -> None:
    with client.session_transaction() as session:
        session["planted"] = "by somebody else"
    old_token = token_of(client)

    enter(client, "owner")

    with client.session_transaction() as session:
        assert "planted" not in session
    assert token_of(client, "/profile/") != old_token


def test_a_sign_in_without_csrf_token_is_refused(client: FlaskClient) -> None:
    answer = client.post("/login/", data={"username": "owner", "password": PASSWORD})

    assert answer.status_code == 400
    assert client.get("/profile/").status_code == 302


def cookie_signed(browser: FlaskClient, ago: datetime.timedelta) -> None:
    """Put the browser's session into a cookie that was signed some time ago."""

    class EarlierSigner(TimestampSigner):
        def get_timestamp(self) -> int:
            return int(time.time() - ago.total_seconds())

    with browser.session_transaction() as session:
        content = dict(session)
    serializer = browser.application.session_interface.get_signing_serializer(browser.application)
    earlier = copy.copy(serializer)
    earlier.signer = EarlierSigner
    browser.set_cookie(browser.application.config["SESSION_COOKIE_NAME"], earlier.dumps(content))


@pytest.mark.parametrize(("minutes", "renewed"), [(0, False), (9, False), (11, True), (700, True)])
def test_a_session_in_use_gets_a_fresh_cookie_every_ten_minutes(
    signed_in: Callable[[str], FlaskClient], minutes: int, renewed: bool
) -> None:
    browser = signed_in("clerk")
    browser.get("/profile/")  # the first page puts its CSRF token into the session
    cookie_signed(browser, datetime.timedelta(minutes=minutes))

    answer = browser.get("/profile/")

    assert answer.status_code == 200
    assert ("Set-Cookie" in answer.headers) is renewed


def test_a_session_that_changed_is_sent_at_once(signed_in: Callable[[str], FlaskClient]) -> None:
    browser = signed_in("clerk")

    answer = post(browser, "/preferences/language", {"language": "en"}, page="/profile/")

    assert "Set-Cookie" in answer.headers


def test_a_session_left_alone_for_twelve_hours_is_over(signed_in: Callable[[str], FlaskClient]) -> None:
    browser = signed_in("clerk")
    cookie_signed(browser, datetime.timedelta(hours=12, minutes=1))

    assert browser.get("/profile/").status_code == 302


def test_signing_out_is_a_post_and_ends_the_session(signed_in: Callable[[str], FlaskClient]) -> None:
    browser = signed_in("owner")

    by_get = browser.get("/logout/")
    still_in = browser.get("/profile/").status_code
    answer = post(browser, "/logout/", page="/profile/")

    assert by_get.status_code in (404, 405)
    assert still_in == 200
    assert answer.headers["Location"] == "/login/"
    assert browser.get("/profile/").status_code == 302


def test_a_stranger_is_led_to_the_sign_in_page_and_back(client: FlaskClient) -> None:
    answer = client.get("/users/?q=li")
    there = answer.headers["Location"]

    assert 'name="next" value="/users/?q=li"' in client.get(there).get_data(as_text=True)
    arrival = enter(client, "owner", next="/users/?q=li")

    assert there == "/login/?next=%2Fusers%2F%3Fq%3Dli"
    assert arrival.headers["Location"] == "/users/?q=li"


NEXT = {
    "/people/customer/": "/people/customer/",
    "/people/customer/?q=王": "/people/customer/?q=%E7%8E%8B",
    "": "/",
    "people": "/",
    "//evil.example": "/",
    "///evil.example": "/",
    "/\\evil.example": "/",
    "\\\\evil.example": "/",
    "/\t/evil.example": "/",
    "/\n/evil.example": "/",
    "/%09/evil.example": "/%09/evil.example",
    "http://evil.example": "/",
    "https:evil.example": "/",
    "javascript:alert(1)": "/",
    "/\u200b/evil.example": "/",
    " //evil.example": "/",
    "http://localhost/users/": "/",
    "/" + "a" * 3000: "/",
}


@pytest.mark.parametrize("target", NEXT)
def test_the_way_on_never_leaves_the_shop(client: FlaskClient, target: str) -> None:
    answer = enter(client, "owner", next=target)

    assert answer.status_code == 302
    assert answer.headers["Location"] == NEXT[target]


@pytest.mark.parametrize("number", ["abc", "99999999999999999999", "-1", "1 OR 1=1", "²", ""])
def test_a_forged_number_in_the_session_is_nobody(client: FlaskClient, number: str) -> None:
    with client.session_transaction() as session:
        session["_user_id"] = number
        session["_fresh"] = True

    assert client.get("/profile/").status_code == 302


def test_too_many_attempts_at_one_account_have_to_wait(client: FlaskClient) -> None:
    token = token_of(client)
    form = {"csrf_token": token, "username": "owner", "password": "wrong wrong wrong"}

    answers = [client.post("/login/", data=form) for _attempt in range(7)]

    assert [answer.status_code for answer in answers] == [401] * 5 + [429] * 2
    assert "Too many tries. Please wait" in answers[-1].get_data(as_text=True)
    assert 'value="owner"' in answers[-1].get_data(as_text=True)


FAB_PAGES = [
    "/api/v1/security/login",
    "/api/v1/security/refresh",
    "/api/v1/security/users/",
    "/api/v1/security/roles/",
    "/api/v1/menu/",
    "/api/v1/_openapi",
    "/swagger/v1",
    "/users/list/",
    "/users/userinfo/",
    "/userinfoeditview/form",
    "/resetmypassword/form",
    "/resetpassword/form",
    "/roles/list/",
    "/groups/list/",
    "/permissions/list/",
    "/viewmenus/list/",
    "/permissionviews/list/",
    "/userstatschartview/chart/",
    "/registeruser/list/",
    "/lang/en",
    "/back",
    "/static/appbuilder/js/jquery-latest.js",
]


@pytest.mark.parametrize("address", FAB_PAGES)
def test_no_page_of_the_framework_is_left(signed_in: Callable[[str], FlaskClient], address: str) -> None:
    browser = signed_in("owner")

    answer = browser.get(address, follow_redirects=True)

    assert answer.status_code in (404, 405)


def test_every_route_belongs_to_us(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        function = app.view_functions[rule.endpoint]
        owner = getattr(function, "__self__", None)
        module = (
            type(owner).__module__
            if owner is not None and not isinstance(owner, Flask)
            else function.__module__
        )

        assert not module.startswith("flask_appbuilder"), rule
