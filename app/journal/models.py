"""The journal's tables: entries that are added, never changed, never deleted; their chains; the keys of persons."""

from __future__ import annotations

import datetime
import json
import uuid
from typing import Any

from flask_appbuilder import Model
from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, Index, Integer, Text, event
from sqlalchemy.dialects.mysql import MEDIUMTEXT
from sqlalchemy.orm import Mapped, Mapper, mapped_column, relationship

from app.core.choices import Choices, choice_column
from app.core.clock import UtcDateTime, utc_now
from app.core.database import Line
from app.core.errors import ProgrammingError
from app.core.keys import Key, uuid7
from app.journal.sealing import AFTER, BEFORE, REASON, Unreadable, person_cipher, shop_cipher, unseal

LONGEST_REASON = 300
# The chain of whoever belongs to no branch, and of the program itself.
SHOP_CHAIN = "shop"
MAC_LENGTH = 44
# The sample's journal goes by `clearing`, as triggers and the guard allow.
_ITS_OWN: dict[str, Any] = {"info": {"outlives_sample": True}}


class Verb(Choices):
    """What happened to a record, or that something else happened (`JournalEntry.kind` says what)."""

    ADDED = "added", _l("Created"), "good"
    CHANGED = "changed", _l("Edited"), "info"
    TRASHED = "trashed", _l("Moved to the trash"), "warning"
    RESTORED = "restored", _l("Put back"), "good"
    DELETED = "deleted", _l("Deleted for good"), "bad"
    HAPPENED = "happened", _l("Happened"), "neutral"


def document_column() -> Text:
    """Return the type of a column that holds values by attribute, sealed: up to 16 MB on MariaDB too."""
    return Text().with_variant(MEDIUMTEXT(), "mysql", "mariadb")


class PersonKey(Model):
    """The key under which the journal keeps what it says of one person, itself locked under the instance key.

    Without `wrapped` the key was destroyed, and what it locked can be read by nobody any more. Two writers at once
    may make two keys for a person; all of them go together.
    """

    __tablename__ = "journal_person_key"
    __table_args__ = (Index(None, "subject", "record"), _ITS_OWN)

    id: Mapped[uuid.UUID] = mapped_column(Key, primary_key=True, default=uuid7)
    subject: Mapped[str] = mapped_column(Line(64), nullable=False)
    record: Mapped[str] = mapped_column(Line(200), nullable=False)
    wrapped: Mapped[str | None] = mapped_column(Line(200))
    made_at: Mapped[datetime.datetime] = mapped_column(UtcDateTime, default=utc_now, nullable=False)
    destroyed_at: Mapped[datetime.datetime | None] = mapped_column(UtcDateTime)


class JournalChain(Model):
    """The head of one chain: its last entry's place and MAC, and up to where the entries lie in an archive.

    `born` tells a chain from a later one of the same name; `key_name` names the instance key that all was made under.
    """

    __tablename__ = "journal_chain"
    __table_args__ = _ITS_OWN

    name: Mapped[str] = mapped_column(Line(64), primary_key=True)
    born: Mapped[uuid.UUID] = mapped_column(Key, default=uuid7, nullable=False)
    place: Mapped[int] = mapped_column(BigInteger, default=0, nullable=False)
    mac: Mapped[str] = mapped_column(Line(MAC_LENGTH), default="", nullable=False)
    key_name: Mapped[str] = mapped_column(Line(16), nullable=False)
    archived_place: Mapped[int] = mapped_column(BigInteger, default=0, nullable=False)
    archived_mac: Mapped[str] = mapped_column(Line(MAC_LENGTH), default="", nullable=False)
    archived_sign: Mapped[str] = mapped_column(Line(MAC_LENGTH), default="", nullable=False)


