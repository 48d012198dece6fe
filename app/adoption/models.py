"""The declaration of adopted databases: what a shop says of tables that other programs made."""

from __future__ import annotations

import uuid

from flask_babel import lazy_gettext as _l
from sqlalchemy import Boolean, ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from app.core.choices import Choices, choice_column
from app.core.database import Line
from app.core.keys import Key
from app.core.record import Record
from app.core.words import OwnWords
from app.shaping.models import OUTLIVES_THE_SAMPLE, Personal

LONGEST_NAME = 128
LONGEST_CODE = 20
LONGEST_NOUN = 40
LONGEST_TYPE = 300


class AdoptedSource(Record):
    """An adopted database: `code` is the slice that its screens belong to (`mall` in `mall:member`).

    `locked_address` is the address with its password, locked under the instance key; `shown_address` is what anybody
    may see of it. `only_schema` narrows the database to one schema. One that is not `is_used` is being prepared, or
    was let go of: nobody sees its screens. `currency` (ISO 4217) and `time_zone` (IANA) are what its money and its
    clock are in, '' while nobody has said. `looks` counts how often somebody asked to have it looked at anew.
    """

    __tablename__ = "adoption_source"
    __table_args__ = (Index(None, "code", unique=True), Index(None, "code", "id"), OUTLIVES_THE_SAMPLE)
    __secret__ = frozenset({"locked_address"})

    code: Mapped[str] = mapped_column(Line(LONGEST_CODE), nullable=False)
    label_zh: Mapped[str] = mapped_column(String(60), nullable=False)
    label_en: Mapped[str] = mapped_column(String(60), nullable=False)
    locked_address: Mapped[bytes] = mapped_column(LargeBinary, nullable=False)
    shown_address: Mapped[str] = mapped_column(String(300), nullable=False)
    only_schema: Mapped[str] = mapped_column(Line(LONGEST_NAME), nullable=False)
    read_only: Mapped[bool] = mapped_column(Boolean, nullable=False)
    is_used: Mapped[bool] = mapped_column(Boolean, default=True, nullable=False)
    looks: Mapped[int] = mapped_column(Integer, default=0, nullable=False)
    currency: Mapped[str] = mapped_column(String(3), default="", nullable=False)
    time_zone: Mapped[str] = mapped_column(String(64), default="", nullable=False)

    @property
    def label(self) -> OwnWords:
        """What the shop calls the database."""
        return OwnWords(self.label_zh, self.label_en)


class AdoptedLook(Record):
    """What an adopted database looked like when the worker last saw it otherwise than before: a digest of its tables.

    A new one tells every process that its own sketch is out of date.
    """

    __tablename__ = "adoption_look"
    # What people did is on record; that the program looked is not.
    __journalled__ = False
    __table_args__ = (Index(None, "source_id", unique=True), OUTLIVES_THE_SAMPLE)

    source_id: Mapped[uuid.UUID] = mapped_column(Key, ForeignKey(AdoptedSource.id), nullable=False)
    fingerprint: Mapped[str] = mapped_column(Line(64), nullable=False)


class AdoptedTable(Record):
    """A table or view of an adopted database: its screen is `<code>:<noun>`.

    `key_columns` are the names, one a line, of the columns by which a person says that rows are told apart where the
    database declares no key. `title_column` names a row to people. `sort` is the column a list is sorted by at
    first, `-` before it for descending, '' for the key's order. `alive` is a condition that leaves out rows which
    another program only marks as deleted, '' for none.
    """

    __tablename__ = "adoption_table"
    __table_args__ = (
        Index(None, "source_id", "noun", unique=True),
        Index(None, "name", "id"),
        OUTLIVES_THE_SAMPLE,
    )

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
    sort: Mapped[str] = mapped_column(Line(LONGEST_NAME + 1), default="", nullable=False)
    alive: Mapped[str] = mapped_column(Text, default="", nullable=False)
    source: Mapped[AdoptedSource] = relationship()

    @validates("title_column", "key_columns", "sort", "alive")
    def _keep_text(self, _name: str, value: str | None) -> str:
        return value or ""  # what a form leaves empty is said to be nothing

    @property
    def label(self) -> OwnWords:
        """What rows of the table are called."""
        return OwnWords(self.label_zh, self.label_en)


class Meaning(Choices):
    """What the numbers or texts of a column are beyond their type."""

    PLAIN = "plain", _l("as it is")
    MONEY = "money", _l("money in whole units (yuan)")
    CENTS = "cents", _l("money in hundredths (fen)")
    SECONDS = "seconds", _l("seconds since 1970")
    MILLISECONDS = "milliseconds", _l("milliseconds since 1970")
    IMAGE = "image", _l("address of a picture")
    EMAIL = "email", _l("e-mail address")
    PHONE = "phone", _l("telephone number")
    LINK = "link", _l("address of a page")


