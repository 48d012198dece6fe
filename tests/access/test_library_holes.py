"""What Flask-AppBuilder leaves open by default, shut: each hole that its defaults were found to have is a test.

Also shut, in files of their own: tries without limit and names that can be told apart (test_lockout), cookies that
outlive a sign-out, a password or a role, and fixation (test_sessions), hostile input (tests/panel/test_hostile).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder import AppBuilder, BaseView, Model
from flask_appbuilder.api import BaseApi
from flask_jwt_extended import JWTManager, create_access_token
from flask_sqlalchemy import SQLAlchemy

from app.access.passwords import check_password
from app.core.database import db
from app.core.fields import FieldProblem
from app.core.transaction import transaction
from app.people.models import Customer
from app.responses import HEADERS
from config import ROOT
from tests.access.accounts import choose_password, link_on, read, token
from tests.access.conftest import PASSWORD, House, enter, person_number, post, token_of
from tests.access.routes import ROUTES
from tests.access.test_roles import address_of as address_of_role
from tests.access.test_roles import save
from tests.access.test_routes import address_of
from tests.support.statements import recorded

MARKER = "Zyxwvut"
WRITING = sorted(each for each in ROUTES if each[0] != "GET")


# --- Addresses ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def library_rules() -> set[str]:
    """Every address that the library brings by default, its security interface included."""
    plain = Flask("plain")
    plain.config.update(
        SQLALCHEMY_DATABASE_URI="sqlite://",
        SECRET_KEY="a key for this test alone",
        FAB_ADD_SECURITY_API=True,
        AUTH_USER_REGISTRATION=True,
        AUTH_USER_REGISTRATION_ROLE="Public",
        FAB_UPDATE_PERMS=False,
    )
    with plain.app_context():
        AppBuilder(plain, SQLAlchemy(plain).session)
        return {rule.rule for rule in plain.url_map.iter_rules()}


def test_none_of_the_librarys_addresses_leads_to_the_library(app: Flask, library_rules: set[str]) -> None:
    ours = {rule.rule for rule in app.url_map.iter_rules()}

    assert len(library_rules) > 60
    assert "/api/v1/security/login" in library_rules
    # These we answer ourselves.
    assert library_rules & ours <= {
        "/",
        "/login/",
        "/logout/",
        "/users/",
        "/users/add",
        "/roles/",
        "/roles/add",
        "/static/<path:filename>",
    }


@pytest.mark.parametrize("username", ["owner", "clerk"])
def test_whatever_the_library_would_answer_is_not_there_or_refused(
    app: Flask, library_rules: set[str], signed_in: Callable[[str], FlaskClient], username: str
) -> None:
    browser = signed_in(username)
    csrf = token_of(browser, "/profile/")
    ours = {rule.rule for rule in app.url_map.iter_rules()}
    answered = {}

    for rule, method in product(sorted(library_rules - ours), ("GET", "POST", "PUT", "DELETE")):
        answer = browser.open(
            re.sub(r"<[^>]+>", "1", rule),
            method=method,
            json={"username": "x"},
            headers={"X-CSRFToken": csrf},
        )
        if answer.status_code not in (308, 400, 403, 404, 405):
            answered[method, rule] = answer.status_code

    assert answered == {}


def test_no_class_of_the_library_serves_a_page(app: Flask) -> None:
    for view in app.extensions["appbuilder"].baseviews:
        assert isinstance(view, BaseView)
        assert not isinstance(view, BaseApi)
        assert type(view).__module__.startswith("app.")


@pytest.mark.parametrize("address", ["/api/v1/security/login", "/api/v1/security/refresh"])
def test_the_interfaces_sign_in_is_gone(client: FlaskClient, address: str) -> None:
    credentials = {"username": "owner", "password": PASSWORD, "provider": "db", "refresh": True}

    strangers = client.post(address, json=credentials, headers={"X-CSRFToken": token_of(client)})
    enter(client, "owner")
    owners = client.post(address, json=credentials, headers={"X-CSRFToken": token_of(client, "/profile/")})

    # Every address of the interface asks a stranger to sign in, also one that is nothing's.
    assert (strangers.status_code, strangers.json["code"]) == (401, "not-signed-in")
    assert owners.status_code == 404
    for answer in (strangers, owners):
        assert "access_token" not in answer.get_data(as_text=True)


def test_a_token_signed_with_the_shops_own_key_opens_nothing(app: Flask) -> None:
    forger = Flask("forger")
    forger.config.update(SECRET_KEY=app.config["SECRET_KEY"], JWT_SECRET_KEY=app.config["SECRET_KEY"])
    JWTManager(forger)
    with forger.app_context():
        forged = create_access_token(identity=str(person_number(app, "owner")), fresh=True)

    answer = app.test_client().get("/api/v1/people/customer", headers={"Authorization": f"Bearer {forged}"})

    assert answer.status_code == 401


def test_logging_out_by_a_link_or_a_picture_does_nothing(signed_in: Callable[[str], FlaskClient]) -> None:
    browser = signed_in("clerk")

    answer = browser.get("/logout/")

    assert answer.status_code == 405
    assert browser.get("/profile/").status_code == 200


# --- Requests from elsewhere ----------------------------------------------------------------------------

FORGERIES: dict[str, dict[str, Any]] = {
    "a form": {"data": {"name": "x"}},
    "plain text": {"data": '{"name":"x"}', "content_type": "text/plain"},
    "many parts": {"data": {"name": "x"}, "content_type": "multipart/form-data"},
    "JSON": {"json": {"name": "x"}},
    "a method in a header": {"json": {"name": "x"}, "headers": {"X-HTTP-Method-Override": "PUT"}},
    "a method in the form": {"data": {"_method": "DELETE"}},
}


@pytest.mark.parametrize("how", FORGERIES)
@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost.evil.example"])
def test_no_route_writes_for_another_site(
    app: Flask, signed_in: Callable[[str], FlaskClient], how: str, origin: str
) -> None:
    browser = signed_in("owner")
    browser.get("/")
    foreign = token_of(app.test_client())
    sent = FORGERIES[how]
    wrong = {}
    with app.app_context():
        engine = db.engine

    with recorded(engine) as seen:
        for (method, rule), csrf in product(WRITING, ("", foreign)):
            headers = {"Origin": origin, "Sec-Fetch-Site": "cross-site", **sent.get("headers", {})}
            headers |= {"X-CSRFToken": csrf} if csrf else {}
            answer = browser.open(address_of(rule), method=method, **{**sent, "headers": headers})
            if answer.status_code != 400:
                wrong[method, rule] = answer.status_code

    assert wrong == {}
    assert seen.writes == []


# --- Hosts and ways on ----------------------------------------------------------------------------------

HOSTS: dict[str, dict[str, str]] = {
    "foreign": {"Host": "evil.example"},
    "foreign port": {"Host": "evil.example:443"},
    "ours as a part": {"Host": "localhost.evil.example"},
    "two": {"Host": "localhost, evil.example"},
    "with a user": {"Host": "localhost@evil.example"},
    "forwarded": {"X-Forwarded-Host": "evil.example"},
    "forwarded twice": {"X-Forwarded-Host": "localhost, evil.example"},
    "the standard header": {"Forwarded": "host=evil.example;proto=https"},
    "another standard": {
        "X-Host": "evil.example",
        "X-Original-URL": "http://evil.example/",
        "X-Rewrite-URL": "/users/",
    },
}
WAYS = (
    "http://evil.example/",
    "//evil.example",
    "https://localhost.evil.example/",
    "/\\evil.example",
    "/users/",
)


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("way", WAYS)
def test_no_host_and_no_way_on_leads_off(app: Flask, host: str, way: str) -> None:
    browser = app.test_client()
    csrf = token_of(browser)

    asked = browser.get("/users/", headers=HOSTS[host])
    answer = browser.post(
        "/login/",
        data={"username": "clerk", "password": PASSWORD, "next": way, "csrf_token": csrf},
        headers=HOSTS[host],
    )

    for each in (asked, answer):
        assert each.status_code in (302, 400)
        assert "evil" not in (each.location or "").partition("?")[0]
        assert (each.location or "/").startswith("/") and not (each.location or "/").startswith("//")
        assert 'href="http://evil' not in each.get_data(as_text=True)


def test_a_link_made_under_a_foreign_host_is_refused(
    app: Flask, signed_in: Callable[[str], FlaskClient]
) -> None:
    owner = signed_in("owner")
    csrf = token_of(owner, "/profile/")

    answer = owner.post(
        f"/users/{token(app, 'clerk')}/link",
        data={"csrf_token": csrf},
        headers={"X-Forwarded-Host": "evil.example"},
    )

    assert "http://localhost/link/" in answer.get_data(as_text=True)
    assert "evil" not in answer.get_data(as_text=True)


# --- Headers --------------------------------------------------------------------------------------------

KINDS: dict[str, tuple[str, str, int]] = {
    "a page": ("GET", "/people/customer/", 200),
    "a stranger's page": ("GET", "/login/forgotten/", 200),
    "a redirect": ("GET", "/login/", 302),
    "nothing there": ("GET", "/nothing/here/at/all", 404),
    "not this way": ("GET", "/logout/", 405),
    "a stale form": ("POST", "/people/customer/add", 400),
    "a document": ("GET", "/api/v1/people/customer", 200),
    "a refused document": ("GET", "/api/v1/people/nothing", 404),
    "a description": ("GET", "/api/v1/openapi.json", 200),
    "a file": ("GET", "/people/customer/export.csv", 200),
    "a workbook": ("GET", "/people/customer/export.xlsx", 200),
    "a package's file": ("GET", "/assets/bootstrap.min.css", 200),
    "health": ("GET", "/healthz", 200),
    "an address with a control sign": ("GET", "/people/%00", 404),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_answer_carries_the_headers(signed_in: Callable[[str], FlaskClient], kind: str) -> None:
    method, address, status = KINDS[kind]

    answer = signed_in("owner").open(address, method=method)

    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    lasting = address.startswith(("/static/", "/assets/"))
    assert lasting or answer.headers["Cache-Control"] == "no-store"


def test_a_failure_of_ours_carries_the_headers_and_says_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch, signed_in: Callable[[str], FlaskClient]
) -> None:
    browser = signed_in("owner")

    def fail() -> Any:
        raise RuntimeError(MARKER)

    monkeypatch.setitem(house.app.view_functions, "HomeView.home", fail)
    monkeypatch.setattr(fail, "door", "open", raising=False)
    monkeypatch.setitem(house.app.config, "PROPAGATE_EXCEPTIONS", False)
    answer = browser.get("/")

    assert answer.status_code == 500
    assert MARKER not in answer.get_data(as_text=True)
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


# --- Passwords ------------------------------------------------------------------------------------------

WEAK = ("x1", "", "password1234", "12345678901234", "a" * 12, "a" * 200)


@pytest.mark.parametrize("weak", WEAK)
def test_no_way_in_takes_a_weak_password(
    app: Flask, signed_in: Callable[[str], FlaskClient], weak: str
) -> None:
    owner, clerk = signed_in("owner"), signed_in("clerk")
    before = read(app, "clerk").password
    new = {"username": "puppet", "full_name": "P", "roles": [], "active": "1"}

    links = [
        link_on(post(owner, f"/users/{token(app, 'clerk')}/link")),
        link_on(post(owner, "/users/add", new)),
    ]
    by_link = [choose_password(app.test_client(), link, weak).status_code for link in links]
    own = post(
        signed_in("clerk"),
        "/profile/password/",
        {"old": PASSWORD, "new": weak, "again": weak},
        page="/profile/",
    )

    assert by_link == [422, 422]
    assert own.status_code == 422
    assert read(app, "clerk").password == before
    assert read(app, "puppet").password is None
    assert clerk.get("/profile/").status_code == 200
    with app.app_context(), pytest.raises(FieldProblem):
        check_password(weak, "clerk", "Zhang Wei")


def test_the_librarys_own_verbs_set_no_password_and_sign_nobody_in(app: Flask) -> None:
    with app.test_request_context():
        manager = app.extensions["appbuilder"].sm
        assert manager.auth_user_db("owner", PASSWORD) is None
        assert manager.is_item_public("can_list", "people:customer") is False
        assert not manager.has_access("can_list", "people:customer")
        db.session.remove()


# --- Names in code --------------------------------------------------------------------------------------


def test_no_record_shows_anything_of_somebody_when_it_is_printed(app: Flask) -> None:
    with app.app_context():
        for mapper in list(Model.registry.mappers):
            if not mapper.class_.__module__.startswith("app."):
                continue
            record = mapper.class_()
            for column in mapper.column_attrs:
                if column.columns[0].type.python_type is str and "state" not in column.key:
                    record.__dict__[column.key] = MARKER
            assert MARKER not in repr(record), mapper.class_
            assert MARKER not in str(record), mapper.class_
        db.session.rollback()


TEMPLATES = sorted((ROOT / "app" / "templates").rglob("*.html"))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_a_script_or_a_style_within(template: Any) -> None:
    text = template.read_text(encoding="utf-8")

    assert not re.search(r"<[^>]*\son[a-z]+\s*=", text)
    assert not re.search(r"javascript:", text, re.IGNORECASE)
    assert not re.search(r"<script(?![^>]*\bsrc=)[^>]*>\s*[^<\s]", text)
    assert not re.search(r"<[^>]*\sstyle\s*=", text)
    assert "|safe" not in text.replace(" ", "")


# --- Related records ------------------------------------------------------------------------------------


def test_who_may_not_list_customers_is_suggested_none(
    app: Flask, signed_in: Callable[[str], FlaskClient]
) -> None:
    caller = {"people:contact:list", "people:contact:show", "people:contact:add", "people:contact:edit"}
    with app.app_context(), transaction():
        db.session.add(Customer(name=f"{MARKER} Wang", phone="13800138000"))
    save(signed_in("owner"), address_of_role(app, "Clerk"), "Clerk", caller)
    browser = signed_in("clerk")

    answers = {
        address: browser.get(address)
        for address in (
            f"/people/customer/pick?q={MARKER}",
            f"/api/v1/people/customer?q={MARKER}",
            "/people/contact/add",
            "/people/contact/filter",
            "/people/contact/_info",
            f"/people/contact/?f.customer.name={MARKER}",
            "/api/v1/people/contact/_info",
            "/api/v1/openapi.json",
            f"/search?q={MARKER}",
        )
    }

    assert answers[f"/people/customer/pick?q={MARKER}"].status_code == 403
    assert answers[f"/api/v1/people/customer?q={MARKER}"].status_code == 403
    for address, answer in answers.items():
        said = answer.get_data(as_text=True).replace(f'value="{MARKER}"', "")
        assert f"{MARKER} Wang" not in said, address
        assert "13800138000" not in said, address
