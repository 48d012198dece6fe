"""Looking as a role: its rights and never more than the own, nothing changes, and it ends by itself."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.access.signing.tables import SignInSession
from app.core.clock import utc_now
from app.core.database import db
from app.core.keys import encode_token
from app.core.transaction import transaction
from app.journal.models import JournalEntry
from app.people.models import Customer
from tests.access.conftest import House, enter, make_other_process, post, token_of
from tests.access.test_roles import address_of, held, save

BANNER = 'class="looking"'


def look(browser: FlaskClient, app: Flask, role: str) -> Any:
    return post(browser, f"{address_of(app, role)}/look", page="/profile/")


def leave(browser: FlaskClient) -> Any:
    return post(browser, "/look/leave", page="/profile/")


def as_if_the_quarter_of_an_hour_were_over(app: Flask) -> None:
    with app.app_context(), transaction():
        over = utc_now() - datetime.timedelta(seconds=1)
        db.session.execute(update(SignInSession).values(look_until=over))


def told(app: Flask) -> list[str]:
    with app.app_context():
        kinds = (
            select(JournalEntry.kind)
            .where(JournalEntry.kind.startswith("access:look"))
            .order_by(JournalEntry.id)
        )
        found = list(db.session.scalars(kinds))
        db.session.remove()
    return found


def test_who_looks_as_a_clerk_sees_what_a_clerk_sees_and_comes_back(house_on: House) -> None:
    app = house_on.app
    owner = app.test_client()
    enter(owner, "owner")

    begun = look(owner, app, "Clerk")
    pages = {
        page: owner.get(page).status_code for page in ("/people/customer/", "/users/", "/roles/", "/journal/")
    }
    shown = owner.get("/").get_data(as_text=True)
    back = leave(owner)

    assert (begun.status_code, begun.location) == (302, "/")
    assert pages == {"/people/customer/": 200, "/users/": 403, "/roles/": 403, "/journal/": 403}
    assert BANNER in shown and "“Clerk”" in shown and 'href="/users/"' not in shown
    assert (back.status_code, back.location) == (302, "/roles/")
    assert owner.get("/users/").status_code == 200
    assert BANNER not in owner.get("/").get_data(as_text=True)
    assert told(app) == ["access:look_begun", "access:look_ended"]


def test_a_look_never_shows_more_than_the_own_rights(
    app: Flask, signed_in: Callable[[str], FlaskClient]
) -> None:
    mine = held(app, "Manager") | {"access:role:list", "access:role:look"}
    save(signed_in("owner"), address_of(app, "Manager"), "Manager", mine)
    manager = signed_in("manager")

    for role in ("Owner", "Administrator"):
        look(manager, app, role)
        assert manager.get("/users/").status_code == 403, role
        assert manager.get("/people/customer/").status_code == 200, role
        leave(manager)


def test_nothing_is_changed_while_looking(app: Flask, signed_in: Callable[[str], FlaskClient]) -> None:
    owner = signed_in("owner")
    token = token_of(owner, "/profile/")
    look(owner, app, "Administrator")
    form = {"csrf_token": token, "name": "Sly"}

    answers = {
        rule.rule: owner.open(
            rule.rule.replace("<", "").replace(">", ""), method=method, data=form
        ).status_code
        for rule in app.url_map.iter_rules()
        for method in rule.methods & {"POST", "PUT", "PATCH", "DELETE"}
        if rule.rule not in ("/look/leave", "/logout/", "/palette")
    }
    program = owner.post("/api/v1/people/customer", json={"name": "Sly"}, headers={"X-CSRFToken": token})

    assert set(answers.values()) == {403}
    assert (program.status_code, program.json["code"]) == (403, "only-looking")
    with app.app_context():
        assert db.session.scalar(select(Customer.id).where(Customer.name == "Sly")) is None


def test_a_look_ends_by_itself_and_what_was_wanted_while_looking_is_not_done(
    app: Flask, signed_in: Callable[[str], FlaskClient]
) -> None:
    owner = signed_in("owner")
    token = token_of(owner, "/profile/")
    look(owner, app, "Clerk")
    as_if_the_quarter_of_an_hour_were_over(app)

    late = owner.post("/people/customer/add", data={"csrf_token": token, "name": "Sly"})
    after = owner.get("/users/")

    assert late.status_code == 409 and "The look is over" in late.get_data(as_text=True)
    assert after.status_code == 200 and BANNER not in after.get_data(as_text=True)
    assert told(app) == ["access:look_begun", "access:look_ended"]


def test_signing_out_ends_a_look(app: Flask, signed_in: Callable[[str], FlaskClient]) -> None:
    owner = signed_in("owner")
    look(owner, app, "Clerk")

    post(owner, "/logout/", page="/profile/")
    enter(owner, "owner")

    assert BANNER not in owner.get("/").get_data(as_text=True)
    assert told(app) == ["access:look_begun", "access:look_ended"]


def test_a_look_is_the_sessions_alone_and_known_in_every_process(house: House) -> None:
    here, there = house.app.test_client(), make_other_process(house).test_client()
    elsewhere = house.app.test_client()
    for browser in (here, elsewhere):
        enter(browser, "owner")
    cookie = here.get_cookie("kebu")
    assert cookie is not None
    there.set_cookie("kebu", cookie.value)

    look(here, house.app, "Clerk")

    assert [browser.get("/users/").status_code for browser in (here, there, elsewhere)] == [403, 403, 200]


def test_deleting_the_role_ends_the_looks_as_it(app: Flask, signed_in: Callable[[str], FlaskClient]) -> None:
    looking, owner = signed_in("owner"), signed_in("owner")
    look(looking, app, "Groomer")

    post(owner, f"{address_of(app, 'Groomer')}/delete", page="/profile/")

    assert looking.get("/users/").status_code == 200


def test_a_clerk_may_not_look_as_anybody(app: Flask, signed_in: Callable[[str], FlaskClient]) -> None:
    clerk = signed_in("clerk")

    answers = {role: look(clerk, app, role).status_code for role in ("Owner", "Clerk")}

    assert answers == {"Owner": 403, "Clerk": 403}


@pytest.mark.parametrize("token", ["x", encode_token([99999]), encode_token([0])])
def test_looking_as_a_role_that_is_not_there_is_not_found(
    signed_in: Callable[[str], FlaskClient], token: str
) -> None:
    assert post(signed_in("owner"), f"/roles/{token}/look", page="/profile/").status_code == 404


def test_a_page_costs_no_statement_more_while_looking(
    app: Flask, signed_in: Callable[[str], FlaskClient], statements: Callable[..., Any]
) -> None:
    owner = signed_in("owner")
    with app.app_context():
        engine = db.engine
    owner.get("/people/customer/")
    with statements(engine) as before:
        owner.get("/people/customer/")
    look(owner, app, "Clerk")
    owner.get("/people/customer/")

    with statements(engine) as looking:
        owner.get("/people/customer/")

    assert len(looking) <= len(before)
