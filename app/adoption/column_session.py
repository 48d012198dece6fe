"""The session of an adopted database: settings without which a driver or the server would change what is read."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, event

# The time zone stays the server's own (`connecting`): what the database fills in itself must be the wall clock that the
# shop's other programs store. PostgreSQL's moments come with their offset, MariaDB's are shown as that wall clock.
# How the values of a session are written down depends on these alone; whatever the database or the role sets
# (a German date style, fewer digits) must not decide what is written back.
_POSTGRESQL = (
    "SET DateStyle = 'ISO, YMD'",
    "SET IntervalStyle = 'postgres'",
    "SET extra_float_digits = 1",
    "SET xmloption = 'content'",
)
# Zero dates, days that no month has and a row numbered 0 are there in old databases: an undo must be able to write
# them. What a person types is checked by the field.
_MODES = (
    "STRICT_ALL_TABLES",
    "ERROR_FOR_DIVISION_BY_ZERO",
    "NO_ENGINE_SUBSTITUTION",
    "ALLOW_INVALID_DATES",
    "NO_AUTO_VALUE_ON_ZERO",
)
_MARIADB = (f"SET SESSION sql_mode = '{','.join(_MODES)}'",)


def faithful_statements(dialect: str) -> tuple[str, ...]:
    """Return the statements that a new session of an adopted database begins with."""
    if dialect == "postgresql":
        return _POSTGRESQL
    return _MARIADB if dialect in ("mariadb", "mysql") else ()


def keep_faithful(engine: Engine) -> None:
    """Let every new connection of `engine` read and write values as the database holds them.

    Call it after `install_hooks`, whose modes of the program's own database it replaces.
    """
    event.listen(engine, "connect", _connected)


def _connected(connection: Any, _record: Any) -> None:
    if hasattr(connection, "text_factory"):
        # SQLite keeps any bytes as a text; strict decoding would fail for the whole list.
        connection.text_factory = _decoded
        return
    dialect = "postgresql" if type(connection).__module__.startswith("psycopg") else "mariadb"
    cursor = connection.cursor()
    for statement in faithful_statements(dialect):
        cursor.execute(statement)
    cursor.close()
    connection.commit()


def _decoded(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