class JournalEntry(Model):
    """One change of one record, or something else that happened, as a link of a chain.

    `subject` is the record's table, `record` the token of its key. `before` and `after` are JSON objects by
    attribute (see `values`): of the attributes that changed, or of all of them when the record came or went;
    `before` is empty for a new record, `after` for one that is gone. Of a happening (`kind`) `after` holds the facts.
    What may be personal stands in these two and in the reason alone, sealed: under the key of the person whom it is
    about (`key_id`), or the shop's. `undoes_id` is the entry or the batch that this change takes back.

    `mac` is made of the one before it in `chain` and of everything else in the row (see `chaining`). An entry of
    before there were chains has no `place` until it is converted.
    """

    __tablename__ = "journal_entry"
    __table_args__ = (
        Index(None, "subject", "record", "id"),
        Index(None, "batch_id", "id"),
        Index(None, "actor_id", "id"),
        Index(None, "undoes_id", "id"),
        Index(None, "chain", "place", unique=True),
        Index(None, "kind", "id"),
        Index(None, "address", "id"),
        Index(None, "branch_id", "id"),
        _ITS_OWN,
    )

    id: Mapped[uuid.UUID] = mapped_column(Key, primary_key=True, default=uuid7)
    moment: Mapped[datetime.datetime] = mapped_column(UtcDateTime, default=utc_now, nullable=False)
    # No foreign key: an entry outlives the account of whoever made it.
    actor_id: Mapped[int | None] = mapped_column(Integer)
    subject: Mapped[str] = mapped_column(Line(64), nullable=False)
    record: Mapped[str] = mapped_column(Line(200), nullable=False)
    verb: Mapped[Verb] = mapped_column(choice_column(Verb, "verb"), nullable=False)
    # BEFORE is a word of MariaDB's own.
    sealed_before: Mapped[str | None] = mapped_column("old_values", document_column())
    sealed_after: Mapped[str | None] = mapped_column("new_values", document_column())
    sealed_reason: Mapped[str] = mapped_column("reason", Text, default="", nullable=False)
    batch_id: Mapped[uuid.UUID | None] = mapped_column(Key)
    undoes_id: Mapped[uuid.UUID | None] = mapped_column(Key)
    kind: Mapped[str] = mapped_column(Line(64), default="", server_default="", nullable=False)
    session_id: Mapped[str] = mapped_column(Line(32), default="", server_default="", nullable=False)
    address: Mapped[str] = mapped_column(Line(64), default="", server_default="", nullable=False)
    branch_id: Mapped[uuid.UUID | None] = mapped_column(Key)
    key_id: Mapped[uuid.UUID | None] = mapped_column(Key)
    chain: Mapped[str] = mapped_column(Line(64), default="", server_default="", nullable=False)
    place: Mapped[int | None] = mapped_column(BigInteger)
    mac: Mapped[str] = mapped_column(Line(MAC_LENGTH), default="", server_default="", nullable=False)

    # Read with the entry, in the same statement.
    key: Mapped[PersonKey | None] = relationship(
        PersonKey,
        primaryjoin="foreign(JournalEntry.key_id) == PersonKey.id",
        viewonly=True,
        lazy="joined",
    )

    @property
    def before(self) -> str | None:
        """The values before, as JSON; `{}` when they can't be read any more (see `unreadable`)."""
        return self._opened()[0]

    @property
    def after(self) -> str | None:
        """The values after, as JSON; `{}` when they can't be read any more."""
        return self._opened()[1]

    @property
    def reason(self) -> str:
        """Why it was done, in words; '' for an ordinary save."""
        if not self.sealed_reason or self.place is None:
            return self.sealed_reason
        try:
            return unseal(shop_cipher(), self.sealed_reason, REASON)
        except Unreadable:
            return ""

    @property
    def unreadable(self) -> str:
        """`erased` when the person's key was destroyed, `damaged` when the values do not open; '' otherwise."""
        return self._opened()[2]

    @property
    def attributes(self) -> tuple[str, ...]:
        """The attributes that the entry tells of."""
        return tuple(json.loads(self.after or self.before or "{}"))

    def _opened(self) -> tuple[str | None, str | None, str]:
        found: tuple[str | None, str | None, str] | None = self.__dict__.get("_open")
        if found is None:
            found = self.__dict__["_open"] = self._open_values()
        return found

    def _open_values(self) -> tuple[str | None, str | None, str]:
        sealed = (self.sealed_before, self.sealed_after)
        if self.place is None:
            return (*sealed, "")
        if self.key_id is not None and (self.key is None or self.key.wrapped is None):
            return (*_blank(sealed), "erased" if self.key is not None else "damaged")
        try:
            cipher = shop_cipher() if self.key is None else person_cipher(self.key.id, str(self.key.wrapped))
            ties = (BEFORE + self.id.bytes, AFTER + self.id.bytes)
            first, then = (
                None if text is None else unseal(cipher, text, tie)
                for text, tie in zip(sealed, ties, strict=True)
            )
        except Unreadable:
            return (*_blank(sealed), "damaged")
        return first, then, ""

    def __repr__(self) -> str:
        return f"<JournalEntry {self.id}>"


def _blank(sealed: tuple[str | None, str | None]) -> tuple[str | None, str | None]:
    first, then = (None if text is None else "{}" for text in sealed)
    return first, then


def _refuse(_mapper: Mapper[Any], _connection: Any, _target: JournalEntry) -> None:
    raise ProgrammingError("journal entries are never changed or deleted: a correction is a new change")


event.listen(JournalEntry, "before_update", _refuse)
event.listen(JournalEntry, "before_delete", _refuse)
