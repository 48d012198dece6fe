"""The pages: how the shop sends, a test message, and the list that never says what was said."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from app.access.events import SecurityText
from app.core.crypto import Keyring
from app.core.database import db
from app.core.kernel import kernel
from app.core.keys import encode_token, uuid7
from app.journal.models import JournalEntry
from app.messaging.letters import masked
from app.messaging.message_pages import MESSAGES
from app.messaging.models import MessageState, MessagingSettings
from app.messaging.sending_settings import outlets
from app.messaging.settings_pages import SETTINGS
from tests.messaging.conftest import ADDRESS, LINK, PHONE, SENDER, mail, rows, send, states, use_box, write
from tests.messaging.servers import KEY, SECRET, Mailbox, SmsBox

SignIn = Callable[..., FlaskClient]
TYPED = {
    "smtp_host": "smtp.example.com",
    "smtp_port": "587",
    "smtp_security": "starttls",
    "sender": SENDER,
    "smtp_user": "shop",
    "smtp_password": "the server's password",
    "sms_provider": "none",
    "days_kept": "30",
    "row_version": "0",
}


@pytest.fixture
def owner(app: Flask, sign_in: SignIn) -> FlaskClient:
    """The owner's browser on SQLite."""
    return sign_in(app.test_client())


def settings() -> MessagingSettings | None:
    """Return the settings as they are stored."""
    db.session.rollback()
    return db.session.scalar(select(MessagingSettings).execution_options(populate_existing=True))


def test_the_settings_are_saved_with_the_password_locked(app_on: Flask, sign_in: SignIn) -> None:
    owner = sign_in(app_on.test_client())

    answer = owner.post(SETTINGS, data=TYPED)

    assert answer.status_code == 302
    row = settings()
    assert row is not None
    assert (row.smtp_host, row.smtp_port, row.sender) == ("smtp.example.com", 587, SENDER)
    assert row.smtp_password is not None
    assert b"password" not in row.smtp_password
    assert outlets().mail is not None
    assert outlets().mail.password == "the server's password"
    page = owner.get(SETTINGS).text
    assert "smtp.example.com" in page
    assert "server&#39;s password" not in page
    journal = db.session.scalars(
        select(JournalEntry).where(JournalEntry.subject == "messaging_settings")
    ).all()
    assert journal
    with db.engine.connect() as connection:
        kept = str(connection.execute(text("SELECT * FROM journal_entry")).all())
    assert "the server" not in kept
    assert row.smtp_password.hex() not in kept


def test_an_empty_password_keeps_the_stored_one_while_the_server_is_the_same(owner: FlaskClient) -> None:
    owner.post(SETTINGS, data=TYPED)

    owner.post(SETTINGS, data={**TYPED, "smtp_password": "", "days_kept": "7", "row_version": "1"})

    assert outlets().days_kept == 7
    assert outlets().mail is not None
    assert outlets().mail.password == "the server's password"


@pytest.mark.parametrize(
    "change", [{"smtp_host": "evil.example.com"}, {"smtp_port": "2525"}, {"smtp_user": "eve"}]
)
def test_the_stored_password_is_never_sent_to_another_server(
    owner: FlaskClient, change: dict[str, str]
) -> None:
    owner.post(SETTINGS, data=TYPED)

    answer = owner.post(SETTINGS, data={**TYPED, "smtp_password": "", "row_version": "1", **change})

    assert answer.status_code == 422
    assert "Type the password" in answer.text
    assert next(iter(change.values())) in answer.text, "what was typed is kept"
    row = settings()
    assert row is not None
    assert row.smtp_host == "smtp.example.com"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"smtp_security": "none"}, "Without encryption anybody on the way"),
        ({"smtp_security": "rot13"}, "choose one of the list"),
        ({"smtp_port": "0"}, "must lie between"),
        ({"smtp_port": "seven"}, "not a number"),
        ({"sender": ""}, "Please fill this in"),
        ({"sender": "shop@exa mple"}, "e-mail"),
        ({"smtp_host": "http://smtp.example.com/"}, "not the name of a server"),
        ({"days_kept": "-1"}, "must lie between"),
        ({"sms_provider": "aliyun"}, "Please fill this in"),
    ],
)
def test_what_can_t_work_is_said_beside_its_field(
    owner: FlaskClient, change: dict[str, str], words: str
) -> None:
    answer = owner.post(SETTINGS, data={**TYPED, **change})

    assert answer.status_code == 422
    assert words in answer.text
    assert settings() is None


