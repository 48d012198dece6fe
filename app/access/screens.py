"""The generated screens of access: branches."""

from __future__ import annotations

import uuid
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.access.models import Branch, Person
from app.core.database import db
from app.core.declaration import Group, Screen, Search
from app.core.fields import Phone, Text, YesNo

_NO_BRANCH = uuid.UUID(int=0)


def branch_rules(branch: Branch | None, values: dict[str, Any]) -> dict[str, Any]:
    """Refuse a name that another branch has, the ones in the trash included."""
    name = values.get("name")
    own = branch.id if branch is not None else _NO_BRANCH
    taken = select(Branch.deleted_at).where(Branch.name == name, Branch.id != own).limit(1)
    found = db.session.execute(taken).one_or_none() if name else None
    if found is None:
        return {}
    if found.deleted_at is not None:
        return {"name": _("A branch in the trash has this name. Restore that one or choose another name.")}
    return {"name": _("Another branch has this name.")}


BRANCH = Screen(
    "access",
    "branch",
    Branch,
    _l("Branch"),
    _l("Branches"),
    groups=(
        Group(
            _l("Branch"),
            (
                Text("name", _l("Name"), required=True, max_length=80),
                Text(
                    "code",
                    _l("Code"),
                    max_length=20,
                    help=_l("A short sign for lists and receipts, such as N1."),
                ),
                YesNo(
                    "is_active",
                    _l("In business"),
                    help=_l("A closed branch keeps its records and is no longer offered."),
                ),
            ),
        ),
        Group(
            _l("Where it is"),
            (
                Phone("phone", _l("Phone")),
                Text("address", _l("Address"), max_length=200),
            ),
        ),
    ),
    columns=("name", "code", "phone", "address", "is_active"),
    icon="shop-window",
    facts=("code", "phone"),
    sorts=("name", "code"),
    sort="name",
    search=(Search("name"), Search("code")),
    search_hint=_l("Name or code"),
    filters=("is_active",),
    preview=("name", "code", "phone", "address", "is_active"),
    rules=branch_rules,
    empty=_l("A branch is one place of business. Records and people can belong to one."),
    order=10,
)

# Only for choosing a colleague: accounts are looked after on pages of their own.
PERSON = Screen(
    "access",
    "person",
    Person,
    _l("Colleague"),
    _l("Colleagues"),
    groups=(Group(_l("Colleague"), (Text("full_name", _l("Full name"), max_length=64),)),),
    columns=("full_name",),
    title="full_name",
    icon="person",
    sort="-id",
    search=(Search("full_name"),),
    search_hint=_l("Name"),
    verbs=("list", "show"),
    in_menu=False,
    order=20,
)
