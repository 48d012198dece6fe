"""Looking alters nothing, needs no more than the right to read, and one table's trouble is that table's alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import make_url

from app.adoption.connecting import CannotConnect, adopted_engine, open_adopted, parse
from app.adoption.reflecting import UnknownSchema, sketch
from app.adoption.relating import propose
from app.adoption.verdicts import Kind, verdict
from tests.adoption.looking import look
from tests.support.databases import BACKENDS

MANY = 500


def test_a_sqlite_file_is_the_same_byte_for_byte(zoo: Callable[[str], str]) -> None:
    path = Path(str(make_url(zoo("sqlite")).database))
    before, beside = path.read_bytes(), sorted(path.parent.iterdir())

    found = look(f"sqlite:///{path}")

    assert found.tables
    assert path.read_bytes() == before
    assert sorted(path.parent.iterdir()) == beside


def test_neither_is_one_touched_whose_program_has_written_and_not_yet_tidied_up(tmp_path: Path) -> None:
    path, aside = tmp_path / "busy.db", tmp_path / "busy.db-wal"
    with closing(sqlite3.connect(path)) as program:
        program.execute("PRAGMA journal_mode=WAL")
        program.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)")
        program.execute("INSERT INTO t VALUES (1)")
        program.commit()
        before = path.read_bytes(), aside.read_bytes()
        assert before[1], "what was written lies beside the file"

        found = look(f"sqlite:///{path}")

        assert found.tables[0].rows == 1
        assert (path.read_bytes(), aside.read_bytes()) == before


@pytest.mark.parametrize("backend", BACKENDS)
def test_nothing_but_reading_is_asked_of_the_database(backend: str, zoo: Callable[[str], str]) -> None:
    # A connection that might write, so that nothing but our own restraint keeps it from doing so.
    engine = adopted_engine(parse(zoo(backend)))
    asked: list[str] = []
    event.listen(
        engine, "before_cursor_execute", lambda _c, _cursor, statement, *_rest: asked.append(statement)
    )

    propose(engine, sketch(engine))

    engine.dispose()
    # What is no SELECT, SHOW or PRAGMA is a transaction's own.
    allowed = ("SELECT", "SHOW", "PRAGMA", "WITH", "DESCRIBE", "EXPLAIN")
    assert len(asked) > 50
    assert [statement for statement in asked if not statement.lstrip().upper().startswith(allowed)] == []


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_schema_that_is_not_there_is_refused_in_one_line(backend: str, zoo: Callable[[str], str]) -> None:
    engine = open_adopted(zoo(backend), read_only=True)

    with pytest.raises(UnknownSchema) as caught:
        sketch(engine, "no such schema")

    engine.dispose()
    assert "no such schema" in str(caught.value)


def asked_of(engine: Engine) -> int:
    """Return how many statements one look takes."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    found = sketch(engine)
    event.remove(engine, "before_cursor_execute", note)
    assert len(found.tables) == MANY
    return len(asked)


@pytest.mark.parametrize("backend", BACKENDS)
def test_five_hundred_tables_take_a_few_statements_each(
    backend: str, new_database: Callable[[str], str]
) -> None:
    url = new_database(backend)
    engine = create_engine(url)
    with engine.begin() as connection:
        if backend == "mariadb":
            connection.execute(text("SET SESSION default_storage_engine = MyISAM"))  # made and dropped faster
        for number in range(MANY):
            connection.execute(
                text(
                    f"CREATE TABLE big_{number} (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL, "
                    "price DECIMAL(10,2), made DATE, note TEXT)"
                )
            )
    engine.dispose()
    engine = open_adopted(url, read_only=True)

    asked = asked_of(engine)

    engine.dispose()
    # PostgreSQL tells of all tables at once; what is left for each is to count it.
    assert asked <= MANY * {"sqlite": 6, "postgresql": 1, "mariadb": 2}[backend] + 30


LARGE = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000) SELECT i, i FROM n",
    "postgresql": "SELECT i, i FROM generate_series(1, 30000) AS s (i)",
    "mariadb": "SELECT seq, seq FROM seq_1_to_30000",
}


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_large_table_is_estimated_and_never_counted_whole(
    backend: str, new_database: Callable[[str], str]
) -> None:
    url = new_database(backend)
    plain = create_engine(url)
    with plain.begin() as connection:
        connection.execute(text("CREATE TABLE large (id INTEGER PRIMARY KEY, a INTEGER)"))
        connection.execute(text(f"INSERT INTO large {LARGE[backend]}"))
    if backend != "sqlite":
        with plain.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text(f"ANALYZE {'TABLE' if backend == 'mariadb' else ''} large"))
    plain.dispose()
    engine = open_adopted(url, read_only=True)
    asked: list[str] = []
    event.listen(
        engine, "before_cursor_execute", lambda _c, _cursor, statement, *_rest: asked.append(statement)
    )

    (table,) = sketch(engine).tables

    engine.dispose()
    assert table.rows is not None
    assert 20_000 < table.rows < 45_000
    counting = [statement for statement in asked if "count(" in statement.lower()]
    assert all("LIMIT" in statement for statement in counting)


