"""Stored values: a field's columns read and written as they are, whether this process has mapped them or not."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Row, TableClause, bindparam, column, func, or_, select, table, update
from sqlalchemy.types import TypeEngine

from app.core.clock import UtcDateTime
from app.core.database import db
from app.core.errors import NotFound
from app.core.keys import Key
from app.core.money import Money
from app.shaping.definitions import read_definitions
from app.shaping.kinds import columns_of
from app.shaping.mapping import table_of
from app.shaping.models import Kind, ShapingField
from app.shaping.plans import FieldPlan, plan_of


def table_name(screen_name: str) -> str:
    """Return the table behind a screen, declared or own, parked or not; raise `NotFound`."""
    model = read_definitions().model_of(screen_name)
    if model is None:
        raise NotFound()
    return table_of(model).name


@dataclass(frozen=True)
class Stored:
    """A field's values in its table; what is written here is neither stamped nor journalled."""

    kind: Kind
    rows: TableClause
    names: tuple[str, ...]

    @classmethod
    def of(cls, row: ShapingField) -> Stored:
        """Return where a defined field's values stand."""
        return cls.named(table_name(row.screen), row.name, plan_of(row))

    @classmethod
    def named(cls, table_: str, name: str, plan: FieldPlan) -> Stored:
        """Return where the values of a field of this name and plan stand."""
        columns: dict[str, TypeEngine[Any]] = {f"{name}_id": Key()}
        if plan.kind not in (Kind.LINK, Kind.FILE):
            columns = {each.name: each.type for each in columns_of(name, plan)}
        own = [column(each, kind) for each, kind in columns.items()]
        rows = table(table_, column("id", Key()), column("changed_at", UtcDateTime()), *own)
        return cls(plan.kind, rows, tuple(columns))

    @property
    def columns(self) -> list[Any]:
        """The columns, in order."""
        return [self.rows.c[name] for name in self.names]

    @property
    def is_filled(self) -> ColumnElement[bool]:
        """The condition that there is a value."""
        return or_(*(each.is_not(None) for each in self.columns))

    def value(self, row: Row[Any]) -> Any:
        """Return the value that stands in a row which `columns` were asked of."""
        found = [row._mapping[name] for name in self.names]  # noqa: SLF001 - its public name
        if self.kind is Kind.MONEY:
            return None if found[0] is None else Money(*found)
        return found[0]

    def parts(self, value: Any) -> tuple[Any, ...]:
        """Return what the columns hold of a value."""
        if self.kind is Kind.MONEY:
            return (None, None) if value is None else (value.minor, value.currency)
        return (value,)

    def write(self, values: Mapping[uuid.UUID, Any], why: str) -> None:
        """Write values by key; the table's other columns, its stamps and versions among them, stay."""
        if not values:
            return
        given = {each: bindparam(f"to_{each.name}", type_=each.type) for each in self.columns}
        statement = update(self.rows).where(self.rows.c.id == bindparam("key", type_=Key())).values(given)
        names = [f"to_{name}" for name in self.names]
        rows = [
            {"key": key, **dict(zip(names, self.parts(value), strict=True))} for key, value in values.items()
        ]
        db.session.connection().execute(statement.execution_options(unjournalled=why), rows)

    def clear(self, keys: Sequence[uuid.UUID], why: str) -> None:
        """Empty the field in these records."""
        statement = update(self.rows).where(self.rows.c.id.in_(keys)).values(dict.fromkeys(self.names))
        db.session.execute(statement.execution_options(unjournalled=why))

    def count(self, *conditions: ColumnElement[bool]) -> int:
        """Count the records that have a value (and meet the conditions), every one of them."""
        query = select(func.count()).select_from(self.rows).where(self.is_filled, *conditions)
        return int(db.session.scalar(query) or 0)


def side_by_side(one: Stored, other: Stored) -> tuple[Stored, Stored]:
    """Return two fields of one table, so that a question can be about both."""
    columns = {each.name: each.type for each in (*one.rows.c, *other.rows.c)}
    rows = table(one.rows.name, *(column(name, kind) for name, kind in columns.items()))
    return replace(one, rows=rows), replace(other, rows=rows)


def holds_more_than(table_: str, most: int) -> bool:
    """Say whether a table has more than so many rows; reads no further than that."""
    key = column("id", Key())
    some = select(key).select_from(table(table_, key)).limit(most + 1).subquery()
    return int(db.session.scalar(select(func.count()).select_from(some)) or 0) > most
