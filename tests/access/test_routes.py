"""Every address for every role: what the table of routes grants opens, everything else is refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder import BaseView, expose
from sqlalchemy import select

import app as program
import config
from app import create_app
from app.access.doors import Door, door_of
from app.access.grants import read_grants
from app.access.models import Person
from app.access.security import KebuSecurityManager
from app.core.database import db
from app.core.errors import ProgrammingError
from app.core.keys import encode_token
from app.core.transaction import transaction
from app.people.models import Customer
from app.profiles import PROFILES
from tests.access.routes import OPEN, ROUTES, SIGNED_IN, Record
from tests.support.whole_house import csrf_token

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# What these open to is decided by what they are asked about.
DECIDE_THEMSELVES = ("/shaping/", "/shaping/work/", "/journal/batch/", "/journal/entry/")
# What signs out, here or elsewhere, would end the test.
ENDS_SESSIONS = ("/logout/", "/profile/security/end-others", "/profile/security/remove")
# Reading these is itself written down, or makes what the page shows: a key to scan.
WRITES_WHEN_READ = {
    "/journal/",
    "/journal/export.<kind>",
    "/api/v1/<slice_name>/<noun>/export.<kind>",
    "/<slice_name>/<noun>/<token>/print",
    "/<slice_name>/<noun>/export.<kind>",
    "/login/enrol/",
    "/link/<secret>",
}
NOTES = {"journal_entry", "journal_chain", "journal_person_key", "access_session", "access_attempt"}
NOBODYS = encode_token([2**31 - 7])


def methods_of(app: Flask) -> set[tuple[str, str]]:
    """Return every method and rule of the running program."""
    return {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"OPTIONS", "HEAD"}
    }


def address_of(rule: str, token: str = NOBODYS) -> str:
    """Return an address of the rule: a customer's, or of something that is not there."""
    known = {"slice_name": "people", "noun": "customer", "token": token, "kind": "csv", "name": "phone"}
    return re.sub(r"<(?:path:)?(\w+)>", lambda part: known.get(part[1], "nothing"), rule)


def declared(app: Flask, rule: str, method: str) -> str | Record:
    """Return what the program itself says of a page, in the words of the table."""
    endpoint = next(
        each.endpoint
        for each in app.url_map.iter_rules()
        if each.rule == rule and method in (each.methods or ())
    )
    door = door_of(app, endpoint)
    assert isinstance(door, Door)
    if door.verbs:
        return Record(door.verbs, door.permission)
    return OPEN if door.open_because else door.permission or SIGNED_IN


def test_every_route_stands_in_the_table_with_its_door_and_nothing_else_does(app: Flask) -> None:
    running = methods_of(app)

    assert running == set(ROUTES)
    assert {each: declared(app, each[1], each[0]) for each in running} == ROUTES


@pytest.fixture
def app(whole_houses: Callable[[str], Any], usual_backend: str) -> Iterator[Flask]:
    """The whole application inside an application context."""
    house = whole_houses(usual_backend)
    with house.app.app_context():
        yield house.app
        db.session.rollback()
        db.session.remove()
    house.restorer.restore()


@pytest.fixture
def somebody(app: Flask, sign_in: Callable[..., FlaskClient]) -> Callable[[str], Any]:
    """Return `somebody(role)`: a browser of somebody with this role; '' for a stranger's."""

    def browser(role: str) -> Any:
        client: Any = app.test_client()
        if role:
            return sign_in(client, role)
        client.token = csrf_token(client)
        return client

    return browser


def rights(role: str) -> frozenset[str]:
    """Return what the account of this role may do."""
    number = db.session.scalar(select(Person.id).where(Person.username == role.lower()))
    return read_grants(number) if number is not None else frozenset()


def opens(what: str | Record, held: frozenset[str], signed_in: bool) -> bool:
    """Say whether a page opens to somebody."""
    if what == OPEN or (what == SIGNED_IN and signed_in):
        return True
    if isinstance(what, Record):
        needed = {f"people:customer:{verb}" for verb in what.verbs} | ({what.also} if what.also else set())
        return needed <= held
    return what in held


