"""The session of an adopted database: settings without which a driver or the server would change what is read.

The zone stays the server's own; see `connecting`.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, event

# How the values of a session are written down depends on these alone; whatever the database or the role sets
# (a German date style, fewer digits) must not decide what is written back.
_POSTGRESQL = (
    "SET DateStyle = 'ISO, YMD'",
    "SET IntervalStyle = 'postgres'",
    "SET extra_float_digits = 1",
    "SET xmloption = 'content'",
)
# Zero dates, days that no month has and a row numbered 0 are there in old databases: an undo must be able to write
# them. What a person types is checked by the field. The other modes stay the server's own, so that its rows mean what
# they mean to other programs.
_ADDED_MODES = "STRICT_ALL_TABLES,ALLOW_INVALID_DATES,NO_AUTO_VALUE_ON_ZERO"
_MODES = f"CONCAT(@@SESSION.sql_mode, ',{_ADDED_MODES}')"
_MARIADB = (f"SET SESSION sql_mode = REPLACE(REPLACE({_MODES}, 'NO_ZERO_IN_DATE', ''), 'NO_ZERO_DATE', '')",)


def faithful_statements(dialect: str) -> tuple[str, ...]:
    """Return the statements that a new session of an adopted database begins with."""
    if dialect == "postgresql":
        return _POSTGRESQL
    return _MARIADB if dialect in ("mariadb", "mysql") else ()


def keep_faithful(engine: Engine) -> None:
    """Let every new connection of `engine` read and write values as the database holds them."""
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
