"""Movements: append-only rows whose sum is a balance; a correction is a new row that reverses an old one."""

from __future__ import annotations

import uuid
from typing import Any, Self

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, event, func, select
from sqlalchemy.orm import Mapped, Mapper, declared_attr, mapped_column

from app.core.database import db
from app.core.errors import Conflict, ProgrammingError
from app.core.keys import Key
from app.core.record import Record


class Movement(Record):
    """The shape that stock, points, stored value and money share; each slice has a table of its own.

    `amount` is a whole number of the smallest unit (分, points, thousandths of a piece), `from_place` and
    `to_place` name accounts, `document` the paper behind it. A row can be reversed once: `reverses_id` is unique.
    """

    __abstract__ = True
    # A movement is taken back by its reversal alone.
    __undoable__ = False

    from_place: Mapped[str] = mapped_column(String(80), nullable=False)
    to_place: Mapped[str] = mapped_column(String(80), nullable=False)
    amount: Mapped[int] = mapped_column(BigInteger, nullable=False)
    reason: Mapped[str] = mapped_column(String(40), nullable=False)
    document: Mapped[str] = mapped_column(String(80), nullable=False)

    @declared_attr
    def reverses_id(cls) -> Mapped[uuid.UUID | None]:
        return mapped_column(Key, ForeignKey(f"{cls.__tablename__}.id"), unique=True)

    @declared_attr.directive
    def __table_args__(cls) -> Any:
        return (
            CheckConstraint("amount > 0", name="amount_positive"),
            CheckConstraint("from_place <> to_place", name="places_differ"),
        )

    def reversal(self, reason: str) -> Self:
        """Return the movement that takes this one back; raise `Conflict` when it is itself a reversal."""
        if self.reverses_id is not None:
            raise Conflict()
        return type(self)(
            from_place=self.to_place,
            to_place=self.from_place,
            amount=self.amount,
            reason=reason,
            document=self.document,
            reverses_id=self.id,
        )

    @classmethod
    def balance(cls, place: str) -> int:
        """Return what came into `place` less what left it, in smallest units."""
        came = select(func.coalesce(func.sum(cls.amount), 0)).where(cls.to_place == place)
        left = select(func.coalesce(func.sum(cls.amount), 0)).where(cls.from_place == place)
        return int(db.session.scalar(came) or 0) - int(db.session.scalar(left) or 0)


def _refuse(_mapper: Mapper[Any], _connection: Any, target: Movement) -> None:
    raise ProgrammingError(f"{type(target).__name__} rows are never changed or deleted: add a reversal")


event.listen(Movement, "before_update", _refuse, propagate=True)
event.listen(Movement, "before_delete", _refuse, propagate=True)