@pytest.mark.parametrize("role", ["", *PROFILES["petshop"].roles])
def test_each_role_gets_through_exactly_its_doors(app: Flask, somebody: Any, role: str) -> None:
    browser = somebody(role)
    held = rights(role)
    wrong = []

    for (method, rule), what in sorted(ROUTES.items(), key=lambda each: each[0]):
        if rule in ENDS_SESSIONS:
            continue
        answer = browser.open(address_of(rule), method=method)
        refused = answer.status_code in (401, 403) or (
            what != OPEN and (answer.location or "").startswith(("/login/", "/step-up/"))
        )
        itself = what == SIGNED_IN and role and rule.startswith(DECIDE_THEMSELVES)
        if not itself and refused == opens(what, held, bool(role)):
            wrong.append((method, rule, what, answer.status_code, answer.location))

    assert wrong == []


@pytest.mark.parametrize("role", ["", "Owner"])
def test_no_page_takes_a_method_that_the_table_does_not_name(app: Flask, somebody: Any, role: str) -> None:
    browser = somebody(role)
    rules = {rule for _method, rule in ROUTES}

    answers = {
        (method, rule): browser.open(address_of(rule), method=method).status_code
        for rule in rules
        for method in METHODS
        if (method, rule) not in ROUTES
    }

    # Where another rule fits the address too, that one answers.
    taken = {each for each, status in answers.items() if status not in (404, 405)}
    assert {each for each in taken if not another_fits(app, *each)} == set()


def another_fits(app: Flask, method: str, rule: str) -> bool:
    """Say whether an address of this rule is one of another rule with this method as well."""
    adapter = app.url_map.bind("localhost")
    return bool(adapter.test(address_of(rule), method))


def test_reading_changes_nothing(app: Flask, somebody: Any, statements: Any) -> None:
    with transaction():
        customer = Customer(name="Wang Xiaoming", phone="13800138000")
        db.session.add(customer)
    token = encode_token([customer.id])
    browser = somebody("Owner")
    browser.get("/")
    written = {}

    for method, rule in sorted(ROUTES):
        if method != "GET":
            continue
        for address in {address_of(rule, token), address_of(rule)}:
            with statements() as seen:
                answer = browser.get(address)
            assert answer.status_code < 500
            if seen.writes:
                written[rule] = seen.writes

    assert {rule: texts for rule, texts in written.items() if rule not in WRITES_WHEN_READ} == {}
    for rule, texts in written.items():
        assert {written_table(text) for text in texts} <= NOTES, rule


def written_table(statement: str) -> str:
    """Return the table that a statement writes."""
    found = re.match(r"(?:INSERT\s(?:.*?)INTO|UPDATE|DELETE\sFROM)\s+[\"`]?(\w+)", statement, re.DOTALL)
    assert found is not None, statement
    return found[1]


class Forgetful(BaseView):
    """A page that says nothing of whom it opens to."""

    route_base = "/forgetful"

    @expose("/")
    def page(self) -> str:
        """Show everything to everybody."""
        return "everything"


def test_a_page_without_a_door_keeps_the_program_from_starting(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    register = KebuSecurityManager.register_views

    def with_one_more(manager: KebuSecurityManager) -> None:
        register(manager)
        manager.appbuilder.add_view_no_menu(Forgetful)

    monkeypatch.setattr(KebuSecurityManager, "register_views", with_one_more)

    with pytest.raises(ProgrammingError, match=r"without a door.*Forgetful\.page"):
        create_app(config.load({"KEBU_HOME": str(tmp_path)}))


def test_a_plain_flask_page_without_a_door_keeps_the_program_from_starting(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    install = program.install_responses

    def with_one_more(app: Flask) -> None:
        install(app)
        app.add_url_rule("/backdoor", "backdoor", lambda: "everything")

    monkeypatch.setattr(program, "install_responses", with_one_more)

    with pytest.raises(ProgrammingError, match="backdoor"):
        create_app(config.load({"KEBU_HOME": str(tmp_path)}))


def test_a_page_added_after_the_start_is_refused_to_everybody(app: Flask, tmp_path: Any) -> None:
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    another = create_app(config.load({"KEBU_HOME": str(tmp_path), "KEBU_DATABASE_URL": url}))
    another.add_url_rule("/healthz/backdoor", "backdoor", lambda: "everything")

    answer = another.test_client().get("/healthz/backdoor")

    assert (answer.status_code, b"everything" in answer.data) == (403, False)
