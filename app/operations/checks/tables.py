"""Checks of the database: whether it is at this program's version and set so that it loses and invents nothing."""

from __future__ import annotations

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import text
from sqlalchemy.engine import make_url

from app.core import schema
from app.core.checks import Check, Finding, green, red, yellow
from app.core.database import db
from config import is_loopback

_SQLITE = {"journal_mode": "wal", "foreign_keys": 1, "synchronous": 2}


def migrations() -> Finding:
    """Look at whether the tables are those of this program."""
    status = schema.state(db.engine).status
    if status is schema.Status.CURRENT:
        return green(_("The database is up to date."))
    if status is schema.Status.BEHIND or status is schema.Status.EMPTY:
        return red(_("The database is older than the program."), _("Run `python3 run.py migrate`."))
    if status is schema.Status.NEWER:
        return red(_("The database is newer than the program."), _("Start the newer version of Kebu."))
    return red(_("The database can't be used."), _("Run `python3 run.py migrate`; it says why."))


def settings() -> Finding:
    """Look at the settings of the connection that matter for safety."""
    name = db.engine.dialect.name
    if name == "sqlite":
        return _sqlite()
    return _postgresql() if name == "postgresql" else _mariadb()


def _sqlite() -> Finding:
    found = {name: db.session.scalar(text(f"PRAGMA {name}")) for name in _SQLITE}
    wrong = sorted(name for name, good in _SQLITE.items() if found[name] != good)
    if wrong:
        return red(
            _("SQLite is not set to keep everything: %(names)s.", names=", ".join(wrong)),
            _("Is the file on a network drive? Move it to a disk of this machine, and start Kebu anew."),
        )
    return green(_("SQLite writes everything to the disk before it says so, and keeps links whole."))


def _is_far() -> bool:
    host = make_url(current_app.config["KEBU_SETTINGS"].database_url).host
    return bool(host) and not is_loopback(str(host))


def _postgresql() -> Finding:
    encrypted = db.session.scalar(text("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"))
    if _is_far() and not encrypted:
        return _unencrypted("sslmode=require")
    if db.session.scalar(text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")):
        return yellow(
            _(
                "Kebu signs in to PostgreSQL as an administrator: a hole in Kebu would open every database there."
            ),
            _("Make an account that owns Kebu's database alone, and name it in KEBU_DATABASE_URL."),
        )
    return green(_("Kebu has an account of its own in PostgreSQL."))


def _mariadb() -> Finding:
    modes = str(db.session.scalar(text("SELECT @@SESSION.sql_mode")) or "").split(",")
    if not {"STRICT_TRANS_TABLES", "STRICT_ALL_TABLES"} & set(modes):
        return red(
            _("MariaDB cuts off what is too long instead of refusing it."),
            _("Add STRICT_TRANS_TABLES to sql_mode in the server's settings."),
        )
    cipher = db.session.execute(text("SHOW SESSION STATUS LIKE 'Ssl_cipher'")).one_or_none()
    if _is_far() and (cipher is None or not cipher[1]):
        return _unencrypted("ssl_ca=/path/ca.pem")
    account = str(db.session.scalar(text("SELECT CURRENT_USER()")) or "")
    if account.partition("@")[0] == "root":
        return yellow(
            _("Kebu signs in to MariaDB as root: a hole in Kebu would open every database there."),
            _("Make an account that has Kebu's database alone, and name it in KEBU_DATABASE_URL."),
        )
    return green(_("MariaDB is strict, and Kebu has an account of its own."))


def _unencrypted(option: str) -> Finding:
    return red(
        _("The way to the database is not encrypted: records cross the network readable."),
        _("Add %(option)s to KEBU_DATABASE_URL.", option=option),
    )


CHECKS = (
    Check("operations:migrations", _l("Version of the database"), migrations, needs_tables=False),
    Check("operations:database", _l("Settings of the database"), settings),
)
