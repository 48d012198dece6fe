"""Loading: which columns and linked records come along with a mapped record, for forms, details and commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import joinedload, load_only, selectinload

from app.core import fields
from app.core.declaration import Screen
from app.core.kernel import kernel
from app.panel.columns import key_columns


def loading(screen: Screen, names: Sequence[str]) -> list[Any]:
    """Return loader options for the fields `names`: their columns only, links joined, link lists in one batch."""
    key = loading_key(screen, names)
    if key not in _loading:
        _loading[key] = _make_loading(screen, names)
    return _loading[key]


def loading_key(screen: Screen, names: Sequence[str]) -> tuple[Any, ...]:
    """Return what decides how `names` are loaded: the fields, and which of the linked screens the shop uses."""
    used = kernel().screens
    linked = tuple(
        (name, target.title)
        for name in names
        if (target := used.get(getattr(screen.fields.get(name), "to", ""))) is not None
    )
    return (screen.model, screen.title, tuple(names), linked)


# One entry a screen and layout; building the options costs as much as reading a short page.
_loading: dict[tuple[Any, ...], list[Any]] = {}


def _make_loading(screen: Screen, names: Sequence[str]) -> list[Any]:
    model = screen.model
    attributes = {column.key for column in key_columns(screen)} | {screen.title}
    options: list[Any] = []
    for name in names:
        entry = screen.fields.get(name)
        match entry:
            case None:
                continue
            case fields.Link():
                attributes.add(entry.column)
                if (target := kernel().screens.get(entry.to)) is not None:
                    shown = [getattr(target.model, target.title), *key_columns(target)]
                    options.append(joinedload(getattr(model, name)).load_only(*shown))
            case fields.Links():
                if (target := kernel().screens.get(entry.to)) is not None:
                    shown = [getattr(target.model, target.title), *key_columns(target)]
                    options.append(selectinload(getattr(model, name)).load_only(*shown))
            case fields.Image():
                attributes.add(entry.column)
            case fields.File():
                attributes.add(entry.column)
                options.append(joinedload(getattr(model, name)))
            case fields.Money():
                attributes |= {f"{name}_minor", f"{name}_currency"}
            case _:
                attributes.add(name)
    attributes |= {stamp for stamp in ("row_version", "deleted_at") if hasattr(model, stamp)}
    return [load_only(*(getattr(model, name) for name in sorted(attributes))), *options]


def loading_whole(screen: Screen) -> list[Any]:
    """Return the loader option for a whole record: what its class always loads, and the own fields of the screen.

    Columns of own fields are deferred, so that whoever does not show them does not read them.
    """
    key = ("whole", screen.model, tuple(screen.fields))
    if key not in _loading:
        columns = inspect(screen.model).column_attrs
        plain = [attribute.key for attribute in columns if not attribute.deferred]
        own = [
            name
            for entry in screen.fields.values()
            for name in ((f"{entry.name}_minor", f"{entry.name}_currency", entry.column))
            if name in columns and columns[name].deferred
        ]
        names = dict.fromkeys((*plain, *own))
        _loading[key] = [load_only(*(getattr(screen.model, name) for name in names))] if own else []
    return _loading[key]
