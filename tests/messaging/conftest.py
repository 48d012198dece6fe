"""Messages on three databases, with servers on this machine that take them."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.access.events import SecurityMail
from app.access.version import bump_version
from app.core.crypto import Keyring
from app.core.database import db
from app.core.events import publish
from app.core.kernel import kernel
from app.core.transaction import transaction
from app.messaging.models import Message, MessageState, MessagingSettings, Security, SmsProvider
from app.messaging.sending import SENDING
from app.messaging.sending_settings import SMS_ENDPOINT
from app.operations.clock import database_now
from app.operations.errands import ErrandRunner
from tests.messaging.servers import KEY, SECRET, Mailbox, SmsBox, mail_server, sms_server

ADDRESS = "wang.xiaomei@example.com"
PHONE = "13800001234"
LINK = "https://kebu.example.com/link/4f9d1c77aa"
SENDER = "shop@maoqiu.example.com"
LEASE_SECONDS = 30


@pytest.fixture
def box() -> Iterator[Mailbox]:
    """A mail server on this machine."""
    with mail_server(Mailbox()) as found:
        yield found


@pytest.fixture
def sms_box(app_on: Flask) -> Iterator[SmsBox]:
    """A provider of text messages on this machine, which the shop uses, on each of the three databases."""
    with _provider(app_on) as found:
        yield found


@pytest.fixture
def sms_on_sqlite(app: Flask) -> Iterator[SmsBox]:
    """The same on SQLite."""
    with _provider(app) as found:
        yield found


@contextmanager
def _provider(app: Flask) -> Iterator[SmsBox]:
    with sms_server(SmsBox()) as found:
        app.config[SMS_ENDPOINT] = found.endpoint
        set_sending(
            sms_provider=SmsProvider.ALIYUN,
            sms_key=KEY,
            sms_secret=SECRET,
            sms_sign="毛球宠物",
            sms_template="SMS_1",
        )
        yield found
        app.config.pop(SMS_ENDPOINT)


def set_sending(**values: Any) -> None:
    """Save how the shop sends, as the page would; passwords as plain text."""
    with transaction():
        bump_version()
        row = db.session.scalar(select(MessagingSettings).limit(1)) or MessagingSettings(single=1)
        for name, value in values.items():
            if name in ("smtp_password", "sms_secret"):
                place = f"messaging_settings.{name}"
                setattr(row, name, kernel().keys.lock("messaging", value.encode(), place))
            else:
                setattr(row, name, value)
        db.session.add(row)


def use_box(box: Mailbox, **more: Any) -> None:
    """Let the shop send by this server, without encryption."""
    set_sending(
        **{
            "smtp_host": "127.0.0.1",
            "smtp_port": box.port,
            "sender": SENDER,
            "smtp_security": Security.NONE,
            **more,
        }
    )


def mail(kind: str = "invitation", **more: Any) -> SecurityMail:
    """Return the event of a mail to Wang Xiaomei."""
    facts = {"link": LINK, "minutes": "4320", **more.pop("facts", {})}
    values = {"person_id": 1, "kind": kind, "language": "zh_Hans", "address": ADDRESS, "facts": facts}
    return SecurityMail(**{**values, **more})


def write(*events: Any) -> None:
    """Publish events in a transaction of their own."""
    with transaction():
        for event in events:
            publish(event)


def rows() -> list[Message]:
    """Return all messages as they are now, oldest first."""
    db.session.rollback()
    query = select(Message).order_by(Message.id).limit(1000).execution_options(populate_existing=True)
    return list(db.session.scalars(query))


def states() -> list[MessageState]:
    """Return the states of all messages, oldest first."""
    return [row.state for row in rows()]


def send() -> None:
    """Do what a worker does when it looks for messages."""
    # What the test has read stands in a transaction that began before whatever a request has written since.
    db.session.rollback()
    runner = ErrandRunner(SENDING, uuid.uuid4().hex, LEASE_SECONDS, lambda: False)
    runner.look()
    db.session.rollback()


def make_due() -> None:
    """Let the pause before the next try be over."""
    with transaction():
        db.session.execute(update(Message).values(next_at=database_now(-1)))


def other_keys() -> Keyring:
    """Return keys made of another instance key."""
    return Keyring(lambda: bytes(range(32)))


def with_settings(app: Flask, **changes: Any) -> None:
    """Give the application other settings."""
    app.config["KEBU_SETTINGS"] = dataclasses.replace(app.config["KEBU_SETTINGS"], **changes)
    with transaction():
        bump_version()
