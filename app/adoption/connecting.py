"""Connections to a database that is not ours: how its address is read and what each connection may do there.

What a connection sets lasts as long as it does and changes nothing that is stored. The session's time zone stays the
server's own, as the shop's other programs have it: with another one `DEFAULT now()` and ON UPDATE CURRENT_TIMESTAMP
would store another wall clock than theirs, and MariaDB would show other values in TIMESTAMP columns.
"""

from __future__ import annotations

import functools
import sqlite3
import ssl
import time
from pathlib import Path
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, InvalidRequestError, SQLAlchemyError

from app.adoption.refusals import part_refused, why_refused
from app.core.database import hide_values, writing
from config import KnownFailure, database_address

CONNECT_SECONDS = 5
STATEMENT_SECONDS = 15
LOCK_SECONDS = 5
# SQLite asks after so many steps of its machine whether a statement has run too long: about every millisecond.
_STEPS_BETWEEN_LOOKS = 20_000

_TLS_OF_POSTGRESQL = frozenset(
    {"sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl", "sslnegotiation", "channel_binding"}
)
_TLS_OF_MARIADB = frozenset({"ssl_mode", "ssl_ca", "ssl_cert", "ssl_key"})
# Whatever else a driver reads out of an address could undo what is set here, or let a server read files of this
# machine (local_infile), so an address names nothing but these.
_OPTIONS = {
    "sqlite": frozenset(),
    "postgresql": _TLS_OF_POSTGRESQL | {"host"},
    "mariadb": _TLS_OF_MARIADB | {"unix_socket", "charset"},
}
# The last stands for several modes, among them the other two.
_AGAINST_ZERO_DATES = frozenset({"NO_ZERO_DATE", "NO_ZERO_IN_DATE", "TRADITIONAL"})
_SSL_MODES = ("disabled", "preferred", "required", "verify_ca", "verify_identity")


class BadAddress(KnownFailure):
    """The address can't be understood; the message is one line without its password."""


class CannotConnect(KnownFailure):
    """The database doesn't let us in or isn't there; the message is one line without its password.

    `part` is the part of the address that it is about, as `part_refused` names them.
    """

    def __init__(self, message: str, part: str = "") -> None:
        super().__init__(message)
        self.part = part


def parse(address: str) -> URL:
    """Return a database's address with the driver in it; raises BadAddress, which never quotes it.

    Takes what `KEBU_DATABASE_URL` takes. A SQLite path that is not absolute begins at the present folder.
    """
    try:
        written = database_address(address)
        url = make_url(written) if written else None
    except (ValueError, ArgumentError) as error:
        # A port that is no number may be half of a password with an unescaped sign in it.
        if str(error).startswith("must "):
            raise BadAddress(f"The address {error}.") from None
        raise BadAddress(
            _("The address can't be read; in a password write a sign such as @ as %(code)s.", code="%40")
        ) from None
    if url is None:
        raise BadAddress(_("Name a database, such as postgresql://user@host/shop."))
    kind = url.get_backend_name()
    if unknown := sorted(set(url.query) - _OPTIONS[kind]):
        raise BadAddress(
            _(
                "The address has the option %(name)s, which is none of %(known)s.",
                name=unknown[0],
                known=", ".join(sorted(_OPTIONS[kind])) or "-",
            )
        )
    if kind == "sqlite":
        return url.set(database=str(Path(url.database or "").expanduser().absolute()))
    return url


def shown(url: URL) -> str:
    """Return an address as anybody may see it: without password, and without options, which may name files."""
    plain = URL.create(url.get_backend_name(), url.username, None, url.host, url.port, url.database)
    return plain.render_as_string()


