"""Codes by text message: to a number that only its person and the provider read, capped, and never to an owner."""

from __future__ import annotations

import datetime
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, inspect, literal_column, select, table, update

from app.access.accounts import find_person
from app.access.models import Person
from app.access.roles import find_role
from app.access.signing.attempts import TEXTS_A_DAY, TEXTS_TO_NUMBER_A_DAY
from app.access.signing.mobiles import mobile_of, set_mobile
from app.access.signing.role_needs import set_need
from app.access.signing.tables import SentCode
from app.core.clock import frozen_at, utc_now
from app.core.database import db
from app.core.transaction import transaction
from app.journal.models import JournalEntry
from app.messaging.models import Security, SmsProvider
from app.messaging.sending_settings import SMS_ENDPOINT
from tests.access.accounts import role_number, stamp_of, token
from tests.access.conftest import House, enter, enter_password, make_other_process, person_number, post
from tests.messaging.conftest import send, set_sending
from tests.messaging.servers import KEY, SECRET, Mailbox, SmsBox, mail_server, sms_server

SEND, CODE = "/login/code/send", "/login/code/"
MOBILE, CONFIRM = "/profile/security/mobile/", "/profile/security/mobile/code"
NUMBER, SHOWN, OTHER = "13800001234", "138****1234", "13911115678"
UNJOURNALLED = {"unjournalled": "a test arranges its shop"}


def arrange(house: House, box: SmsBox) -> None:
    """Let a shop send text messages, its clerks need a second step, and its clerk and owner have one number."""
    house.app.config[SMS_ENDPOINT] = box.endpoint
    clerk = role_number(house.app, "Clerk")
    with house.app.app_context():
        set_sending(
            sms_provider=SmsProvider.ALIYUN,
            sms_key=KEY,
            sms_secret=SECRET,
            sms_sign="毛球宠物",
            sms_template="SMS_1",
        )
        with transaction():
            set_need(find_role(clerk), "any")
        for name in ("clerk", "owner"):
            with transaction():
                set_mobile(db.session.scalars(select(Person).where(Person.username == name)).one(), NUMBER)
        db.session.remove()


@pytest.fixture
def texts(house: House) -> Iterator[SmsBox]:
    """A provider on this machine that the shop sends by."""
    with sms_server(SmsBox()) as box:
        arrange(house, box)
        yield box
    house.app.config.pop(SMS_ENDPOINT)


@pytest.fixture
def texts_on(house_on: House) -> Iterator[SmsBox]:
    """The same on each of the three databases."""
    with sms_server(SmsBox()) as box:
        arrange(house_on, box)
        yield box
    house_on.app.config.pop(SMS_ENDPOINT)


@pytest.fixture
def mail_box(house: House, texts: SmsBox) -> Iterator[Mailbox]:
    """A mail server beside it; the clerk has an address too."""
    with mail_server(Mailbox()) as box:
        with house.app.app_context():
            set_sending(
                smtp_host="127.0.0.1",
                smtp_port=box.port,
                sender="shop@example.com",
                smtp_security=Security.NONE,
            )
            clerk = update(Person).where(Person.username == "clerk").values(email="clerk@example.com")
            db.session.execute(clerk.execution_options(**UNJOURNALLED))
            db.session.commit()
            db.session.remove()
        yield box


def delivered(app: Flask) -> None:
    """Do what a worker does."""
    with app.app_context():
        send()
        db.session.remove()


def code_at(box: SmsBox) -> str:
    """Return the last code that the provider was given."""
    return str(json.loads(box.taken[-1]["TemplateParam"])["code"])


def asked(app: Flask, username: str = "clerk") -> FlaskClient:
    """Return a browser in which a code is asked for."""
    browser = app.test_client()
    enter_password(browser, username)
    return browser


def number_of(app: Flask, username: str) -> str:
    """Return a person's number as the program reads it."""
    with app.app_context():
        number = mobile_of(find_person(person_number(app, username)))
        db.session.remove()
    return number


def type_code(browser: FlaskClient, code: str) -> Any:
    """Type a sent code."""
    return post(browser, CODE, {"code": code, "way": "sent"})


def test_a_code_by_text_message_lets_in_once(house_on: House, texts_on: SmsBox) -> None:
    app = house_on.app
    browser, thief = asked(app), asked(app)
    page = browser.get(CODE + "?way=sent").get_data(as_text=True)
    post(browser, SEND, {"by": "sms"}, page=CODE)
    delivered(app)

    assert SHOWN in page and NUMBER not in page
    assert [taken["PhoneNumbers"] for taken in texts_on.taken] == [NUMBER]
    assert type_code(thief, code_at(texts_on)).status_code == 401
    assert type_code(browser, code_at(texts_on)).location == "/"
    assert type_code(thief, code_at(texts_on)).status_code == 401


