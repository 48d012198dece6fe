"""What the guided page asks for to reach a database, and refusals beside the input that they are about."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import inspect
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from app.access.forms import Pick, Secret
from app.adoption.connecting import BadAddress, CannotConnect, open_adopted, parse
from app.adoption.declaring import OwnDatabase, is_own
from app.adoption.models import LONGEST_NAME, AdoptedSource
from app.core.errors import Invalid
from app.core.fields import Field, Text, WholeNumber, YesNo
from app.core.kernel import kernel

SERVERS = ("postgresql", "mariadb")
_HOST = re.compile(r"[A-Za-z0-9_.:-]{1,253}")
_INPUT_OF_PART = {
    "host": "host",
    "user": "password",
    "database": "database",
    "right": "user",
    "silent": "host",
    "tls": "tls",
}
_MODES = {
    "postgresql": {"off": "disable", "on": "require", "ca": "verify-ca", "full": "verify-full"},
    "mariadb": {"off": "disabled", "on": "required", "ca": "verify_ca", "full": "verify_identity"},
}


def _kinds() -> list[tuple[str, str]]:
    return [("sqlite", "SQLite"), ("postgresql", "PostgreSQL"), ("mariadb", "MariaDB / MySQL")]


def _tls_modes() -> list[tuple[str, str]]:
    return [
        ("", _("as the server likes")),
        ("off", _("off")),
        ("on", _("encrypted")),
        ("ca", _("encrypted, certificate checked")),
        ("full", _("encrypted, certificate and host name checked")),
    ]


def name_fields() -> tuple[Field, ...]:
    """Return the inputs for what people call a database, and whether it is for reading only."""
    return (
        Text("name_en", _l("Name in English"), required=True, max_length=60),
        Text("name_zh", _l("Name in Chinese"), max_length=60),
        YesNo(
            "read_only",
            _l("Only read"),
            help=_l("Nobody changes anything in the database through Kebu, whatever the account may do."),
        ),
    )


def address_fields() -> tuple[Field, ...]:
    """Return the inputs that say where a database is and how it lets Kebu in."""
    server = ("kind", SERVERS)
    return (
        Pick("kind", _l("Kind of database"), required=True, options=_kinds),
        Text(
            "path",
            _l("File"),
            max_length=500,
            visible_when=("kind", ("sqlite",)),
            help=_l("The whole path on the machine that Kebu runs on."),
        ),
        Text("host", _l("Host"), max_length=253, visible_when=server),
        WholeNumber(
            "port", _l("Port"), least=1, most=65535, visible_when=server, help=_l("Empty: the usual one.")
        ),
        Text("database", _l("Database"), max_length=LONGEST_NAME, visible_when=server),
        Text("user", _l("User"), max_length=LONGEST_NAME, visible_when=server),
        Secret("password", _l("Password"), autocomplete="off", visible_when=server),
        Pick("tls", _l("Encryption"), options=_tls_modes, visible_when=server),
        Text(
            "tls_ca",
            _l("File of the certificate authority"),
            max_length=500,
            visible_when=server,
        ),
        Secret(
            "address",
            _l("Or the whole address"),
            autocomplete="off",
            visible_when=server,
            help=_l(
                "In place of host, database, user and password. Not shown, as a password may stand in it."
            ),
        ),
    )


def schema_field() -> Field:
    """Return the input for a single schema."""
    return Text(
        "schema",
        _l("Schema"),
        max_length=LONGEST_NAME,
        visible_when=("kind", SERVERS),
        help=_l("Empty: all that the account may use."),
    )


def address_texts(url: URL) -> dict[str, Any]:
    """Return what the inputs show of an address that is kept: all but its password and options."""
    kind = url.get_backend_name()
    if kind == "sqlite":
        return {"kind": kind, "path": url.database}
    return {
        "kind": "mariadb" if kind == "mysql" else kind,
        "host": url.host,
        "port": url.port,
        "database": url.database,
        "user": url.username,
    }


def read_address(values: dict[str, Any]) -> URL:
    """Return the address that the inputs describe; raise `Invalid` with messages beside them."""
    kind = values["kind"]
    if kind == "sqlite":
        return _file(values["path"] or "")
    if values["address"]:
        try:
            url = parse(values["address"].strip())
        except BadAddress as error:
            raise Invalid({"address": str(error)}) from None
        if url.get_backend_name().replace("mysql", "mariadb") != kind:
            raise Invalid({"address": _("This is the address of another kind of database.")})
        return url
    missing = {name: _("Please fill this in.") for name in ("host", "database", "user") if not values[name]}
    if not missing.get("host") and _HOST.fullmatch(values["host"]) is None:
        missing["host"] = _("This is not the name of a host.")
    if not missing.get("database") and set("/?#\\") & set(values["database"]):
        missing["database"] = _("This is not the name of a database.")
    if missing:
        raise Invalid(missing)
    return _server(kind, values)


def _server(kind: str, values: dict[str, Any]) -> URL:
    names = ("sslmode", "sslrootcert") if kind == "postgresql" else ("ssl_mode", "ssl_ca")
    given = (_MODES[kind].get(values["tls"] or ""), values["tls_ca"])
    url = URL.create(
        kind,
        values["user"],
        values["password"] or None,
        values["host"],
        values["port"],
        values["database"],
        {name: text for name, text in zip(names, given, strict=True) if text},
    )
    try:
        return parse(url.render_as_string(hide_password=False))
    except BadAddress as error:
        raise Invalid({"host": str(error)}) from None


def _file(path: str) -> URL:
    if not path:
        raise Invalid({"path": _("Please fill this in.")})
    if not Path(path).is_absolute() or "\0" in path or "?" in path:
        raise Invalid({"path": _("Write the whole path, such as /srv/shop/shop.db.")})
    url = URL.create("sqlite", database=path)
    # The keys lie in the home folder, beside the program's own database.
    if Path(path).resolve().is_relative_to(kernel().home.resolve()):
        raise Invalid({"path": OwnDatabase.message})
    return url


def try_address(url: URL) -> None:
    """Connect once, without writing; raise `Invalid` with the message beside the input that it is about."""
    own = "path" if url.get_backend_name() == "sqlite" else "database"
    if is_own(url):
        raise Invalid({own: OwnDatabase.message})
    try:
        engine = open_adopted(url, read_only=True)
    except BadAddress as error:
        raise Invalid({"tls_ca": str(error)}) from None
    except CannotConnect as error:
        # Which files exist on this machine is nobody's business, so one sentence says all of it.
        if own == "path":
            raise Invalid({"path": _("No SQLite database can be opened there.")}) from None
        raise Invalid({_INPUT_OF_PART.get(error.part, "host"): str(error)}) from None
    try:
        # The same server may be reached under many names; what lies in it tells whose it is.
        if inspect(engine).has_table(AdoptedSource.__tablename__):
            raise Invalid({own: OwnDatabase.message})
    except SQLAlchemyError:
        raise Invalid({own: _("The database lets Kebu in, but can't be looked at.")}) from None
    finally:
        engine.dispose()
