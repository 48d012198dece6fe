"""The database's schema: which state it is in, and how it is brought up to date, by one process at a time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, NullPool, Pool, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from app.core.database import engine_options, install_hooks, writing
from app.core.file_lock import held
from config import KnownFailure

SCRIPTS = Path(__file__).resolve().parents[2] / "migrations"
VERSION_TABLE = "alembic_version"
CONNECT_SECONDS = 5
LOCK_SECONDS = 600
ASK_AGAIN_SECONDS = 0.05
# Any number would do, as long as every version of Kebu uses the same: "kebu" as four bytes.
ADVISORY_KEY = 0x6B656275

_STILL_MIGRATING = "Another process has been migrating this database for ten minutes; try again later."


class SchemaError(KnownFailure):
    """The database cannot be used as it is; the message is one line and holds no password."""


class Status(StrEnum):
    """How the database stands to this program."""

    EMPTY = "empty"
    CURRENT = "current"
    BEHIND = "behind"
    NEWER = "newer"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class SchemaState:
    """The database's status, its revisions, the program's newest ones, and for `broken` the reason."""

    status: Status
    revisions: tuple[str, ...] = ()
    newest: tuple[str, ...] = ()
    reason: str = ""


def state(engine_or_url: Engine | URL | str, scripts: Path = SCRIPTS) -> SchemaState:
    """Return how the database stands to this program; never raises for a database that cannot be used."""
    engine, own = _engine_of(engine_or_url)
    directory = ScriptDirectory(str(scripts))
    newest = tuple(sorted(directory.get_heads()))
    try:
        if _is_absent_sqlite(engine.url):
            return SchemaState(Status.EMPTY, newest=newest)
        with engine.connect() as connection:
            return _judge(connection, directory, newest)
    except (SQLAlchemyError, OSError, UnicodeError) as error:
        return SchemaState(Status.BROKEN, newest=newest, reason=explain(error, engine.url))
    finally:
        if own:
            engine.dispose()


def upgrade(
    engine_or_url: Engine | URL | str, scripts: Path = SCRIPTS, *, only_when_empty: bool = False
) -> SchemaState:
    """Bring the database to the newest revision and return its state; safe among several processes.

    Raises SchemaError when the database is broken, newer than the program or a migration fails; with
    `only_when_empty` also when it holds an older schema.
    """
    before = state(engine_or_url, scripts)
    if before.status is Status.CURRENT:
        return before
    engine, own = _engine_of(engine_or_url)
    try:
        with sole_migrator(engine):
            # Only now is the state trustworthy: MariaDB shows the tables of a migration still going on.
            before = state(engine, scripts)
            refuse_unusable(before)
            if only_when_empty and before.status is Status.BEHIND:
                raise SchemaError(
                    "The database is older than this program; make a backup, then run "
                    "`python3 run.py migrate`."
                )
            return _run_migrations(engine, scripts)
    except (SQLAlchemyError, OSError) as error:
        raise SchemaError(explain(error, engine.url)) from error
    finally:
        if own:
            engine.dispose()


def refuse_unusable(found: SchemaState) -> None:
    """Raise SchemaError when the database is broken or newer than the program."""
    if found.status is Status.BROKEN:
        raise SchemaError(found.reason)
    if found.status is Status.NEWER:
        raise SchemaError(
            f"The database is newer than this program (it is at {', '.join(found.revisions)}); start "
            f"the newer Kebu, or restore the backup made before the upgrade."
        )


def _judge(connection: Connection, directory: ScriptDirectory, newest: tuple[str, ...]) -> SchemaState:
    """Return the state by comparing the recorded revisions with the known ones."""
    revisions = tuple(sorted(MigrationContext.configure(connection).get_current_heads()))
    known = {script.revision for script in directory.walk_revisions()}
    if not revisions:
        names = set(sqlalchemy.inspect(connection).get_table_names())
        if tables := sorted(names - {VERSION_TABLE}):
            return SchemaState(
                Status.BROKEN, newest=newest, reason=_foreign_tables(tables, VERSION_TABLE in names)
            )
        return SchemaState(Status.EMPTY, newest=newest)
    if not set(revisions) <= known:
        return SchemaState(Status.NEWER, revisions, newest)
    return SchemaState(Status.CURRENT if revisions == newest else Status.BEHIND, revisions, newest)


def _foreign_tables(tables: list[str], begun: bool) -> str:
    """Return why tables without a recorded revision are refused.

    MariaDB cannot take back the tables of a first migration that was cut off; nothing was stored in them yet.
    """
    if begun:
        return "The first migration of this database was interrupted; empty the database and start again."
    return f"The database holds tables ({', '.join(tables[:3])} …) that Kebu did not make; name an empty database."


def _run_migrations(engine: Engine, scripts: Path) -> SchemaState:
    """Run Alembic up to the newest revision over one connection and return the state reached."""
    configuration = Config()
    configuration.set_main_option("script_location", str(scripts).replace("%", "%%"))
    configuration.set_main_option("path_separator", "os")
    token = writing.set(True)
    try:
        with engine.connect() as connection:
            # Building an index over a large table may rightly take longer than a page's statement.
            allow_long_statements(connection)
            configuration.attributes["connection"] = connection
            command.upgrade(configuration, "heads")
            connection.commit()
    except SQLAlchemyError as error:
        raise SchemaError(f"The migration failed. {explain(error, engine.url)}") from error
    finally:
        writing.reset(token)
    return state(engine, scripts)


# --- One migrator at a time ----------------------------------------------------------------------


@contextmanager
def sole_migrator(engine: Engine) -> Iterator[None]:
    """Hold the lock under which tables are changed; every lock ends with its holder, however that ends."""
    if engine.dialect.name == "sqlite":
        with held(_lock_path(engine.url)):
            yield
    elif engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            _take_advisory_lock(connection)
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": ADVISORY_KEY})
                connection.commit()
    else:
        with _named_lock(engine):
            yield


def _take_advisory_lock(connection: Connection) -> None:
    """Ask for PostgreSQL's lock again and again.

    A statement that waits for it would be a transaction that CREATE INDEX CONCURRENTLY of the lock's holder
    waits for: each for the other.
    """
    give_up = time.monotonic() + LOCK_SECONDS
    while not connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": ADVISORY_KEY}).scalar():
        connection.commit()
        if time.monotonic() > give_up:
            raise SchemaError(_STILL_MIGRATING)
        time.sleep(ASK_AGAIN_SECONDS)
    connection.commit()  # the lock belongs to the session, not to the transaction


@contextmanager
def _named_lock(engine: Engine) -> Iterator[None]:
    """Hold MariaDB's named lock; the name carries the database's, because the whole server shares names."""
    name = f"kebu.schema.{engine.url.database}"[:64]
    with engine.connect() as connection:
        allow_long_statements(connection)
        got = connection.execute(
            text("SELECT GET_LOCK(:name, :seconds)"), {"name": name, "seconds": LOCK_SECONDS}
        )
        taken = got.scalar() == 1
        connection.commit()
        if not taken:
            raise SchemaError(_STILL_MIGRATING)
        try:
            yield
        finally:
            connection.execute(text("SELECT RELEASE_LOCK(:name)"), {"name": name})
            connection.commit()


def allow_long_statements(connection: Connection) -> None:
    """Switch the statement time-out off for this connection; SQLite has none."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET statement_timeout = 0"))
    elif connection.dialect.name in ("mysql", "mariadb"):
        maria = getattr(connection.dialect, "is_mariadb", True)
        connection.execute(text(f"SET SESSION {'max_statement_time' if maria else 'max_execution_time'} = 0"))
    connection.commit()