def test_the_person_chooses_between_mail_and_text_message(
    house: House, texts: SmsBox, mail_box: Mailbox
) -> None:
    browser = asked(house.app)
    page = browser.get(CODE + "?way=sent").get_data(as_text=True)

    post(browser, SEND, {"by": "mail"}, page=CODE)
    delivered(house.app)
    by_mail = (len(mail_box.mails), len(texts.taken))
    post(browser, SEND, {"by": "sms"}, page=CODE)
    delivered(house.app)

    assert 'name="by" value="mail"' in page and 'name="by" value="sms"' in page
    assert by_mail == (1, 0)
    assert (len(mail_box.mails), len(texts.taken)) == (1, 1)
    assert type_code(browser, code_at(texts)).location == "/"


def test_a_code_by_text_message_ends_after_five_minutes_and_after_five_tries(
    house: House, texts: SmsBox
) -> None:
    guesser, late = asked(house.app), asked(house.app)
    post(guesser, SEND, {"by": "sms"}, page=CODE)
    delivered(house.app)
    wrong = "000000" if code_at(texts) != "000000" else "111111"
    answers = [type_code(guesser, wrong).status_code for _try in range(5)]
    with frozen_at(utc_now() + datetime.timedelta(minutes=4)):
        assert type_code(guesser, code_at(texts)).status_code == 401
    assert answers == [401] * 5

    post(late, SEND, {"by": "sms"}, page=CODE)
    delivered(house.app)
    with frozen_at(utc_now() + datetime.timedelta(minutes=5, seconds=1)):
        assert type_code(late, code_at(texts)).status_code == 401


def test_an_owner_is_sent_no_text_message(house: House, texts: SmsBox) -> None:
    browser = asked(house.app, "owner")

    post(browser, SEND, {"by": "sms"}, page=CODE)
    delivered(house.app)

    assert texts.taken == []
    assert SEND not in browser.get(CODE).get_data(as_text=True)
    enter(browser, "owner")
    assert browser.get(MOBILE).status_code == 404


def test_without_a_way_to_send_text_messages_none_is_offered(house: House, texts: SmsBox) -> None:
    with house.app.app_context():
        set_sending(sms_provider=SmsProvider.NONE)
        db.session.remove()

    browser = asked(house.app)

    assert browser.get(CODE).location == "/login/"
    assert "/profile/" not in browser.get("/login/enrol/").get_data(as_text=True)
    assert post(browser, SEND, {"by": "sms"}, page="/login/enrol/").location == "/login/"


def test_a_few_text_messages_go_and_every_process_counts_them(house: House, texts: SmsBox) -> None:
    browser, other = asked(house.app), asked(make_other_process(house))

    for _time in range(4):
        post(browser, SEND, {"by": "sms"}, page=CODE)
        post(other, SEND, {"by": "sms"}, page=CODE)
    delivered(house.app)

    assert len(texts.taken) == 5


def test_a_day_has_an_end_for_a_number_however_long_somebody_waits(house: House, texts: SmsBox) -> None:
    browser = asked(house.app)
    morning = utc_now().replace(hour=0, minute=1)
    sent = 0
    for _time in range(TEXTS_TO_NUMBER_A_DAY.free + 5):
        # Signed in each time, which forgives the waiting; the day's count stays.
        with frozen_at(morning + datetime.timedelta(minutes=sent)):
            browser = asked(house.app)
            post(browser, SEND, {"by": "sms"}, page=CODE)
            with house.app.app_context():
                codes = db.session.scalar(select(func.count()).select_from(SentCode))
                db.session.remove()
            if not codes:
                break
            sent += 1
            delivered(house.app)
            assert type_code(browser, code_at(texts)).location == "/"

    assert sent == TEXTS_TO_NUMBER_A_DAY.free < TEXTS_A_DAY.free


def test_neither_the_database_nor_the_journal_nor_the_log_holds_the_number(
    house: House, texts: SmsBox, caplog: pytest.LogCaptureFixture
) -> None:
    browser = asked(house.app)
    with caplog.at_level(logging.DEBUG):
        post(browser, SEND, {"by": "sms"}, page=CODE)
        delivered(house.app)
        type_code(browser, code_at(texts))

    with house.app.app_context():
        kept = {
            name: str(db.session.execute(select(literal_column("*")).select_from(table(name))).all())
            for name in inspect(db.engine).get_table_names()
        }
        kinds = db.session.scalars(
            select(JournalEntry.kind).where(JournalEntry.kind.startswith("access:"))
        ).all()
        db.session.remove()
    assert [name for name, rows in kept.items() if NUMBER in rows or SHOWN in rows] == []
    assert NUMBER not in caplog.text
    assert "access:code_sent" in kinds and "access:mobile_changed" in kinds


