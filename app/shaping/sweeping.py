"""Sweeping: columns and tables that no definition names are dropped, if nothing was ever kept in them."""

from __future__ import annotations

from app.core.migration import OWN_COLUMN, OWN_TABLE
from app.shaping.altering import Altering, altering
from app.shaping.definitions import Definitions, declared_screens, read_definitions
from app.shaping.mapping import table_of
from app.shaping.works import reserved_codes


def sweep_at_start() -> None:
    """Bring tables and definitions together after a change that was cut off."""
    with altering() as tables:
        sweep(tables, read_definitions(), at_start=True)


def sweep(tables: Altering, definitions: Definitions, *, at_start: bool = False) -> None:
    """Drop what a change that was cut off has left; held back where there are values, whatever they may be.

    SQLite writes a table anew to drop a column: a large one is left to the next start, when nobody waits at a till.
    """
    there = tables.tables()
    own = {f"{OWN_TABLE}{code}" for code in definitions.used}
    named = {
        f"{OWN_COLUMN}{code}{ending}"
        for code in definitions.used | reserved_codes()
        for ending in ("", "_id", "_minor", "_currency")
    }
    extensible = {table_of(screen.model).name for screen in declared_screens() if screen.extensible}
    for name in sorted((extensible | own) & there):
        if not at_start and tables.dialect == "sqlite" and tables.is_large(name):
            continue
        for column in sorted(tables.columns(name)):
            orphan = column.startswith(OWN_COLUMN) and column not in named
            if orphan and not _has_values(tables, name, column):
                tables.drop_column(name, column)
    # After the columns: a table that something links to can't go.
    for name in sorted(there):
        if name.startswith(OWN_TABLE) and name not in own and not _has_rows(tables, name):
            tables.drop_table(name)


def _has_rows(tables: Altering, table: str) -> bool:
    return tables.ask(f"SELECT 1 FROM {table} LIMIT 1") is not None  # noqa: S608  # nosec B608 - our own names


def _has_values(tables: Altering, table: str, column: str) -> bool:
    statement = f"SELECT 1 FROM {table} WHERE {column} IS NOT NULL LIMIT 1"  # noqa: S608  # nosec B608 - the same
    return tables.ask(statement) is not None
