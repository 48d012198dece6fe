"""What a shop says of adopted databases, on screens like any other: databases, their tables, the tables' columns."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.adoption.models import AdoptedColumn, AdoptedSource, AdoptedTable, Meaning
from app.core.declaration import Group, RelatedPanel, Screen, Search
from app.core.fields import Choice, Link, LongText, Text, WholeNumber, YesNo
from app.shaping.models import Personal

_VERBS = ("list", "show", "edit", "history")
_LABELS = (
    Text("label_zh", _l("Called in Chinese"), required=True, max_length=60),
    Text("label_en", _l("Called in English"), required=True, max_length=60),
)


def check_column(_record: Any | None, values: dict[str, Any]) -> dict[str, Any]:
    """Return what is wrong with what is said of a column."""
    lines = [line for line in (values.get("choices") or "").splitlines() if line.strip()]
    if any("=" not in line for line in lines):
        return {"choices": _("Write a line for each code: the code, =, and what it means.")}
    return {}


SOURCE = Screen(
    "adoption",
    "source",
    AdoptedSource,
    _l("Database"),
    _l("Databases"),
    (
        Group(
            _l("Database"),
            (
                Text("code", _l("Address here"), max_length=20, read_only=True),
                *_LABELS,
                Text("shown_address", _l("Where it is"), max_length=300, read_only=True),
                YesNo("is_used", _l("In use"), read_only=True),
            ),
        ),
        Group(
            _l("How it is read"),
            (
                YesNo("read_only", _l("Only read"), help=_l("Nothing in it can be changed from here.")),
                Text("currency", _l("Currency"), max_length=3, read_only=True),
                Text("time_zone", _l("Time zone"), max_length=64, read_only=True),
            ),
        ),
    ),
    columns=("code", "label_zh", "label_en", "shown_address", "is_used", "read_only"),
    title="code",
    icon="database",
    facts=("shown_address", "is_used"),
    sorts=("code",),
    sort="code",
    verbs=_VERBS,
    in_menu=False,
    empty=_l(
        "Connect a database that the shop already has: its tables become screens. Nothing in it is altered."
    ),
    order=10,
)

TABLE = Screen(
    "adoption",
    "table",
    AdoptedTable,
    _l("Table"),
    _l("Tables"),
    (
        Group(
            _l("Table"),
            (
                Text("name", _l("Name in the database"), max_length=128, read_only=True),
                Link("source", _l("Database"), to="adoption:source", read_only=True),
                *_LABELS,
                YesNo("is_shown", _l("Shown")),
                YesNo("read_only", _l("Only read")),
            ),
        ),
        Group(
            _l("How its rows are told"),
            (
                Text(
                    "title_column",
                    _l("What names a row"),
                    max_length=128,
                    help=_l("The column by which people call a row."),
                ),
                LongText(
                    "key_columns",
                    _l("What tells rows apart"),
                    help=_l("Columns, one a line, for a table that has no key of its own."),
                ),
                Text(
                    "sort",
                    _l("First sorted by"),
                    max_length=129,
                    help=_l("A column; - before it begins with the largest."),
                ),
                LongText(
                    "alive",
                    _l("Rows that count"),
                    help=_l("A condition that leaves out rows which are only marked as deleted."),
                ),
                WholeNumber("position", _l("Place in the menu"), required=True, most=100_000),
            ),
        ),
    ),
    columns=("name", "label_zh", "label_en", "source", "is_shown", "read_only", "title_column"),
    title="name",
    icon="table",
    facts=("label_zh", "label_en"),
    filters=("source", "is_shown", "read_only"),
    sorts=("name",),
    sort="name",
    search=(Search("name"),),
    verbs=_VERBS,
    in_menu=False,
    found_everywhere=False,
    order=20,
)

COLUMN = Screen(
    "adoption",
    "column",
    AdoptedColumn,
    _l("Column"),
    _l("Columns"),
    (
        Group(
            _l("Column"),
            (
                Text("name", _l("Name in the database"), max_length=128, read_only=True),
                Link("table", _l("Table"), to="adoption:table", read_only=True),
                Text("type_text", _l("Type"), max_length=300, read_only=True),
                *_LABELS,
                YesNo("is_shown", _l("Shown")),
                YesNo("in_list", _l("In the list")),
                YesNo("read_only", _l("Only read")),
                WholeNumber("position", _l("Place in the form"), required=True, most=100_000),
            ),
        ),
        Group(
            _l("What it means"),
            (
                Choice("meaning", _l("Meaning"), choices=Meaning, required=True),
                Choice("personal", _l("Tells of a person"), choices=Personal, required=True),
                LongText("choices", _l("Codes"), help=_l("A line for each: code = what it means.")),
                Text(
                    "links_to", _l("Names a row of"), max_length=40, help=_l("The address of a table here.")
                ),
                Text("group_zh", _l("Heading in Chinese"), max_length=60),
                Text("group_en", _l("Heading in English"), max_length=60),
                YesNo("is_parked", _l("Gone from the database"), read_only=True),
            ),
        ),
    ),
    columns=("name", "table", "label_zh", "label_en", "is_shown", "in_list", "personal", "meaning"),
    title="name",
    icon="layout-three-columns",
    facts=("label_zh", "label_en"),
    filters=("table", "is_shown", "in_list", "personal", "meaning", "is_parked"),
    sorts=("name", "position"),
    sort="position",
    search=(Search("name"),),
    verbs=_VERBS,
    rules=check_column,
    in_menu=False,
    found_everywhere=False,
    order=30,
)

SCREENS = (SOURCE, TABLE, COLUMN)
PANELS: tuple[RelatedPanel, ...] = (
    RelatedPanel("adoption:source", _l("Tables"), screen="adoption:table", via="source"),
    RelatedPanel(
        "adoption:table",
        _l("Columns"),
        screen="adoption:column",
        via="table",
        columns=("name", "label_zh", "label_en", "type_text", "is_shown", "in_list", "personal", "meaning"),
    ),
)
