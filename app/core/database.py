"""The database: one session for the program and the engine settings that keep each of the three databases honest."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from contextvars import ContextVar
from typing import Any

from flask_appbuilder import Model
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy import Connection, Engine, MetaData, String, Table, event, inspect
from sqlalchemy import Sequence as NumberSequence
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.types import TypeEngine

from app.core.outside import connection_for, end_with, refuse_if_lost

NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# Written into every table, so that text compares by code point on MariaDB whatever the server's default is.
TABLE_OPTIONS = {
    f"{dialect}_{option}": value
    for dialect in ("mysql", "mariadb")
    for option, value in (("engine", "InnoDB"), ("charset", "utf8mb4"), ("collate", "utf8mb4_bin"))
}


def adopt_metadata(metadata: MetaData) -> None:
    """Make the tables declared in `metadata` from now on tables of the house: named constraints, one collation."""
    metadata.naming_convention = NAMING_CONVENTION
    metadata.info["house"] = True


@event.listens_for(Table, "after_parent_attach")
def _set_table_options(table: Table, parent: Any) -> None:
    if isinstance(parent, MetaData) and parent.info.get("house"):
        for name, value in TABLE_OPTIONS.items():
            table.kwargs.setdefault(name, value)
        _number_rows_one_way(table, parent)


def _number_rows_one_way(table: Table, metadata: MetaData) -> None:
    # Flask-AppBuilder numbers its rows by sequences, which on MariaDB would stand beside AUTO_INCREMENT: two
    # counters for one column. Without them every database numbers by the column's own counter.
    for column in table.columns:
        if isinstance(column.default, NumberSequence):
            metadata._sequences.pop(column.default.name, None)  # noqa: SLF001 - there is no public way
            column.default = None


adopt_metadata(Model.metadata)

# True while the session itself writes what was changed in it; every other statement is somebody's own.
flushing: ContextVar[bool] = ContextVar("flushing", default=False)


class HouseSession(Session):
    """The program's session: says of each statement whether it is part of a flush, and finds outside tables."""

    def get_bind(
        self, mapper: Any = None, clause: Any = None, bind: Any = None, **kwargs: Any
    ) -> Engine | Connection:
        """Return where a statement runs: on the house's engine, or on the connection of an outside table."""
        found = connection_for(self, inspect(mapper) if mapper is not None else None, clause)
        return super().get_bind(mapper, clause, bind, **kwargs) if found is None else found

    def commit(self) -> None:
        """Commit, as every session does; raise `OutsideLost` where an outside database did not confirm its part."""
        super().commit()
        refuse_if_lost(self)

    def flush(self, objects: Sequence[Any] | None = None) -> None:
        """Write what was changed, as every session does."""
        token = flushing.set(True)
        try:
            super().flush(objects)
        finally:
            flushing.reset(token)


db = SQLAlchemy(metadata=Model.metadata, session_options={"class_": HouseSession})
end_with(db.session)

# True while a command or a save runs: only then does SQLite take its write lock at BEGIN. A deferred
# transaction that reads first and writes later fails at once when another writer came between, whatever
# the busy time-out says; so the choice is made at BEGIN, not at the first write.
writing: ContextVar[bool] = ContextVar("writing", default=False)


def Line(length: int) -> String:  # noqa: N802 - a column type, named like one
    """Return the type of a one-line text column: compared by code point on every database.

    With byte-wise collation one ordinary index serves equality, ordering and prefix search (as a range).
    """
    return String(length).with_variant(String(length, collation="C"), "postgresql")


def compares_by_code_point(kind: TypeEngine[Any]) -> bool:
    """Say whether a column of this type compares by code point on every database, as those of `Line` do."""
    return getattr(kind.dialect_impl(_POSTGRESQL), "collation", None) == "C"


_POSTGRESQL = postgresql.dialect()


def engine_options(
    url: str | URL, *, sqlite_busy_seconds: int = 30, statement_seconds: int = 30, lock_seconds: int = 10
) -> dict[str, Any]:
    """Return create_engine options for `url`: time-outs in seconds, strict modes, no parameters in error texts."""
    backend = make_url(url).get_backend_name()
    # A failed statement's text may reach a log: the values in it are people's names and phones.
    options: dict[str, Any] = {"hide_parameters": True, "pool_pre_ping": backend != "sqlite"}
    if backend == "sqlite":
        options["connect_args"] = {"isolation_level": None, "timeout": sqlite_busy_seconds}
    elif backend == "postgresql":
        settings = (
            f"-c statement_timeout={statement_seconds}s -c lock_timeout={lock_seconds}s -c timezone=UTC"
        )
        options["connect_args"] = {"options": settings, "application_name": "kebu"}
    else:
        options["isolation_level"] = "READ COMMITTED"
        options["connect_args"] = {"charset": "utf8mb4"}
        options["pool_recycle"] = 1800
    return options