class AdoptedColumn(Record):
    """A column of an adopted table, known to the panel as `attribute`, whatever its name.

    `choices` are lines of `code=what it means`. `links_to` is the noun of the table of which the values name a row by
    its key, '' for none: declared in the database, or switched on by a person. A column that the database has no more
    is `is_parked`: what was said of it is kept until it comes back or a person takes it out. `group_zh` and `group_en`
    are the heading it stands under in forms, '' for the table's own. `type_text` is the type as the database wrote it
    when somebody last said yes to it.
    """

    __tablename__ = "adoption_column"
    __table_args__ = (
        Index(None, "table_id", "attribute", unique=True),
        Index(None, "table_id", "position", "id"),
        Index(None, "name", "id"),
        Index(None, "position", "id"),
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
    meaning: Mapped[Meaning] = mapped_column(
        choice_column(Meaning, "meaning"), default=Meaning.PLAIN, nullable=False
    )
    group_zh: Mapped[str] = mapped_column(String(60), default="", nullable=False)
    group_en: Mapped[str] = mapped_column(String(60), default="", nullable=False)
    type_text: Mapped[str] = mapped_column(String(LONGEST_TYPE), default="", nullable=False)
    choices: Mapped[str] = mapped_column(Text, nullable=False)
    links_to: Mapped[str] = mapped_column(Line(LONGEST_NOUN), nullable=False)
    is_parked: Mapped[bool] = mapped_column(Boolean, nullable=False)
    table: Mapped[AdoptedTable] = relationship()

    @validates("choices", "links_to", "group_zh", "group_en")
    def _keep_text(self, _name: str, value: str | None) -> str:
        return value or ""  # what a form leaves empty is said to be nothing

    @property
    def label(self) -> OwnWords:
        """What the column is called."""
        return OwnWords(self.label_zh, self.label_en)


class Role(Choices):
    """What a table or join stands for in analyses."""

    CUSTOMERS = "customers", _l("Customers")
    PRODUCTS = "products", _l("Products")
    SALES = "sales", _l("Sales")
    SALE_LINES = "sale_lines", _l("Lines of sales")
    PAYMENTS = "payments", _l("Payments")
    APPOINTMENTS = "appointments", _l("Appointments")
    STOCK = "stock", _l("Stock")
    COSTS = "costs", _l("Costs")


class AdoptedRole(Record):
    """Which table or join plays a role, and how its columns are read (see `proposing.roles.RoleProposal`).

    `columns` are lines of `contract column = expression`. `parent_on` are lines of `own column = parent's column`.
    One that is not `is_used` is a proposal: no analysis reads it before a person has looked at it and said yes. Where
    `table_name` is '' a person has said that nothing in the database plays the role. `confidence` is in hundredths,
    `evidence` are the codes of why this table was proposed.
    """

    __tablename__ = "adoption_role"
    __table_args__ = (Index(None, "source_id", "role", unique=True), OUTLIVES_THE_SAMPLE)

    source_id: Mapped[uuid.UUID] = mapped_column(Key, ForeignKey(AdoptedSource.id), nullable=False)
    role: Mapped[Role] = mapped_column(choice_column(Role, "role"), nullable=False)
    schema_name: Mapped[str] = mapped_column(Line(LONGEST_NAME), nullable=False)
    table_name: Mapped[str] = mapped_column(Line(LONGEST_NAME), nullable=False)
    parent_schema: Mapped[str] = mapped_column(Line(LONGEST_NAME), nullable=False)
    parent_table: Mapped[str] = mapped_column(Line(LONGEST_NAME), nullable=False)
    parent_on: Mapped[str] = mapped_column(Text, nullable=False)
    columns: Mapped[str] = mapped_column(Text, nullable=False)
    filter: Mapped[str] = mapped_column(Text, nullable=False)
    unit: Mapped[str] = mapped_column(String(8), nullable=False)
    refunds: Mapped[str] = mapped_column(String(8), nullable=False)
    refund_filter: Mapped[str] = mapped_column(Text, nullable=False)
    epoch: Mapped[str] = mapped_column(String(2), nullable=False)
    confidence: Mapped[int] = mapped_column(Integer, nullable=False)
    evidence: Mapped[str] = mapped_column(String(200), default="", nullable=False)
    is_used: Mapped[bool] = mapped_column(Boolean, nullable=False)
    source: Mapped[AdoptedSource] = relationship()
