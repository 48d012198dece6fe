"""The tables of signing in. None is journalled row by row: what happens is told as a happening, without secrets."""

from __future__ import annotations

import datetime

from flask_appbuilder import Model
from sqlalchemy import BigInteger, ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import UtcDateTime
from app.core.database import Line

DIGEST = 64
# Accounts outlive the sample, and so do the ways into them.
OUTLIVES = {"info": {"outlives_sample": True}}


def _person() -> Mapped[int]:
    return mapped_column(Integer, ForeignKey("ab_user.id", ondelete="CASCADE"), nullable=False)


class SignInSession(Model):
    """A browser that somebody signed in with, or is about to: only `stage` full makes somebody present.

    `digest` is the SHA-256 of the 256 random bits in the browser's cookie. `offered` is the locked secret of a
    second factor that is being set up, `goal` the page wanted. With `look_role_id` the person looks at the program as
    this role sees it, until `look_until`.
    """

    __tablename__ = "access_session"
    __table_args__ = (Index(None, "person_id"), Index(None, "expires_at"), OUTLIVES)

    digest: Mapped[str] = mapped_column(Line(DIGEST), primary_key=True)
    person_id: Mapped[int] = _person()
    stage: Mapped[str] = mapped_column(Line(8), nullable=False)
    amr: Mapped[str] = mapped_column(Line(32), nullable=False)
    made_at: Mapped[datetime.datetime] = mapped_column(UtcDateTime, nullable=False)
    seen_at: Mapped[datetime.datetime] = mapped_column(UtcDateTime, nullable=False)
    expires_at: Mapped[datetime.datetime] = mapped_column(UtcDateTime, nullable=False)
    stepped_up_at: Mapped[datetime.datetime | None] = mapped_column(UtcDateTime)
    browser: Mapped[str] = mapped_column(String(80), nullable=False)
    address: Mapped[str] = mapped_column(Line(64), nullable=False)
    offered: Mapped[bytes | None] = mapped_column(LargeBinary(512))
    look_role_id: Mapped[int | None] = mapped_column(Integer)
    look_until: Mapped[datetime.datetime | None] = mapped_column(UtcDateTime)