def _lock_path(url: URL) -> Path:
    """Return the lock file that stands beside a SQLite database."""
    return Path(str(url.database) + ".migrating")


# --- Engines and their errors --------------------------------------------------------------------


def _engine_of(engine_or_url: Engine | URL | str) -> tuple[Engine, bool]:
    """Return an engine and whether it was made here and must be disposed of here."""
    if isinstance(engine_or_url, Engine):
        return engine_or_url, False
    return plain_engine(engine_or_url), True


def plain_engine(address: URL | str, pool: type[Pool] = NullPool) -> Engine:
    """Return an engine, without a pool if not said otherwise, for work beside the application's own.

    Connecting is given up after 5 s.
    """
    url = make_url(address)
    options = engine_options(url)
    options.pop("pool_recycle", None)
    if url.get_backend_name() != "sqlite":
        options["connect_args"] = {**options.get("connect_args", {}), "connect_timeout": CONNECT_SECONDS}
    engine = sqlalchemy.create_engine(url, poolclass=pool, **options)
    install_hooks(engine)
    return engine


def _is_absent_sqlite(url: URL) -> bool:
    """Say whether this is a SQLite file that is not there yet; to connect would make it."""
    if url.get_backend_name() != "sqlite" or not url.database:
        return False
    return not Path(url.database).exists() and Path(url.database).parent.is_dir()


_REASONS = (
    (
        "file is not a database",
        "is not a SQLite database, or is damaged; restore a backup or name another file",
    ),
    ("malformed", "is damaged; restore a backup"),
    ("unable to open database file", "cannot be opened; check that its folder exists and is writable"),
    ("readonly database", "is read-only; make the file and its folder writable"),
    ("database or disk is full", "cannot grow: the disk is full"),
    ("database is locked", "is in use by another program; close it and try again"),
    ("authentication failed", "refuses the user's name or password; check both in KEBU_DATABASE_URL"),
    ("no password supplied", "wants a password; put it in KEBU_DATABASE_URL"),
    (
        "access denied",
        "refuses the user's name or password, or the user may not use it; check KEBU_DATABASE_URL",
    ),
    ("does not exist", "does not exist, or its user does not; create it, or correct KEBU_DATABASE_URL"),
    ("unknown database", "does not exist; create it, or correct KEBU_DATABASE_URL"),
    ("permission denied", "refuses this user the right to work in it; grant the right"),
    ("timeout expired", "does not answer; check that the server runs and that KEBU_DATABASE_URL names it"),
    ("timed out", "does not answer; check that the server runs and that KEBU_DATABASE_URL names it"),
    ("refused", "cannot be reached; check that the server runs and that KEBU_DATABASE_URL names it"),
    ("can't connect", "cannot be reached; check that the server runs and that KEBU_DATABASE_URL names it"),
    ("resolve", "cannot be reached; check the server's name in KEBU_DATABASE_URL"),
)


def explain(error: BaseException, url: URL) -> str:
    """Return one line that names the database without its password and says what to do."""
    place = url.database if url.get_backend_name() == "sqlite" else f"{url.host or 'local'}/{url.database}"
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    words = str(cause).lower()
    for sign, meaning in _REASONS:
        if sign in words:
            return f"The database {place} {meaning}."
    # Unknown words of a driver may hold anything, also a password: only its kind of error is told.
    return f"The database {place} cannot be used ({type(cause).__name__})."
