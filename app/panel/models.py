"""The panel's own tables."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import JSON, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from app.core.choices import Choices, choice_column
from app.core.clock import UtcDateTime, utc_now
from app.core.database import Line
from app.core.keys import Key, uuid7

LONGEST_SCREEN = 64
LONGEST_TOKEN = 190


class AnsweredRequest(Model):
    """A write of the API that was done under an idempotency key: proof that it must not be done again.

    `position` counts the entries of one bulk request. `answer` names records by key and carries none of their
    values; `request_digest` tells a repeated request from another one that reuses the key.
    """

    __tablename__ = "panel_answered_request"

    id: Mapped[uuid.UUID] = mapped_column(Key, primary_key=True, default=uuid7)
    person_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"), nullable=False)
    key_digest: Mapped[str] = mapped_column(Line(64), nullable=False)
    position: Mapped[int] = mapped_column(Integer, nullable=False)
    request_digest: Mapped[str] = mapped_column(String(64), nullable=False)
    answer: Mapped[dict[str, Any]] = mapped_column(JSON, nullable=False)
    answered_at: Mapped[datetime.datetime] = mapped_column(UtcDateTime, default=utc_now, nullable=False)

    @declared_attr.directive
    def __table_args__(cls) -> Any:
        return (
            Index(None, "person_id", "key_digest", "position", unique=True),
            Index(None, "answered_at", "id"),
        )


class MarkKind(Choices):
    """Why a record is marked."""

    PINNED = "pinned", _l("Pinned")
    RECENT = "recent", _l("Recently opened")


class Mark(Model):
    """One record that one person pinned or opened; it names the record and never says what it is called.

    `place` orders pinned records, `moment` the recent ones. The record is named by the token of its address, so
    that records of every kind, adopted tables' included, are marked alike.
    """

    __tablename__ = "panel_mark"
    __table_args__ = (Index(None, "person_id", "kind", "moment"),)

    person_id: Mapped[int] = mapped_column(
        ForeignKey("ab_user.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    kind: Mapped[MarkKind] = mapped_column(choice_column(MarkKind, "kind"), primary_key=True)
    screen: Mapped[str] = mapped_column(Line(LONGEST_SCREEN), primary_key=True)
    token: Mapped[str] = mapped_column(Line(LONGEST_TOKEN), primary_key=True)
    place: Mapped[int] = mapped_column(Integer, default=0, nullable=False)
    moment: Mapped[datetime.datetime] = mapped_column(UtcDateTime, nullable=False)


class ListLayout(Model):
    """The columns that one person wants to see of one list, in order, and the widths they gave to some.

    An empty list of columns stands for the declared ones.
    """

    __tablename__ = "panel_list_layout"

    person_id: Mapped[int] = mapped_column(
        ForeignKey("ab_user.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    screen: Mapped[str] = mapped_column(Line(LONGEST_SCREEN), primary_key=True)
    columns: Mapped[list[str]] = mapped_column(JSON, nullable=False)
    widths: Mapped[dict[str, int]] = mapped_column(JSON, nullable=False)
