"""Small models that the core is tested with; they live in metadata of their own, apart from the program's tables."""

from __future__ import annotations

import datetime
import uuid
from decimal import Decimal

from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, Date, ForeignKey, LargeBinary, MetaData, String
from sqlalchemy.orm import Mapped, composite, mapped_column, relationship

from app.core.choices import Choices, choice_column
from app.core.database import Line, adopt_metadata
from app.core.keys import Key
from app.core.money import Money
from app.core.movement import Movement
from app.core.quantity import Quantity
from app.core.record import Record, Trashable
from app.core.upload import Upload

metadata = MetaData()
adopt_metadata(metadata)


class TestRecord(Record):
    """The base of the records below."""

    __abstract__ = True
    __test__ = False
    metadata = metadata


class Stage(Choices):
    """Where a thing stands."""

    OPEN = "open", _l("Open"), "info"
    CLOSED = "closed", _l("Closed"), "good"


class Thing(Trashable, TestRecord):
    """A record with one column of every kind."""

    __tablename__ = "test_thing"

    name: Mapped[str | None] = mapped_column(Line(200), unique=True)
    note: Mapped[str | None] = mapped_column(String(2000))
    count: Mapped[int] = mapped_column(default=0)
    weight: Mapped[Decimal | None] = mapped_column(Quantity(3))
    due: Mapped[datetime.date | None] = mapped_column(Date)
    happened_at: Mapped[datetime.datetime | None]
    stage: Mapped[Stage] = mapped_column(choice_column(Stage, "stage"), default=Stage.OPEN)
    price_minor: Mapped[int | None] = mapped_column(BigInteger)
    price_currency: Mapped[str | None] = mapped_column(String(3))
    price: Mapped[Money | None] = composite(
        lambda minor, currency: None if minor is None else Money(minor, currency),
        "price_minor",
        "price_currency",
    )
    blob: Mapped[bytes | None] = mapped_column(LargeBinary(60))
    parent_id: Mapped[uuid.UUID | None] = mapped_column(Key, ForeignKey("test_thing.id"))
    parent: Mapped[Thing | None] = relationship(remote_side="Thing.id")


class PointMove(Movement):
    """A movement of points."""

    __test__ = False
    __tablename__ = "test_point_move"
    metadata = metadata


UPLOADS = Upload.__table__
