"""Databases for tests: each test process makes its own on every server it is given and drops them at its end."""

from __future__ import annotations

import json
import os
import re
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, make_url

from app.core.database import db

BACKENDS = ("sqlite", "postgresql", "mariadb")
ENVIRONMENT = {"postgresql": "KEBU_TEST_POSTGRESQL_URL", "mariadb": "KEBU_TEST_MARIADB_URL"}
# Counters that only ever grow: taking one back would make what a process remembers under a number wrong.
NEVER_TAKEN_BACK = frozenset({"access_version", "alembic_version"})

_CHAINED = frozenset({"journal_chain", "journal_entry", "journal_person_key"})
_WRITES = re.compile(
    r"^\s*(?:INSERT\s+(?:OR\s+\w+\s+)?INTO|INSERT\s+IGNORE\s+INTO|REPLACE\s+INTO|UPDATE|DELETE\s+FROM|TRUNCATE(?:\s+TABLE)?|WITH\b.*?\bINTO)"
    r"\s+[\"`]?([a-z_0-9]+)",
    re.IGNORECASE | re.DOTALL,
)


# Set by the option `--full-size`.
full_size = False


def less_on_servers(number: int, fewer: int) -> int:
    """Return how many rows or rounds a test takes: `number` on SQLite, `fewer` on a server unless asked for all.

    What goes wrong with many shows on one database; the others run the same statements on less, in the same time.
    """
    return number if full_size or db.engine.dialect.name == "sqlite" else fewer


def why_missing(backend: str) -> str:
    """Return why `backend` can't be tested here, or '' when it can."""
    variable = ENVIRONMENT.get(backend)
    if variable is None or os.environ.get(variable):
        return ""
    return f"{variable} is not set"


@contextmanager
def temporary_database(backend: str, folder: Path, worker: str) -> Iterator[str]:
    """Make an empty database for one test process and drop it afterwards; yields its address."""
    name = f"kebu_test_{worker}_{secrets.token_hex(4)}"
    if backend == "sqlite":
        yield f"sqlite:///{folder / name}.db"
        return
    server = make_url(os.environ[ENVIRONMENT[backend]])
    if backend == "postgresql" and server.drivername == "postgresql":
        server = server.set(drivername="postgresql+psycopg")
    if backend == "mariadb" and server.drivername in ("mariadb", "mysql"):
        server = server.set(drivername=f"{server.drivername}+pymysql")
    with _administrator(server) as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
        if backend == "postgresql":
            # Nobody cuts the server's power: killed processes of ours lose nothing by it.
            connection.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        with _administrator(server) as connection:
            force = " WITH (FORCE)" if backend == "postgresql" else ""
            connection.execute(text(f"DROP DATABASE IF EXISTS {name}{force}"))


@contextmanager
def _administrator(server: URL) -> Iterator[Connection]:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


@dataclass
class Restorer:
    """Brings a database back to the rows it held when this was made, touching only the tables a test wrote to."""

    engine: Engine
    _rows: dict[str, tuple[list[str], list[tuple[Any, ...]]]] = field(default_factory=dict)
    _touched: set[str] = field(default_factory=set)
    # By table the tables that the database itself changes along with it.
    _followers: dict[str, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with self.engine.begin() as connection:
            catalogue = inspect(connection)
            for table in catalogue.get_table_names():
                for foreign in catalogue.get_foreign_keys(table):
                    if foreign["options"].get("ondelete"):
                        self._followers.setdefault(foreign["referred_table"], set()).add(table)
                result = connection.exec_driver_sql(f"SELECT * FROM {table}")
                names = list(result.keys())
                self._rows[table] = (names, [tuple(map(_storable, row)) for row in result])
        event.listen(self.engine, "before_cursor_execute", self._note)

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if match := _WRITES.match(statement):
            self._touched.add(match.group(1).lower())

    def suspect_everything(self) -> None:
        """Take every table for written to: another process had the database."""
        self._touched |= set(self._rows)

    def _with_followers(self) -> set[str]:
        found, waiting = set(), set(self._touched)
        while waiting:
            name = waiting.pop()
            found.add(name)
            waiting |= self._followers.get(name, set()) - found
        return found

    def restore(self) -> None:
        """Put back the rows of every table that was written to; counters that only grow stay."""
        touched = (self._with_followers() - NEVER_TAKEN_BACK) & set(self._rows)
        self._touched = set()
        if not touched:
            return
        before, after = _FOREIGN_KEYS[self.engine.dialect.name]
        connection = self.engine.raw_connection()
        try:
            cursor = connection.cursor()
            for statement in before:
                cursor.execute(statement)
            if touched & _CHAINED:
                # What the journal's triggers refuse to delete is deleted as if it lay in an archive.
                touched |= _CHAINED
                cursor.execute("UPDATE journal_chain SET archived_place = 9223372036854775807")
            # Backwards, so that a journal's entries go before their chain.
            for name in sorted(touched, reverse=True):
                self._refill(cursor, name)
            connection.commit()
            cursor.execute(after)
            connection.commit()
        finally:
            connection.close()

    def _refill(self, cursor: Any, name: str) -> None:
        cursor.execute(f"DELETE FROM {name}")
        names, rows = self._rows[name]
        if rows:
            mark = "?" if self.engine.dialect.name == "sqlite" else "%s"
            marks = ", ".join([mark] * len(names))
            cursor.executemany(f"INSERT INTO {name} ({', '.join(names)}) VALUES ({marks})", rows)


# What lets rows go and come back in any order; on SQLite the switch works outside a transaction only.
_FOREIGN_KEYS = {
    "sqlite": (("PRAGMA foreign_keys=OFF", "BEGIN IMMEDIATE"), "PRAGMA foreign_keys=ON"),
    "postgresql": (("SET session_replication_role = replica",), "SET session_replication_role = DEFAULT"),
    "mysql": (("SET FOREIGN_KEY_CHECKS=0",), "SET FOREIGN_KEY_CHECKS=1"),
    "mariadb": (("SET FOREIGN_KEY_CHECKS=0",), "SET FOREIGN_KEY_CHECKS=1"),
}


def _storable(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict | list) else value


def table_names(engine: Engine) -> set[str]:
    """Return the names of the tables that really are in the database."""
    return set(inspect(engine).get_table_names())


def in_threads(functions: list[Callable[[], Any]]) -> list[BaseException]:
    """Run the functions at the same time, each in a thread of its own, and return what they raised."""
    failures: list[BaseException] = []
    gate = threading.Barrier(len(functions))

    def run(function: Callable[[], Any]) -> None:
        try:
            gate.wait(timeout=30)
            function()
        except BaseException as error:  # noqa: BLE001 - the test looks at whatever was raised
            failures.append(error)

    threads = [threading.Thread(target=run, args=(function,), daemon=True) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert not any(thread.is_alive() for thread in threads), "a thread never ended"
    return failures
