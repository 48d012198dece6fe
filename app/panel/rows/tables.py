"""Tables: which related records stand as rows in a form, for whom, with which inputs, and which records they are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from app.core import fields
from app.core.database import db
from app.core.declaration import RelatedPanel, Screen
from app.core.errors import UnreadableToken
from app.core.kernel import kernel
from app.core.keys import decode_token
from app.core.permissions import granted
from app.panel.columns import any_key, column_of, key_columns, key_of, token_of
from app.panel.loading import loading, loading_whole
from app.panel.offers import related_panels
from app.panel.reading import alive
from app.panel.writing import editable_fields

MOST_SHOWN = 50


@dataclass(frozen=True)
class RowTable:
    """The records of `screen` that belong to a record of `on`, and what the present person may do with them there."""

    panel: RelatedPanel
    on: Screen
    screen: Screen
    can_add: bool
    can_edit: bool
    can_remove: bool

    @property
    def key(self) -> str:
        """The table's name among the form's inputs; two links of one screen are two tables."""
        return f"{self.screen.name}-{self.panel.via}".replace(":", "-")

    @property
    def prefix(self) -> str:
        """What the names of all its inputs begin with."""
        return f"rows.{self.key}."

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The fields in a row: those declared, and whatever else a new record can't do without."""
        takes = {entry.name: entry for entry in editable_fields(self.screen) if entry.name != self.panel.via}
        declared = [name for name in self.panel.inputs if name in takes]
        needed = [name for name, entry in takes.items() if entry.required and name not in declared]
        return (*declared, *needed)

    @property
    def belongs(self) -> InstrumentedAttribute[Any]:
        """The column that says whose record it is."""
        return column_of(self.screen, self.screen.fields[self.panel.via])

    def is_of(self, child: Any, record: Any) -> bool:
        """Say whether a record of the table belongs to `record`."""
        column = self.screen.fields[self.panel.via].column
        return bool(getattr(child, column) == key_of(self.on, record)[0])

    def first(self, record: Any) -> list[Any]:
        """Return the newest records of `record`, one more than are shown, oldest first; one statement."""
        newest = [column.desc() for column in key_columns(self.screen)]
        query = (
            select(self.screen.model)
            .options(*loading(self.screen, self.names))
            .where(self.belongs == key_of(self.on, record)[0], *alive(self.screen))
            .order_by(*newest)
            .limit(MOST_SHOWN + 1)
        )
        return list(db.session.scalars(query).unique())[::-1]

    def named(self, record: Any, tokens: Iterable[str]) -> dict[str, Any]:
        """Return those of the records named by `tokens` that do belong to `record`, read afresh; one statement."""
        keys = [key for token in tokens if token and (key := _key(token)) is not None]
        if record is None or not keys:
            return {}
        options = [*loading_whole(self.screen), *loading(self.screen, tuple(self.screen.fields))[1:]]
        query = (
            select(self.screen.model)
            .options(*options)
            .where(
                any_key(self.screen, keys), self.belongs == key_of(self.on, record)[0], *alive(self.screen)
            )
            .limit(len(keys))
            .execution_options(populate_existing=True)
        )
        return {token_of(self.screen, child): child for child in db.session.scalars(query).unique()}


def tables_of(screen: Screen) -> list[RowTable]:
    """Return the tables in the form of `screen` in which the present person may do anything at all."""
    if len(key_columns(screen)) != 1:
        return []
    found = []
    for panel in related_panels(screen):
        child = kernel().screens[panel.screen]
        link = child.fields.get(panel.via)
        if not panel.inputs or not isinstance(link, fields.Link) or link.read_only:
            continue
        may = {verb: verb in child.verbs and granted(child.permission(verb)) for verb in _VERBS}
        if may["list"] and (may["add"] or may["edit"] or may["delete"]):
            found.append(RowTable(panel, screen, child, may["add"], may["edit"], may["delete"]))
    return found


_VERBS = ("list", "add", "edit", "delete")


def _key(token: str) -> Any:
    try:
        return decode_token(token)
    except UnreadableToken:
        return None
