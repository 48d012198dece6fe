"""The tables of access: branches, the shop's one row, the version counter and people."""

from __future__ import annotations

import datetime
import uuid
from dataclasses import dataclass
from typing import Any, ClassVar

from flask_appbuilder import Model
from flask_appbuilder.security.sqla.models import User
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    Time,
    true,
)
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, synonym

from app.core.clock import UtcDateTime
from app.core.database import Line
from app.core.keys import Key
from app.core.record import Record, Trashable

# Lists sort and search by these two columns, so they compare by code point like our own.
User.__table__.c.username.type = Line(128)
User.__table__.c.first_name.type = Line(64)

# FAB wants an address for everybody; people without one get one in a domain that can't exist (RFC 2606).
NO_EMAIL = "@no-address.invalid"


class Branch(Trashable, Record):
    """One place of business: a shop, a counter, a warehouse."""

    __tablename__ = "access_branch"

    code: Mapped[str | None] = mapped_column(Line(20))
    name: Mapped[str] = mapped_column(Line(80), nullable=False, unique=True)
    phone: Mapped[str | None] = mapped_column(Line(24))
    address: Mapped[str | None] = mapped_column(String(200))
    is_active: Mapped[bool] = mapped_column(Boolean, default=True, nullable=False)

    @declared_attr.directive
    def __table_args__(cls) -> Any:
        return (Index(None, "name", "id"), Index(None, "code", "id"))


class ShopSettings(Record):
    """The shop itself; `single` is always 1 and unique, so the database never keeps a second one."""

    __tablename__ = "access_shop"

    single: Mapped[int] = mapped_column(Integer, default=1, nullable=False, unique=True)
    name: Mapped[str] = mapped_column(Line(80), nullable=False)
    profile: Mapped[str] = mapped_column(Line(32), nullable=False)
    time_zone: Mapped[str] = mapped_column(String(64), nullable=False)
    currency: Mapped[str] = mapped_column(String(3), nullable=False)
    language: Mapped[str] = mapped_column(String(16), nullable=False)
    day_starts: Mapped[datetime.time] = mapped_column(Time, default=datetime.time(0), nullable=False)
    is_sample: Mapped[bool] = mapped_column(Boolean, default=False, nullable=False)
    opened_at: Mapped[datetime.datetime | None] = mapped_column(UtcDateTime)
    # Whether people confined to branches see the customers of all of them, as those of one shop.
    shares_customers: Mapped[bool] = mapped_column(
        Boolean, default=True, server_default=true(), nullable=False
    )
    # How many masked values one person may reveal on one day.
    reveals_a_day: Mapped[int] = mapped_column(Integer, default=50, server_default="50", nullable=False)

    @declared_attr.directive
    def __table_args__(cls) -> Any:
        return (CheckConstraint("single = 1", name="only_one"),)


class AccessVersion(Model):
    """One row: a counter that grows whenever a role, an account, a branch or the shop's settings change.

    Every process caches what it knows about rights and the shop under this number; whoever sees a new number
    reads anew. Its row is also the lock that lets such changes happen one after the other. `offered_roles` are the
    names of the roles that this shop was ever given, a line each: what a shop deleted doesn't come back.
    """

    __tablename__ = "access_version"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False, default=1)
    version: Mapped[int] = mapped_column(BigInteger, nullable=False)
    permissions_digest: Mapped[str] = mapped_column(String(64), default="", nullable=False)
    offered_roles: Mapped[str | None] = mapped_column(Text)

    @declared_attr.directive
    def __table_args__(cls) -> Any:
        return (CheckConstraint("id = 1", name="only_one"),)


class Called:
    """How somebody with an account is called on pages."""

    username: Any
    full_name: Any
    email: Any

    @property
    def initials(self) -> str:
        """One or two letters that stand for the person in the corner of a page."""
        words = str(self.full_name or self.username).split()
        if not words[0].isascii():
            return words[0][-2:]
        return "".join(word[0] for word in dict.fromkeys((words[0], words[-1]))).upper()

    @property
    def address(self) -> str:
        """The e-mail address; '' when the person has none."""
        return "" if self.email.endswith(NO_EMAIL) else str(self.email)


class Person(Called, User):
    """Somebody with an account: FAB's user with a language, a theme, a home branch and a way to work.

    `single_keys` says whether single letters are shortcuts, `home` how the home page is arranged;
    `mobile` is the locked number to which codes go.
    """

    __journalled__ = True
    __secret__ = frozenset({"password", "mobile"})
    # FAB's own stamps and counters; which roles somebody holds is told by the verbs that change them.
    __unrecorded__ = frozenset(
        {
            "last_login",
            "login_count",
            "fail_login_count",
            "created_on",
            "changed_on",
            "created_by_fk",
            "changed_by_fk",
            "roles",
            "groups",
        }
    )

    language: Mapped[str | None] = mapped_column(String(16))
    theme: Mapped[str | None] = mapped_column(String(8))
    branch_id: Mapped[uuid.UUID | None] = mapped_column(
        Key, ForeignKey("access_branch.id", ondelete="SET NULL")
    )

    single_keys: Mapped[bool] = mapped_column(Boolean, default=True, server_default=true(), nullable=False)
    home: Mapped[str | None] = mapped_column(Text)
    mobile: Mapped[bytes | None] = mapped_column(LargeBinary(256))

    # Not every name has two parts: the whole name is kept in FAB's first column and the second stays empty.
    full_name = synonym("first_name")

    def __repr__(self) -> str:
        return f"<Person {self.id}>"


@dataclass(frozen=True, slots=True)
class CallingKey:
    """The API key that a program calls with: it can do at most `scopes`, of what its maker may do at this moment."""

    id: uuid.UUID
    public_id: str
    name: str
    scopes: frozenset[str]
    branch_id: uuid.UUID | None


@dataclass(frozen=True, slots=True, repr=False)
class SignedIn(Called):
    """The person at the screen as one request sees them: read anew each time, never written back.

    `session_digest` names the session, `amr` says how it began, `stepped_up_at` when the person last proved who he is,
    `look_role_id` as which role the person looks at the program, until `look_until`. With `key` it is no person but a
    program that calls the API on the person's behalf.
    """

    id: int
    username: str
    full_name: str
    email: str
    language: str | None
    theme: str | None
    branch_id: uuid.UUID | None
    single_keys: bool
    home: str | None
    session_digest: str = ""
    amr: str = ""
    stepped_up_at: datetime.datetime | None = None
    look_role_id: int | None = None
    look_until: datetime.datetime | None = None
    key: CallingKey | None = None
    # What Flask-Login asks of a person who is signed in; a closed account is not loaded at all.
    is_authenticated: ClassVar[bool] = True
    is_active: ClassVar[bool] = True
    is_anonymous: ClassVar[bool] = False

    def get_id(self) -> str:
        """Return what the session's cookie keeps of the person."""
        return str(self.id)

    def __repr__(self) -> str:
        return f"<SignedIn {self.id}>"