def test_two_who_save_at_the_same_time_are_told(owner: FlaskClient) -> None:
    owner.post(SETTINGS, data=TYPED)

    answer = owner.post(SETTINGS, data={**TYPED, "days_kept": "9"})

    assert answer.status_code == 409
    assert "Someone else changed this" in answer.text


def test_a_password_locked_under_another_key_is_told_and_nothing_is_sent(owner: FlaskClient) -> None:
    owner.post(SETTINGS, data=TYPED)
    row = settings()
    assert row is not None
    before, kernel().keys = kernel().keys, Keyring(lambda: bytes(32))
    try:
        owner.post(SETTINGS, data={**TYPED, "smtp_password": "", "row_version": "1", "days_kept": "8"})
        assert kernel().channels == frozenset()
        assert "another instance key" in owner.get(SETTINGS).text
    finally:
        kernel().keys = before


def test_a_test_message_says_what_the_server_says(app: Flask, owner: FlaskClient, box: Mailbox) -> None:
    use_box(box)

    gone = owner.post(f"{SETTINGS}test", data={"channel": "mail", "mail_to": ADDRESS}, follow_redirects=True)
    box.at_recipient = "550 5.1.1 no"
    refused = owner.post(f"{SETTINGS}test", data={"channel": "mail", "mail_to": ADDRESS})
    wrong = owner.post(f"{SETTINGS}test", data={"channel": "mail", "mail_to": "nobody at nowhere"})

    assert "The server has taken the test message" in gone.text
    assert len(box.mails) == 1
    assert refused.status_code == 422
    assert "takes no mail. (550 5.1.1)" in refused.text
    assert ADDRESS in refused.text
    assert wrong.status_code == 422
    assert rows() == [], "a test is no message of the shop"


def test_a_test_text_message_goes_to_the_provider(
    app: Flask, owner: FlaskClient, sms_on_sqlite: SmsBox
) -> None:
    owner.post(f"{SETTINGS}test", data={"channel": "sms", "sms_to": "+86 138 0000 1234"})

    assert [taken["PhoneNumbers"] for taken in sms_on_sqlite.taken] == [PHONE]
    assert KEY in owner.get(SETTINGS).text
    assert SECRET not in owner.get(SETTINGS).text


# --- The list -------------------------------------------------------------------------------------------


def test_the_list_shows_whom_in_part_and_what_not_at_all(
    app_on: Flask, sign_in: SignIn, box: Mailbox
) -> None:
    owner = sign_in(app_on.test_client())
    use_box(box)
    write(mail(), SecurityText(1, "code", "zh_Hans", PHONE, {"code": "730164", "minutes": "5"}))
    send()

    page = owner.get(MESSAGES).text

    assert "w***@example.com" in page
    assert "138****1234" in page
    assert "Invitation" in page
    for secret in (ADDRESS, PHONE, LINK, "730164"):
        assert secret not in page


@pytest.mark.parametrize(
    ("to", "shown"),
    [
        ("w@example.com", "w***@example.com"),
        ("13800001234", "138****1234"),
        ("+85212345678", "+85****5678"),
        ("0571881", "***"),
        ("05718812", "05****12"),
        ("", "***"),
        ("wang xiaomei", "***"),
    ],
)
def test_an_address_is_masked(to: str, shown: str) -> None:
    assert masked(to) == shown


