"""The page that connects a database: it is looked at, what was found is declared, and waits to be published."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask import flash, redirect, render_template, request
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.engine import URL

from app.access.doors import door
from app.access.forms import Form, Pick, Secret, UserName
from app.adoption.connecting import BadAddress, CannotConnect, open_adopted, parse
from app.adoption.declaring import (
    ADOPT,
    Looked,
    OwnDatabase,
    TooManySources,
    Wish,
    declare,
    holding_roles,
    look,
)
from app.adoption.models import LONGEST_CODE, LONGEST_NAME, AdoptedSource
from app.adoption.reflecting import UnknownSchema, sketch
from app.adoption.sketches import DatabaseSketch
from app.adoption.verdicts import Kind, verdict
from app.core.database import db
from app.core.errors import Invalid
from app.core.fields import Field, Text, WholeNumber, YesNo
from app.core.keys import encode_token

PATH = "/adoption/connect/"
_KINDS = (("mariadb", "MariaDB, MySQL"), ("postgresql", "PostgreSQL"), ("sqlite", "SQLite"))
_ON_SERVER = ("kind", ("mariadb", "postgresql"))
_IN_FILE = ("kind", ("sqlite",))
# What a person chooses, as each of the two servers calls it.
_TLS = {
    "": ("", ""),
    "required": ("require", "required"),
    "verified": ("verify-full", "verify_identity"),
}


def connect_fields() -> tuple[Field, ...]:
    """Return the inputs of the page."""
    return (
        Pick("kind", _l("What kind of database is it?"), required=True, options=lambda: _KINDS),
        UserName("host", _l("Server"), max_length=253, visible_when=_ON_SERVER, placeholder="localhost"),
        WholeNumber("port", _l("Port"), least=1, most=65535, visible_when=_ON_SERVER),
        UserName("database", _l("Name of the database"), max_length=LONGEST_NAME, visible_when=_ON_SERVER),
        UserName("user", _l("Account at the server"), max_length=LONGEST_NAME, visible_when=_ON_SERVER),
        Secret(
            "password",
            _l("Its password"),
            help=_l("It is kept locked and never shown again."),
            visible_when=_ON_SERVER,
        ),
        Pick("tls", _l("Encrypted connection"), options=_tls_choices, visible_when=_ON_SERVER),
        UserName("file", _l("File"), max_length=1000, help=_l("On this machine."), visible_when=_IN_FILE),
        UserName(
            "schema",
            _l("Only this schema"),
            max_length=LONGEST_NAME,
            help=_l("Leave it empty to take all that the account may use."),
            visible_when=_ON_SERVER,
        ),
        Text("name", _l("What the shop calls it"), max_length=LONGEST_CODE),
        YesNo("read_only", _l("Only read"), help=_l("Nothing in it can be changed from here.")),
    )


def _tls_choices() -> list[tuple[str, Any]]:
    return [
        ("", _l("As the server offers it")),
        ("required", _l("Always")),
        ("verified", _l("Always, and only with a certificate that is proved")),
    ]


class ConnectView(BaseView):
    """The way to a database that the shop already has."""

    route_base = "/adoption/connect"
    default_view = "connect"

    @expose("/", methods=["GET", "POST"])
    @door(ADOPT, step_up=True)
    def connect(self) -> Any:
        """Ask where the database is; look at it and declare what was found."""
        form = Form(connect_fields(), {"kind": "mariadb"})
        if request.method == "GET":
            return render_template("adoption/connect.html", form=form, action=PATH)
        try:
            values = form.read(request.form)
            source = _declared(values)
        except Invalid as refusal:
            form.note(refusal)
            return render_template("adoption/connect.html", form=form, action=PATH), refusal.status
        return redirect(f"/adoption/source/{source}")


def _declared(values: dict[str, Any]) -> str:
    """Look at a database and declare it; return the token of its record. Raises `Invalid` by input."""
    try:
        url = parse(_address(values))
        looked = _look(url, values["schema"] or None)
        wish = Wish(url, values["name"] or "", values["schema"] or "", values["read_only"], at_once=False)
        code = declare(wish, *looked)
    except (BadAddress, CannotConnect, OwnDatabase) as refusal:
        raise Invalid({"file" if values["kind"] == "sqlite" else "host": str(refusal)}) from None
    except UnknownSchema as refusal:
        raise Invalid({"schema": str(refusal)}) from None
    except TooManySources as refusal:
        raise Invalid({"": str(refusal)}) from None
    _tell(looked[0])
    return encode_token(
        [db.session.scalars(select(AdoptedSource.id).where(AdoptedSource.code == code)).one()]
    )


def _look(url: URL, schema: str | None) -> Looked:
    # Looking never needs to write, and what can't write can't break anything.
    engine = open_adopted(url, read_only=True)
    try:
        found, proposed = look(engine, sketch(engine, schema))
        return found, proposed, holding_roles(engine, found, proposed)
    finally:
        engine.dispose()


def _address(values: dict[str, Any]) -> str:
    """Return the address that the inputs say; raise `Invalid` for what is missing."""
    kind = values["kind"]
    if kind == "sqlite":
        if not values["file"]:
            raise Invalid({"file": _("Please fill this in.")})
        return URL.create("sqlite", database=values["file"]).render_as_string(hide_password=False)
    missing = {name: _("Please fill this in.") for name in ("database", "user") if not values[name]}
    if missing:
        raise Invalid(missing)
    tls = _TLS[values["tls"] or ""][0 if kind == "postgresql" else 1]
    return URL.create(
        kind,
        values["user"],
        values["password"] or None,
        values["host"] or "localhost",
        values["port"],
        values["database"],
        {"sslmode" if kind == "postgresql" else "ssl_mode": tls} if tls else {},
    ).render_as_string(hide_password=False)


def _tell(found: DatabaseSketch) -> None:
    """Say what was found, for the next page."""
    counted = Counter(verdict(table).kind for table in found.tables)
    flash(
        _(
            "Looked at %(all)s tables: %(editable)s can be edited, %(read_only)s only read, %(refused)s not used. "
            "Look through them, then publish.",
            all=len(found.tables),
            editable=counted[Kind.EDITABLE],
            read_only=counted[Kind.READ_ONLY],
            refused=counted[Kind.REFUSED],
        ),
        "success",
    )
