"""Migrations: how Alembic compares and writes the tables of the house, the same in migrations, tests and drafts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any, Literal

from alembic.autogenerate.api import AutogenContext
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, MetaData, String
from sqlalchemy.dialects import postgresql

from app.core.capability import discover
from app.core.clock import UtcDateTime
from app.core.errors import ProgrammingError
from app.core.json_text import JsonText
from app.core.keys import Key
from app.core.quantity import Quantity
from app.core.upload import Upload

# What a manager makes without code: tables `own_…`, and columns `x_…` of declared tables.
OWN_TABLE = "own_"
OWN_COLUMN = "x_"


def all_tables(package: ModuleType) -> MetaData:
    """Return the metadata of core and of every capability in `package`; a new slice needs no mention anywhere."""
    discover(package)
    found: MetaData = Upload.metadata
    return found


def options(connection: Connection) -> dict[str, Any]:
    """Return Alembic's `configure` options for this database."""
    is_sqlite = connection.dialect.name == "sqlite"
    found: dict[str, Any] = {
        "compare_type": True,
        "render_item": render_item,
        "include_object": is_declared,
        # SQLite can't alter a table: it is copied, filled and renamed.
        "render_as_batch": True,
        "transaction_per_migration": True,
    }
    if is_sqlite:
        # True once BEGIN is sent by the engine's hook: a migration that fails leaves nothing behind.
        found["transactional_ddl"] = True
        found["on_version_apply"] = refuse_broken_foreign_keys
    return found


def is_declared(item: Any, name: str | None, kind: str, _reflected: bool, _compared: Any) -> bool:
    """Say whether a migration has to do with this: what a shop made at run time is no migration's business."""
    if kind == "table":
        return not str(name).startswith(OWN_TABLE)
    if kind == "column":
        return not str(name).startswith(OWN_COLUMN)
    columns = getattr(item, "columns", ())
    return not any(column.name.startswith(OWN_COLUMN) for column in columns)


def render_item(kind: str, item: Any, context: AutogenContext) -> str | Literal[False]:
    """Return how our column types stand in a migration; False leaves everything else to Alembic."""
    if kind == "type" and isinstance(item, Key | UtcDateTime | JsonText):
        name = type(item).__name__
        context.imports.add(f"from {type(item).__module__} import {name}")
        return f"{name}()"
    if kind == "type" and isinstance(item, Quantity):
        return "sa.BigInteger()"
    if kind == "type" and isinstance(item, String) and _is_line(item):
        context.imports.add("from app.core.database import Line")
        return f"Line({item.length})"
    return False


def _is_line(item: String) -> bool:
    variant = item.dialect_impl(postgresql.dialect())
    return item.collation is None and isinstance(variant, String) and variant.collation == "C"


@contextmanager
def without_foreign_keys(connection: Connection) -> Iterator[None]:
    """Switch SQLite's foreign keys off while tables are copied; each migration is checked before it is committed.

    Dropping the old copy of a table would otherwise delete or refuse the rows that point to it. Without effect
    on the other databases.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    if connection.in_transaction():
        raise ProgrammingError(
            "a migration opens its own transactions: SQLite's switch works outside them only"
        )
    _pragma(connection, "foreign_keys=OFF")
    try:
        yield
        connection.commit()
    finally:
        connection.rollback()
        _pragma(connection, "foreign_keys=ON")


def refuse_broken_foreign_keys(*, ctx: MigrationContext, **_step: Any) -> None:
    """Raise `ProgrammingError`, which undoes the migration just run, if it left rows that point to nothing."""
    assert ctx.connection is not None, "migrations run over a connection"
    broken = ctx.connection.exec_driver_sql("PRAGMA foreign_key_check").fetchmany(5)
    if broken:
        raise ProgrammingError(f"the migration breaks foreign keys of {sorted({row[0] for row in broken})}")


def _pragma(connection: Connection, text: str) -> None:
    # By the driver, because the engine's hook would send BEGIN first.
    cursor = connection.connection.cursor()
    cursor.execute(f"PRAGMA {text}")
    cursor.close()
