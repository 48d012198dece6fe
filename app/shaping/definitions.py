"""Definitions: what the shop has made so far, read with two statements, and found by name."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.core.database import db
from app.core.declaration import Screen
from app.core.errors import NotFound
from app.core.kernel import kernel
from app.shaping.mapping import type_class
from app.shaping.models import ShapingField, ShapingType, State

MOST_TYPES = 50
MOST_FIELDS = 200
# Parked fields keep their columns; together they must stay within what every database can hold in a row.
MOST_COLUMNS = 300
MOST_INDEXES = 40
_EVERYTHING = MOST_TYPES * MOST_COLUMNS
_CODE_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class Definitions:
    """All own record types and own fields, parked ones included, in the order that managers gave them.

    `used` are the codes of everything that ever was, what is gone for good included.
    """

    types: Sequence[ShapingType]
    fields: Sequence[ShapingField]
    used: frozenset[str] = frozenset()

    def of(self, screen_name: str, *states: State) -> list[ShapingField]:
        """Return the fields of a screen, only those in one of `states` where some are named."""
        return [
            row for row in self.fields if row.screen == screen_name and (not states or row.state in states)
        ]

    def model_of(self, screen_name: str) -> type | None:
        """Return the class behind a screen, declared or own; None for a name that nothing has."""
        for row in self.types:
            if row.screen_name == screen_name:
                return type_class(row.code)
        return next((screen.model for screen in declared_screens() if screen.name == screen_name), None)


def declared_screens() -> list[Screen]:
    """Return every screen that the program declares, of whatever profile."""
    return [screen for capability in kernel().capabilities for screen in capability.screens]


def read_definitions() -> Definitions:
    """Return what stands in the database now."""
    types = db.session.scalars(
        select(ShapingType).order_by(ShapingType.position, ShapingType.id).limit(MOST_TYPES * 10)
    ).all()
    fields = db.session.scalars(
        select(ShapingField)
        .order_by(ShapingField.screen, ShapingField.position, ShapingField.id)
        .limit(_EVERYTHING)
    ).all()
    used = frozenset(row.code for row in (*types, *fields))
    return Definitions(
        [row for row in types if row.state is not State.GONE],
        [row for row in fields if row.state is not State.GONE],
        used,
    )


def find_field(field_id: uuid.UUID) -> ShapingField:
    """Return a definition by its key; raise `NotFound`."""
    row = db.session.scalar(
        select(ShapingField)
        .where(ShapingField.id == field_id)
        .execution_options(populate_existing=True)
        .limit(1)
    )
    if row is None or row.state is State.GONE:
        raise NotFound()
    return row


def find_type(noun: str) -> ShapingType:
    """Return an own record type by the last part of its address; raise `NotFound`."""
    row = db.session.scalar(
        select(ShapingType).where(ShapingType.noun == noun).execution_options(populate_existing=True).limit(1)
    )
    if row is None or row.state is State.GONE:
        raise NotFound()
    return row


def new_code(taken: Collection[str]) -> str:
    """Return a short name that nothing has yet: a letter and five more letters or digits."""
    while True:
        code = secrets.choice(_CODE_LETTERS[:23]) + "".join(secrets.choice(_CODE_LETTERS) for _n in range(5))
        if code not in taken:
            return code
