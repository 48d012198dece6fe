"""Sessions: a new one at each sign-in, listed, and over at once everywhere when it should be."""

from __future__ import annotations

import datetime
import subprocess
import sys
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.access import accounts
from app.access.passwords import hash_password
from app.access.signing import clearing, links, sessions
from app.access.signing.tables import SignInSession
from app.core.clock import frozen_at, utc_now
from app.core.database import db
from app.core.transaction import transaction
from tests.access.accounts import NEW_PASSWORD, choose_password, edit, link_on, role_number, token
from tests.access.conftest import PASSWORD, House, enter, make_other_process, person_number, post
from tests.support.databases import in_threads


def copied(browser: FlaskClient, app: Flask) -> FlaskClient:
    """Return a thief's browser with the same cookie."""
    thief = app.test_client()
    name = app.config["SESSION_COOKIE_NAME"]
    cookie = browser.get_cookie(name)
    assert cookie is not None
    thief.set_cookie(name, cookie.value)
    return thief


def is_in(browser: FlaskClient) -> bool:
    """Say whether the browser is let in."""
    return bool(browser.get("/profile/").status_code == 200)


def sign_out(house: House, victim: FlaskClient) -> None:
    post(victim, "/logout/", page="/profile/")


def change_own_password(house: House, victim: FlaskClient) -> None:
    form = {"old": PASSWORD, "new": NEW_PASSWORD, "again": NEW_PASSWORD}
    assert post(victim, "/profile/password/", form, page="/profile/").status_code == 302


def be_given_a_link(house: House, victim: FlaskClient) -> None:
    owner = house.app.test_client()
    enter(owner, "owner")
    made = post(owner, f"/users/{token(house.app, 'clerk')}/link")
    choose_password(house.app.test_client(), link_on(made))


def get_another_role(house: House, victim: FlaskClient) -> None:
    owner = house.app.test_client()
    enter(owner, "owner")
    role = str(role_number(house.app, "Manager"))
    address = f"/users/{token(house.app, 'clerk')}/edit"
    assert edit(owner, address, full_name="Z", roles=[role], active="1").status_code == 302


def be_closed(house: House, victim: FlaskClient) -> None:
    owner = house.app.test_client()
    enter(owner, "owner")
    role = str(role_number(house.app, "Clerk"))
    assert (
        edit(owner, f"/users/{token(house.app, 'clerk')}/edit", full_name="Z", roles=[role]).status_code
        == 302
    )


def lose_the_phone(house: House, victim: FlaskClient) -> None:
    owner = house.app.test_client()
    enter(owner, "owner")
    page = f"/users/{token(house.app, 'clerk')}/link"
    assert post(owner, f"/users/{token(house.app, 'clerk')}/factor", page=page).status_code == 302


def be_rescued(house: House, victim: FlaskClient) -> None:
    with house.app.app_context():
        accounts.rescue_owner("clerk", NEW_PASSWORD)
        db.session.remove()


def end_all_others(house: House, victim: FlaskClient) -> None:
    other = house.app.test_client()
    enter(other, "clerk")
    post(other, "/profile/security/end-others", page="/profile/security/")


ENDINGS = (
    sign_out,
    change_own_password,
    be_given_a_link,
    get_another_role,
    be_closed,
    lose_the_phone,
    be_rescued,
    end_all_others,
)


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_copied_cookie_is_worth_nothing_after(
    house_on: House, ending: Callable[[House, FlaskClient], None]
) -> None:
    victim = house_on.app.test_client()
    enter(victim, "clerk")
    thief = copied(victim, house_on.app)
    elsewhere = make_other_process(house_on)
    thief_elsewhere = copied(victim, elsewhere)
    assert is_in(thief)
    assert is_in(thief_elsewhere)

    ending(house_on, victim)

    assert not is_in(thief)
    assert not is_in(thief_elsewhere)


ASK = """
import sys
import config
from app import create_app
app = create_app(config.load({"KEBU_HOME": sys.argv[1], "KEBU_DATABASE_URL": sys.argv[2]}))
browser = app.test_client()
for cookie in sys.stdin:
    browser.set_cookie("kebu", cookie.strip())
    print(browser.get("/profile/").status_code, flush=True)
"""


