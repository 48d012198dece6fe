"""Screens: what the panel is told of an adopted table, so that it is listed, searched and edited like any other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l

from app.adoption.fields import ByteCount, Bytes, ExactText, Flag, StoredChoice
from app.adoption.mapping import MappedColumn, MappedTable
from app.adoption.models import AdoptedColumn, AdoptedTable
from app.adoption.verdicts import Kind, verdict
from app.core.choices import Option
from app.core.declaration import Group, RelatedPanel, Screen, Search
from app.core.fields import Field, Link, WholeNumber
from app.core.words import OwnWords
from app.shaping.models import Personal
from app.shaping.shapes import Titled

FILES_ARE_SHOWN = _l("What a column of bytes holds is not changed here.")
MOST_IN_LIST = 7
MOST_FACTS = 2
MOST_SEARCHED = 4
# Above this many rows only what an index serves is filtered, sorted and searched.
SMALL_TABLE = 50_000
_EDITING = frozenset({"add", "edit", "delete", "import"})
_ALL = ("list", "show", "add", "edit", "delete", "export", "import", "history")


def screen_of_table(
    source: str, row: AdoptedTable, columns: Sequence[AdoptedColumn], table: MappedTable, *, read_only: bool
) -> Screen:
    """Return the screen of a mapped table; with `read_only` nothing in it can be written."""
    shown = [each for each in columns if each.is_shown and not each.is_parked and each.name in table.columns]
    fields = [_field(each, table, editable=not (read_only or row.read_only)) for each in shown]
    served = _served(table)
    plain = [each for each in shown if each.name not in table.links]
    by_index = {each.attribute for each in plain if each.name in served}
    title = _title(row, table)
    listed = _listed(shown, fields, table)
    small = (table.wanted.sketch.rows or 0) <= SMALL_TABLE
    sorts = tuple(_name(each, table) for each in plain if each.name in served and _fit(each, table).sortable)
    return Screen(
        source,
        row.noun,
        table.model,
        row.label,
        row.label,
        _groups(row, list(zip(shown, fields, strict=True))),
        listed,
        title=title,
        facts=tuple(name for name in listed if name != title)[:MOST_FACTS],
        icon="table",
        # Dozens of tables, over a connection that may be slow or away: each is searched on its own list.
        found_everywhere=False,
        sorts=sorts,
        sort=_sort(row, table, sorts),
        search=_searches(row, plain, table, by_index, small=small),
        filters=tuple(
            _name(each, table)
            for each in shown
            if _fit(each, table).filterable and (small or each.name in served)
        ),
        verbs=_verbs(row, table, read_only=read_only),
        order=row.position,
    )


def _groups(row: AdoptedTable, fields: Sequence[tuple[AdoptedColumn, Field]]) -> tuple[Group, ...]:
    """Return the fields under the headings that were said of their columns, in the order in which these come up."""
    headings: dict[tuple[str, str], list[Field]] = {("", ""): []}
    for column, field in fields:
        headings.setdefault((column.group_zh, column.group_en), []).append(field)
    return tuple(
        Group(OwnWords(*heading) if any(heading) else row.label, tuple(under))
        for heading, under in headings.items()
        if under
    )


def _sort(row: AdoptedTable, table: MappedTable, sorts: Sequence[str]) -> str:
    """Return how the list is sorted at first: as was said, where an index serves it, else by the key."""
    column = table.columns.get(row.sort.removeprefix("-"))
    if column is None or column.attribute not in sorts:
        return "-id"
    return f"-{column.attribute}" if row.sort.startswith("-") else column.attribute


def panels_of(tables: Mapping[str, MappedTable], screens: Mapping[str, Screen]) -> list[RelatedPanel]:
    """Return a tab on each linked row's page with the rows that link to it."""
    found = []
    for name, table in tables.items():
        for link in table.links.values():
            target = link.target.screen_name
            if name in screens and target in screens and link.attribute in screens[name].fields:
                label = Titled(screens[name].plural, screens[name].fields[link.attribute].label)
                found.append(RelatedPanel(target, label, screen=name, via=link.attribute))
    return found