def test_ones_own_number_counts_once_its_code_is_typed(
    house: House, texts: SmsBox, mail_box: Mailbox
) -> None:
    browser = asked(house.app)
    post(browser, SEND, {"by": "sms"}, page=CODE)
    delivered(house.app)
    type_code(browser, code_at(texts))
    waiting = asked(house.app)
    post(waiting, SEND, {"by": "sms"}, page=CODE)
    delivered(house.app)
    old = code_at(texts)

    first = post(browser, MOBILE, {"mobile": "139 1111 5678"})
    delivered(house.app)
    before = number_of(house.app, "clerk")
    wrong = post(browser, CONFIRM, {"code": "000000" if code_at(texts) != "000000" else "111111"})
    right = post(browser, CONFIRM, {"code": code_at(texts)})
    delivered(house.app)

    assert (first.location, before, wrong.status_code) == (CONFIRM, NUMBER, 422)
    assert texts.taken[-1]["PhoneNumbers"] == OTHER
    assert right.location == "/profile/security/"
    assert number_of(house.app, "clerk") == OTHER
    assert "139****5678" in browser.get("/profile/security/").get_data(as_text=True)
    assert "number" in mail_box.mails[-1]["Subject"]
    assert type_code(waiting, old).status_code == 401, "what went to the old number is void"
    assert browser.get(CONFIRM).location == MOBILE


def test_ones_own_number_is_changed_after_proving_oneself_only(house: House, texts: SmsBox) -> None:
    browser = asked(house.app)
    post(browser, SEND, {"by": "sms"}, page=CODE)
    delivered(house.app)
    type_code(browser, code_at(texts))

    with frozen_at(utc_now() + datetime.timedelta(minutes=11)):
        asks = browser.get(MOBILE)
        removes = post(browser, f"{MOBILE}remove", page="/profile/security/")
    kept = number_of(house.app, "clerk")

    assert asks.location.startswith("/step-up/") and removes.location.startswith("/step-up/")
    assert kept == NUMBER
    assert post(browser, f"{MOBILE}remove", page="/profile/security/").location == "/profile/security/"
    assert number_of(house.app, "clerk") == ""


def account(browser: FlaskClient, address: str, mobile: str, role: str) -> Any:
    """Save the clerk's account with another number."""
    form = {
        "full_name": "Zhang Wei",
        "email": "new@example.com",
        "mobile": mobile,
        "roles": role,
        "active": "1",
        "stamp": stamp_of(browser, address),
    }
    return post(browser, address, form)


def test_a_manager_sees_the_mask_and_keeps_or_replaces_the_number(
    house: House, texts: SmsBox, mail_box: Mailbox
) -> None:
    browser = house.app.test_client()
    enter(browser, "owner")
    address = f"/users/{token(house.app, 'clerk')}/edit"
    role = str(role_number(house.app, "Clerk"))
    page = browser.get(address).get_data(as_text=True)

    account(browser, address, SHOWN, role)
    kept = number_of(house.app, "clerk")
    refused = account(browser, address, "021 6666 1234", role)
    account(browser, address, OTHER, role)
    delivered(house.app)

    assert f'value="{SHOWN}"' in page and NUMBER not in page
    assert kept == NUMBER
    assert refused.status_code == 422
    assert number_of(house.app, "clerk") == OTHER


def test_a_new_number_is_told_to_the_address_that_the_account_had(
    house: House, texts: SmsBox, mail_box: Mailbox
) -> None:
    browser = house.app.test_client()
    enter(browser, "owner")
    address = f"/users/{token(house.app, 'clerk')}/edit"

    account(browser, address, OTHER, str(role_number(house.app, "Clerk")))
    delivered(house.app)

    assert mail_box.recipients == [["clerk@example.com"]]


def test_a_number_locked_for_one_account_opens_for_no_other(house: House, texts: SmsBox) -> None:
    with house.app.app_context():
        clerk = find_person(person_number(house.app, "clerk"))
        moved = update(Person).where(Person.username == "manager").values(mobile=clerk.mobile)
        db.session.execute(moved.execution_options(**UNJOURNALLED))
        db.session.commit()
        db.session.remove()

    assert number_of(house.app, "manager") == ""
    assert number_of(house.app, "clerk") == NUMBER
