"""What a file would change: one line for each value, by table and column."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from app.adoption.written.composing import place_text
from app.adoption.written.declaration import Declaration, DeclaredTable
from app.adoption.written.keys import COLUMN_KEYS, ROLE_KEYS, SOURCE_KEYS, TABLE_KEYS, Key, Values

Sort = Literal["added", "changed", "removed"]
LONGEST_SHOWN = 120


@dataclass(frozen=True, slots=True)
class Change:
    """One value that changes: of which table ('' for the database) and part of it, under which key."""

    sort: Sort
    table: str
    part: str
    key: str
    before: str
    after: str


def compare(before: Declaration, after: Declaration) -> tuple[Change, ...]:
    """Return what changes when `after`, a file's word, is taken over `before`."""
    return tuple(_compare(before, after))


def _compare(before: Declaration, after: Declaration) -> Iterator[Change]:
    yield from _values("", "", SOURCE_KEYS, before.values, after.values)
    for place, table in after.tables.items():
        if place in before.tables:
            yield from _table(place_text(place), before.tables[place], table)
    if _order(before.tables, after.tables):
        yield Change("changed", "", "", "order", "", "")
    if after.roles is not None:
        yield from _parts("", "roles", _plain(before.roles or {}), _plain(after.roles))


def _table(name: str, before: DeclaredTable, after: DeclaredTable) -> Iterator[Change]:
    yield from _values(name, "", TABLE_KEYS, before.values, after.values)
    for column_name, column in after.columns.items():
        former = before.columns.get(column_name)
        if former is None:
            continue
        yield from _values(name, column_name, COLUMN_KEYS, former.values, column.values)
        if former.link != column.link:
            links = [
                "" if each is None else ".".join(filter(None, (place_text(each[0]), each[1])))
                for each in (former.link, column.link)
            ]
            yield _change(name, column_name, "link", *links)
    there = {each: column for each, column in before.columns.items() if not column.is_parked}
    if _order(there, {each: column for each, column in after.columns.items() if each in there}):
        yield Change("changed", name, "", "order", "", "")
    if after.rules is not None:
        yield from _parts(name, "rules", _plain(before.rules or {}), _plain(after.rules))
    if after.views is not None:
        yield from _parts(name, "views", _plain(before.views or {}), _plain(after.views))


def _order(before: Mapping[Any, Any], after: Mapping[Any, Any]) -> bool:
    """Say whether what both know stands in another order, or was not at the front."""
    return list(before)[: len(after)] != [each for each in after if each in before]


def _plain(entries: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what stands under each name, by key; the values of analysis roles by attribute."""
    plain = {}
    for name, entry in entries.items():
        values = {each.name: getattr(entry, each.name) for each in dataclasses.fields(entry)}
        inner = values.pop("values", {})
        plain[name] = {
            **values,
            **{
                key.name: inner[attribute]
                for key in ROLE_KEYS
                for attribute in key.attributes
                if attribute in inner
            },
        }
    return plain


def _parts(
    table: str, kind: str, before: Mapping[str, dict[str, Any]], after: Mapping[str, dict[str, Any]]
) -> Iterator[Change]:
    for name in sorted(set(before) | set(after)):
        part = f"{kind}: {name}"
        if name not in before:
            yield Change("added", table, part, "", "", "")
        elif name not in after:
            yield Change("removed", table, part, "", "", "")
        else:
            for key, value in after[name].items():
                if before[name].get(key) != value:
                    yield _change(table, part, key, _shown(before[name].get(key)), _shown(value))


def _values(table: str, part: str, keys: Iterable[Key], before: Values, after: Values) -> Iterator[Change]:
    for key in keys:
        if not set(key.attributes) <= set(after):
            continue
        values = [tuple(each[attribute] for attribute in key.attributes) for each in (before, after)]
        if values[0] != values[1]:
            yield _change(
                table, part, key.name, *(" / ".join(_shown(one) for one in each) for each in values)
            )


def _change(table: str, part: str, key: str, before: str, after: str) -> Change:
    sort: Sort = (
        "changed" if before.strip(" /") and after.strip(" /") else "added" if after.strip(" /") else "removed"
    )
    return Change(sort, table, part, key, before, after)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = "" if value is None else str(getattr(value, "value", value)).replace("\n", " · ")
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"
