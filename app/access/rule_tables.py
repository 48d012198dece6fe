"""The tables of limits: how much of a field a role sees, which rows, which branches somebody works in."""

from __future__ import annotations

import datetime
import uuid
from typing import Any, ClassVar

from flask_appbuilder import Model
from sqlalchemy import Date, ForeignKey, Index, Integer, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from app.core.choices import choice_column
from app.core.database import Line
from app.core.keys import Key
from app.core.limits import Sight
from app.core.record import Record

LONGEST_NAME = 100
# Roles outlive the sample, and so does what they see.
_OUTLIVES: dict[str, Any] = {"info": {"outlives_sample": True}}


def _role() -> Mapped[int]:
    # Not taken along by the database: the journal would not see rules go.
    return mapped_column(Integer, ForeignKey("ab_role.id"), nullable=False)


def _person() -> Mapped[int]:
    return mapped_column(Integer, ForeignKey("ab_user.id"), nullable=False)


class FieldRule(Record):
    """How much of one field a role sees, where a manager decided it."""

    __tablename__ = "access_field_rule"
    __undoable__: ClassVar[bool] = False

    role_id: Mapped[int] = _role()
    screen: Mapped[str] = mapped_column(Line(LONGEST_NAME), nullable=False)
    field: Mapped[str] = mapped_column(Line(LONGEST_NAME), nullable=False)
    sight: Mapped[Sight] = mapped_column(choice_column(Sight, "sight"), nullable=False)

    @declared_attr.directive
    def __table_args__(cls) -> Any:
        return (UniqueConstraint("role_id", "screen", "field"), _OUTLIVES)


class RowRule(Record):
    """Which records of a screen a role sees: those that meet a filter, kept as the address carries it."""

    __tablename__ = "access_row_rule"
    __undoable__: ClassVar[bool] = False

    role_id: Mapped[int] = _role()
    screen: Mapped[str] = mapped_column(Line(LONGEST_NAME), nullable=False)
    where_document: Mapped[str] = mapped_column(Text, nullable=False)

    @declared_attr.directive
    def __table_args__(cls) -> Any:
        return (UniqueConstraint("role_id", "screen"), _OUTLIVES)


class PersonBranch(Record):
    """A branch that somebody works in; who has none works in all.

    A branch can't be deleted for good while somebody is confined to it: losing the last one would open all others.
    """

    __tablename__ = "access_person_branch"
    __undoable__: ClassVar[bool] = False

    person_id: Mapped[int] = _person()
    branch_id: Mapped[uuid.UUID] = mapped_column(Key, ForeignKey("access_branch.id"), nullable=False)

    @declared_attr.directive
    def __table_args__(cls) -> Any:
        return (UniqueConstraint("person_id", "branch_id"), Index(None, "branch_id"))


class RevealCount(Model):
    """How many masked values somebody has revealed on one day of the shop."""

    __tablename__ = "access_reveal_count"
    __table_args__ = (Index(None, "day"), _OUTLIVES)

    person_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("ab_user.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    day: Mapped[datetime.date] = mapped_column(Date, primary_key=True)
    reveals: Mapped[int] = mapped_column(Integer, nullable=False)
