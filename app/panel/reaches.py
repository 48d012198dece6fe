"""Reaches: which other records a filter may look at: one link away, and only those that the person may list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, literal, select, true
from sqlalchemy.orm import aliased

from app.core import fields
from app.core.declaration import Screen
from app.core.kernel import kernel
from app.core.permissions import granted
from app.panel.columns import key_columns

# Builds a condition on a table or an alias of it.
Build = Callable[[Any], ColumnElement[bool]]


def reachable(name: str) -> Screen | None:
    """Return the screen called `name` if the shop uses it and the person may list its records."""
    screen = kernel().screens.get(name)
    if screen is None or not granted(screen.permission("list")):
        return None
    return screen


def linked_screen(field: fields.Field | None) -> Screen | None:
    """Return the screen that a link leads to, None when it leads nowhere that the person may look."""
    return reachable(field.to) if isinstance(field, fields.Link) else None


def through_link(entity: Any, field: fields.Field, target: Screen, build: Build) -> ColumnElement[bool]:
    """Return the condition that the one linked record is such; false without one. The trash makes no difference."""
    other = aliased(target.model)
    found: ColumnElement[bool] = getattr(entity, field.name).of_type(other).has(build(other))
    return found


@dataclass(frozen=True)
class Relation:
    """Many records that belong to one: those it links to (`tags`), or those whose link points to it.

    `path` is `tags` or `people:contact.customer`; records in the trash don't count.
    """

    path: str
    label: str
    screen: Screen
    field: fields.Field
    incoming: bool

    def some(self, entity: Any, origin: Screen, build: Build) -> ColumnElement[bool]:
        """Return the condition that a row of `entity` (records of `origin`) has at least one such record."""
        other = aliased(self.screen.model)
        wanted = and_(_in_use(self.screen, other), build(other))
        if not self.incoming:
            found: ColumnElement[bool] = getattr(entity, self.field.name).of_type(other).any(wanted)
            return found
        if isinstance(self.field, fields.Link):
            key = getattr(entity, key_columns(origin)[0].key)
            rows = select(literal(1)).select_from(other)
            rows = rows.where(getattr(other, self.field.column) == key, wanted)
            return rows.exists()
        back = aliased(origin.model)
        same = and_(*(getattr(back, each.key) == getattr(entity, each.key) for each in key_columns(origin)))
        rows = select(literal(1)).select_from(other).join(getattr(other, self.field.name).of_type(back))
        return rows.where(same, wanted).exists()


def _in_use(screen: Screen, entity: Any) -> ColumnElement[bool]:
    if not screen.has_trash:
        return true()
    in_use: ColumnElement[bool] = entity.deleted_at.is_(None)
    return in_use


def relations(screen: Screen) -> dict[str, Relation]:
    """Return by path the relations to many records that the person may ask about."""
    return {each.path: each for each in (*_outgoing(screen), *_incoming(screen))}


def _outgoing(screen: Screen) -> Iterator[Relation]:
    for field in screen.fields.values():
        if isinstance(field, fields.Links) and (target := reachable(field.to)) is not None:
            yield Relation(field.name, str(field.label), target, field, incoming=False)


def _incoming(screen: Screen) -> Iterator[Relation]:
    for other in kernel().screens.values():
        pointing = [field for field in other.fields.values() if getattr(field, "to", "") == screen.name]
        if not pointing or reachable(other.name) is None:
            continue
        for field in pointing:
            label = str(other.plural)
            if len(pointing) > 1:
                label = _("%(records)s (%(link)s)", records=label, link=field.label)
            yield Relation(f"{other.name}.{field.name}", label, other, field, incoming=True)
