"""Guessing: slowed down on every path and in every process, while the right person gets in."""

from __future__ import annotations

import datetime
import subprocess
import sys
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.access.models import Person
from app.access.signing import attempts
from app.access.signing.attempts import BY_ACCOUNT, BY_ADDRESS, BY_PAIR, TooManyTries
from app.access.signing.tables import Attempt
from app.access.signing.tokens import network
from app.core.clock import frozen_at, utc_now
from app.core.database import db
from app.messaging.models import Security
from tests.access.accounts import link_on, token
from tests.access.conftest import House, enter, enter_password, post, token_of
from tests.messaging.conftest import set_sending
from tests.support import redis_server
from tests.support.databases import in_threads


def tries(client: FlaskClient, username: str, times: int, address: str = "203.0.113.7") -> list[int]:
    """Return the answers to this many wrong passwords from one address."""
    csrf = token_of(client)
    form = {"csrf_token": csrf, "username": username, "password": "wrong wrong wrong"}
    return [
        client.post("/login/", data=form, environ_base={"REMOTE_ADDR": address}).status_code
        for _try in range(times)
    ]


@pytest.mark.usefixtures("counted_in")
def test_a_thousand_guesses_an_hour_get_a_handful_of_answers(app: Flask) -> None:
    browser, start = app.test_client(), utc_now()
    answers = []
    for number in range(40):
        with frozen_at(start + datetime.timedelta(seconds=90 * number)):
            answers += tries(browser, "owner", 25)

    assert len(answers) == 1000
    assert answers.count(401) <= 15


@pytest.mark.usefixtures("counted_in")
def test_nobody_waits_longer_than_a_quarter_of_an_hour(app: Flask) -> None:
    start = utc_now()
    for hour in range(6):
        with frozen_at(start + datetime.timedelta(minutes=16 * hour)):
            tries(app.test_client(), "owner", 10, "127.0.0.1")

    with frozen_at(start + datetime.timedelta(minutes=16 * 6)):
        assert enter_password(app.test_client(), "owner").status_code == 302


@pytest.mark.usefixtures("counted_in")
def test_known_unknown_and_closed_accounts_are_slowed_down_alike(app: Flask) -> None:
    with app.app_context():
        db.session.execute(
            update(Person)
            .where(Person.username == "manager")
            .values(active=False)
            .execution_options(unjournalled="a test arranges its shop")
        )
        db.session.commit()

    seen = {
        name: tries(app.test_client(), name, 8, f"203.0.113.{number}")
        for number, name in enumerate(("owner", "manager", "nobody.here"))
    }

    assert len({tuple(answers) for answers in seen.values()}) == 1


def test_a_name_and_its_address_share_one_count(app: Flask) -> None:
    with app.app_context():
        db.session.execute(
            update(Person)
            .where(Person.username == "clerk")
            .values(email="wei@example.com")
            .execution_options(unjournalled="a test arranges its shop")
        )
        db.session.commit()

    first = tries(app.test_client(), "clerk", 5)
    other = tries(app.test_client(), "WEI@example.com", 1)

    assert (first, other) == ([401] * 5, [429])


@pytest.mark.usefixtures("counted_in")
def test_whoever_signs_in_here_every_day_is_not_locked_out_by_strangers(app: Flask) -> None:
    counter = app.test_client()
    enter(counter, "clerk")
    post(counter, "/logout/", page="/profile/")
    stranger = app.test_client()
    for number in range(30):
        tries(stranger, "clerk", 5, f"198.51.100.{number}")
    for _time in range(3):
        tries(stranger, "clerk", 5, "127.0.0.1")

    from_anywhere = tries(app.test_client(), "clerk", 1, "192.0.2.9")
    at_the_counter = enter_password(counter, "clerk")

    assert from_anywhere == [429]
    assert at_the_counter.location == "/"


@pytest.mark.usefixtures("counted_in")
def test_many_names_from_one_address_are_slowed_down(app: Flask) -> None:
    browser = app.test_client()

    answers = [tries(browser, f"person{number}", 1)[0] for number in range(60)]

    assert answers[:50] == [401] * 50
    assert set(answers[50:]) == {429}
    assert tries(browser, "person1", 1, "203.0.113.8") == [401]


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unix:", "unix:"),
    ],
)
def test_an_ipv6_customer_counts_as_one(app: Flask, address: str, counted: str) -> None:
    with app.test_request_context("/", environ_base={"REMOTE_ADDR": address}):
        assert network() == counted


def own_password(app: Flask) -> list[int]:
    browser = app.test_client()
    enter(browser, "clerk")
    form = {"old": "wrong wrong wrong", "new": "nine loud trumpets", "again": "nine loud trumpets"}
    return [post(browser, "/profile/password/", form, page="/profile/").status_code for _try in range(7)]


def step_up(app: Flask) -> list[int]:
    browser = app.test_client()
    enter(browser, "clerk")
    return [post(browser, "/step-up/", {"proof": "wrong wrong wrong"}).status_code for _try in range(7)]


def code(app: Flask) -> list[int]:
    browser = app.test_client()
    enter_password(browser, "owner")
    return [post(browser, "/login/code/", {"code": "000000"}).status_code for _try in range(7)]


