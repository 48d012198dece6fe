"""Duplicating: the form for a new record, filled with what may be taken over from one that is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Index, UniqueConstraint

from app.core import fields
from app.core.declaration import RelatedPanel, Screen
from app.core.kernel import kernel
from app.core.permissions import granted
from app.panel.columns import column_of, record_url, stored, title_of, token_of
from app.panel.writing import editable_fields, raw_of


@dataclass(frozen=True, slots=True)
class Copied:
    """What a copy begins with, and what people are told of it: whose copy it is and what stays with that one.

    `url` is the form's own address, `left` the fields that hold something which belongs to one record alone.
    """

    title: str
    of_url: str
    url: str
    raw: dict[str, list[str]]
    left: tuple[str, ...]
    related: tuple[str, ...]


def may_duplicate(screen: Screen) -> bool:
    """Say whether the present person may add records here that begin as copies."""
    return all(verb in screen.verbs and granted(screen.permission(verb)) for verb in ("add", "show"))


def copied(screen: Screen, record: Any) -> Copied:
    """Return what a duplicate of `record` begins with; nothing is written until its form is saved."""
    raw: dict[str, list[str]] = {}
    left = []
    alone = own_to_one(screen)
    for entry in editable_fields(screen, new=True):
        if entry.name in alone or entry.masked:
            stays = getattr(record, entry.name) not in (None, "", [])
            # A copy does not take over what whoever makes it can't read.
        else:
            raw[entry.name] = _raw(entry, record)
            stays = len(raw[entry.name]) < len(raw_of(entry, record))
        if stays:
            left.append(str(entry.label))
    url = record_url(screen, record)
    return Copied(
        title=title_of(screen, record),
        of_url=url,
        url=f"{url}/duplicate",
        raw=raw,
        left=tuple(left),
        related=_related(screen),
    )


def own_to_one(screen: Screen) -> frozenset[str]:
    """Return the fields whose value belongs to one record alone: what must not or should not occur twice, and files.

    A natural key of one field tells records apart (a phone, a chip's number), so an import would take a copy that
    has the same for the original; the title may well occur twice.
    """
    single = {name for name in screen.natural_key if "+" not in name and name != screen.title}
    unique = {rule.field for rule in screen.unique} | _unique_in_database(screen)
    files = {entry.name for entry in screen.fields.values() if isinstance(entry, fields.File)}
    return frozenset({*screen.not_duplicated, *single, *unique, *files, screen.state})


def _unique_in_database(screen: Screen) -> set[str]:
    """Return the fields whose column alone is under a unique index: an own field “no value twice” declares no rule."""
    table = screen.model.__table__
    rules = [*table.indexes, *(each for each in table.constraints if isinstance(each, UniqueConstraint))]
    alone = {
        next(iter(rule.columns)).name
        for rule in rules
        if len(rule.columns) == 1 and (not isinstance(rule, Index) or rule.unique)
    }
    return {
        entry.name
        for entry in screen.fields.values()
        if not isinstance(entry, fields.Links)
        and getattr(stored(column_of(screen, entry)), "name", "") in alone
    }


def _raw(entry: fields.Field, record: Any) -> list[str]:
    """Return the texts that the copy's input begins with: of links those that the person may choose anew."""
    if not isinstance(entry, fields.Link | fields.Links):
        return raw_of(entry, record)
    target = kernel().screens[entry.to]
    if not granted(target.permission("list")):
        return []
    value = getattr(record, entry.name)
    linked = value if isinstance(value, list) else [value] if value is not None else []
    in_use = [one for one in linked if not target.has_trash or one.deleted_at is None]
    return [token_of(target, one) for one in in_use]


def _related(screen: Screen) -> tuple[str, ...]:
    """Return what belongs to the record without being part of it, as its page calls it: it is not copied."""
    found = []
    for capability in kernel().enabled:
        for panel in capability.panels:
            if not isinstance(panel, RelatedPanel) or panel.on != screen.name:
                continue
            target = kernel().screens.get(panel.screen)
            if target is not None and granted(target.permission("list")):
                found.append(str(panel.label))
    return tuple(found)
