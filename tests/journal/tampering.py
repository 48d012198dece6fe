"""What somebody may do to the journal who holds the database: its triggers are out of the way, the key is not there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, insert, select, update

from app.core.database import db, writing
from app.core.schema import plain_engine
from app.journal.chaining import CHAIN, ENTRY

_TRIGGERS = {
    "sqlite": ("journal_entry_unchanged", "journal_entry_undeleted", "journal_entry_unreplaced"),
    "mysql": ("journal_entry_unchanged", "journal_entry_undeleted"),
    "mariadb": ("journal_entry_unchanged", "journal_entry_undeleted"),
}
Tampering = Callable[[Connection, list[dict[str, Any]]], None]


@contextmanager
def stolen_database() -> Iterator[Connection]:
    """Yield a connection of somebody who owns the database; triggers are gone for the block and come back after it."""
    db.session.rollback()
    db.session.remove()
    engine = plain_engine(db.engine.url)
    token = writing.set(True)
    try:
        with engine.connect() as connection:
            made = _drop(connection)
            yield connection
            connection.commit()
            for statement in made:
                connection.exec_driver_sql(statement)
            connection.commit()
    finally:
        writing.reset(token)
        engine.dispose()


def _drop(connection: Connection) -> list[str]:
    kind = connection.dialect.name
    if kind == "postgresql":
        connection.exec_driver_sql("ALTER TABLE journal_entry DISABLE TRIGGER USER")
        connection.commit()
        return ["ALTER TABLE journal_entry ENABLE TRIGGER USER"]
    made = [_definition(connection, name) for name in _TRIGGERS[kind]]
    for name in _TRIGGERS[kind]:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")
    connection.commit()
    return made


def _definition(connection: Connection, name: str) -> str:
    if connection.dialect.name == "sqlite":
        question = "SELECT sql FROM sqlite_master WHERE name = ?"
        return str(connection.exec_driver_sql(question, (name,)).scalar())
    return str(connection.exec_driver_sql(f"SHOW CREATE TRIGGER {name}").one()[2])


def rows_of(connection: Connection, chain: str) -> list[dict[str, Any]]:
    """Return a chain's entries in order."""
    query = select(ENTRY).where(ENTRY.c.chain == chain).order_by(ENTRY.c.place)
    return [dict(row) for row in connection.execute(query).mappings()]


def change(connection: Connection, row: dict[str, Any], **values: Any) -> None:
    """Change columns of one entry."""
    connection.execute(update(ENTRY).where(ENTRY.c.id == row["id"]).values(**values))


def remove(connection: Connection, row: dict[str, Any]) -> None:
    """Delete one entry."""
    connection.execute(ENTRY.delete().where(ENTRY.c.id == row["id"]))


def put(connection: Connection, row: dict[str, Any]) -> None:
    """Insert one entry."""
    connection.execute(insert(ENTRY), [row])


def renumber(connection: Connection, rows: list[dict[str, Any]], by: int) -> None:
    """Give entries other places, one by one in the order in which no two collide."""
    for row in rows if by < 0 else reversed(rows):
        change(connection, row, place=row["place"] + by)


def set_head(connection: Connection, chain: str, place: int, mac: str) -> None:
    """Let the head say that the chain ends here."""
    connection.execute(update(CHAIN).where(CHAIN.c.name == chain).values(place=place, mac=mac))