def install_hooks(engine: Engine, *, statement_seconds: int = 30, lock_seconds: int = 10) -> None:
    """Attach the per-connection settings of the engine's database; harmless when called twice."""
    _listen(engine, "handle_error", hide_values)
    if engine.dialect.name == "sqlite":
        _listen(engine, "connect", _sqlite_connect)
        _listen(engine, "begin", _sqlite_begin)
    elif engine.dialect.name in ("mysql", "mariadb"):
        hook = functools.partial(
            _mariadb_connect, statement_seconds=statement_seconds, lock_seconds=lock_seconds
        )
        if not getattr(engine, "_kebu_hooks", False):
            event.listen(engine, "connect", hook)
            engine._kebu_hooks = True  # type: ignore[attr-defined]  # noqa: SLF001 - a mark of our own


_VALUES = re.compile(r"""(?s)\n.*|(?<=entry )'.*'(?= for key)|(?<=value: )['"].*['"](?= for)|(?<=: )".*"$""")


def hide_values(context: ExceptionContext) -> None:
    """Take the values out of what a driver says of a failed statement; a listener to `handle_error`."""
    if context.statement is None:
        return  # nothing but the connection failed, and its words are needed to say why
    # Drivers quote the offending row (PostgreSQL's DETAIL, MariaDB's "Duplicate entry"): names and phones again.
    error = context.original_exception
    error.args = tuple(_VALUES.sub("…", part) if isinstance(part, str) else part for part in error.args)
    wrapped = context.sqlalchemy_exception
    if isinstance(wrapped, DBAPIError):
        wrapped.args = (f"({type(error).__module__}.{type(error).__name__}) {error}",)


_MARIADB_CHECK = 4025
# Incorrect values of a type, types that can't be compared, and letters that a column's character set does not have.
_MARIADB_UNFIT = frozenset({1267, 1270, 1300, 1292, 1366, 1411, 1525, 3854, 3988, 4078})
_POSTGRESQL_UNFIT = frozenset({"42883", "42804"})


def is_unfit(error: DBAPIError) -> bool:
    """Say whether the database could not even compare a value with a column: no row can have it."""
    arguments = error.orig.args if error.orig is not None else ()
    known = bool(arguments) and arguments[0] in _MARIADB_UNFIT
    return isinstance(error, DataError) or known or getattr(error.orig, "sqlstate", "") in _POSTGRESQL_UNFIT


def is_broken_rule(error: DBAPIError) -> bool:
    """Say whether a rule of the database refused a row: also MariaDB's CHECK, which it files under trouble."""
    if isinstance(error, IntegrityError | DataError):
        return True
    broken = isinstance(error, OperationalError) and error.orig is not None and error.orig.args
    return bool(broken and error.orig.args[0] == _MARIADB_CHECK)  # type: ignore[union-attr]


def _listen(engine: Engine, name: str, hook: Any) -> None:
    if not event.contains(engine, name, hook):
        event.listen(engine, name, hook)


def _sqlite_connect(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    # Without recursive triggers INSERT OR REPLACE deletes rows without asking the triggers that forbid it.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _sqlite_begin(connection: Any) -> None:
    if writing.get():
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        # Every request begins so. It takes no lock and can't fail, so it needs none of SQLAlchemy's care.
        connection.connection.driver_connection.execute("BEGIN")


def _mariadb_connect(connection: Any, _record: Any, *, statement_seconds: int, lock_seconds: int) -> None:
    cursor = connection.cursor()
    cursor.execute(
        "SET SESSION sql_mode='STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,"
        "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'"
    )
    cursor.execute("SET SESSION time_zone='+00:00'")
    cursor.execute(f"SET SESSION innodb_lock_wait_timeout={int(lock_seconds)}")
    if "mariadb" in str(connection.get_server_info()).lower():
        cursor.execute(f"SET SESSION max_statement_time={int(statement_seconds)}")
    else:
        cursor.execute(f"SET SESSION max_execution_time={int(statement_seconds) * 1000}")
    cursor.close()
