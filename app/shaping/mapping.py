"""Mapping: definitions become attributes of the record classes and classes of their own, once in each process."""

from __future__ import annotations

import warnings
from typing import Any

from sqlalchemy import ForeignKey, Index, MetaData, Table
from sqlalchemy.orm import composite, configure_mappers, mapped_column, relationship

from app.core.database import Line, adopt_metadata
from app.core.migration import OWN_TABLE
from app.core.money import Money
from app.core.record import Record, Trashable
from app.core.upload import Upload
from app.shaping.kinds import LONGEST_LINE, columns_of, indexes_of
from app.shaping.models import Kind
from app.shaping.plans import FieldPlan

# Apart from the declared tables, so that migrations and checks of the declared schema never meet them.
OWN = MetaData()
adopt_metadata(OWN)
_classes: dict[str, type[Any]] = {}


def is_type_mapped(code: str) -> bool:
    """Say whether this process knows the class of an own record type."""
    return code in _classes


def type_class(code: str) -> type[Any]:
    """Return the class of the own record type `code`, made at the first call."""
    if code not in _classes:
        members = {
            "__tablename__": f"{OWN_TABLE}{code}",
            "__module__": __name__,
            "__table_args__": (Index(None, "name", "id"),),
            "__doc__": "A record of a type that the shop made.",
            "metadata": OWN,
            "name": mapped_column(Line(LONGEST_LINE), nullable=False, sort_order=-5),
        }
        _classes[code] = type(f"Own_{code}", (Record, Trashable), members)
    return _classes[code]


def table_of(model: type[Any]) -> Table:
    """Return the table of a mapped class."""
    table: Table = model.__table__
    return table


def is_field_mapped(model: type[Any], code: str, plan: FieldPlan) -> bool:
    """Say whether this process knows the field and the indexes that the plan wants."""
    known = {index.name for index in table_of(model).indexes}
    return hasattr(model, f"x_{code}") and {index.name for index in indexes_of(code, plan)} <= known


def map_field(model: type[Any], code: str, plan: FieldPlan, target: type[Any] | None = None) -> None:
    """Give `model` the attribute `x_<code>` and tell its table of the field's indexes; without effect the second time.

    The columns are deferred: only a statement that asks for them by name reads them.
    """
    if not hasattr(model, f"x_{code}"):
        _map_columns(model, f"x_{code}", plan, target)
    table = table_of(model)
    known = {index.name for index in table.indexes}
    for index in indexes_of(code, plan):
        if index.name not in known:
            Index(index.name, *(table.c[name] for name in index.columns), unique=index.unique)


def settle() -> None:
    """Let SQLAlchemy finish what was mapped now, and not in the middle of somebody's page."""
    with warnings.catch_warnings():
        # It thinks that a link from many to one has no use for "passive"; ours keeps columns from being read.
        warnings.filterwarnings("ignore", message=".*passive_deletes.*")
        configure_mappers()


def _map_columns(model: type[Any], name: str, plan: FieldPlan, target: type[Any] | None) -> None:
    linked = table_of(target) if target is not None else None
    columns = columns_of(name, plan, linked)
    for column in columns:
        foreign = [ForeignKey(key.column, use_alter=True) for key in column.foreign_keys]
        mapped: Any = mapped_column(column.name, column.type, *foreign, nullable=True, deferred=True)
        setattr(model, column.name, mapped)
    mapped_columns = [getattr(model, column.name) for column in columns]
    if plan.kind is Kind.MONEY:
        setattr(
            model, name, composite(Money, *mapped_columns, return_none_on=lambda minor, _code: minor is None)
        )
    elif plan.kind in (Kind.LINK, Kind.FILE):
        other = target if plan.kind is Kind.LINK else Upload
        assert other is not None, "a link points to a class"
        key = next(iter(table_of(other).primary_key))
        joined = mapped_columns[0] == key
        # Passive: to delete a record, the one that it links to need not be read.
        linked_record: Any = relationship(
            other, primaryjoin=joined, foreign_keys=mapped_columns, passive_deletes=True
        )
        setattr(model, name, linked_record)
