"""Empty databases for the benchmark, and the statistics that a planner needs after a load."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from places import Places, sqlalchemy_url
from psycopg import sql
from sqlalchemy import Engine, create_engine, event


def make_empty(places: Places, url: str) -> None:
    """Drop the benchmark database at this address, if there is one, and create it empty."""
    if url.startswith("sqlite"):
        path = sqlite_path(url)
        path.parent.mkdir(parents=True, exist_ok=True)
        for suffix in ("", "-wal", "-shm"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)
        return
    name = sql.Identifier(urlsplit(url).path.lstrip("/"))
    with psycopg.connect(places.server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(name))


def engine_for_loading(url: str) -> Engine:
    """Return an engine that, on SQLite, waits for no disk while the rows are written."""
    engine = create_engine(sqlalchemy_url(url))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _hurry)
    return engine


def settle(url: str) -> None:
    """Let each engine clean up what the load left, so that no page pays for it.

    PostgreSQL collects statistics, as its autovacuum soon would. SQLite does not: nobody runs ANALYZE in a
    shop, so a panel has to be fast without it.
    """
    engine = create_engine(sqlalchemy_url(url))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        else:
            connection.exec_driver_sql("VACUUM ANALYZE")
            connection.exec_driver_sql("CHECKPOINT")
    engine.dispose()


def sqlite_path(url: str) -> Path:
    """Return the file behind an SQLite address."""
    return Path(url.removeprefix("sqlite:///"))


def _hurry(connection: object, _record: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]
    cursor.execute("PRAGMA synchronous=OFF")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA cache_size=-400000")
    cursor.close()
