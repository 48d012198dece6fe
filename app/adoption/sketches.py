"""Sketches: what another program's database holds, as far as it could be read; no class is made of it yet."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any, Literal

from sqlalchemy.types import TypeEngine

Right = Literal["select", "insert", "update", "delete"]
ALL_RIGHTS: frozenset[Right] = frozenset({"select", "insert", "update", "delete"})


@dataclass(frozen=True, slots=True)
class ColumnSketch:
    """One column: its exact name, the type as SQLAlchemy reflects it and as the database writes it.

    `type` is a `NullType` where SQLAlchemy knows no better. `default` is the database's own expression, '' without
    one. `generated` columns are computed by the database and never written; `numbered` ones get their value from a
    counter when an INSERT leaves them out; `renewed` ones the database sets anew at each UPDATE (ON UPDATE
    CURRENT_TIMESTAMP).
    """

    name: str
    type: TypeEngine[Any]
    type_text: str
    _: KW_ONLY
    nullable: bool = True
    default: str = ""
    generated: bool = False
    numbered: bool = False
    renewed: bool = False
    comment: str = ""


@dataclass(frozen=True, slots=True)
class IndexSketch:
    """An index over whole columns, in their order; those over expressions or prefixes alone are left out.

    `unique` ones that leave rows out (`WHERE …`) are not unique here. A primary key's own index may be among them.
    """

    name: str
    columns: tuple[str, ...]
    unique: bool = False


@dataclass(frozen=True, slots=True)
class RelationSketch:
    """Columns whose values name a row of another table.

    `declared` ones are foreign keys. Others were inferred: `confidence` says from 0 to 1 how well names, types, index
    and sampled values fit, and `seen` how many of the sampled values were found there, of how many.
    """

    columns: tuple[str, ...]
    schema: str
    table: str
    target_columns: tuple[str, ...]
    _: KW_ONLY
    declared: bool = True
    confidence: float = 1.0
    seen: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class TableSketch:
    """A table or view: `schema` is '' where the database knows none or it is the usual one.

    `primary_key` is what the database declares, `key` by what Kebu tells rows apart: the primary key, else a unique
    index over columns that are never NULL, else a key that a person declares, else (). `rows` is an estimate, None
    where there is none. `rights` are what the connection may do. `problem` says, in the words of the driver without
    any value, why a table could not be read; then nothing but its name is known.
    """

    schema: str
    name: str
    kind: Literal["table", "view"]
    _: KW_ONLY
    columns: tuple[ColumnSketch, ...] = ()
    primary_key: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    indexes: tuple[IndexSketch, ...] = ()
    relations: tuple[RelationSketch, ...] = ()
    rows: int | None = None
    rights: frozenset[Right] = ALL_RIGHTS
    managed: bool = False
    comment: str = ""
    problem: str = ""

    def column(self, name: str) -> ColumnSketch | None:
        """Return a column by its exact name."""
        return next((each for each in self.columns if each.name == name), None)


@dataclass(frozen=True, slots=True)
class DatabaseSketch:
    """What was found: `dialect` is `sqlite`, `postgresql`, `mariadb` or `mysql`, `address` has no password.

    `usual_schema` is the one whose tables have the schema '', by its name; '' where the database knows none.
    """

    address: str
    dialect: str
    version: str
    tables: tuple[TableSketch, ...]
    usual_schema: str = ""

    def table(self, schema: str, name: str) -> TableSketch | None:
        """Return a table or view by its exact name."""
        return next((each for each in self.tables if (each.schema, each.name) == (schema, name)), None)
