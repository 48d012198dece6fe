"""The declaration of adopted databases: what a shop says of tables that other programs made."""

from __future__ import annotations

import uuid

from sqlalchemy import Boolean, ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.choices import choice_column
from app.core.database import Line
from app.core.keys import Key
from app.core.record import Record
from app.core.words import OwnWords
from app.shaping.models import OUTLIVES_THE_SAMPLE, Personal

LONGEST_NAME = 128
LONGEST_CODE = 20
LONGEST_NOUN = 40


class AdoptedSource(Record):
    """An adopted database: `code` is the slice that its screens belong to (`mall` in `mall:member`).

    `locked_address` is the address with its password, locked under the instance key; `shown_address` is what anybody
    may see of it. `only_schema` narrows the database to one schema.
    """

    __tablename__ = "adoption_source"
    __table_args__ = (Index(None, "code", unique=True), OUTLIVES_THE_SAMPLE)
    __secret__ = frozenset({"locked_address"})

    code: Mapped[str] = mapped_column(Line(LONGEST_CODE), nullable=False)
    label_zh: Mapped[str] = mapped_column(String(60), nullable=False)
    label_en: Mapped[str] = mapped_column(String(60), nullable=False)
    locked_address: Mapped[bytes] = mapped_column(LargeBinary, nullable=False)
    shown_address: Mapped[str] = mapped_column(String(300), nullable=False)
    only_schema: Mapped[str] = mapped_column(Line(LONGEST_NAME), nullable=False)
    read_only: Mapped[bool] = mapped_column(Boolean, nullable=False)
    is_used: Mapped[bool] = mapped_column(Boolean, default=True, nullable=False)

    @property
    def label(self) -> OwnWords:
        """What the shop calls the database."""
        return OwnWords(self.label_zh, self.label_en)


class AdoptedTable(Record):
    """A table or view of an adopted database: its screen is `<code>:<noun>`.

    `key_columns` are the names, one a line, of the columns by which a person says that rows are told apart where the
    database declares no key. `title_column` names a row to people.
    """

    __tablename__ = "adoption_table"
    __table_args__ = (Index(None, "source_id", "noun", unique=True), OUTLIVES_THE_SAMPLE)

    source_id: Mapped[uuid.UUID] = mapped_column(Key, ForeignKey(AdoptedSource.id), nullable=False)
    schema_name: Mapped[str] = mapped_column(Line(LONGEST_NAME), nullable=False)
    name: Mapped[str] = mapped_column(Line(LONGEST_NAME), nullable=False)
    noun: Mapped[str] = mapped_column(Line(LONGEST_NOUN), nullable=False)
    label_zh: Mapped[str] = mapped_column(String(60), nullable=False)
    label_en: Mapped[str] = mapped_column(String(60), nullable=False)
    title_column: Mapped[str] = mapped_column(Line(LONGEST_NAME), nullable=False)
    key_columns: Mapped[str] = mapped_column(Text, nullable=False)
    position: Mapped[int] = mapped_column(Integer, nullable=False)
    is_shown: Mapped[bool] = mapped_column(Boolean, nullable=False)
    read_only: Mapped[bool] = mapped_column(Boolean, nullable=False)
    source: Mapped[AdoptedSource] = relationship()

    @property
    def label(self) -> OwnWords:
        """What rows of the table are called."""
        return OwnWords(self.label_zh, self.label_en)


class AdoptedColumn(Record):
    """A column of an adopted table, known to the panel as `attribute`, whatever its name.

    `choices` are lines of `code=what it means`. `links_to` is the noun of the table of which the values name a row by
    its key, '' for none: declared in the database, or switched on by a person. A column that the database has no more
    is `is_parked`: what was said of it is kept until it comes back or a person takes it out.
    """

    __tablename__ = "adoption_column"
    __table_args__ = (
        Index(None, "table_id", "attribute", unique=True),
        Index(None, "table_id", "position", "id"),
        OUTLIVES_THE_SAMPLE,
    )

    table_id: Mapped[uuid.UUID] = mapped_column(Key, ForeignKey(AdoptedTable.id), nullable=False)
    name: Mapped[str] = mapped_column(Line(LONGEST_NAME), nullable=False)
    attribute: Mapped[str] = mapped_column(Line(LONGEST_NAME), nullable=False)
    label_zh: Mapped[str] = mapped_column(String(60), nullable=False)
    label_en: Mapped[str] = mapped_column(String(60), nullable=False)
    position: Mapped[int] = mapped_column(Integer, nullable=False)
    is_shown: Mapped[bool] = mapped_column(Boolean, nullable=False)
    in_list: Mapped[bool] = mapped_column(Boolean, nullable=False)
    read_only: Mapped[bool] = mapped_column(Boolean, nullable=False)
    personal: Mapped[Personal] = mapped_column(choice_column(Personal, "personal"), nullable=False)
    choices: Mapped[str] = mapped_column(Text, nullable=False)
    links_to: Mapped[str] = mapped_column(Line(LONGEST_NOUN), nullable=False)
    is_parked: Mapped[bool] = mapped_column(Boolean, nullable=False)
    table: Mapped[AdoptedTable] = relationship()

    @property
    def label(self) -> OwnWords:
        """What the column is called."""
        return OwnWords(self.label_zh, self.label_en)