def adopted_engine(
    url: URL,
    *,
    read_only: bool = False,
    dialect: str = "",
    statement_seconds: int = STATEMENT_SECONDS,
    lock_seconds: int = LOCK_SECONDS,
) -> Engine:
    """Return an engine for a database that is not ours; nothing is connected yet. Times in seconds.

    With `read_only` each connection refuses to write, whatever the account may do. `dialect` is what a sketch found:
    `mysql` for an address that says mariadb. Keep the address itself: the engine's own leaves the TLS options out.
    Raises BadAddress for TLS files that can't be used.
    """
    kind = url.get_backend_name()
    options: dict[str, Any] = {"hide_parameters": True, "pool_pre_ping": kind != "sqlite"}
    if kind == "sqlite":
        options["creator"] = functools.partial(_open_file, str(url.database), read_only, lock_seconds)
    elif kind == "postgresql":
        options["connect_args"] = _postgresql_arguments(read_only, statement_seconds, lock_seconds)
    else:
        url = url.set(drivername=f"{dialect or kind}+pymysql")
        options["connect_args"] = _mariadb_arguments(url, statement_seconds)
        options["pool_recycle"] = 1800
        url = url.difference_update_query(_TLS_OF_MARIADB | {"charset"})
    engine = create_engine(url, **options)
    event.listen(engine, "handle_error", hide_values)
    if kind == "sqlite":
        _limit_sqlite(engine, statement_seconds)
    elif kind != "postgresql":
        set_up = functools.partial(
            _set_up_mariadb, seconds=statement_seconds, lock_seconds=lock_seconds, read_only=read_only
        )
        event.listen(engine, "connect", set_up)
    return engine


def open_adopted(
    address: str | URL,
    *,
    read_only: bool = False,
    statement_seconds: int = STATEMENT_SECONDS,
    lock_seconds: int = LOCK_SECONDS,
) -> Engine:
    """Return an engine for a database that answers; raises BadAddress or CannotConnect. Dispose of it afterwards.

    The time-outs are those of `adopted_engine`.
    """
    url = parse(address) if isinstance(address, str) else address
    if url.get_backend_name() == "sqlite":
        _refuse_missing_file(Path(str(url.database)))
    make = functools.partial(
        adopted_engine,
        url,
        read_only=read_only,
        statement_seconds=statement_seconds,
        lock_seconds=lock_seconds,
    )
    engine = make()
    try:
        try:
            _greet(engine)
        except InvalidRequestError:
            # The address says mariadb and the server is MySQL, which SQLAlchemy takes for another dialect.
            engine.dispose()
            engine = make(dialect="mysql")
            _greet(engine)
    except (SQLAlchemyError, OSError, UnicodeError) as error:
        engine.dispose()
        raise CannotConnect(why_refused(error, url), part_refused(error, url)) from None
    return engine


def _greet(engine: Engine) -> None:
    with engine.connect() as connection:
        # SQLite opens anything; only when it reads does it notice that a file is no database.
        asked = "SELECT count(*) FROM sqlite_master" if engine.dialect.name == "sqlite" else "SELECT 1"
        connection.exec_driver_sql(asked)


# --- SQLite --------------------------------------------------------------------------------------


def _refuse_missing_file(path: Path) -> None:
    try:
        if not path.exists():
            raise CannotConnect(_("There is no file %(path)s.", path=path))
        if not path.is_file():
            raise CannotConnect(_("%(path)s is not a file.", path=path))
    except OSError as error:
        raise CannotConnect(
            _("%(path)s can't be read (%(reason)s).", path=path, reason=error.strerror)
        ) from None


