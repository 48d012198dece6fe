"""Altering tables at run time: columns, tables and indexes come and go under the lock under which migrations run.

Every step can be taken twice: what is there already is not made again, so a change that was cut off anywhere is
finished or swept away by the next one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Column, Connection, Engine, MetaData, QueuePool, Table, inspect, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.schema import CreateColumn

from app.core import schema
from app.core.database import db, writing
from app.shaping.errors import TableFull, TableInUse
from app.shaping.kinds import OwnIndex

# A change of a table waits for the reads under way, and all later ones wait behind it: so it gives way soon.
LOCK_SECONDS = 2
TRIES = 5
# From this many rows on an index takes longer to make than a till can wait for its next save.
LARGE = 100_000
LONG_LOCK_SECONDS = 30
_MARIADB_TOO_LARGE = (1118, 1117, 1069, 1070)
_MARIADB_LOCKED = (1205, 1213)
_POSTGRESQL_LOCKED = ("55P03", "40P01")
_POSTGRESQL_TOO_MANY = "54011"


@dataclass(frozen=True)
class Altering:
    """The right to change tables, held by one process at a time."""

    engine: Engine

    @property
    def dialect(self) -> str:
        """sqlite, postgresql or mariadb (which stands for MySQL too)."""
        name = self.engine.dialect.name
        return "mariadb" if name == "mysql" else name

    def tables(self) -> set[str]:
        """Return the names of all tables."""
        return set(inspect(self.engine).get_table_names())

    def columns(self, table: str) -> set[str]:
        """Return the names of a table's columns."""
        return {column["name"] for column in inspect(self.engine).get_columns(table)}

    def indexes(self, table: str) -> set[str]:
        """Return the names of a table's indexes."""
        return {str(index["name"]) for index in inspect(self.engine).get_indexes(table)}

    def make_table(self, table: Table) -> None:
        """Make a table with its indexes unless it is there."""
        self._run(lambda connection: table.create(connection, checkfirst=True))

    def drop_table(self, name: str) -> None:
        """Drop a table if it is there and no other one links to it."""
        if name in self._linked_tables():
            return
        self._run(lambda connection: connection.execute(text(f"DROP TABLE IF EXISTS {name}")))

    def _linked_tables(self) -> set[str]:
        found = inspect(self.engine).get_multi_foreign_keys()
        return {
            str(key["referred_table"])
            for (_schema, table), keys in found.items()
            for key in keys
            if key["referred_table"] != table
        }

    def add_columns(self, table: str, columns: Sequence[Column[Any]]) -> None:
        """Add the columns that are missing; instant on all three databases, whatever the table's size."""
        there = self.columns(table)
        scratch = Table(table, MetaData(), *columns)
        for column in scratch.columns:
            if column.name not in there:
                self._run(partial(self._add_column, table=table, column=column))

    def _add_column(self, connection: Connection, *, table: str, column: Column[Any]) -> None:
        specification = str(CreateColumn(column).compile(dialect=connection.dialect))
        links = [(key.column.table.name, key.column.name) for key in column.foreign_keys]
        rule = f"CONSTRAINT fk_own_{column.name}"
        if self.dialect == "mariadb":
            # MariaDB would copy the whole table to check a link that is empty in every row.
            connection.execute(text("SET SESSION foreign_key_checks = 0"))
            added = [f", ADD {rule} FOREIGN KEY ({column.name}) REFERENCES {to} ({key})" for to, key in links]
        else:
            added = [f" {rule} REFERENCES {to} ({key})" for to, key in links]
        connection.execute(text(f"ALTER TABLE {table} ADD COLUMN {specification}{''.join(added)}"))

    def drop_column(self, table: str, column: str) -> None:
        """Drop a column with its indexes; on SQLite a link's column has to stay."""
        inspector = inspect(self.engine)
        linked = [key for key in inspector.get_foreign_keys(table) if column in key["constrained_columns"]]
        if linked and self.dialect == "sqlite":
            return
        for key in linked:
            if self.dialect == "mariadb":
                self._say(f"ALTER TABLE {table} DROP FOREIGN KEY {key['name']}")
        for index in inspector.get_indexes(table):
            if column in index["column_names"]:
                self.drop_index(table, str(index["name"]))
        self._say(f"ALTER TABLE {table} DROP COLUMN {column}")

    def make_index(self, table: str, index: OwnIndex) -> None:
        """Make an index anew, so that a half-made one of the same name does not stay.

        Writing goes on meanwhile on MariaDB, and on PostgreSQL where the table is large. Raises `IntegrityError`
        for a unique one that the values do not allow.
        """
        self.drop_index(table, index.name)
        made = f"{index.name} ON {table} ({', '.join(index.columns)})"
        kind = "UNIQUE INDEX" if index.unique else "INDEX"
        if self.dialect == "postgresql" and self.is_large(table):
            self._make_large_index(index.name, f"CREATE {kind} CONCURRENTLY {made}")
        else:
            self._say(f"CREATE {kind} {made}")

    def is_large(self, table: str) -> bool:
        """Say whether a table is so large that changing it as a whole is noticed."""
        rows = f"SELECT 1 FROM {table} LIMIT {LARGE}"  # noqa: S608  # nosec B608 - a name of our own
        return int(self.ask(f"SELECT COUNT(*) FROM ({rows}) counted")) >= LARGE  # noqa: S608  # nosec B608

    def _make_large_index(self, name: str, statement: str) -> None:
        """Make an index without holding up anybody who writes; it waits for every read that began before."""
        with self._connected() as connection:
            connection.execute(text(f"SET lock_timeout = '{LONG_LOCK_SECONDS}s'"))
            connection.commit()
            outside = connection.execution_options(isolation_level="AUTOCOMMIT")
            try:
                outside.execute(text(statement))
            except DBAPIError as error:
                outside.execute(text(f"DROP INDEX IF EXISTS {name}"))
                if isinstance(error, OperationalError) and _is_locked(error):
                    raise TableInUse() from error
                raise

    def drop_index(self, table: str, name: str) -> None:
        """Drop an index if it is there."""
        if name in self.indexes(table):
            self._say(f"DROP INDEX {name}" + (f" ON {table}" if self.dialect == "mariadb" else ""))

    def change_text(self, table: str, column: str, *, length: int) -> None:
        """Let MariaDB keep a text in `length` characters, so that it can be indexed; the others need nothing."""
        if self.dialect == "mariadb":
            self._say(f"ALTER TABLE {table} MODIFY COLUMN {column} VARCHAR({length})")

    def ask(self, statement: str) -> Any:
        """Return the first value that a question yields."""
        with self._connected() as connection:
            return connection.execute(text(statement)).scalar()

    def _say(self, statement: str) -> None:
        self._run(lambda connection: connection.execute(text(statement)))

    def _run(self, change: Callable[[Connection], Any]) -> None:
        """Make one change in a transaction of its own; raise `TableInUse` when others never let go of the table."""
        for tried in range(TRIES):
            try:
                with self._connected() as connection, connection.begin():
                    change(connection)
            except OperationalError as error:
                _tell_full(error)
                if not _is_locked(error):
                    raise
                if tried == TRIES - 1:
                    raise TableInUse() from error
                time.sleep(LOCK_SECONDS / TRIES)
            except DBAPIError as error:
                _tell_full(error)
                raise
            else:
                return

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        token = writing.set(True)
        try:
            with self.engine.connect() as connection:
                schema.allow_long_statements(connection)
                if self.dialect == "postgresql":
                    connection.execute(text(f"SET lock_timeout = '{LOCK_SECONDS}s'"))
                elif self.dialect == "mariadb":
                    connection.execute(text(f"SET SESSION lock_wait_timeout = {LOCK_SECONDS}"))
                connection.commit()
                yield connection
        finally:
            writing.reset(token)


@contextmanager
def altering() -> Iterator[Altering]:
    """Hold the lock for changes of tables; what the session had read is let go of, so that it blocks nothing."""
    db.session.rollback()
    engine = schema.plain_engine(db.engine.url, QueuePool)
    try:
        with schema.sole_migrator(engine):
            yield Altering(engine)
    finally:
        engine.dispose()


def _is_locked(error: OperationalError) -> bool:
    if getattr(error.orig, "sqlstate", "") in _POSTGRESQL_LOCKED:
        return True
    number = error.orig.args[0] if error.orig is not None and error.orig.args else 0
    return number in _MARIADB_LOCKED or "locked" in str(error.orig)


def _tell_full(error: DBAPIError) -> None:
    number = error.orig.args[0] if error.orig is not None and error.orig.args else 0
    if number in _MARIADB_TOO_LARGE or getattr(error.orig, "sqlstate", "") == _POSTGRESQL_TOO_MANY:
        raise TableFull() from error
    if "too many columns" in str(error.orig):
        raise TableFull() from error
