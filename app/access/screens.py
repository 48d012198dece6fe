"""The generated screens of access: branches."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.access.models import Branch, Person
from app.core.declaration import Group, Screen, Search, Unique
from app.core.fields import Phone, Text, YesNo

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
                Text(
                    "name",
                    _l("Name"),
                    required=True,
                    max_length=80,
                    synonyms=("门店", "门店名称", "分店", "店名", "名称", "store", "shop", "branch"),
                ),
                Text(
                    "code",
                    _l("Code"),
                    max_length=20,
                    synonyms=("编号", "门店编号", "代码", "store code"),
                    help=_l("A short sign for lists and receipts, such as N1."),
                ),
                YesNo(
                    "is_active",
                    _l("In business"),
                    synonyms=("营业中", "营业", "启用", "active", "open"),
                    help=_l("A closed branch keeps its records and is no longer offered."),
                ),
            ),
        ),
        Group(
            _l("Where it is"),
            (
                Phone("phone", _l("Phone"), synonyms=("电话", "门店电话", "联系电话", "tel", "telephone")),
                Text("address", _l("Address"), max_length=200, synonyms=("地址", "门店地址", "详细地址")),
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
    unique=(
        Unique(
            "name",
            _l("Another branch has this name."),
            in_trash=_l("A branch in the trash has this name. Restore that one or choose another name."),
        ),
    ),
    natural_key=("name", "code"),
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
    groups=(
        Group(
            _l("Colleague"),
            (
                Text(
                    "full_name",
                    _l("Full name"),
                    max_length=64,
                    personal="colleague",
                ),
            ),
        ),
    ),
    columns=("full_name",),
    title="full_name",
    icon="person",
    sort="-id",
    search=(Search("full_name"),),
    search_hint=_l("Name"),
    verbs=("list", "show"),
    natural_key=("full_name",),
    in_menu=False,
    order=20,
)