def test_an_ended_session_is_refused_by_the_next_request_of_another_process(house: House) -> None:
    victim = house.app.test_client()
    enter(victim, "clerk")
    cookie = victim.get_cookie("kebu")
    assert cookie is not None
    url = house.app.config["SQLALCHEMY_DATABASE_URI"]
    with subprocess.Popen(
        [sys.executable, "-c", ASK, str(house.home), url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None

        def ask() -> str:
            other.stdin.write(f"{cookie.value}\n")
            other.stdin.flush()
            return str(other.stdout.readline().strip())

        before = ask()
        sign_out(house, victim)
        after = ask()
        other.stdin.close()

    assert (before, after) == ("200", "302")


def test_each_sign_in_has_a_number_of_its_own(app: Flask) -> None:
    seen = set()
    browser = app.test_client()
    for _time in range(3):
        enter(browser, "clerk")
        with browser.session_transaction() as session:
            seen.add(session["_user_id"])
        post(browser, "/logout/", page="/profile/")

    assert len(seen) == 3


def test_a_number_planted_before_signing_in_is_not_used(app: Flask) -> None:
    browser = app.test_client()
    planted = sessions.new_secret()
    with browser.session_transaction() as session:
        session["_user_id"], session["pending"] = planted, planted
    enter(browser, "clerk")

    with browser.session_transaction() as session:
        assert session["_user_id"] != planted
        assert "pending" not in session


def test_the_database_holds_no_number_that_a_browser_carries(app: Flask) -> None:
    browser = app.test_client()
    enter(browser, "clerk")
    with browser.session_transaction() as session:
        secret = session["_user_id"]
    with app.app_context():
        rows = db.session.execute(select(SignInSession.__table__)).all()
        db.session.remove()

    assert rows
    assert secret not in str(rows)


@pytest.mark.parametrize(("minutes", "there"), [(29, True), (31, False)])
def test_a_session_left_alone_ends(app: Flask, minutes: int, there: bool) -> None:
    browser = app.test_client()
    enter(browser, "clerk")

    with frozen_at(utc_now() + datetime.timedelta(minutes=minutes)):
        assert is_in(browser) is there


def test_a_session_in_use_lasts_twelve_hours_and_no_longer(app: Flask) -> None:
    browser = app.test_client()
    start = utc_now()
    enter(browser, "clerk")

    alive = []
    for quarter in range(1, 50):
        with frozen_at(start + datetime.timedelta(minutes=15 * quarter, seconds=-1)):
            alive.append(is_in(browser))

    assert alive == [True] * 48 + [False]


def test_a_page_writes_nothing_about_the_session_for_minutes(
    app: Flask, signed_in: Callable[[str], FlaskClient], statements: Callable[..., object]
) -> None:
    browser = signed_in("clerk")
    with app.app_context():
        engine = db.engine

    with statements(engine) as fresh:
        browser.get("/profile/")
    with frozen_at(utc_now() + datetime.timedelta(minutes=6)), statements(engine) as stale:
        browser.get("/profile/")
        browser.get("/profile/")

    assert not [text for text in fresh if text.startswith("UPDATE")]
    assert len([text for text in stale if text.startswith("UPDATE access_session")]) == 1


def test_one_statement_about_sessions_a_page(
    app: Flask, signed_in: Callable[[str], FlaskClient], statements: Callable[..., object]
) -> None:
    browser = signed_in("clerk")
    browser.get("/people/customer/")
    with app.app_context():
        engine = db.engine

    with statements(engine) as seen:
        browser.get("/people/customer/")

    about = [text for text in seen if ("access_" in text and "access_branch" not in text) or "ab_" in text]
    assert len([text for text in about if "access_session" in text]) == 1
    assert len(about) <= 3


def test_a_person_sees_the_own_sessions_and_ends_one(
    app: Flask, signed_in: Callable[[str], FlaskClient]
) -> None:
    here, there, stranger = signed_in("clerk"), signed_in("clerk"), signed_in("manager")
    with there.session_transaction() as session:
        mark = sessions.digest_of(session["_user_id"])[:32]
    with stranger.session_transaction() as session:
        foreign = sessions.digest_of(session["_user_id"])[:32]

    page = here.get("/profile/security/").get_data(as_text=True)
    refused = post(here, "/profile/security/end", {"mark": foreign}, page="/profile/security/")
    answer = post(here, "/profile/security/end", {"mark": mark}, page="/profile/security/")

    assert page.count("This one") == 1
    assert mark in page
    assert foreign not in page
    assert refused.status_code == 404
    assert answer.status_code == 302
    assert (is_in(here), is_in(there), is_in(stranger)) == (True, False, True)


@pytest.mark.parametrize("mark", ["", "%", "_" * 32, "a" * 31, "a" * 32, "' OR 1=1 --" + "a" * 21])
def test_a_forged_mark_ends_nothing(signed_in: Callable[[str], FlaskClient], mark: str) -> None:
    here, there = signed_in("clerk"), signed_in("clerk")

    answer = post(here, "/profile/security/end", {"mark": mark}, page="/profile/security/")

    assert answer.status_code == 404
    assert is_in(there)


def test_what_is_long_over_is_cleared_away(house_on: House) -> None:
    app = house_on.app
    enter(app.test_client(), "clerk")
    with app.app_context():
        kept = db.session.scalar(select(func.count()).select_from(SignInSession))
        with frozen_at(utc_now() + datetime.timedelta(days=400)), transaction():
            gone = clearing._clear_some()
        left = db.session.scalar(select(func.count()).select_from(SignInSession))
        db.session.remove()

    assert kept
    assert gone[0] == kept
    assert left == 0


def test_a_link_works_once_and_not_for_ever(house_on: House) -> None:
    app = house_on.app
    owner = app.test_client()
    enter(owner, "owner")
    first = link_on(post(owner, f"/users/{token(app, 'clerk')}/link"))
    second = link_on(post(owner, f"/users/{token(app, 'clerk')}/link"))
    browser = app.test_client()

    void = browser.get(first).status_code
    with frozen_at(utc_now() + datetime.timedelta(hours=25)):
        late = browser.get(second).status_code
    used = choose_password(browser, second).status_code
    again = app.test_client().get(second).status_code

    assert (void, late, used, again) == (404, 404, 302, 404)


def test_of_ten_people_with_one_link_one_sets_the_password(house_on: House) -> None:
    app = house_on.app
    owner = app.test_client()
    enter(owner, "owner")
    secret = link_on(post(owner, f"/users/{token(app, 'clerk')}/link")).removeprefix("/link/")
    number = person_number(app, "clerk")
    with app.app_context():
        hashes = [hash_password(f"{NEW_PASSWORD} {each}") for each in range(10)]
    outcomes: list[str] = []

    def use(hashed: str) -> Callable[[], None]:
        def run() -> None:
            with app.app_context():
                try:
                    links.use_link(secret, number, hashed)
                    outcomes.append("set")
                except links.NotFound:
                    outcomes.append("over")
                finally:
                    db.session.remove()

        return run

    failures = in_threads([use(each) for each in hashes])

    assert failures == []
    assert sorted(outcomes) == ["over"] * 9 + ["set"]