HOLD = {"postgresql": "LOCK TABLE held IN ACCESS EXCLUSIVE MODE", "mariadb": "LOCK TABLES held WRITE"}


@pytest.mark.parametrize("backend", ["postgresql", "mariadb"])
def test_a_locked_table_is_sketched_without_its_exact_number_of_rows(
    backend: str, new_database: Callable[[str], str]
) -> None:
    url = new_database(backend)
    plain = create_engine(url)
    with plain.connect() as holder:
        holder.execute(text("CREATE TABLE held (id integer PRIMARY KEY)"))
        holder.commit()
        holder.execute(text(HOLD[backend]))
        engine = open_adopted(url, read_only=True, lock_seconds=1)

        (table,) = sketch(engine).tables

        engine.dispose()
        holder.rollback()
        holder.invalidate()
    plain.dispose()
    assert (table.problem, table.key) == ("", ("id",))
    assert not table.rows


def test_two_databases_of_one_server_are_looked_at_one_by_one(new_database: Callable[[str], str]) -> None:
    one, other = new_database("mariadb"), new_database("mariadb")
    for url, column in ((one, "a"), (other, "b")):
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text(f"CREATE TABLE product (id INTEGER PRIMARY KEY, {column} INTEGER)"))
        engine.dispose()
    name = str(make_url(other).database)
    engine = open_adopted(one, read_only=True)

    (own,), (theirs,) = sketch(engine).tables, sketch(engine, name).tables

    engine.dispose()
    assert (own.schema, [column.name for column in own.columns], own.rows) == ("", ["id", "a"], 0)
    assert (theirs.schema, [column.name for column in theirs.columns], theirs.rows) == (name, ["id", "b"], 0)


class Cut:
    """Ends a connection from the server's side in the middle of a look."""

    def __init__(self, engine: Engine, after: int) -> None:
        self.left = after
        event.listen(engine, "before_cursor_execute", self)

    def __call__(self, connection: Any, _cursor: Any, *_rest: Any) -> None:
        self.left -= 1
        if self.left == 0:
            own = connection.connection.driver_connection
            helper = create_engine(connection.engine.url)
            with helper.connect() as other:
                if connection.dialect.name == "postgresql":
                    other.exec_driver_sql(f"SELECT pg_terminate_backend({own.info.backend_pid})")
                else:
                    other.exec_driver_sql(f"KILL {own.thread_id()}")
            helper.dispose()


@pytest.mark.parametrize("backend", ["postgresql", "mariadb"])
def test_a_server_that_goes_away_refuses_the_look_and_not_each_table(
    backend: str, zoo: Callable[[str], str]
) -> None:
    engine = open_adopted(zoo(backend), read_only=True)
    Cut(engine, after=40)

    with pytest.raises(CannotConnect) as caught:
        sketch(engine)

    engine.dispose()
    assert "\n" not in str(caught.value)


def test_texts_and_names_in_another_encoding_stop_nothing(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE member (id INTEGER PRIMARY KEY, name TEXT)")
        connection.execute("INSERT INTO member VALUES (1, CAST(X'CDF5CEB0' AS TEXT))")  # GBK
        connection.execute("CREATE TABLE xxxx (id INTEGER PRIMARY KEY)")
        connection.commit()
    path.write_bytes(path.read_bytes().replace(b"xxxx", b"\xcd\xf5\xce\xb0"))
    engine = open_adopted(f"sqlite:///{path}", read_only=True)

    found = sketch(engine)

    with engine.connect() as connection:
        read = connection.execute(text("SELECT name FROM member")).scalar()
    engine.dispose()
    assert read == "王伟".encode("gbk")
    kinds = [verdict(table).kind for table in found.tables]
    assert sorted(kinds) == [Kind.EDITABLE, Kind.REFUSED]


@pytest.mark.postgresql
def test_a_database_without_an_encoding_is_looked_at(new_database: Callable[[str], str]) -> None:
    url = make_url(new_database("postgresql"))
    name = f"{url.database}_ascii"
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.exec_driver_sql(
            f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
        )
        try:
            plain = create_engine(url.set(database=name), connect_args={"client_encoding": "utf8"})
            with plain.begin() as inside:
                inside.exec_driver_sql('CREATE TABLE "会员" (id integer PRIMARY KEY)')
            plain.dispose()

            (table,) = look(url.set(database=name)).tables
        finally:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()
    assert (table.name, table.key, table.rows) == ("会员", ("id",), 0)
