"""The tables of messaging: the outbox, and how the shop sends."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import CheckConstraint, Index, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from app.core.choices import Choices, choice_column
from app.core.clock import UtcDateTime
from app.core.database import Line
from app.core.keys import Key, uuid7
from app.core.record import Record

DAYS_KEPT = 30


class Channel(Choices):
    """How a message goes."""

    MAIL = "mail", _l("E-mail")
    SMS = "sms", _l("Text message")


class MessageState(Choices):
    """What has become of a message."""

    WAITING = "waiting", _l("Waiting")
    SENDING = "sending", _l("Being sent"), "info"
    SENT = "sent", _l("Sent"), "good"
    FAILED = "failed", _l("Tried, will try again"), "warning"
    DEAD = "dead", _l("Not sent"), "bad"


class Security(Choices):
    """How the connection to the mail server is encrypted."""

    STARTTLS = "starttls", _l("STARTTLS (usually port 587)")
    TLS = "tls", _l("TLS from the start (usually port 465)")
    NONE = "none", _l("None (a mail server on this machine only)")


class SmsProvider(Choices):
    """Who sends text messages."""

    NONE = "none", _l("No text messages")
    ALIYUN = "aliyun", _l("Alibaba Cloud SMS")
    TERMINAL = "terminal", _l("Trial: shown on the terminal, nothing is sent")


class Message(Model):
    """One message to one person.

    No `Record`: its rows change by conditional statements alone (`outbox.move`) and are no part of the shop's
    history. `locked` holds to whom and what, and opens for this row only; once sent it keeps the recipient alone.
    `intent` is unique for each message that somebody wants sent once, `reference` recognisable in every copy of it.
    `epoch` grows with each try: whoever has an older one marks nothing. `lease_epoch` is that of the worker's hold.
    """

    __tablename__ = "messaging_message"

    id: Mapped[uuid.UUID] = mapped_column(Key, primary_key=True, default=uuid7)
    channel: Mapped[Channel] = mapped_column(choice_column(Channel, "channel"), nullable=False)
    kind: Mapped[str] = mapped_column(Line(40), nullable=False)
    language: Mapped[str] = mapped_column(String(16), default="", nullable=False)
    person_id: Mapped[int | None] = mapped_column(Integer)
    intent: Mapped[str] = mapped_column(String(64), unique=True, nullable=False)
    locked: Mapped[bytes] = mapped_column(LargeBinary, nullable=False)
    state: Mapped[MessageState] = mapped_column(
        choice_column(MessageState, "state"), default=MessageState.WAITING, nullable=False
    )
    attempts: Mapped[int] = mapped_column(Integer, default=0, nullable=False)
    error: Mapped[str] = mapped_column(String(32), default="", nullable=False)
    answer: Mapped[str] = mapped_column(String(32), default="", nullable=False)
    reference: Mapped[str] = mapped_column(String(320), default="", nullable=False)
    epoch: Mapped[int] = mapped_column(Integer, default=0, nullable=False)
    lease_epoch: Mapped[int] = mapped_column(Integer, default=0, nullable=False)
    created_at: Mapped[datetime.datetime] = mapped_column(UtcDateTime, nullable=False)
    next_at: Mapped[datetime.datetime] = mapped_column(UtcDateTime, nullable=False)
    expires_at: Mapped[datetime.datetime] = mapped_column(UtcDateTime, nullable=False)
    ended_at: Mapped[datetime.datetime | None] = mapped_column(UtcDateTime)

    @declared_attr.directive
    def __table_args__(cls) -> Any:
        return (
            Index(None, "state", "next_at"),
            Index(None, "state", "expires_at"),
            Index(None, "state", "id"),
            Index(None, "ended_at", "id"),
        )

    def __repr__(self) -> str:
        return f"<Message {self.id}>"


class MessagingSettings(Record):
    """How the shop sends; `single` is always 1 and unique. Passwords are locked under the instance key."""

    __tablename__ = "messaging_settings"
    __secret__ = frozenset({"smtp_password", "sms_secret"})
    # A password put back from the journal would be no password.
    __undoable__ = False

    single: Mapped[int] = mapped_column(Integer, default=1, nullable=False, unique=True)
    sender: Mapped[str] = mapped_column(String(254), default="", nullable=False)
    smtp_host: Mapped[str] = mapped_column(String(253), default="", nullable=False)
    smtp_port: Mapped[int] = mapped_column(Integer, default=587, nullable=False)
    smtp_security: Mapped[Security] = mapped_column(
        choice_column(Security, "smtp_security"), default=Security.STARTTLS, nullable=False
    )
    smtp_user: Mapped[str] = mapped_column(String(254), default="", nullable=False)
    smtp_password: Mapped[bytes | None] = mapped_column(LargeBinary)
    sms_provider: Mapped[SmsProvider] = mapped_column(
        choice_column(SmsProvider, "sms_provider"), default=SmsProvider.NONE, nullable=False
    )
    sms_key: Mapped[str] = mapped_column(String(128), default="", nullable=False)
    sms_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    sms_sign: Mapped[str] = mapped_column(String(64), default="", nullable=False)
    sms_template: Mapped[str] = mapped_column(String(64), default="", nullable=False)
    days_kept: Mapped[int] = mapped_column(Integer, default=DAYS_KEPT, nullable=False)

    @declared_attr.directive
    def __table_args__(cls) -> Any:
        return (CheckConstraint("single = 1", name="only_one"),)
