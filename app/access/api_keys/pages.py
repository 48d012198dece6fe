"""The pages of API keys: which there are, making one, replacing and revoking one."""

from __future__ import annotations

import datetime
import uuid
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request
from flask_appbuilder import BaseView, expose
from flask_babel import format_date, format_datetime
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.access.api_keys.rights import SCOPE_VERBS, scope_rows
from app.access.api_keys.secrets import KeyText
from app.access.api_keys.services import (
    OVERLAP,
    KeyWish,
    ended_keys,
    find_key,
    make_key,
    replace_key,
    revoke_key,
    working_keys,
)
from app.access.api_keys.tables import ApiKey
from app.access.doors import door
from app.access.errors import HoldsMore, KeyReplaced
from app.access.forms import Form, Pick
from app.access.models import Person
from app.access.preferences import branch_key
from app.access.shop import branch_choices, load_shop
from app.core.clock import utc_now
from app.core.database import db
from app.core.errors import Invalid, NotFound
from app.core.fields import Date, Field, Text
from app.core.keys import decode_token, encode_token
from app.core.permissions import granted
from app.core.shop import today

KEYS = "/api-keys/"
SOON = datetime.timedelta(days=14)
DAYS_AT_FIRST = 90


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A key as it is read; `tone` colours the day on which it ends."""

    name: str
    token: str
    public_id: str
    maker: str
    scopes: int
    branch: str
    used: str
    ends: str
    tone: str
    state: str
    may_replace: bool


def key_fields() -> tuple[Field, ...]:
    """Return the inputs of a new key, the scopes apart."""
    return (
        Text(
            "name",
            _l("Name"),
            required=True,
            max_length=80,
            help=_l("Which program it is for, such as: ERP."),
        ),
        Date("last_day", _l("Works until"), required=True, help=_l("At most a year. Then it is replaced.")),
        Pick(
            "branch",
            _l("Branch"),
            options=lambda: list(branch_choices()),
            help=_l("Empty: every branch that you see yourself."),
        ),
    )


class KeysView(BaseView):
    """API keys: list, make, replace, revoke."""

    route_base = "/api-keys"
    default_view = "list"

    @expose("/")
    @door("access:key:list")
    def list(self) -> Any:
        """The keys that work, and those that ended lately."""
        working, ended = working_keys(), ended_keys()
        makers = _makers({each.person_id for each in (*working, *ended)})
        return render_template(
            "access/api_keys/list.html",
            working=[_line(each, makers) for each in working],
            ended=[_line(each, makers) for each in ended],
            can_add=granted("access:key:add"),
            can_revoke=granted("access:key:revoke"),
        )

    @expose("/add", methods=["GET", "POST"])
    @door("access:key:add", step_up=True)
    def add(self) -> Any:
        """The form for a new key, and the key itself, this once."""
        form = Form(key_fields(), {"last_day": today() + datetime.timedelta(days=DAYS_AT_FIRST)})
        if request.method == "GET":
            return _form_page(form, frozenset())
        ticked = frozenset(request.form.getlist("scopes"))
        try:
            values = form.read(request.form)
            key = make_key(_wish(values, ticked))
        except (Invalid, HoldsMore) as refusal:
            if isinstance(refusal, Invalid):
                form.errors |= refusal.errors
            else:
                form.errors[""] = str(refusal)
            return _form_page(form, ticked), refusal.status
        return _made_page(key, values["name"])

    @expose("/<token>/replace", methods=["GET", "POST"])
    @door("access:key:add", step_up=True)
    def replace(self, token: str) -> Any:
        """Ask, and then show the new key beside the old one."""
        key = find_key(_key_id(token))
        page = {"name": key.name, "token": token, "days": OVERLAP.days}
        if request.method == "GET":
            return render_template("access/api_keys/replace.html", **page, message="")
        name = key.name
        try:
            return _made_page(replace_key(key.id), name)
        except (HoldsMore, KeyReplaced) as refusal:
            return render_template(
                "access/api_keys/replace.html", **page, message=str(refusal)
            ), refusal.status

    @expose("/<token>/revoke", methods=["POST"])
    @door("access:key:revoke")
    def revoke(self, token: str) -> Any:
        """End a key at once."""
        revoke_key(_key_id(token))
        flash(_("The key is revoked. The program that has it is refused from now on."), "success")
        return redirect(KEYS)


def _wish(values: dict[str, Any], ticked: frozenset[str]) -> KeyWish:
    branch = branch_key(values["branch"]) if values["branch"] else None
    return KeyWish(values["name"], ticked, branch, values["last_day"])


def _form_page(form: Form, ticked: frozenset[str]) -> str:
    return render_template(
        "access/api_keys/form.html",
        form=form,
        rows=scope_rows(ticked),
        verbs=[str(label) for label in SCOPE_VERBS.values()],
    )


def _made_page(key: KeyText, name: str) -> str:
    return render_template("access/api_keys/made.html", key=key.text, name=name, address=request.host_url)


def _key_id(token: str) -> uuid.UUID:
    parts = decode_token(token)
    if len(parts) != 1 or not isinstance(parts[0], uuid.UUID):
        raise NotFound
    return parts[0]


def _makers(numbers: set[int]) -> dict[int, tuple[str, bool]]:
    """Return name and whether the account is open, by number, with one statement."""
    query = select(Person.id, Person.first_name, Person.username, Person.active).where(Person.id.in_(numbers))
    rows = db.session.execute(query.limit(len(numbers))) if numbers else ()
    return {row.id: (row.first_name or row.username, bool(row.active)) for row in rows}


def _line(key: ApiKey, makers: dict[int, tuple[str, bool]]) -> KeyLine:
    now = utc_now()
    maker, is_open = makers.get(key.person_id, ("", False))
    branches = dict(branch_choices())
    token = encode_token([key.branch_id]) if key.branch_id is not None else ""
    zone = load_shop().zone
    last_day = (key.expires_at - datetime.timedelta(microseconds=1)).astimezone(zone).date()
    used = format_datetime(key.last_used_at, "short") if key.last_used_at is not None else _("Never")
    works = key.revoked_at is None and key.expires_at > now
    return KeyLine(
        name=key.name,
        token=encode_token([key.id]),
        public_id=f"kebu_{key.public_id}_…",
        maker=maker,
        scopes=len(key.scopes.split()),
        branch=branches.get(token, _("A closed branch")) if token else _("All branches"),
        used=f"{used} · {key.last_address}" if key.last_address else used,
        ends=format_date(last_day, "medium"),
        tone="warning" if works and key.expires_at - now < SOON else "",
        state=_state(key, works=works, is_open=is_open),
        may_replace=works and key.replaced_at is None,
    )


def _state(key: ApiKey, *, works: bool, is_open: bool) -> str:
    if key.revoked_at is not None:
        return _("Revoked on %(day)s", day=format_datetime(key.revoked_at, "short"))
    if not works:
        return _("Ended")
    if not is_open:
        return _("Does not work: the account of its maker is closed")
    return _("Replaced, works until its end") if key.replaced_at is not None else ""
