"""Uniqueness: what must not occur twice, asked of the database for one form or for a whole chunk of an import."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import literal, select

from app.core.database import db
from app.core.declaration import Screen, Unique
from app.core.reach import UNLIMITED
from app.panel.columns import Key, column_of, key_columns, key_of


@dataclass(frozen=True, slots=True)
class Holder:
    """The record that has a value already: its key, and whether it lies in the trash."""

    key: Key
    in_trash: bool


def objections(screen: Screen, record: Any | None, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return messages for the unique fields among `values` whose value another record has; a statement a field."""
    own = key_of(screen, record) if record is not None else None
    found = {}
    for rule in screen.unique:
        value = values.get(rule.field)
        if value is None:
            continue
        holder = holders(screen, rule, [value]).get(value)
        if holder is not None and holder.key != own:
            found[rule.field] = objection(rule, holder)
    return found


def objection(rule: Unique, holder: Holder) -> Any:
    """Return what stands beside the field."""
    return rule.in_trash if holder.in_trash and rule.in_trash else rule.message


def holders(screen: Screen, rule: Unique, values: Collection[Any]) -> dict[Any, Holder]:
    """Return who has each of `values` already, those in the trash included; one statement."""
    if not values:
        return {}
    column = column_of(screen, screen.fields[rule.field])
    deleted = screen.model.deleted_at.is_not(None) if screen.has_trash else literal(False)
    query = select(column, deleted, *key_columns(screen)).where(column.in_(values)).limit(len(values))
    # A number is taken also by a record that this person does not see; the message says no more than that.
    free = {UNLIMITED: "what must not occur twice must not do so anywhere"}
    rows = db.session.execute(query.execution_options(**free))
    return {value: Holder(tuple(key), bool(in_trash)) for value, in_trash, *key in rows}
