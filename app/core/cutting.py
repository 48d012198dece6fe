"""Cutting: what a screen still says to somebody from whom some of its fields are hidden, and some masked.

`hidden` are the names of the hidden fields, `closed` those of the masked ones too.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any


def cut_names(screen: Any, hidden: set[str], closed: set[str]) -> dict[str, Any]:
    """Return what a screen says by names alone, without the hidden ones and, where values would be told, the masked."""

    def seen(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in names if name not in hidden)

    def told(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in names if name not in closed)

    left = [name for name in screen.fields if name not in hidden]
    return {
        "columns": seen(screen.columns) or tuple(left[:1]),
        "facts": seen(screen.facts),
        "preview": seen(screen.preview) or (tuple(left[:1]) if screen.preview else ()),
        "not_duplicated": seen(screen.not_duplicated),
        "natural_key": tuple(key for key in screen.natural_key if not hidden & set(key.split("+"))),
        "follows": seen(screen.follows),
        "filters": told(screen.filters),
        "sorts": told(screen.sorts),
        "orders": tuple(order for order in screen.orders if not closed & set(order)),
        "sort": "-id" if screen.sort.lstrip("-") in closed else screen.sort,
    }


def cut_parts(screen: Any, hidden: set[str], closed: set[str]) -> dict[str, Any]:
    """Return the declarations of a screen that speak of fields, cut alike."""
    groups = (
        replace(
            group,
            fields=tuple(
                entry.as_masked() if entry.name in closed else entry
                for entry in group.fields
                if entry.name not in hidden
            ),
        )
        for group in screen.groups
    )
    found: dict[str, Any] = {
        "groups": tuple(group for group in groups if group.fields),
        "unique": tuple(rule for rule in screen.unique if rule.field not in hidden),
        "search": tuple(
            _whole(search) if (search.of or search.column) in closed else search
            for search in screen.search
            if (search.of or search.column) not in hidden
        ),
    }
    if screen.title in hidden:
        found["title"] = "id"
    if screen.state in closed:
        # Which steps are possible says in which state a record is.
        found |= {"state": "", "workflow": None, "workflow_command": None}
    return found


def _whole(search: Any) -> Any:
    return search if search.ends_shown else replace(search, mode="exact")