def _open_file(path: str, read_only: bool, busy_seconds: int) -> sqlite3.Connection:
    # `rw` never makes a file. No pragma here is stored: above all the journal mode stays the owner's.
    mode = "ro" if read_only else "rw"
    connection = sqlite3.connect(
        f"{Path(path).as_uri()}?mode={mode}",
        uri=True,
        timeout=busy_seconds,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.text_factory = _text_or_bytes
    if read_only:
        connection.execute("PRAGMA query_only=ON")
    # What the tables declare holds: SQLite itself leaves foreign keys to each connection.
    connection.execute("PRAGMA foreign_keys=ON")
    return connection


def _text_or_bytes(raw: bytes) -> str | bytes:
    """Return a text; what is none, such as GBK that an old program stored as text, as its bytes."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw


def _limit_sqlite(engine: Engine, seconds: int) -> None:
    """Let statements run for so many seconds, and begin transactions ourselves."""

    def connected(connection: sqlite3.Connection, record: Any) -> None:
        def too_long() -> bool:
            return time.monotonic() > record.info.get("kebu_until", float("inf"))

        connection.set_progress_handler(too_long, _STEPS_BETWEEN_LOOKS)

    def started(connection: Any, *_rest: Any) -> None:
        connection.info["kebu_until"] = time.monotonic() + seconds

    def begun(connection: Any) -> None:
        # One that reads first and writes later fails when another writer came between; so it is known at BEGIN.
        connection.connection.driver_connection.execute("BEGIN IMMEDIATE" if writing.get() else "BEGIN")

    event.listen(engine, "connect", connected)
    event.listen(engine, "before_cursor_execute", started)
    event.listen(engine, "begin", begun)


# --- PostgreSQL ----------------------------------------------------------------------------------


def _postgresql_arguments(read_only: bool, seconds: int, lock_seconds: int) -> dict[str, Any]:
    settings = f"-c statement_timeout={int(seconds)}s -c lock_timeout={int(lock_seconds)}s"
    if read_only:
        settings += " -c default_transaction_read_only=on"
    return {
        "options": settings,
        "application_name": "kebu",
        "connect_timeout": CONNECT_SECONDS,
        # Said even where the server knows no encoding (SQL_ASCII): without it the driver hands over bytes.
        "client_encoding": "utf8",
    }


# --- MariaDB and MySQL ---------------------------------------------------------------------------


def _mariadb_arguments(url: URL, seconds: int) -> dict[str, Any]:
    arguments: dict[str, Any] = {
        "charset": "utf8mb4",
        "connect_timeout": CONNECT_SECONDS,
        # Only for a server that has fallen silent: one that is well ends a statement by itself.
        "read_timeout": seconds + 15,
    }
    given = {name: str(url.query[name]) for name in _TLS_OF_MARIADB & set(url.query)}
    mode = given.get("ssl_mode", "verify_ca" if "ssl_ca" in given else "preferred").lower().replace("-", "_")
    if mode not in _SSL_MODES:
        raise BadAddress(_("ssl_mode must be one of %(modes)s.", modes=", ".join(_SSL_MODES)))
    if mode == "disabled":
        arguments["ssl_disabled"] = True
    elif mode != "preferred" or given:
        arguments["ssl"] = _tls_context(mode, given)
    return arguments


def _tls_context(mode: str, given: dict[str, str]) -> ssl.SSLContext:
    """Return what the driver encrypts with; it never goes on without encryption when it has one."""
    try:
        context = ssl.create_default_context(cafile=given.get("ssl_ca"))
        # MySQL's own certificates are not strict ones.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        context.check_hostname = mode == "verify_identity"
        if mode not in ("verify_ca", "verify_identity"):
            context.verify_mode = ssl.CERT_NONE
        if "ssl_cert" in given:
            context.load_cert_chain(given["ssl_cert"], given.get("ssl_key"))
    except OSError as error:
        raise BadAddress(
            _("The TLS files can't be used (%(reason)s).", reason=error.strerror or type(error).__name__)
        ) from None
    return context


def _set_up_mariadb(
    connection: Any, _record: Any, *, seconds: int, lock_seconds: int, read_only: bool
) -> None:
    cursor = connection.cursor()
    # Its own modes, so that its rows mean what they mean to other programs; stricter only in that a value that does
    # not fit is refused instead of cut, and zero dates stay legal, as old tables are full of them.
    cursor.execute("SELECT @@SESSION.sql_mode")
    modes = [mode for mode in cursor.fetchone()[0].split(",") if mode and mode not in _AGAINST_ZERO_DATES]
    cursor.execute("SET SESSION sql_mode = %s", (",".join([*modes, "STRICT_ALL_TABLES"]),))
    # The second is for tables that another session is altering; at first it waits for a day or a year.
    for name in ("innodb_lock_wait_timeout", "lock_wait_timeout"):
        cursor.execute(f"SET SESSION {name}={int(lock_seconds)}")
    if "mariadb" in str(connection.get_server_info()).lower():
        cursor.execute(f"SET SESSION max_statement_time={int(seconds)}")
    else:
        cursor.execute(f"SET SESSION max_execution_time={int(seconds) * 1000}")
    if read_only:
        cursor.execute("SET SESSION TRANSACTION READ ONLY")
    cursor.close()
