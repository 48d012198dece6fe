"""Each database runs with the settings that keep it honest."""

from __future__ import annotations

import time
import traceback
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.core.database import TABLE_OPTIONS, db, engine_options, install_hooks, writing
from app.core.keys import uuid7
from tests.core.models import Thing, metadata
from tests.support.databases import in_threads


def value(engine: Engine, statement: str) -> object:
    """Return the one value a statement asks for."""
    with engine.connect() as connection:
        return connection.execute(text(statement)).scalar()


def test_sqlite_writes_ahead_syncs_fully_and_checks_foreign_keys(sqlite_core: Flask) -> None:
    assert value(db.engine, "PRAGMA journal_mode") == "wal"
    assert value(db.engine, "PRAGMA synchronous") == 2
    assert value(db.engine, "PRAGMA foreign_keys") == 1
    assert value(db.engine, "PRAGMA busy_timeout") == 30_000


def test_sqlite_takes_its_write_lock_at_begin_only_while_writing(sqlite_core: Flask) -> None:
    impatient = create_engine(db.engine.url, **engine_options(db.engine.url, sqlite_busy_seconds=0))
    install_hooks(impatient)
    token = writing.set(True)
    try:
        with db.engine.connect() as writer:
            writer.execute(text("SELECT 1"))
            writing.reset(token)
            with impatient.connect() as reader:
                assert reader.execute(text("SELECT count(*) FROM test_thing")).scalar() == 0
            token = writing.set(True)
            with impatient.connect() as second, pytest.raises(DBAPIError, match="locked"):
                second.execute(text("SELECT 1"))
            writer.rollback()
    finally:
        writing.reset(token)
        impatient.dispose()


def test_sqlite_releases_its_write_lock_when_a_transaction_is_rolled_back(sqlite_core: Flask) -> None:
    token = writing.set(True)
    try:
        for number in range(3):
            with db.engine.connect() as connection:
                connection.execute(insert(Thing).values(name=f"thing {number}"))
                connection.rollback()
    finally:
        writing.reset(token)

    assert value(db.engine, "SELECT count(*) FROM test_thing") == 0


def test_a_savepoint_undoes_only_what_came_after_it(core_app: Flask) -> None:
    db.session.add(Thing(name="kept"))
    db.session.flush()
    with pytest.raises(IntegrityError), db.session.begin_nested():
        db.session.add(Thing(name="kept"))
        db.session.flush()
    db.session.commit()

    assert db.session.scalars(select(Thing.name).limit(5)).all() == ["kept"]


def test_hooks_may_be_installed_twice(sqlite_core: Flask) -> None:
    install_hooks(db.engine)
    install_hooks(db.engine)

    assert value(db.engine, "SELECT count(*) FROM test_thing") == 0


@pytest.mark.parametrize("core_app", ["postgresql"], indirect=True)
def test_postgresql_ends_a_statement_and_a_wait_in_time(core_app: Flask) -> None:
    assert value(db.engine, "SHOW statement_timeout") == "30s"
    assert value(db.engine, "SHOW lock_timeout") == "10s"
    assert value(db.engine, "SHOW timezone") == "UTC"
    assert value(db.engine, "SHOW application_name") == "kebu"


@pytest.mark.parametrize("core_app", ["mariadb"], indirect=True)
def test_mariadb_is_strict_utf8mb4_and_reads_what_is_committed(core_app: Flask) -> None:
    modes = str(value(db.engine, "SELECT @@sql_mode"))
    assert "STRICT_ALL_TABLES" in modes
    assert "NO_ZERO_DATE" in modes
    assert value(db.engine, "SELECT @@character_set_connection") == "utf8mb4"
    assert value(db.engine, "SELECT @@tx_isolation") == "READ-COMMITTED"
    assert value(db.engine, "SELECT @@time_zone") == "+00:00"
    assert value(db.engine, "SELECT @@innodb_lock_wait_timeout") == 10
    assert float(str(value(db.engine, "SELECT @@max_statement_time"))) == 30


@pytest.mark.parametrize("core_app", ["mariadb"], indirect=True)
def test_every_table_on_mariadb_is_innodb_and_compares_by_code_point(core_app: Flask) -> None:
    with db.engine.connect() as connection:
        tables = connection.execute(
            text(
                "SELECT table_name, engine, table_collation FROM information_schema.tables "
                "WHERE table_schema = DATABASE()"
            )
        ).all()
        columns = connection.execute(
            text(
                "SELECT DISTINCT collation_name FROM information_schema.columns "
                "WHERE table_schema = DATABASE() AND collation_name IS NOT NULL"
            )
        ).scalars()

    assert len(tables) >= len(metadata.tables)
    assert {(engine, collation) for _, engine, collation in tables} == {("InnoDB", "utf8mb4_bin")}
    assert list(columns) == ["utf8mb4_bin"]


