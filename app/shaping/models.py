"""The definitions of own fields and own record types; what they define are real columns and tables."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy import Boolean, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.choices import Choices, choice_column
from app.core.database import Line
from app.core.record import Record
from app.core.words import OwnWords

LONGEST_LABEL = 60
LONGEST_HELP = 300
# Definitions are no records of the sample: a field that was tried out there stays when the sample goes.
OUTLIVES_THE_SAMPLE = {"info": {"outlives_sample": True}}


class Kind(Choices):
    """What an own field holds."""

    TEXT = "text", _l("Text")
    LONG_TEXT = "long_text", _l("Long text")
    NUMBER = "number", _l("Number")
    MONEY = "money", _l("Money")
    DATE = "date", _l("Date")
    CHOICE = "choice", _l("Choice")
    CHOICES = "choices", _l("Several choices")
    ANSWER = "answer", _l("Yes or no")
    LINK = "link", _l("Link to a record")
    FILE = "file", _l("File")


class Personal(Choices):
    """What a field's values tell of a person."""

    NONE = "none", _l("Nothing personal")
    CONTACT = "contact", _l("How to reach them")
    IDENTITY = "identity", _l("Who they are")
    HEALTH = "health", _l("Their health")
    FINANCIAL = "financial", _l("Their money")


class State(Choices):
    """Whether a definition is in use; a parked one keeps all its data, of one that is gone only the name is left.

    The name of what is gone stays because running processes have mapped its column, and can't unlearn it.
    """

    ACTIVE = "active", _l("In use")
    PARKED = "parked", _l("Parked")
    GONE = "gone", _l("Deleted for good")


class ShapingType(Record):
    """A record type that the shop made: its table is `own_<code>`, its screen `own:<noun>`."""

    __tablename__ = "shaping_type"
    __table_args__ = (
        Index(None, "code", unique=True),
        Index(None, "noun", unique=True),
        OUTLIVES_THE_SAMPLE,
    )

    code: Mapped[str] = mapped_column(Line(8), nullable=False)
    noun: Mapped[str] = mapped_column(Line(40), nullable=False)
    label_zh: Mapped[str] = mapped_column(String(60), nullable=False)
    label_en: Mapped[str] = mapped_column(String(60), nullable=False)
    plural_zh: Mapped[str] = mapped_column(String(60), nullable=False)
    plural_en: Mapped[str] = mapped_column(String(60), nullable=False)
    title_zh: Mapped[str] = mapped_column(String(60), nullable=False)
    title_en: Mapped[str] = mapped_column(String(60), nullable=False)
    icon: Mapped[str] = mapped_column(Line(40), nullable=False)
    position: Mapped[int] = mapped_column(Integer, nullable=False)
    state: Mapped[State] = mapped_column(choice_column(State, "state"), default=State.ACTIVE, nullable=False)

    @property
    def screen_name(self) -> str:
        """`own:<noun>`."""
        return f"own:{self.noun}"

    @property
    def label(self) -> OwnWords:
        """What one record is called."""
        return OwnWords(self.label_zh, self.label_en)

    @property
    def plural(self) -> OwnWords:
        """What several records are called."""
        return OwnWords(self.plural_zh or self.label_zh, self.plural_en or self.label_en)

    @property
    def title(self) -> OwnWords:
        """What the field is called by which records are named; empty for “Name”."""
        return OwnWords(self.title_zh, self.title_en)


class ShapingField(Record):
    """An own field of a screen: its column is `x_<code>` of the record's own table.

    `settings` is the JSON text of what only some kinds have (`plans.Settings`).
    """

    __tablename__ = "shaping_field"
    __table_args__ = (
        Index(None, "code", unique=True),
        Index(None, "screen", "position", "id"),
        OUTLIVES_THE_SAMPLE,
    )

    screen: Mapped[str] = mapped_column(Line(80), nullable=False)
    code: Mapped[str] = mapped_column(Line(8), nullable=False)
    kind: Mapped[Kind] = mapped_column(choice_column(Kind, "kind"), nullable=False)
    label_zh: Mapped[str] = mapped_column(String(60), nullable=False)
    label_en: Mapped[str] = mapped_column(String(60), nullable=False)
    help_zh: Mapped[str] = mapped_column(String(300), nullable=False)
    help_en: Mapped[str] = mapped_column(String(300), nullable=False)
    group_zh: Mapped[str] = mapped_column(String(60), nullable=False)
    group_en: Mapped[str] = mapped_column(String(60), nullable=False)
    position: Mapped[int] = mapped_column(Integer, nullable=False)
    required: Mapped[bool] = mapped_column(Boolean, nullable=False)
    is_unique: Mapped[bool] = mapped_column(Boolean, nullable=False)
    sortable: Mapped[bool] = mapped_column(Boolean, nullable=False)
    searchable: Mapped[bool] = mapped_column(Boolean, nullable=False)
    filterable: Mapped[bool] = mapped_column(Boolean, nullable=False)
    in_list: Mapped[bool] = mapped_column(Boolean, nullable=False)
    personal: Mapped[Personal] = mapped_column(choice_column(Personal, "personal"), nullable=False)
    settings: Mapped[str] = mapped_column(Text, nullable=False)
    state: Mapped[State] = mapped_column(choice_column(State, "state"), default=State.ACTIVE, nullable=False)

    @property
    def name(self) -> str:
        """The field's name in addresses, in the interface and as an attribute: `x_<code>`."""
        return f"x_{self.code}"

    @property
    def label(self) -> OwnWords:
        """What the field is called."""
        return OwnWords(self.label_zh, self.label_en)

    @property
    def help(self) -> OwnWords:
        """The line below the input."""
        return OwnWords(self.help_zh, self.help_en)

    @property
    def group(self) -> OwnWords:
        """The heading it stands under; empty for the usual one."""
        return OwnWords(self.group_zh, self.group_en)
