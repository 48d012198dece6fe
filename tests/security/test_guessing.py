"""R14: whatever door is knocked at and from wherever, a thousand guesses get a handful of answers.

By name and password from one address, and that nobody waits longer than a quarter of an hour:
`tests/access/test_lockout.py`.
"""

from __future__ import annotations

import base64
import datetime
import itertools
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.access.signing.attempts import BY_ACCOUNT
from app.access.signing.tables import SignInSession
from app.core.clock import frozen_at, utc_now
from app.core.database import db
from app.journal.models import JournalEntry
from app.messaging.models import Security
from tests.access.accounts import half_way
from tests.access.conftest import PASSWORD, House, enter, enter_password, person_number, post, token_of
from tests.messaging.conftest import set_sending
from tests.support import second_steps

MINUTE = datetime.timedelta(minutes=1)
Guess = Callable[[], int]
CHECKED = (401, 404, 422)
MINUTES = 10
# Redis counts in the same places, with the same limits: there a sixth is enough.
TRIES = {"database": 1_000, "redis": 170}


def code(house: House) -> Guess:
    """Guess the code of a phone, the password being known."""
    browser = half_way(house.app)
    csrf, numbers = token_of(browser, "/login/code/"), itertools.count(1)
    return lambda: (
        browser.post("/login/code/", data={"csrf_token": csrf, "code": f"{next(numbers):06}"}).status_code
    )


def paper(house: House) -> Guess:
    """Guess a code on paper, the password being known."""
    number = person_number(house.app, "owner")
    with house.app.app_context():
        second_steps.set_up(number)
    browser = half_way(house.app)
    csrf, numbers = token_of(browser, "/login/code/"), itertools.count(1)
    return lambda: (
        browser.post(
            "/login/code/", data={"csrf_token": csrf, "way": "paper", "code": f"aaaaa-{next(numbers):05}"}
        ).status_code
    )


def step_up(house: House) -> Guess:
    """Guess the password of somebody whose browser was left open."""
    browser = house.app.test_client()
    enter(browser, "clerk")
    csrf, numbers = token_of(browser, "/step-up/"), itertools.count(1)
    return lambda: (
        browser.post(
            "/step-up/", data={"csrf_token": csrf, "proof": f"wrong wrong {next(numbers)}"}
        ).status_code
    )


def link(house: House) -> Guess:
    """Guess a one-time link."""
    browser, numbers = house.app.test_client(), itertools.count(10**9)
    return lambda: browser.get(f"/link/{next(numbers)}{'A' * 33}").status_code


def own_password(house: House) -> Guess:
    """Guess the old password of somebody whose browser was left open, to set another."""
    browser = house.app.test_client()
    enter(browser, "clerk")
    csrf, new = token_of(browser, "/profile/"), "nine loud trumpets"
    return lambda: (
        browser.post(
            "/profile/password/", data={"csrf_token": csrf, "old": "wrong wrong", "new": new, "again": new}
        ).status_code
    )


def second_person(house: House) -> Guess:
    """Guess codes with a new sign-in before every tenth: the counter is the person's, not the session's."""
    browser, numbers = house.app.test_client(), itertools.count()

    def guess() -> int:
        if next(numbers) % 10 == 0:
            enter_password(browser, "owner")
        return int(post(browser, "/login/code/", {"code": "000000"}, page="/login/").status_code)

    return guess


@pytest.mark.parametrize("door", [code, paper, step_up, link, own_password, second_person])
def test_of_many_guesses_at_a_door_few_are_looked_at(
    house: House, counted_in: str, door: Callable[[House], Guess]
) -> None:
    guess, start, tries = door(house), utc_now(), TRIES[counted_in]
    answers: list[int] = []

    for minute in range(MINUTES):
        with frozen_at(start + minute * MINUTE):
            answers += [guess() for _try in range(tries // MINUTES)]

    looked_at = sum(answer in CHECKED for answer in answers)
    assert looked_at <= (30 if door is link else 12), answers
    assert answers.count(429) >= tries - 32
    assert set(answers) <= {*CHECKED, 429}


def test_an_account_guessed_at_from_everywhere_is_slowed_down_and_opens_within_a_quarter(
    house: House, counted_in: str
) -> None:
    app, start = house.app, utc_now()
    stranger = app.test_client()
    form = {"csrf_token": token_of(stranger), "username": "clerk", "password": "wrong wrong wrong"}

    answers = []
    for number in range(TRIES[counted_in]):
        place = {"REMOTE_ADDR": f"198.51.{number // 200}.{number % 200}"}
        answers.append(stranger.post("/login/", data=form, environ_base=place).status_code)
    with frozen_at(start + datetime.timedelta(minutes=16)):
        later = enter_password(app.test_client(), "clerk")

    assert answers.count(401) <= BY_ACCOUNT.free + 5
    assert later.location == "/", "the right person gets in"


def test_a_name_and_a_password_open_no_address_of_the_api(house: House) -> None:
    browser = house.app.test_client()
    right = base64.b64encode(f"clerk:{PASSWORD}".encode()).decode()
    ways = (f"Basic {right}", "Bearer x", f"Bearer {right}", "Digest x", "Basic ", "Basic \xff")

    answers = [
        browser.get(address, headers={"Authorization": way}).status_code
        for way in ways
        for address in ("/api/v1/people/customer", "/api/v1/openapi.json")
    ]
    posted = browser.post("/api/v1/security/login", json={"username": "clerk", "password": PASSWORD})

    assert set(answers) == {401}
    assert posted.status_code in (400, 404), "without a form's token it does not get as far"
    with house.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(SignInSession)) == 0
        db.session.remove()


@pytest.fixture
def mail(house: House) -> None:
    """A shop that can send mails."""
    with house.app.app_context():
        set_sending(
            smtp_host="127.0.0.1", smtp_port=1, sender="shop@example.com", smtp_security=Security.NONE
        )
        db.session.remove()


@pytest.mark.usefixtures("counted_in")
def test_asking_for_links_again_and_again_sends_few(house: House, mail: None) -> None:
    browser: FlaskClient = house.app.test_client()
    csrf = token_of(browser, "/login/forgotten/")

    answers = [
        browser.post("/login/forgotten/", data={"csrf_token": csrf, "username": "clerk"}).status_code
        for _try in range(100)
    ]

    assert answers.count(302) <= 6
    assert set(answers[6:]) == {429}


@pytest.mark.usefixtures("counted_in")
def test_wrong_tries_and_locks_are_told_without_what_was_typed(house: House) -> None:
    browser = house.app.test_client()
    form = {"csrf_token": token_of(browser), "username": "My secret words", "password": "wrong wrong"}
    for _try in range(7):
        browser.post("/login/", data=form)

    with house.app.app_context():
        entries = list(db.session.scalars(select(JournalEntry).where(JournalEntry.kind.like("access:%"))))
        kinds = [entry.kind for entry in entries]
        texts = "".join(str(entry.after) for entry in entries)
        addresses = {entry.address for entry in entries}
        db.session.remove()
    assert kinds.count("access:sign_in_refused") == 5
    assert kinds.count("access:locked") == 1
    assert addresses == {"127.0.0.1"}
    assert "secret words" not in texts