def test_every_table_of_the_program_carries_the_collation() -> None:
    wrong = [
        name
        for name, table in db.metadata.tables.items()
        if not set(TABLE_OPTIONS.items()) <= set(table.kwargs.items())
    ]

    assert wrong == []


@pytest.mark.parametrize("core_app", ["postgresql", "mariadb"], indirect=True)
def test_a_runaway_statement_is_ended_by_the_database(core_app: Flask) -> None:
    sleeps = {"postgresql": "SELECT pg_sleep(20)", "mysql": "SELECT SLEEP(20)", "mariadb": "SELECT SLEEP(20)"}
    hasty = create_engine(db.engine.url, **engine_options(db.engine.url, statement_seconds=1))
    install_hooks(hasty, statement_seconds=1)

    started = time.monotonic()
    try:
        with hasty.connect() as connection, pytest.raises(DBAPIError):
            connection.execute(text(sleeps[hasty.dialect.name])).scalar()
    finally:
        hasty.dispose()

    assert time.monotonic() - started < 15


@pytest.mark.parametrize("core_app", ["postgresql", "mariadb"], indirect=True)
def test_a_wait_for_a_lock_ends_in_time(core_app: Flask) -> None:
    db.session.add(Thing(name="hot"))
    db.session.commit()
    hasty = create_engine(db.engine.url, **engine_options(db.engine.url, lock_seconds=1))
    install_hooks(hasty, lock_seconds=1)

    try:
        with db.engine.connect() as holder:
            holder.execute(select(Thing.id).where(Thing.name == "hot").with_for_update())
            with hasty.connect() as waiter, pytest.raises(DBAPIError):
                waiter.execute(select(Thing.id).where(Thing.name == "hot").with_for_update())
            holder.rollback()
    finally:
        hasty.dispose()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE test_thing SET name = :secret",
        "UPDATE test_thing SET stage = :secret",
        "UPDATE test_thing SET parent_id = id, count = NULL, note = :secret",
    ],
)
def test_a_failed_statement_does_not_tell_its_values(core_app: Flask, statement: str) -> None:
    secret = "王 '小' \"明\" 13800138000"
    db.session.add_all([Thing(name="one", note=secret), Thing(name="two", note=secret)])
    db.session.commit()

    with pytest.raises(DBAPIError) as refused:
        db.session.execute(text(statement), {"secret": secret})
    db.session.rollback()

    told = (
        "".join(traceback.format_exception_only(refused.value))
        + repr(refused.value.orig)
        + str(refused.value.orig)
    )
    assert "13800138000" not in told
    assert "明" not in told


def test_text_keeps_every_character(core_app: Flask) -> None:
    note = "王小明 🐕‍🦺 \U0010ffff é e\u0301 \t\n ' \" \\ % _ \u2028 \u202e"
    thing = Thing(name="one", note=note)
    db.session.add(thing)
    db.session.flush()
    db.session.expire(thing)

    assert thing.note == note


@pytest.mark.parametrize("core_app", ["postgresql", "mariadb"], indirect=True)
def test_a_text_too_long_for_its_column_is_never_cut_in_silence(core_app: Flask) -> None:
    db.session.add(Thing(name="x" * 201))

    with pytest.raises(DBAPIError):
        db.session.flush()
    db.session.rollback()


def test_a_database_file_in_a_folder_with_blanks_and_chinese_opens(tmp_path: Path) -> None:
    folder = tmp_path / "我的 店"
    folder.mkdir()
    url = f"sqlite:///{folder / 'kebu.db'}"
    engine = create_engine(url, **engine_options(url))
    install_hooks(engine)

    try:
        assert value(engine, "PRAGMA journal_mode") == "wal"
    finally:
        engine.dispose()


def test_many_threads_make_rows_at_once_and_none_is_lost(core_app: Flask) -> None:
    def add_some() -> None:
        with core_app.app_context():
            for _ in range(10):
                token = writing.set(True)
                try:
                    with db.engine.begin() as connection:
                        connection.execute(insert(Thing).values(id=uuid7(), name=str(uuid7())))
                finally:
                    writing.reset(token)

    failures = in_threads([add_some] * 8)

    assert failures == []
    assert value(db.engine, "SELECT count(*) FROM test_thing") == 80