class SecondFactor(Model):
    """What a person proves besides the password: an app on the phone.

    `secret` is locked and opens for this person only; `last_step` is the last 30 seconds whose code was accepted.
    """

    __tablename__ = "access_second_factor"
    __table_args__ = (OUTLIVES,)

    person_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("ab_user.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    kind: Mapped[str] = mapped_column(Line(8), nullable=False)
    secret: Mapped[bytes] = mapped_column(LargeBinary(512), nullable=False)
    last_step: Mapped[int] = mapped_column(BigInteger, default=0, nullable=False)
    made_at: Mapped[datetime.datetime] = mapped_column(UtcDateTime, nullable=False)


class RecoveryCode(Model):
    """One of the codes on paper; the row goes when the code is used."""

    __tablename__ = "access_recovery_code"
    __table_args__ = (Index(None, "person_id"), OUTLIVES)

    digest: Mapped[str] = mapped_column(Line(DIGEST), primary_key=True)
    person_id: Mapped[int] = _person()


class SentCode(Model):
    """The one code sent for a session that waits for it; `mac` is all that is kept of the six digits.

    `mobile` is the locked number that the code went to when it is this that has to be proved.
    """

    __tablename__ = "access_sent_code"
    __table_args__ = (OUTLIVES,)

    session_digest: Mapped[str] = mapped_column(
        Line(DIGEST), ForeignKey("access_session.digest", ondelete="CASCADE"), primary_key=True
    )
    mac: Mapped[str] = mapped_column(Line(DIGEST), nullable=False)
    expires_at: Mapped[datetime.datetime] = mapped_column(UtcDateTime, nullable=False)
    tries: Mapped[int] = mapped_column(Integer, default=0, nullable=False)
    used_at: Mapped[datetime.datetime | None] = mapped_column(UtcDateTime)
    mobile: Mapped[bytes | None] = mapped_column(LargeBinary(256))


class KnownDevice(Model):
    """A browser in which a person has signed in before; until `trusted_until` it needs no second factor."""

    __tablename__ = "access_device"
    __table_args__ = (Index(None, "person_id"), Index(None, "seen_at"), OUTLIVES)

    digest: Mapped[str] = mapped_column(Line(DIGEST), primary_key=True)
    person_id: Mapped[int] = _person()
    made_at: Mapped[datetime.datetime] = mapped_column(UtcDateTime, nullable=False)
    seen_at: Mapped[datetime.datetime] = mapped_column(UtcDateTime, nullable=False)
    trusted_until: Mapped[datetime.datetime | None] = mapped_column(UtcDateTime)
    browser: Mapped[str] = mapped_column(String(80), nullable=False)
    address: Mapped[str] = mapped_column(Line(64), nullable=False)


class Link(Model):
    """A one-time link to choose a password; `person_id` is empty for an answer to a name that nobody has."""

    __tablename__ = "access_link"
    __table_args__ = (Index(None, "person_id"), Index(None, "expires_at"), OUTLIVES)

    digest: Mapped[str] = mapped_column(Line(DIGEST), primary_key=True)
    person_id: Mapped[int | None] = mapped_column(Integer, ForeignKey("ab_user.id", ondelete="CASCADE"))
    purpose: Mapped[str] = mapped_column(Line(16), nullable=False)
    made_at: Mapped[datetime.datetime] = mapped_column(UtcDateTime, nullable=False)
    made_by: Mapped[int | None] = mapped_column(Integer)
    expires_at: Mapped[datetime.datetime] = mapped_column(UtcDateTime, nullable=False)
    used_at: Mapped[datetime.datetime | None] = mapped_column(UtcDateTime)


class Attempt(Model):
    """How often something was tried, and until when it may not be tried again; shared by every process.

    `key` is a MAC of what is counted: neither names nor addresses stand here.
    """

    __tablename__ = "access_attempt"
    __table_args__ = (Index(None, "last_at"), OUTLIVES)

    key: Mapped[str] = mapped_column(Line(DIGEST), primary_key=True)
    tries: Mapped[int] = mapped_column(Integer, nullable=False)
    last_at: Mapped[datetime.datetime] = mapped_column(UtcDateTime, nullable=False)
    blocked_until: Mapped[datetime.datetime | None] = mapped_column(UtcDateTime)


class RoleFactor(Model):
    """Whether people with a role must have a second factor: `no`, `any` or `totp`."""

    __tablename__ = "access_role_factor"
    __table_args__ = (OUTLIVES,)

    role_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("ab_role.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    need: Mapped[str] = mapped_column(Line(8), nullable=False)


class OutsideLink(Model):
    """Who a person is at a provider: `digest` is a MAC of issuer and subject, so neither stands here.

    Of one provider's people a person is one only.
    """

    __tablename__ = "access_outside_link"
    __table_args__ = (UniqueConstraint("person_id", "issuer"), OUTLIVES)

    digest: Mapped[str] = mapped_column(Line(DIGEST), primary_key=True)
    person_id: Mapped[int] = _person()
    issuer: Mapped[str] = mapped_column(Line(DIGEST), nullable=False)
    made_at: Mapped[datetime.datetime] = mapped_column(UtcDateTime, nullable=False)


class UsedState(Model):
    """A sign-in at a provider that came back; what comes back a second time finds it here."""

    __tablename__ = "access_used_state"
    __table_args__ = (Index(None, "expires_at"), OUTLIVES)

    digest: Mapped[str] = mapped_column(Line(DIGEST), primary_key=True)
    expires_at: Mapped[datetime.datetime] = mapped_column(UtcDateTime, nullable=False)
