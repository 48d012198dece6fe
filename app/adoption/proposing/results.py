"""What is proposed for an adopted database: values with how sure they are and where they were read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

if TYPE_CHECKING:
    from app.adoption.proposing.roles import RoleProposal

# Where a value was read: the comment, the name, the type, sampled rows, an index or key, a relation; '' nowhere.
Origin = Literal["", "comment", "name", "type", "sample", "key", "relation"]
# Who wrote a row and when, as the program behind the database keeps it.
Stamp = Literal["", "created_at", "created_by", "changed_at", "changed_by"]
# The unit that numbers of money are in: yuan and dollars, or fen and cents.
Unit = Literal["", "major", "minor"]
Epoch = Literal["", "s", "ms"]
Personal = Literal["", "identity", "contact", "health", "financial"]
Form = Literal["", "email", "phone", "url"]

# Rows of one table, each by column name; few, and never the whole table.
Rows = Sequence[Mapping[str, Any]]
# By schema and table.
Samples = Mapping[tuple[str, str], Rows]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Proposed(Generic[T]):
    """A value that a person may change: `confidence` from 0 to 1, and where it was read."""

    value: T
    confidence: float = 0.0
    origin: Origin = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One code as the column keeps it, written as text, and what it means."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class ColumnProposal:
    """What is proposed for one column.

    `help` is what a comment says beyond the label. `link` is (schema, table) that the values name a row of.
    `choices` may lack codes that stand in rows: see `choices.completed`. `secret` values (passwords) are to be hidden
    from everybody. `epoch` says in which unit an integer counts time since 1970 (UTC).
    """

    name: str
    _: KW_ONLY
    label_zh: Proposed[str]
    label_en: Proposed[str]
    help: Proposed[str] = Proposed("")
    link: Proposed[tuple[str, str] | None] = Proposed(None)
    choices: Proposed[tuple[Choice, ...]] = Proposed(())
    yes_no: Proposed[bool] = Proposed(False)
    stamp: Proposed[Stamp] = Proposed("")
    deleted: Proposed[bool] = Proposed(False)
    money: Proposed[Unit] = Proposed("")
    epoch: Proposed[Epoch] = Proposed("")
    image: Proposed[bool] = Proposed(False)
    form: Proposed[Form] = Proposed("")
    personal: Proposed[Personal] = Proposed("")
    secret: Proposed[bool] = Proposed(False)


@dataclass(frozen=True, slots=True)
class TableProposal:
    """What is proposed for one table or view.

    `title` are the columns whose values, one after the other, name a row to people. `sort` is a column, with `-` for
    descending. `alive` is an expression (see `expressions`) that leaves out rows marked as deleted, '' without such.
    """

    schema: str
    name: str
    _: KW_ONLY
    label_zh: Proposed[str]
    label_en: Proposed[str]
    title: Proposed[tuple[str, ...]]
    list_columns: Proposed[tuple[str, ...]]
    sort: Proposed[str]
    search: Proposed[tuple[str, ...]]
    alive: Proposed[str]
    columns: tuple[ColumnProposal, ...]

    def column(self, name: str) -> ColumnProposal | None:
        """Return the proposal for a column by its exact name."""
        return next((each for each in self.columns if each.name == name), None)


@dataclass(frozen=True, slots=True)
class DatabaseProposal:
    """Everything proposed for a database; `currency` is an ISO 4217 code, `time_zone` an IANA name, '' unknown."""

    tables: tuple[TableProposal, ...]
    roles: tuple[RoleProposal, ...]
    currency: Proposed[str]
    time_zone: Proposed[str]

    def table(self, schema: str, name: str) -> TableProposal | None:
        """Return the proposal for a table by its exact name."""
        return next((each for each in self.tables if (each.schema, each.name) == (schema, name)), None)

    def role(self, role: str) -> RoleProposal | None:
        """Return the proposal for who plays a role, the surest one; None where nothing fits."""
        return next((each for each in self.roles if each.role == role), None)
