"""The screen of a role's record: what was said and its history; it is edited on the page of the role."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.adoption.models import LONGEST_NAME, AdoptedRole, Role
from app.core import fields
from app.core.declaration import Group, Screen

ROLE = Screen(
    "adoption",
    "role",
    AdoptedRole,
    _l("What a table stands for"),
    _l("What tables stand for"),
    (
        Group(
            _l("What a table stands for"),
            (
                fields.Choice("role", _l("What"), choices=Role, read_only=True),
                fields.YesNo("is_used", _l("In use"), read_only=True),
                fields.Text("table_name", _l("Table"), max_length=LONGEST_NAME, read_only=True),
                fields.Text(
                    "parent_table",
                    _l("Belongs to a row of"),
                    max_length=LONGEST_NAME,
                    read_only=True,
                ),
                fields.Text("parent_on", _l("By these columns"), read_only=True),
                fields.LongText("columns", _l("Which columns"), read_only=True),
                fields.Text("filter", _l("Which rows count"), read_only=True),
                fields.Text("unit", _l("Amounts are in"), max_length=8, read_only=True),
                fields.Text("refunds", _l("Refunds stand as"), max_length=8, read_only=True),
                fields.Text("refund_filter", _l("Rows that are refunds"), read_only=True),
                fields.Text("epoch", _l("The time counts"), max_length=2, read_only=True),
            ),
        ),
    ),
    ("role", "table_name", "is_used"),
    title="role",
    icon="diagram-3",
    verbs=("list", "show", "edit", "history"),
    in_menu=False,
    found_everywhere=False,
)