def test_the_list_is_filtered_by_state_and_turned_page_by_page(
    owner: FlaskClient, app: Flask, box: Mailbox
) -> None:
    use_box(box)
    write(*(mail(facts={"link": f"{LINK}{number}"}) for number in range(30)))
    write(mail(address="nowhere"))

    first = owner.get(MESSAGES).text
    dead = owner.get(f"{MESSAGES}?state=dead").text
    following = re.search(r'href="([^"]+)" rel="next"', first)

    assert first.count("<li><div><b>") == 25
    assert dead.count("<li><div><b>") == 1
    assert following is not None
    assert owner.get(following[1]).text.count("<li><div><b>") == 6
    assert "No messages here" in owner.get(f"{MESSAGES}?state=sent").text
    assert owner.get(f"{MESSAGES}?state=nonsense&before=").status_code == 200
    assert owner.get(f"{MESSAGES}?before=nonsense").status_code == 404


def test_the_list_costs_the_same_however_many_there_are(
    owner: FlaskClient, app: Flask, statements: Callable[..., Any]
) -> None:
    write(mail())
    owner.get(MESSAGES)
    with statements() as few:
        owner.get(MESSAGES)
    write(*(mail(facts={"link": f"{LINK}{number}"}) for number in range(60)))
    with statements() as many:
        owner.get(MESSAGES)

    assert len(many) == len(few)


def test_a_dead_message_is_sent_again_from_the_list(owner: FlaskClient, app: Flask, box: Mailbox) -> None:
    use_box(box)
    box.at_recipient = "550 5.1.1 no"
    write(mail())
    send()
    address = f"{MESSAGES}{encode_token([rows()[0].id])}/again"
    assert address in owner.get(MESSAGES).text
    box.at_recipient = "250 OK"

    owner.post(address)
    send()

    assert states() == [MessageState.SENT]
    again = owner.post(address, follow_redirects=True)
    assert "can&#39;t be sent again" in again.text
    assert states() == [MessageState.SENT]


def test_what_no_try_can_help_is_not_offered_again(owner: FlaskClient, app: Flask) -> None:
    write(mail(address="nowhere"))
    address = f"{MESSAGES}{encode_token([rows()[0].id])}/again"

    assert address not in owner.get(MESSAGES).text
    owner.post(address)

    assert states() == [MessageState.DEAD]
    assert owner.post(f"{MESSAGES}{encode_token([uuid7()])}/again").status_code == 404
    assert owner.post(f"{MESSAGES}nonsense/again").status_code == 404


# Written out, because test processes must find tests of the same names.
UNKNOWN = encode_token([uuid.UUID("0190a0a0-0000-7000-8000-000000000000")])


@pytest.mark.parametrize(
    ("method", "path", "manager"),
    [
        ("get", MESSAGES, 200),
        ("post", f"{MESSAGES}{UNKNOWN}/again", 404),
        ("get", SETTINGS, 403),
        ("post", SETTINGS, 403),
        ("post", f"{SETTINGS}test", 403),
    ],
)
def test_each_address_asks_for_its_right(
    app: Flask, sign_in: SignIn, method: str, path: str, manager: int
) -> None:
    assert getattr(app.test_client(), method)(path).status_code in (302, 400)
    assert getattr(sign_in(app.test_client(), "Clerk"), method)(path).status_code == 403
    assert getattr(sign_in(app.test_client(), "Manager"), method)(path).status_code == manager
    refused = sign_in(app.test_client())
    refused.token = ""  # type: ignore[attr-defined]
    if method == "post":
        assert refused.post(path, data=TYPED).status_code == 400, "without a token nothing is written"


def test_messages_are_no_records_of_the_rest_interface(owner: FlaskClient) -> None:
    for path in ("/api/v1/messaging/message/", "/api/v1/messaging/settings/", "/messaging/message/"):
        assert owner.get(path).status_code == 404
