"""Bulk edits as a table: what was asked for, how far it came, and what became of the rows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, Index, Text
from sqlalchemy.dialects.mysql import MEDIUMTEXT
from sqlalchemy.orm import Mapped, mapped_column

from app.core.choices import Choices, choice_column
from app.core.database import Line
from app.core.record import Record
from app.panel.bulk.wishes import Scope, Wish
from app.panel.models import LONGEST_SCREEN

MOST_NAMED = 200


class BulkState(Choices):
    """Where a bulk edit stands."""

    RUNNING = "running", _l("Being done"), "info"
    DONE = "done", _l("Done"), "good"
    STOPPED = "stopped", _l("Stopped"), "warning"


# Five hundred chosen rows have tokens; MariaDB's plain TEXT ends at 64 KB.
_Long = Text().with_variant(MEDIUMTEXT(), "mysql", "mariadb")


class BulkEdit(Record):
    """One bulk edit; its key is the batch under which the journal keeps the changes.

    `after` is the cursor behind the last row that was dealt with, `until` the token of the last one that there was
    when it began. It is saved together with what the rows up to there became. The first refused rows are named by
    token, never by what stands in them.
    """

    __tablename__ = "panel_bulk_edit"
    __journalled__ = False
    __table_args__ = (Index(None, "created_by", "id"),)

    screen: Mapped[str] = mapped_column(Line(LONGEST_SCREEN), nullable=False)
    state: Mapped[BulkState] = mapped_column(
        choice_column(BulkState, "state"), default=BulkState.RUNNING, nullable=False
    )
    scope_json: Mapped[str] = mapped_column(_Long, nullable=False)
    wish_json: Mapped[str] = mapped_column(_Long, nullable=False)
    refused_json: Mapped[str] = mapped_column(_Long, default="[]", nullable=False)
    after: Mapped[str] = mapped_column(Text, default="", nullable=False)
    until: Mapped[str] = mapped_column(Text, default="", nullable=False)
    total: Mapped[int] = mapped_column(BigInteger, default=0, nullable=False)
    changed: Mapped[int] = mapped_column(BigInteger, default=0, nullable=False)
    same: Mapped[int] = mapped_column(BigInteger, default=0, nullable=False)
    refused: Mapped[int] = mapped_column(BigInteger, default=0, nullable=False)

    @property
    def scope(self) -> Scope:
        """Which records it is about."""
        return Scope.from_json(json.loads(self.scope_json))

    @property
    def wish(self) -> Wish:
        """What is done to them."""
        return Wish.from_json(json.loads(self.wish_json))

    @property
    def done(self) -> int:
        """How many rows were dealt with."""
        return self.changed + self.same + self.refused

    @property
    def named(self) -> list[tuple[str, list[str]]]:
        """The first refused rows: token and reasons."""
        return [(token, reasons) for token, reasons in json.loads(self.refused_json)]

    def describe(self, scope: Scope, wish: Wish) -> None:
        """Keep what is asked for."""
        self.scope_json, self.wish_json = _packed(scope.to_json()), _packed(wish.to_json())

    def name_refused(self, rows: Sequence[tuple[str, list[str]]]) -> None:
        """Keep refused rows until there are `MOST_NAMED`."""
        if rows and len(kept := self.named) < MOST_NAMED:
            self.refused_json = _packed([*kept, *rows][:MOST_NAMED])


def _packed(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