def _name(row: AdoptedColumn, table: MappedTable) -> str:
    link = table.links.get(row.name)
    return link.attribute if link is not None else row.attribute


def _fit(row: AdoptedColumn, table: MappedTable) -> Any:
    return table.columns[row.name].fit


def _field(row: AdoptedColumn, table: MappedTable, *, editable: bool) -> Field:
    column = table.columns[row.name]
    personal = "" if row.personal is Personal.NONE else row.personal.value
    locked = not editable or row.read_only or not column.fit.writable
    flags: dict[str, Any] = {"personal": personal}
    if locked:
        flags["read_only"] = True
    if row.name in table.wanted.sketch.key:
        flags["given_once"] = True
    if column.fit.reason:
        flags["help"] = column.fit.reason
    if issubclass(column.fit.field_class, Bytes):
        return ByteCount(row.attribute, row.label, help=FILES_ARE_SHOWN, read_only=True, personal=personal)
    link = table.links.get(row.name)
    if link is None:
        if row.choices.strip() and (chosen := _choice(row, column, flags)) is not None:
            return chosen
        return column.fit.field(row.attribute, row.label, **flags)
    needed = not column.sketch.nullable and not column.sketch.default
    return Link(
        link.attribute,
        row.label,
        to=link.target.screen_name,
        key_column=row.attribute,
        required=needed and not locked,
        **flags,
    )


def _choice(row: AdoptedColumn, column: MappedColumn, flags: dict[str, Any]) -> Field | None:
    """Return the field of a column whose codes mean something; a code that nobody explained shows as itself."""
    whole = issubclass(column.fit.field_class, WholeNumber | Flag)
    if not whole and not issubclass(column.fit.field_class, ExactText):
        return None
    pairs = [line.partition("=") for line in row.choices.splitlines() if "=" in line]
    if whole and not all(code.strip().lstrip("-").isdigit() for code, _sign, _text in pairs):
        return None
    options = tuple(Option(code.strip(), OwnWords(text.strip(), text.strip())) for code, _sign, text in pairs)
    needed = not column.sketch.nullable and not column.sketch.default and not flags.get("read_only")
    return StoredChoice(
        row.attribute, row.label, choices=options, whole=whole, open=True, **{"required": needed, **flags}
    )


def _served(table: MappedTable) -> set[str]:
    """Return the columns by which an index finds rows: the first of each index and of the key."""
    sketch = table.wanted.sketch
    return {index.columns[0] for index in sketch.indexes if index.columns} | set(sketch.key[:1])


def _listed(shown: Sequence[AdoptedColumn], fields: Sequence[Field], table: MappedTable) -> tuple[str, ...]:
    names = [_name(each, table) for each in shown if each.in_list and not _fit(each, table).large]
    return tuple(names[:MOST_IN_LIST]) or tuple(each.name for each in fields[:1])


def _title(row: AdoptedTable, table: MappedTable) -> str:
    column: MappedColumn | None = table.columns.get(row.title_column)
    if column is not None:
        return column.attribute
    key = table.wanted.sketch.key
    return table.columns[key[0]].attribute if key else next(iter(table.columns.values())).attribute


def _searches(
    row: AdoptedTable,
    plain: Sequence[AdoptedColumn],
    table: MappedTable,
    by_index: set[str],
    *,
    small: bool,
) -> tuple[Search, ...]:
    texts = [each for each in plain if _fit(each, table).searchable]
    texts.sort(key=lambda each: (each.name != row.title_column, each.attribute not in by_index))
    usable = [each for each in texts if small or each.attribute in by_index]
    return tuple(Search(each.attribute) for each in usable[:MOST_SEARCHED])


def _verbs(row: AdoptedTable, table: MappedTable, *, read_only: bool) -> tuple[str, ...]:
    sketch = table.wanted.sketch
    if verdict(sketch, read_only=read_only or row.read_only).kind is not Kind.EDITABLE:
        return tuple(verb for verb in _ALL if verb not in _EDITING)
    left_out = set() if "delete" in sketch.rights else {"delete"}
    return tuple(verb for verb in _ALL if verb not in left_out)
