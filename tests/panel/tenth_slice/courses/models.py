"""Courses that a shop sells."""

from __future__ import annotations

import datetime
import uuid
from decimal import Decimal

from sqlalchemy import BigInteger, Boolean, Date, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, composite, mapped_column, relationship

from app.core.choices import Choices, choice_column
from app.core.clock import UtcDateTime
from app.core.database import Line
from app.core.money import Money
from app.core.quantity import Quantity
from app.core.record import Record, Trashable
from app.people.models import Customer


class Level(Choices):
    """How hard a course is."""

    EASY = "easy", "Easy"
    HARD = "hard", "Hard"


class Course(Record, Trashable):
    """One course with a field of every plain type."""

    __tablename__ = "courses_course"
    __table_args__ = (
        Index(None, "name", "id"),
        Index(None, "seats", "id"),
        Index(None, "starts_on", "id"),
        Index(None, "begins_at", "id"),
        Index(None, "hours", "id"),
        Index(None, "price_minor", "id"),
    )

    name: Mapped[str] = mapped_column(Line(80), nullable=False)
    outline: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Line(24))
    email: Mapped[str | None] = mapped_column(Line(120))
    seats: Mapped[int | None] = mapped_column(Integer)
    hours: Mapped[Decimal | None] = mapped_column(Quantity(2))
    price_minor: Mapped[int | None] = mapped_column(BigInteger)
    price_currency: Mapped[str | None] = mapped_column(String(3))
    starts_on: Mapped[datetime.date | None] = mapped_column(Date)
    begins_at: Mapped[datetime.datetime | None] = mapped_column(UtcDateTime)
    level: Mapped[Level | None] = mapped_column(choice_column(Level, "level"))
    is_online: Mapped[bool] = mapped_column(Boolean, default=False, nullable=False)
    teacher_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("people_customer.id"), index=True)

    price: Mapped[Money | None] = composite("price_minor", "price_currency")
    teacher: Mapped[Customer | None] = relationship(Customer)
