"""From a connection to a sketch: every table and view of a database, and for those that can't be read why."""

from __future__ import annotations

from types import ModuleType

from flask_babel import gettext as _
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from app.adoption import reading_mariadb, reading_postgresql, reading_sqlite
from app.adoption.connecting import CannotConnect, shown
from app.adoption.refusals import why_refused
from app.adoption.sketches import DatabaseSketch
from config import KnownFailure

_READERS: dict[str, ModuleType] = {
    "sqlite": reading_sqlite,
    "postgresql": reading_postgresql,
    "mariadb": reading_mariadb,
    "mysql": reading_mariadb,
}


class UnknownSchema(KnownFailure):
    """The database has no schema of this name, or the account may not use it; the message is one line."""


def sketch(engine: Engine, schema: str | None = None) -> DatabaseSketch:
    """Return what the database holds, in the order of names; reads its catalogue and counts small tables, no more.

    `schema` restricts it to one; without it PostgreSQL tells of all that the account may use, MariaDB of the database
    that the address names. One table that can't be read has a `problem` and stops no other. Raises UnknownSchema, and
    CannotConnect where not even the catalogue can be read.
    """
    reader = _READERS[engine.dialect.name]
    try:
        with each_statement_for_itself(engine).connect() as connection:
            _refuse_unknown(connection, reader, schema)
            tables = tuple(reader.read(connection, schema))
            usual = reader.usual_schema(connection)
            version = _version(connection)
    except SQLAlchemyError as error:
        raise CannotConnect(why_refused(error, engine.url)) from None
    return DatabaseSketch(shown(engine.url), engine.dialect.name, version, tables, usual)


def each_statement_for_itself(engine: Engine) -> Engine:
    """Return the engine in a way that leaves no transaction open between two statements, where that matters."""
    # An open transaction would keep other programs from altering a table. SQLite's reader lets go by itself.
    if engine.dialect.name == "sqlite":
        return engine
    return engine.execution_options(isolation_level="AUTOCOMMIT")


def _refuse_unknown(connection: Connection, reader: ModuleType, schema: str | None) -> None:
    if schema is None:
        return
    known = reader.schemas(connection)
    if schema not in known:
        raise UnknownSchema(
            _(
                "There is no schema %(name)s here that the account may use; there are %(known)s.",
                name=schema,
                known=", ".join(name for name in known if name) or "-",
            )
        )


def _version(connection: Connection) -> str:
    statement = "SELECT sqlite_version()" if connection.dialect.name == "sqlite" else "SELECT version()"
    return str(connection.exec_driver_sql(statement).scalar() or "")
