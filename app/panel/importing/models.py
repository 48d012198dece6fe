"""Imports as tables: each import with where it stands, and what was chosen for files of the same shape."""

from __future__ import annotations

import json
import uuid
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.dialects.mysql import MEDIUMTEXT
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.choices import Choices, choice_column
from app.core.database import Line
from app.core.keys import Key
from app.core.record import Record
from app.core.upload import Upload
from app.panel.importing.mapping import Mapping
from app.panel.importing.origins import Origin
from app.panel.importing.reading import Layout


class ImportState(Choices):
    """Where an import stands."""

    UPLOADED = "uploaded", _l("Columns are being chosen"), "info"
    CHECKING = "checking", _l("Being checked"), "info"
    CHECKED = "checked", _l("Checked"), "info"
    WRITING = "writing", _l("Being imported"), "info"
    DONE = "done", _l("Imported"), "good"
    STOPPED = "stopped", _l("Stopped"), "warning"
    FAILED = "failed", _l("Nothing imported"), "bad"
    UNDONE = "undone", _l("Undone"), "neutral"


class Mode(Choices):
    """What happens to a file with refused rows."""

    ACCEPTED = "accepted", _l("Import the accepted rows")
    ALL = "all", _l("All rows or none")


# A thousand columns have names and uses; MariaDB's plain TEXT ends at 64 KB.
_Long = Text().with_variant(MEDIUMTEXT(), "mysql", "mariadb")

RUNNING = (ImportState.CHECKING, ImportState.WRITING)


class Import(Record):
    """One import: its file, how it is read and mapped, how far it came and what came out.

    `position` is the number of the last row that the present pass has dealt with: it is saved together with what
    the rows up to there became. The journal leaves this row out; it names the batch instead. An import whose rows come
    out of another program's table has an `origin`; its file holds the first rows only, to choose columns by.
    """

    __tablename__ = "panel_import"
    __journalled__ = False
    __table_args__ = (Index(None, "upload_id"), Index(None, "created_by", "id"))

    screen: Mapped[str] = mapped_column(Line(80), nullable=False)
    upload_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("core_upload.id"), nullable=False)
    state: Mapped[ImportState] = mapped_column(
        choice_column(ImportState, "state"), default=ImportState.UPLOADED, nullable=False
    )
    mode: Mapped[Mode] = mapped_column(choice_column(Mode, "mode"), default=Mode.ACCEPTED, nullable=False)
    layout_json: Mapped[str] = mapped_column(_Long, nullable=False)
    headers_json: Mapped[str] = mapped_column(_Long, nullable=False)
    mapping_json: Mapped[str] = mapped_column(_Long, nullable=False)
    batch_id: Mapped[uuid.UUID | None] = mapped_column(Key)
    position: Mapped[int] = mapped_column(BigInteger, default=0, nullable=False)
    total: Mapped[int] = mapped_column(BigInteger, default=0, nullable=False)
    inserted: Mapped[int] = mapped_column(BigInteger, default=0, nullable=False)
    updated: Mapped[int] = mapped_column(BigInteger, default=0, nullable=False)
    same: Mapped[int] = mapped_column(BigInteger, default=0, nullable=False)
    refused: Mapped[int] = mapped_column(BigInteger, default=0, nullable=False)
    totals: Mapped[int] = mapped_column(BigInteger, default=0, nullable=False)
    stop_wanted: Mapped[bool] = mapped_column(default=False, nullable=False)
    message: Mapped[str | None] = mapped_column(String(300))
    origin_json: Mapped[str | None] = mapped_column(_Long)

    upload: Mapped[Upload] = relationship(Upload)

    @property
    def layout(self) -> Layout:
        """How the file is read."""
        return Layout.from_json(json.loads(self.layout_json))

    @property
    def headers(self) -> tuple[str, ...]:
        """The names of the file's columns."""
        return tuple(json.loads(self.headers_json))

    @property
    def mapping(self) -> Mapping:
        """What is done with the columns."""
        return Mapping.from_json(json.loads(self.mapping_json))

    @property
    def name(self) -> str:
        """What people call it: the file, or the table that is copied from."""
        name = self.upload.file_name
        return name.removesuffix(".csv") if self.origin_json else name

    @property
    def origin(self) -> Origin | None:
        """The table that rows are copied from; None for a file."""
        return Origin.from_json(json.loads(self.origin_json)) if self.origin_json else None

    def comes_from(self, origin: Origin) -> None:
        """Keep the table that rows are copied from."""
        self.origin_json = _packed(origin.to_json())

    @property
    def done(self) -> int:
        """How many rows the present pass has dealt with."""
        return self.inserted + self.updated + self.same + self.refused

    def describe(self, layout: Layout, headers: tuple[str, ...], mapping: Mapping) -> None:
        """Keep how the file is read and what is done with its columns."""
        self.layout_json, self.headers_json = _packed(layout.to_json()), _packed(headers)
        self.mapping_json = _packed(mapping.to_json())

    def begin(self, state: ImportState) -> None:
        """Begin a pass over the rows."""
        self.state, self.position, self.message, self.stop_wanted = state, 0, None, False
        self.inserted = self.updated = self.same = self.refused = self.totals = 0


class ImportShape(Record):
    """What somebody chose for files with these columns, so that the next one needs no choosing."""

    __tablename__ = "panel_import_shape"
    __journalled__ = False
    __table_args__ = (Index(None, "shape", unique=True),)

    shape: Mapped[str] = mapped_column(String(64), nullable=False)
    mapping_json: Mapped[str] = mapped_column(_Long, nullable=False)

    @property
    def mapping(self) -> Mapping:
        """What was chosen."""
        return Mapping.from_json(json.loads(self.mapping_json))

    def keep(self, mapping: Mapping) -> None:
        """Remember another choice."""
        self.mapping_json = _packed(mapping.to_json())


class Copied(Record):
    """Which record a row of another program's table has become, so that the next copy and links to it find it.

    `source` and `target` are names of screens; `source_key` is the SHA-256 of the row's token: keys of other programs
    may be telephone numbers. `import_id` is the copy that made the record; undoing that forgets it.
    """

    __tablename__ = "panel_copied"
    __journalled__ = False
    __table_args__ = (
        Index(None, "target", "source", "source_key", unique=True),
        Index(None, "import_id"),
    )

    target: Mapped[str] = mapped_column(Line(80), nullable=False)
    source: Mapped[str] = mapped_column(Line(80), nullable=False)
    source_key: Mapped[str] = mapped_column(String(64), nullable=False)
    record_id: Mapped[uuid.UUID] = mapped_column(Key, nullable=False)
    import_id: Mapped[uuid.UUID] = mapped_column(Key, nullable=False)


def _packed(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
