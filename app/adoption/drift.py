"""Drift: in what a database differs by now from what somebody said yes to; pure comparison, nothing is read."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from app.adoption.models import LONGEST_TYPE, AdoptedColumn, AdoptedTable
from app.adoption.sketches import ColumnSketch, DatabaseSketch, TableSketch
from app.adoption.verdicts import Kind, verdict

# From here on two names are near enough to be one that was changed.
NEAR = 0.5
# So many of the columns of two tables have to be called alike for the one to be the other.
SAME_COLUMNS = 0.6
Columns = Mapping[uuid.UUID, Sequence[AdoptedColumn]]


@dataclass(frozen=True, slots=True)
class Retyped:
    """A column whose type is written otherwise than when somebody said yes to it."""

    row: AdoptedColumn
    column: ColumnSketch


@dataclass(frozen=True, slots=True)
class RenamedColumn:
    """A column that is gone and one that came, likely the same; `confidence` is from 0 to 100."""

    row: AdoptedColumn
    column: ColumnSketch
    confidence: int


@dataclass(frozen=True, slots=True)
class RenamedTable:
    """A table that is gone and one that came, likely the same; `confidence` is from 0 to 100."""

    row: AdoptedTable
    table: TableSketch
    confidence: int


@dataclass(frozen=True, slots=True)
class TableDrift:
    """In what one table differs; `back` are parked columns that the database has again."""

    row: AdoptedTable
    added: tuple[ColumnSketch, ...] = ()
    gone: tuple[AdoptedColumn, ...] = ()
    back: tuple[AdoptedColumn, ...] = ()
    retyped: tuple[Retyped, ...] = ()
    renamed: tuple[RenamedColumn, ...] = ()

    def __bool__(self) -> bool:
        """Say whether there is any difference."""
        return bool(self.added or self.gone or self.back or self.retyped)


@dataclass(frozen=True, slots=True)
class Drift:
    """In what a database differs: tables that came, those that are gone, and those that are otherwise."""

    added: tuple[TableSketch, ...] = ()
    gone: tuple[AdoptedTable, ...] = ()
    renamed: tuple[RenamedTable, ...] = ()
    changed: tuple[TableDrift, ...] = ()

    def __bool__(self) -> bool:
        """Say whether there is any difference."""
        return bool(self.added or self.gone or self.changed)

    @property
    def count(self) -> int:
        """How many differences there are."""
        columns = sum(
            len(each.added) + len(each.gone) + len(each.back) + len(each.retyped) for each in self.changed
        )
        return len(self.added) + len(self.gone) + columns


def fingerprint(found: DatabaseSketch) -> str:
    """Return a digest of all that classes and screens are made of; the number of rows is not part of it."""
    digest = hashlib.sha256()
    for table in sorted(found.tables, key=lambda each: (each.schema, each.name)):
        digest.update(
            repr(
                (
                    (
                        table.schema,
                        table.name,
                        table.kind,
                        table.primary_key,
                        table.key,
                        sorted(table.rights),
                    ),
                    [(each.name, each.columns, each.unique) for each in table.indexes],
                    [
                        (
                            each.name,
                            each.type_text,
                            each.nullable,
                            each.default,
                            each.generated,
                            each.numbered,
                        )
                        for each in table.columns
                    ],
                    bool(table.problem),
                )
            ).encode(errors="surrogatepass")
        )
    return digest.hexdigest()


def drift_of(tables: Sequence[AdoptedTable], columns: Columns, found: DatabaseSketch) -> Drift:
    """Return in what the database, as found, differs from these rows."""
    known = {(row.schema_name, row.name) for row in tables}
    added = tuple(
        table
        for table in found.tables
        if (table.schema, table.name) not in known and verdict(table).kind is not Kind.REFUSED
    )
    gone = tuple(row for row in tables if found.table(row.schema_name, row.name) is None)
    changed = tuple(
        drift
        for row in tables
        # Of a table that could not be read nothing is known, least of all that its columns are gone.
        if (table := found.table(row.schema_name, row.name)) is not None
        and table.columns
        and not table.problem
        if (drift := table_drift(row, columns.get(row.id, ()), table))
    )
    return Drift(added, gone, tuple(_renamed_tables(gone, added, columns)), changed)


def table_drift(row: AdoptedTable, columns: Sequence[AdoptedColumn], table: TableSketch) -> TableDrift:
    """Return in what a table, as found, differs from its rows."""
    there = {each.name: each for each in table.columns}
    known = {each.name for each in columns}
    added = tuple(each for each in table.columns if each.name not in known)
    gone = tuple(each for each in columns if each.name not in there)
    return TableDrift(
        row,
        added,
        gone,
        tuple(each for each in columns if each.is_parked and each.name in there),
        tuple(
            Retyped(each, there[each.name])
            for each in columns
            if each.name in there
            and each.type_text
            and each.type_text != there[each.name].type_text[:LONGEST_TYPE]
        ),
        tuple(_renamed_columns(gone, added, table)),
    )


def _renamed_columns(
    gone: Sequence[AdoptedColumn], added: Sequence[ColumnSketch], table: TableSketch
) -> Iterator[RenamedColumn]:
    places = {each.name: place for place, each in enumerate(table.columns)}
    pairs = [
        RenamedColumn(row, column, confidence)
        for row in gone
        for column in added
        if not row.type_text or row.type_text.casefold() == column.type_text[:LONGEST_TYPE].casefold()
        if (confidence := _likeness(row.name, column.name, same_place=places[column.name] == row.position))
    ]
    taken: set[str] = set()
    for pair in sorted(pairs, key=lambda each: (-each.confidence, each.row.name, each.column.name)):
        # Two names of one table may be equal but for being gone and come.
        marks = {f"-{pair.row.name}", f"+{pair.column.name}"}
        if not marks & taken:
            taken |= marks
            yield pair


def _likeness(one: str, other: str, *, same_place: bool) -> int:
    """Return from 0 to 100 how likely one name became the other; 0 where neither name nor place speaks for it."""
    near = SequenceMatcher(None, one.casefold(), other.casefold()).ratio()
    if near < NEAR and not same_place:
        return 0
    return round(100 * (0.3 + 0.4 * near + (0.3 if same_place else 0.0)))


def _renamed_tables(
    gone: Iterable[AdoptedTable], added: Sequence[TableSketch], columns: Columns
) -> Iterator[RenamedTable]:
    pairs = []
    for row in gone:
        names = {each.name for each in columns.get(row.id, ())}
        for table in added:
            others = {each.name for each in table.columns}
            alike = len(names & others) / max(1, len(names | others))
            if alike >= SAME_COLUMNS:
                near = SequenceMatcher(None, row.name.casefold(), table.name.casefold()).ratio()
                pairs.append(RenamedTable(row, table, round(100 * (0.7 * alike + 0.3 * near))))
    taken: set[object] = set()
    for pair in sorted(pairs, key=lambda each: (-each.confidence, each.row.name, each.table.name)):
        marks: set[object] = {pair.row.id, (pair.table.schema, pair.table.name)}
        if not marks & taken:
            taken |= marks
            yield pair
