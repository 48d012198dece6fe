"""The second factor: asked on every path, good once, and the way back when the phone is lost."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Any

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder.security.sqla.models import Role
from sqlalchemy import insert, select, update

from app.access.roles import find_role
from app.access.signing import factors
from app.access.signing.role_needs import need_of
from app.access.signing.tables import RecoveryCode, SecondFactor, SignInSession
from app.core.clock import frozen_at, utc_now
from app.core.database import db
from app.core.keys import encode_token
from app.core.transaction import transaction
from tests.access.accounts import half_way, role_number, stamp_of, token
from tests.access.conftest import House, enrol, enter_password, person_number, post, token_of
from tests.support import second_steps
from tests.support.databases import in_threads

CODE = "/login/code/"


def send_code(browser: FlaskClient, code: str, **more: str) -> int:
    return int(post(browser, CODE, {"code": code, **more}).status_code)


def codes_of(app: Flask, username: str) -> list[str]:
    with app.app_context():
        return second_steps.set_up(person_number(app, username))


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


def test_somebody_who_must_have_a_phone_is_led_to_set_one_up_and_can_do_nothing_else(house: House) -> None:
    app = house.app
    with app.app_context(), transaction():
        factors.remove_factor(person_number(app, "owner"))
    browser = app.test_client()

    led = enter_password(browser, "owner", next="/users/")
    shut = [browser.get(address).status_code for address in PATHS]
    done = enrol(browser)

    assert led.location == "/login/enrol/"
    assert set(shut) <= {302, 401}
    assert done.status_code == 200
    assert 'href="/users/"' in done.get_data(as_text=True)
    assert browser.get("/users/").status_code == 200


def test_a_code_works_once(app: Flask) -> None:
    first, second = half_way(app), half_way(app)
    code = second_steps.code()

    assert send_code(first, code) == 302
    assert send_code(second, code) == 401


def test_of_fifty_equal_codes_at_once_one_succeeds(house_on: House) -> None:
    app = house_on.app
    number = person_number(app, "owner")
    code = second_steps.code()
    right: list[bool] = []
    with app.app_context():
        second_steps.as_if_half_a_minute_had_passed()

    def use() -> None:
        with app.app_context():
            with transaction():
                right.append(factors.accept_totp(number, code))
            db.session.remove()

    # A server gives fewer connections than fifty: five rounds of ten.
    failures = [failure for _round in range(5) for failure in in_threads([use] * 10)]

    assert failures == []
    assert len(right) == 50
    assert sum(right) == 1


@pytest.mark.parametrize("steps", [-3, -2, 2, 3])
def test_a_code_of_another_minute_is_refused(app: Flask, steps: int) -> None:
    browser = half_way(app)
    moment = utc_now() + datetime.timedelta(seconds=30 * steps)

    assert send_code(browser, pyotp.TOTP(second_steps.SECRET).at(moment)) == 401


@pytest.mark.parametrize(
    "typed", ["", "1234567", "12345", "abcdef", "１２３４５６", "------", "000000 or 1=1", "\0"]
)
def test_what_is_no_code_is_refused(app: Flask, typed: str) -> None:
    assert send_code(half_way(app), typed) in (401, 422)


def test_a_code_of_somebody_else_is_refused(app: Flask) -> None:
    other = pyotp.random_base32()
    with app.app_context(), transaction():
        factors.put_factor(person_number(app, "clerk"), factors.TOTP, other)
    browser = half_way(app, "clerk")

    assert send_code(browser, second_steps.code()) == 401
    assert send_code(browser, pyotp.TOTP(other).now()) == 302


def test_a_code_without_a_password_before_it_is_worth_nothing(client: FlaskClient) -> None:
    answer = client.post(CODE, data={"code": second_steps.code(), "csrf_token": token_of(client)})

    assert answer.location == "/login/"
    assert client.get("/profile/").status_code == 302


def test_guessing_codes_is_slowed_down_by_whatever_way(app: Flask) -> None:
    browser = half_way(app)

    answers = [
        send_code(browser, "000000", way=way)
        for way in ("app", "paper", "app", "paper", "sent", "app", "paper")
    ]

    assert answers == [401] * 5 + [429] * 2


def test_a_code_on_paper_works_once_and_leads_to_a_new_phone(app: Flask) -> None:
    codes = codes_of(app, "owner")
    browser = half_way(app)

    led = post(browser, CODE, {"code": codes[3].upper().replace("-", " "), "way": "paper"})
    again = post(half_way(app), CODE, {"code": codes[3], "way": "paper"})
    shut = browser.get("/profile/").status_code
    new = enrol(browser)

    assert led.location == "/login/enrol/"
    assert again.status_code == 401
    assert shut == 302
    assert new.status_code == 200
    assert browser.get("/profile/").status_code == 200
    with app.app_context():
        left = db.session.scalars(select(RecoveryCode.digest)).all()
        db.session.remove()
    assert len(left) == 10
    assert not any(code in str(left) for code in codes)


def test_with_a_code_on_paper_one_may_go_on_without_a_new_phone(app: Flask) -> None:
    codes = codes_of(app, "owner")
    browser = half_way(app)
    post(browser, CODE, {"code": codes[0], "way": "paper"})

    answer = post(browser, "/login/enrol/later", page="/login/enrol/")

    assert answer.location == "/"
    assert browser.get("/profile/").status_code == 200


def test_who_must_set_up_a_phone_cannot_put_it_off(house: House) -> None:
    app = house.app
    with app.app_context(), transaction():
        factors.remove_factor(person_number(app, "owner"))
    browser = app.test_client()
    enter_password(browser, "owner")

    answer = post(browser, "/login/enrol/later", page="/login/enrol/")

    assert answer.location == "/login/"
    assert browser.get("/profile/").status_code == 302


def test_a_pending_sign_in_is_over_after_a_while(app: Flask) -> None:
    browser = half_way(app)
    with frozen_at(utc_now() + datetime.timedelta(minutes=16)):
        assert browser.get(CODE).location == "/login/"


def test_the_secret_stands_locked_in_the_database_and_opens_for_its_person_only(app: Flask) -> None:
    with app.app_context():
        kept = db.session.scalar(select(SecondFactor.secret))
        owner, clerk = person_number(app, "owner"), person_number(app, "clerk")
        assert kept is not None
        assert second_steps.SECRET.encode() not in kept
        with transaction():
            factors.put_factor(clerk, factors.TOTP, second_steps.SECRET)
            db.session.execute(
                update(SecondFactor).where(SecondFactor.person_id == clerk).values(secret=kept)
            )
        db.session.remove()
    browser = half_way(app, "clerk")

    assert owner != clerk
    assert send_code(browser, second_steps.code()) == 409


def test_an_owner_resets_the_phone_of_a_clerk_who_is_asked_nothing_more(
    app: Flask, signed_in: Callable[[str], FlaskClient]
) -> None:
    codes_of(app, "clerk")
    clerk, owner = signed_in("clerk"), signed_in("owner")

    answer = post(owner, f"/users/{token(app, 'clerk')}/factor", page=f"/users/{token(app, 'clerk')}/link")

    assert answer.status_code == 302
    assert clerk.get("/profile/").status_code == 302
    assert enter_password(app.test_client(), "clerk").location == "/"


def test_a_remembered_counter_needs_the_password_only_until_the_phone_changes(app: Flask) -> None:
    codes_of(app, "clerk")
    browser = half_way(app, "clerk")
    post(browser, CODE, {"code": second_steps.code(), "trust": "1"})
    post(browser, "/logout/", page="/profile/")

    remembered = enter_password(browser, "clerk").location
    elsewhere = enter_password(app.test_client(), "clerk").location
    post(browser, "/logout/", page="/profile/")
    other_person = enter_password(browser, "owner").location
    with frozen_at(utc_now() + datetime.timedelta(days=31)):
        later = enter_password(browser, "clerk").location

    assert (remembered, elsewhere, other_person, later) == ("/", CODE, CODE, CODE)


def test_an_owners_browser_is_never_remembered(app: Flask) -> None:
    browser = half_way(app)
    page = browser.get(CODE).get_data(as_text=True)
    post(browser, CODE, {"code": second_steps.code(), "trust": "1"})
    post(browser, "/logout/", page="/profile/")

    assert 'name="trust"' not in page
    assert enter_password(browser, "owner").location == CODE


def test_what_a_role_asks_for_cannot_be_switched_off(signed_in: Callable[[str], FlaskClient]) -> None:
    browser = signed_in("owner")

    answer = post(browser, "/profile/security/remove", page="/profile/security/")

    assert answer.status_code == 403


def test_a_clerk_sets_up_a_phone_and_switches_it_off_again(
    app: Flask, signed_in: Callable[[str], FlaskClient]
) -> None:
    browser, other = signed_in("clerk"), signed_in("clerk")

    kept = enrol(browser)
    asked = enter_password(app.test_client(), "clerk").location
    ended = other.get("/profile/").status_code
    off = post(browser, "/profile/security/remove", page="/profile/security/")

    assert kept.status_code == 200
    assert asked == CODE
    assert ended == 302
    assert off.location == "/profile/security/"
    assert enter_password(app.test_client(), "clerk").location == "/"


def test_the_square_says_what_the_key_says(app: Flask, signed_in: Callable[[str], FlaskClient]) -> None:
    page = signed_in("clerk").get("/login/enrol/").get_data(as_text=True)

    assert "<svg" in page
    assert "style=" not in page
    assert page.count("otpauth://totp/") == 1
    with app.app_context():
        assert sum(row is not None for row in db.session.scalars(select(SignInSession.offered))) == 1
        db.session.remove()


def test_a_role_that_asks_for_a_phone_signs_out_who_has_none(
    app: Flask, signed_in: Callable[[str], FlaskClient]
) -> None:
    owner, clerk = signed_in("owner"), signed_in("clerk")
    address = f"/roles/{encode_token([role_number(app, 'Clerk')])}"
    page = owner.get(address).get_data(as_text=True)
    ticked = re.findall(r'name="granted" value="([^"]+)"[^>]* checked', page)

    saved = save(owner, address, name="Clerk", granted=ticked, need="totp")

    assert saved.status_code == 302
    assert clerk.get("/profile/").status_code == 302
    assert enter_password(clerk, "clerk").location == "/login/enrol/"
    assert save(owner, address, name="Clerk", granted=ticked, need="no").status_code == 302
    assert enter_password(app.test_client(), "clerk").location == "/"


def test_a_renamed_role_asks_for_what_it_asked_before(
    app: Flask, signed_in: Callable[[str], FlaskClient]
) -> None:
    with app.app_context():
        number = add_role_named("Pharmacist")
    address = f"/roles/{encode_token([number])}"

    saved = save(signed_in("owner"), address, name="Head of drugs")

    assert saved.status_code == 302
    with app.app_context():
        role = find_role(number)
        assert (role.name, need_of(role)) == ("Head of drugs", "any")
        db.session.remove()


def add_role_named(name: str) -> int:
    """Make a role without a word on second factors, as the first run does."""
    with transaction():
        made = insert(Role.__table__).values(name=name).execution_options(unjournalled="a test's own role")
        return int(db.session.connection().execute(made).inserted_primary_key[0])


def save(browser: FlaskClient, address: str, **values: object) -> Any:
    """Send a role's form with the stamp that its page shows."""
    return post(browser, f"{address}/edit", {"stamp": stamp_of(browser, address), **values}, page=address)
