"""Codes by mail: for one sign-in, five minutes, five tries, one use, and not without end."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from app.access.events import SecurityMail
from app.access.models import Person
from app.access.roles import find_role
from app.access.signing.role_needs import set_need
from app.access.signing.tables import SentCode
from app.core.clock import frozen_at, utc_now
from app.core.database import db
from app.core.transaction import transaction
from app.messaging.models import Security
from tests.access.accounts import role_number
from tests.access.conftest import House, enter_password, post
from tests.messaging.conftest import set_sending
from tests.support.databases import in_threads

SEND, CODE = "/login/code/send", "/login/code/"


@pytest.fixture
def mails(house: House) -> Iterator[list[SecurityMail]]:
    """A shop that sends mail, whose clerks have addresses and must show a second factor; what it sends."""
    sent: list[SecurityMail] = []
    kernel = house.app.extensions["kebu"]
    handlers = kernel.events._handlers
    before = dict(handlers)
    kernel.events.subscribe({SecurityMail: sent.append})
    clerk = role_number(house.app, "Clerk")
    with house.app.app_context():
        set_sending(
            smtp_host="127.0.0.1", smtp_port=1, sender="shop@example.com", smtp_security=Security.NONE
        )
        with transaction():
            set_need(find_role(clerk), "any")
        addressed = update(Person).where(Person.username.in_(("clerk", "owner")))
        for name in ("clerk", "owner"):
            db.session.execute(
                addressed.where(Person.username == name)
                .values(email=f"{name}@example.com")
                .execution_options(unjournalled="a test arranges its shop")
            )
        db.session.commit()
        db.session.remove()
    yield sent
    handlers.clear()
    handlers.update(before)


def asked(app: Flask, username: str = "clerk") -> FlaskClient:
    """Return a browser in which a code by mail is asked for."""
    browser = app.test_client()
    enter_password(browser, username)
    return browser


def code_in(mails: list[SecurityMail]) -> str:
    """Return the last code that was sent."""
    return next(mail.facts["code"] for mail in reversed(mails) if mail.kind == "code")


def send(browser: FlaskClient, code: str) -> Any:
    """Type a sent code."""
    return post(browser, CODE, {"code": code, "way": "sent"})


def test_a_code_by_mail_lets_in_once(app: Flask, mails: list[SecurityMail]) -> None:
    browser, other = asked(app), asked(app)
    post(browser, SEND, page=CODE)
    code = code_in(mails)

    elsewhere = send(other, code)
    here = send(browser, code)

    assert elsewhere.status_code == 401
    assert here.location == "/"
    assert [mail.address for mail in mails if mail.kind == "code"] == ["clerk@example.com"]
    with app.app_context():
        assert code not in str(db.session.execute(select(SentCode.__table__)).all())
        db.session.remove()


def test_a_code_by_mail_is_over_after_five_minutes(app: Flask, mails: list[SecurityMail]) -> None:
    browser = asked(app)
    post(browser, SEND, page=CODE)

    with frozen_at(utc_now() + datetime.timedelta(minutes=5, seconds=1)):
        assert send(browser, code_in(mails)).status_code == 401


def test_the_right_code_after_five_wrong_ones_is_refused(app: Flask, mails: list[SecurityMail]) -> None:
    browser = asked(app)
    post(browser, SEND, page=CODE)
    code = code_in(mails)
    wrong = "000000" if code != "000000" else "111111"

    answers = [send(browser, wrong).status_code for _try in range(5)]
    with frozen_at(utc_now() + datetime.timedelta(minutes=4)):
        late = send(browser, code).status_code

    assert answers == [401] * 5
    assert late == 401


def test_a_new_code_makes_the_old_one_void(app: Flask, mails: list[SecurityMail]) -> None:
    browser = asked(app)
    post(browser, SEND, page=CODE)
    old = code_in(mails)
    post(browser, SEND, page=CODE)

    assert old == code_in(mails) or send(browser, old).status_code == 401
    assert send(browser, code_in(mails)).location == "/"


def test_no_more_than_a_few_codes_are_sent(app: Flask, mails: list[SecurityMail]) -> None:
    browser = asked(app)

    for _time in range(12):
        post(browser, SEND, page=CODE)

    assert len([mail for mail in mails if mail.kind == "code"]) == 5


def test_an_owner_is_sent_no_code(app: Flask, mails: list[SecurityMail]) -> None:
    browser = asked(app, "owner")

    post(browser, SEND, page=CODE)

    assert [mail for mail in mails if mail.kind == "code"] == []
    assert "/login/code/send" not in browser.get(CODE).get_data(as_text=True)


def test_of_many_equal_codes_at_once_one_lets_in(app: Flask, mails: list[SecurityMail]) -> None:
    browser = asked(app)
    post(browser, SEND, page=CODE)
    code, page = code_in(mails), browser.get(CODE).get_data(as_text=True)
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    cookie = browser.get_cookie("kebu")
    assert cookie is not None
    answers: list[str] = []

    def run() -> None:
        twin = app.test_client()
        twin.set_cookie("kebu", cookie.value)
        answer = twin.post(CODE, data={"code": code, "way": "sent", "csrf_token": token})
        answers.append(answer.location or str(answer.status_code))

    failures = in_threads([run] * 5)

    assert failures == []
    assert answers.count("/") == 1


def test_what_happens_to_an_account_is_told_by_mail(app: Flask, mails: list[SecurityMail]) -> None:
    browser = asked(app)
    post(browser, SEND, page=CODE)
    send(browser, code_in(mails))
    form = {"old": "seven quiet lanterns", "new": "nine loud trumpets", "again": "nine loud trumpets"}
    post(browser, "/profile/password/", form, page="/profile/")

    assert [mail.kind for mail in mails] == ["code", "new_sign_in", "password_changed"]


def test_a_forgotten_password_is_chosen_anew_by_the_link_in_the_mail(
    app: Flask, mails: list[SecurityMail]
) -> None:
    browser = app.test_client()
    post(browser, "/login/forgotten/", {"username": "clerk@example.com"})
    link = mails[-1].facts["link"].removeprefix("http://localhost")

    answer = post(browser, link, {"password": "nine loud trumpets", "again": "nine loud trumpets"})

    assert mails[0].kind == "reset"
    assert answer.location == "/login/code/?way=sent"
    assert enter_password(app.test_client(), "clerk").status_code == 401
