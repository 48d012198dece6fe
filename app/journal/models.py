"""The journal's one table: rows are added, never changed, never deleted."""

from __future__ import annotations

import datetime
import json
import uuid
from typing import Any

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import Index, Integer, String, Text, event
from sqlalchemy.dialects.mysql import MEDIUMTEXT
from sqlalchemy.orm import Mapped, Mapper, mapped_column

from app.core.choices import Choices, choice_column
from app.core.clock import UtcDateTime, utc_now
from app.core.database import Line
from app.core.errors import ProgrammingError
from app.core.keys import Key, uuid7

LONGEST_REASON = 300


class Verb(Choices):
    """What happened to a record."""

    ADDED = "added", _l("Created"), "good"
    CHANGED = "changed", _l("Edited"), "info"
    TRASHED = "trashed", _l("Moved to the trash"), "warning"
    RESTORED = "restored", _l("Put back"), "good"
    DELETED = "deleted", _l("Deleted for good"), "bad"


def document_column() -> Text:
    """Return the type of a column that holds values by attribute as JSON: up to 16 MB on MariaDB too."""
    return Text().with_variant(MEDIUMTEXT(), "mysql", "mariadb")


class JournalEntry(Model):
    """One change of one record.

    `subject` is the record's table, `record` the token of its key. `before` and `after` are JSON objects by
    attribute (see `values`): of the attributes that changed, or of all of them when the record came or went;
    `before` is empty for a new record, `after` for one that is gone. Personal data stands in these two alone.
    `undoes_id` is the entry or the batch that this change takes back.
    """

    __tablename__ = "journal_entry"
    __table_args__ = (
        Index(None, "subject", "record", "id"),
        Index(None, "batch_id", "id"),
        Index(None, "actor_id", "id"),
        Index(None, "undoes_id", "id"),
    )

    id: Mapped[uuid.UUID] = mapped_column(Key, primary_key=True, default=uuid7)
    moment: Mapped[datetime.datetime] = mapped_column(UtcDateTime, default=utc_now, nullable=False)
    # No foreign key: an entry outlives the account of whoever made it.
    actor_id: Mapped[int | None] = mapped_column(Integer)
    subject: Mapped[str] = mapped_column(Line(64), nullable=False)
    record: Mapped[str] = mapped_column(Line(200), nullable=False)
    verb: Mapped[Verb] = mapped_column(choice_column(Verb, "verb"), nullable=False)
    # BEFORE is a word of MariaDB's own.
    before: Mapped[str | None] = mapped_column("old_values", document_column())
    after: Mapped[str | None] = mapped_column("new_values", document_column())
    reason: Mapped[str] = mapped_column(String(LONGEST_REASON), default="", nullable=False)
    batch_id: Mapped[uuid.UUID | None] = mapped_column(Key)
    undoes_id: Mapped[uuid.UUID | None] = mapped_column(Key)

    @property
    def attributes(self) -> tuple[str, ...]:
        """The attributes that the entry tells of."""
        return tuple(json.loads(self.after or self.before or "{}"))

    def __repr__(self) -> str:
        return f"<JournalEntry {self.id}>"


def _refuse(_mapper: Mapper[Any], _connection: Any, _target: JournalEntry) -> None:
    raise ProgrammingError("journal entries are never changed or deleted: a correction is a new change")


event.listen(JournalEntry, "before_update", _refuse)
event.listen(JournalEntry, "before_delete", _refuse)