def recovery(app: Flask) -> list[int]:
    browser = app.test_client()
    enter_password(browser, "owner")
    form = {"code": "aaaaa-aaaaa", "way": "paper"}
    return [post(browser, "/login/code/", form).status_code for _try in range(7)]


def form(app: Flask) -> list[int]:
    return tries(app.test_client(), "clerk", 7)


@pytest.mark.usefixtures("counted_in")
@pytest.mark.parametrize("path", [form, code, recovery, own_password, step_up])
def test_every_path_is_slowed_down_after_five_wrong_tries(
    app: Flask, path: Callable[[Flask], list[int]]
) -> None:
    answers = path(app)

    assert 429 not in answers[:5]
    assert answers[5:] == [429, 429]


@pytest.mark.usefixtures("counted_in")
def test_guessing_links_is_slowed_down(app: Flask) -> None:
    browser = app.test_client()
    address = "/link/" + "A" * 43

    answers = [browser.get(address).status_code for _try in range(22)]

    assert answers[:20] == [404] * 20
    assert answers[20:] == [429] * 2


@pytest.mark.usefixtures("counted_in")
def test_a_right_link_may_be_opened_often(app: Flask) -> None:
    owner, browser = app.test_client(), app.test_client()
    enter(owner, "owner")
    link = link_on(post(owner, f"/users/{token(app, 'clerk')}/link"))

    assert {browser.get(link).status_code for _time in range(40)} == {200}


def taken_at_once(app: Flask) -> list[bool]:
    """Try fifty times, ten at the same moment, and return which tries were allowed."""
    taken: list[bool] = []

    def run() -> None:
        with app.app_context():
            try:
                attempts.take_try((BY_PAIR, "somebody"), (BY_ADDRESS, "somewhere"), (BY_ACCOUNT, "somebody"))
                taken.append(True)
            except TooManyTries:
                taken.append(False)
            finally:
                db.session.remove()

    failures = [failure for _round in range(5) for failure in in_threads([run] * 10)]
    assert failures == []
    assert len(taken) == 50
    return taken


def test_of_many_tries_at_once_no_more_than_allowed_are_checked(house_on: House) -> None:
    assert sum(taken_at_once(house_on.app)) == BY_PAIR.free


@pytest.mark.usefixtures("counted_in")
def test_of_many_tries_at_once_no_more_are_checked_wherever_they_are_counted(app: Flask) -> None:
    assert sum(taken_at_once(app)) == BY_PAIR.free


TRY = """
import sys
import config
from app import create_app
from app.access.signing import attempts
home, database, redis = sys.argv[1:]
app = create_app(
    config.load({"KEBU_HOME": home, "KEBU_DATABASE_URL": database, "KEBU_REDIS_URL": redis})
)
with app.app_context():
    for _line in sys.stdin:
        try:
            attempts.take_try((attempts.BY_PAIR, "shared"))
            print("taken", flush=True)
        except attempts.TooManyTries:
            print("refused", flush=True)
"""


def test_two_processes_count_together(house: House, counted_in: str) -> None:
    redis = redis_server.redis_address() if counted_in == "redis" else ""
    url = house.app.config["SQLALCHEMY_DATABASE_URI"]
    arguments = [sys.executable, "-c", TRY, str(house.home), url, redis]
    with (
        subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as one,
        subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other,
    ):
        answers = []
        for number in range(8):
            process = (one, other)[number % 2]
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write("\n")
            process.stdin.flush()
            answers.append(process.stdout.readline().strip())
        for process in (one, other):
            assert process.stdin is not None
            process.stdin.close()

    assert answers == ["taken"] * 5 + ["refused"] * 3


@pytest.mark.usefixtures("counted_in")
def test_a_success_forgives_what_was_tried_before(app: Flask) -> None:
    tries(app.test_client(), "clerk", 4, "127.0.0.1")
    enter(app.test_client(), "clerk")

    assert tries(app.test_client(), "clerk", 5, "127.0.0.1") == [401] * 5


def test_the_counters_hold_neither_names_nor_addresses(app: Flask) -> None:
    tries(app.test_client(), "clerk", 1)
    with app.app_context():
        kept = str(db.session.execute(select(Attempt.__table__)).all())
        db.session.remove()

    assert "clerk" not in kept
    assert "203.0.113" not in kept


def test_a_forgotten_password_is_answered_alike_for_everybody(
    app: Flask, statements: Callable[..., object]
) -> None:
    seen, texts = {}, {}
    with app.app_context():
        set_sending(
            smtp_host="127.0.0.1", smtp_port=1, sender="shop@example.com", smtp_security=Security.NONE
        )
        db.session.remove()
    for username in ("clerk", "nobody"):
        browser = app.test_client()
        csrf = token_of(browser, "/login/forgotten/")
        with app.app_context():
            engine = db.engine
        with statements(engine) as recorded:
            answer = browser.post("/login/forgotten/", data={"username": username, "csrf_token": csrf})
        seen[username] = len(recorded)
        said = "a link is on its way" in browser.get("/login/").get_data(as_text=True)
        texts[username] = (answer.status_code, answer.location, said)

    assert seen["clerk"] == seen["nobody"]
    assert texts["clerk"] == texts["nobody"] == (302, "/login/", True)
