"""The base record: key, stamps, row version and, where declared, the trash."""

from __future__ import annotations

import datetime
import re
import uuid
from typing import Any, ClassVar

from flask import g, has_request_context
from flask_appbuilder import Model
from sqlalchemy import Index, Integer, MetaData, Table, event
from sqlalchemy.orm import Mapped, Mapper, declared_attr, mapped_column

from app.core.clock import UtcDateTime, utc_now
from app.core.errors import ProgrammingError
from app.core.keys import Key, uuid7
from app.core.occasion import present_occasion

_TABLE_NAME = re.compile(r"[a-z][a-z0-9]*_[a-z0-9_]+")

Model.registry.update_type_annotation_map({uuid.UUID: Key, datetime.datetime: UtcDateTime})


def actor_id() -> int | None:
    """Return the account on whose behalf records change, or None for the program itself."""
    if (actor := present_occasion().actor_id) is not None:
        return actor
    if not has_request_context():
        return None
    user = g.get("user")
    return user.id if user is not None and user.is_authenticated else None


class Record(Model):
    """A row of our own: UUIDv7 key, who and when, and a version that makes a stale save fail.

    Tables are named `<slice>_<noun>`; a second model for a table is refused, because the library below would
    merge the two without a word.

    Changes are written down in the journal unless `__journalled__` is False; of the attributes in `__secret__`
    only that they changed, of those in `__unrecorded__` nothing. `__undoable__` False keeps people from taking
    changes back there.

    `__about__` leads to the person whom a record is about: an attribute that holds the person's key (`id` for the
    person's own record, `customer_id`), or links to it (`pet.owner_id`). The journal keeps such values under that
    person's key; what is about nobody under the shop's.
    """

    __abstract__ = True
    __journalled__: ClassVar[bool] = True
    __undoable__: ClassVar[bool] = True
    __secret__: ClassVar[frozenset[str]] = frozenset()
    __unrecorded__: ClassVar[frozenset[str]] = frozenset()
    __about__: ClassVar[str] = ""

    id: Mapped[uuid.UUID] = mapped_column(Key, primary_key=True, default=uuid7, sort_order=-10)
    created_at: Mapped[datetime.datetime] = mapped_column(UtcDateTime, default=utc_now, sort_order=90)
    created_by: Mapped[int | None] = mapped_column(Integer, default=actor_id, sort_order=91)
    changed_at: Mapped[datetime.datetime] = mapped_column(
        UtcDateTime, default=utc_now, onupdate=utc_now, sort_order=92
    )
    changed_by: Mapped[int | None] = mapped_column(
        Integer, default=actor_id, onupdate=actor_id, sort_order=93
    )
    row_version: Mapped[int] = mapped_column(Integer, default=1, nullable=False, sort_order=94)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.row_version}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        table = cls.__dict__.get("__tablename__")
        if table is not None:
            _check_table_name(cls, table, cls.metadata)
        super().__init_subclass__(**kwargs)

    def __repr__(self) -> str:
        # Only a code: a record's text form reaches logs and error pages, its name and phone must not.
        return f"<{type(self).__name__} {self.id}>"


def _check_table_name(cls: type, table: str, metadata: MetaData) -> None:
    if table in metadata.tables:
        raise ProgrammingError(f"{cls.__name__}: the table {table!r} already belongs to another model")
    if not _TABLE_NAME.fullmatch(table):
        raise ProgrammingError(f"{cls.__name__}: name the table <slice>_<noun>, not {table!r}")


class Trashable:
    """A record that goes to the trash first; `deleted_at` is empty while it is in use."""

    deleted_at: Mapped[datetime.datetime | None] = mapped_column(UtcDateTime, sort_order=95)
    deleted_by: Mapped[int | None] = mapped_column(Integer, sort_order=96)

    def move_to_trash(self) -> None:
        """Mark as deleted now, by the signed-in person."""
        self.deleted_at, self.deleted_by = utc_now(), actor_id()

    def restore(self) -> None:
        """Take back out of the trash."""
        self.deleted_at = self.deleted_by = None


def _index_trash(mapper: Mapper[Any], cls: type) -> None:
    """Give every trashable table an index of its trash, and of nothing else.

    Nearly every row has an empty `deleted_at`. A full index tempts SQLite, which has no statistics in a young
    shop, to look up those rows by it and to sort the whole table for each page of a list.
    """
    table = mapper.local_table
    if not issubclass(cls, Trashable) or not isinstance(table, Table):
        return
    filled = table.c.deleted_at.is_not(None)
    Index(None, table.c.deleted_at, table.c.id, sqlite_where=filled, postgresql_where=filled)


event.listen(Record, "after_mapper_constructed", _index_trash, propagate=True)
