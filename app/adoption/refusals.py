"""Why a database refuses: a driver's words in a sentence that says what to do, without a password or a value."""

from __future__ import annotations

from flask_babel import gettext as _
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

# Statements that took too long, and rows or tables that somebody else holds: the table itself is well.
_BUSY_CODES = frozenset({"57014", "55P03", "1969", "3024", "1205", "1317"})
_BUSY_WORDS = ("interrupted", "database is locked", "database table is locked")

_WRONG_PASSWORD = ("1045", "1698", "authentication failed", "no password supplied", "no pg_hba.conf entry")
_UNKNOWN_HOST = ("name or service not known", "failed to resolve", "could not translate host", "getaddrinfo")
_UNKNOWN_HOST_TOO = ("nodename nor servname", "temporary failure in name resolution", "no address associated")
_NO_DATABASE = ("1049", "3d000", "does not exist")
_NO_RIGHT = ("1044", "1130", "permission denied for database")
_NO_TLS = ("ssl", "tls", "certificate")
_SILENT = ("2003", "refused", "timeout", "timed out", "unreachable", "no route")


def code_of(error: BaseException) -> str:
    """Return the database's own code of an error: a SQLSTATE, MariaDB's number, or ''."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    first = cause.args[0] if cause.args else None
    if isinstance(first, int) and not isinstance(cause, OSError):
        return str(first)
    return str(getattr(cause, "sqlstate", None) or "")


def is_busy(error: BaseException) -> bool:
    """Say whether an error only means that the database was busy or a statement took too long."""
    words = str(error).lower()
    return code_of(error) in _BUSY_CODES or any(each in words for each in _BUSY_WORDS)


def in_one_line(error: BaseException) -> str:
    """Return what the driver says in one line of at most 200 signs; its engine has taken the values out."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    # MariaDB's first argument is a number, which says nothing to a person.
    parts = [str(part) for part in cause.args if not isinstance(part, int)]
    said = " ".join(" ".join(parts).split("\n", 1)[0].split())
    return said[:200] or type(cause).__name__


def part_refused(error: BaseException, url: URL) -> str:
    """Return the part of an address that a refusal is about.

    One of `path`, `host`, `user`, `database`, `right`, `silent` and `tls`; '' where the driver's words say nothing.
    """
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    words = f"{code_of(error)} {cause}".lower()
    if url.get_backend_name() == "sqlite":
        return "path"
    if any(sign in words for sign in _UNKNOWN_HOST + _UNKNOWN_HOST_TOO):
        return "host"
    # A file that does not exist is no database that does not exist.
    if "root certificate file" in words:
        return "tls"
    if any(sign in words for sign in _WRONG_PASSWORD) or ("role" in words and "does not exist" in words):
        return "user"
    if any(sign in words for sign in _NO_DATABASE):
        return "database"
    if any(sign in words for sign in _NO_RIGHT):
        return "right"
    if any(sign in words for sign in _SILENT):
        return "silent"
    return "tls" if any(sign in words for sign in _NO_TLS) else ""


def why_refused(error: BaseException, url: URL) -> str:
    """Return one line that says why no connection came about and names the database without its password."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    part = part_refused(error, url)
    if part == "path":
        if "not a database" in str(cause).lower():
            return _("%(path)s is not a SQLite database, or it is encrypted.", path=url.database)
        return _("%(path)s can't be opened (%(reason)s).", path=url.database, reason=in_one_line(error))
    said = {"host": url.host or "localhost", "user": url.username, "name": url.database}
    if part == "host":
        return _("There is no host %(host)s; check its name.", **said)
    if part == "user":
        return _("%(host)s doesn't let %(user)s in; check user and password.", **said)
    if part == "database":
        return _("There is no database %(name)s on %(host)s.", **said)
    if part == "right":
        return _("%(user)s may not use %(name)s on %(host)s.", **said)
    return _why_silent(part, url, cause)


def _why_silent(part: str, url: URL, cause: BaseException) -> str:
    if part == "silent":
        return _("%(host)s doesn't answer; check host and port, and that the server runs.", host=_place(url))
    if part == "tls":
        return _(
            "%(host)s and Kebu can't agree on encryption; check the TLS options.",
            host=url.host or "localhost",
        )
    # Unknown words of a driver may hold anything, also a password: only its kind of error is told.
    return _("%(host)s can't be used (%(kind)s).", host=_place(url), kind=type(cause).__name__)


def _place(url: URL) -> str:
    return f"{url.host or 'localhost'}:{url.port}" if url.port else str(url.host or "localhost")
