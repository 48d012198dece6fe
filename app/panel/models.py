"""The table of the panel: which records a person looked at last, and which a person keeps at hand."""

from __future__ import annotations

import datetime

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import ForeignKey, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from app.core.choices import Choices, choice_column
from app.core.clock import UtcDateTime
from app.core.database import Line

LONGEST_SCREEN = 64
LONGEST_TOKEN = 190


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
