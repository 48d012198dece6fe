"""Connections to somebody else's database: addresses, refusals in one line, and what a session may and may not do."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from app.adoption.connecting import BadAddress, CannotConnect, open_adopted, parse, shown
from app.adoption.refusals import is_busy
from tests.support.databases import BACKENDS

each_backend = pytest.mark.parametrize("backend", BACKENDS)
servers = pytest.mark.parametrize("backend", ["postgresql", "mariadb"])

PASSWORD = "geheim-5b3c9e71"


@pytest.fixture
def shop(request: pytest.FixtureRequest, new_database: Callable[[str], str]) -> Iterator[str]:
    """A database with one small table."""
    url = new_database(request.getfixturevalue("backend"))
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE member (id INTEGER PRIMARY KEY, phone VARCHAR(20) UNIQUE)"))
        connection.execute(text("INSERT INTO member VALUES (1, '13800138000')"))
    engine.dispose()
    return url


def told(call: Callable[[], object]) -> str:
    with pytest.raises((BadAddress, CannotConnect)) as caught:
        call()
    line = str(caught.value)
    assert "\n" not in line
    assert PASSWORD not in line
    return line


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgres://u:p@h/d", "postgresql+psycopg://u:p@h/d"),
        ("mysql://u:p@h/d", "mariadb+pymysql://u:p@h/d?charset=utf8mb4"),
        ("sqlite:////a/b c.db", "sqlite:////a/b c.db"),
    ],
)
def test_addresses_are_those_that_kebu_takes_for_itself(given: str, used: str) -> None:
    assert parse(given).render_as_string(hide_password=False) == used


@pytest.mark.parametrize(
    ("address", "word"),
    [
        ("", "Name a database"),
        (f"oracle://u:{PASSWORD}@h/d", "must begin with"),
        (f"postgresql://u:{PASSWORD}@h", "must end with the database's name"),
        (f"postgresql://u:p@{PASSWORD}@h:x/d", "can't be read"),
        (f"mariadb://u:{PASSWORD}@h/d?local_infile=1", "local_infile"),
        (f"mariadb://u:{PASSWORD}@h/d?init_command=DROP", "init_command"),
        (f"postgresql://u:{PASSWORD}@h/d?options=-c", "options"),
        (f"postgresql://u@h/d?password={PASSWORD}", "password"),
        (f"mariadb://u:{PASSWORD}@h/d?ssl_mode=perhaps", "ssl_mode must be one of"),
        (f"mariadb://u:{PASSWORD}@h/d?ssl_ca=/no/such/file", "TLS files"),
    ],
)
def test_an_address_that_can_not_be_used_is_one_line_without_its_password(address: str, word: str) -> None:
    assert word in told(lambda: open_adopted(address))


def test_a_shown_address_has_neither_password_nor_options() -> None:
    url = parse(f"mariadb://u:{PASSWORD}@h:3307/d?ssl_ca=/private/ca.pem")

    assert shown(url) == "mariadb://u@h:3307/d"


def test_what_is_no_sqlite_file_is_refused_and_never_made(tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("Dear shop, this is no database at all.\n" * 50, encoding="utf-8")

    assert "There is no file" in told(lambda: open_adopted(f"sqlite:///{tmp_path}/none.db"))
    assert "not a file" in told(lambda: open_adopted(f"sqlite:///{tmp_path}"))
    assert "not a SQLite database" in told(lambda: open_adopted(f"sqlite:///{tmp_path}/letter"))
    assert [path.name for path in tmp_path.iterdir()] == ["letter"]


@servers
def test_each_refusal_of_a_server_is_a_line_of_its_own(backend: str, shop: str) -> None:
    url = make_url(shop)
    nobody = url.set(username="nobody_" + secrets.token_hex(4), password=PASSWORD)
    lines = {
        "user and password": nobody,
        "There is no database": url.set(database="no_such_" + secrets.token_hex(4)),
        "There is no host": url.set(host="no-such-host.invalid", password=PASSWORD),
        "doesn't answer": url.set(port=1, password=PASSWORD),
    }

    for word, address in lines.items():
        assert word in told(
            lambda address=address: open_adopted(address.render_as_string(hide_password=False))
        )


@each_backend
def test_read_only_is_the_connection_s_own(backend: str, shop: str) -> None:
    engine = open_adopted(shop, read_only=True)

    for statement in (
        "INSERT INTO member VALUES (2, NULL)",
        "UPDATE member SET phone = NULL",
        "DELETE FROM member",
        "CREATE TABLE mine (id INTEGER)",
        "DROP TABLE member",
    ):
        with pytest.raises(DBAPIError), engine.connect() as connection:
            connection.execute(text(statement))
            connection.commit()
    with engine.connect() as connection:
        assert connection.execute(text("SELECT phone FROM member")).scalar() == "13800138000"
    engine.dispose()


@each_backend
def test_without_it_the_rows_can_be_written(backend: str, shop: str) -> None:
    engine = open_adopted(shop)

    with engine.begin() as connection:
        connection.execute(text("UPDATE member SET phone = '13900139000'"))

    with engine.connect() as connection:
        assert connection.execute(text("SELECT phone FROM member")).scalar() == "13900139000"
    engine.dispose()


ENDLESS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n",
    "postgresql": "SELECT pg_sleep(600)",
    "mariadb": "SELECT sum(a.seq * b.seq) FROM seq_1_to_1000000000 a, seq_1_to_1000000000 b",
}


@each_backend
def test_a_statement_ends_after_its_time(backend: str, shop: str) -> None:
    engine = open_adopted(shop, read_only=True, statement_seconds=1)

    with pytest.raises(DBAPIError) as caught, engine.connect() as connection:
        connection.exec_driver_sql(ENDLESS[backend])

    assert is_busy(caught.value)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM member")).scalar() == 1
    engine.dispose()


@each_backend
def test_a_locked_row_or_file_is_waited_for_no_longer_than_said(backend: str, shop: str) -> None:
    holder, waiter = open_adopted(shop), open_adopted(shop, lock_seconds=1)
    with holder.connect() as held:
        held.execute(text("UPDATE member SET phone = 'a' WHERE id = 1"))

        with pytest.raises(DBAPIError) as caught, waiter.connect() as waiting:
            waiting.execute(text("UPDATE member SET phone = 'b' WHERE id = 1"))

        held.rollback()
    holder.dispose()
    waiter.dispose()
    assert is_busy(caught.value)


@each_backend
def test_errors_hold_no_values_of_people(backend: str, shop: str) -> None:
    engine = open_adopted(shop)

    with pytest.raises(DBAPIError) as caught, engine.begin() as connection:
        connection.execute(text("INSERT INTO member VALUES (2, :phone)"), {"phone": "13800138000"})

    engine.dispose()
    assert "13800138000" not in str(caught.value)


def sessions(engine: Engine, question: str) -> str:
    with engine.connect() as connection:
        return str(connection.exec_driver_sql(question).scalar())


@servers
def test_the_session_s_time_zone_is_the_server_s_own(backend: str, shop: str) -> None:
    question = "SHOW timezone" if backend == "postgresql" else "SELECT @@session.time_zone"
    plain, ours = create_engine(shop), open_adopted(shop)

    assert sessions(ours, question) == sessions(plain, question)

    plain.dispose()
    ours.dispose()


@pytest.mark.mariadb
def test_zero_dates_stay_readable_and_writable_and_texts_are_never_cut(
    new_database: Callable[[str], str],
) -> None:
    url = new_database("mariadb")
    plain = create_engine(url)
    with plain.begin() as connection:
        connection.exec_driver_sql("SET SESSION sql_mode = ''")
        connection.exec_driver_sql("CREATE TABLE t (id INT PRIMARY KEY, d DATE NOT NULL, s VARCHAR(2))")
        connection.exec_driver_sql("INSERT INTO t VALUES (1, '0000-00-00', 'ab')")
    plain.dispose()
    engine = open_adopted(url)

    with engine.begin() as connection:
        read = connection.exec_driver_sql("SELECT id FROM t WHERE d = '0000-00-00'").scalar()
        connection.exec_driver_sql("UPDATE t SET s = 'cd', d = '0000-00-00' WHERE id = 1")
    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.exec_driver_sql("UPDATE t SET s = 'too long' WHERE id = 1")

    assert read == 1
    assert sessions(engine, "SELECT CONCAT(d, s) FROM t") == "0000-00-00cd"
    engine.dispose()


@pytest.mark.mariadb
def test_a_server_that_forbids_zero_dates_forbids_us_none_of_its_old_ones(
    new_database: Callable[[str], str],
) -> None:
    engine = open_adopted(new_database("mariadb"))
    engine.dispose()  # the next connection is a new one
    event.listen(engine.pool, "connect", strictest, insert=True)

    found = sessions(engine, "SELECT @@session.sql_mode")

    engine.dispose()
    assert "STRICT_ALL_TABLES" in found
    assert "ANSI_QUOTES" in found
    assert "ZERO_DATE" not in found
    assert "ZERO_IN_DATE" not in found


def strictest(connection: Any, _record: Any) -> None:
    """Be a server with the strictest modes: this runs before whatever Kebu sets."""
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION sql_mode = 'TRADITIONAL,ANSI_QUOTES'")


@pytest.mark.parametrize("mode", ["delete", "wal"])
def test_a_sqlite_file_keeps_its_journal_mode(mode: str, tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA journal_mode={mode}")
        connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY)")
    engine = open_adopted(f"sqlite:///{path}")

    with engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO t VALUES (1)")
    engine.dispose()

    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == (mode,)


@each_backend
def test_declared_foreign_keys_hold_in_our_sessions(backend: str, new_database: Callable[[str], str]) -> None:
    url = new_database(backend)
    plain = create_engine(url)
    with plain.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE a (id INTEGER PRIMARY KEY)")
        connection.exec_driver_sql(
            "CREATE TABLE b (id INTEGER PRIMARY KEY, a_id INTEGER, FOREIGN KEY (a_id) REFERENCES a (id))"
        )
    plain.dispose()
    engine = open_adopted(url)

    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.exec_driver_sql("INSERT INTO b VALUES (1, 99)")

    engine.dispose()
