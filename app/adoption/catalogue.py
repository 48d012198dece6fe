"""What reading the three catalogues has in common: counting carefully, and by what rows are told apart."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, TableClause, func, literal_column, select, table, text
from sqlalchemy.exc import DBAPIError, SAWarning
from sqlalchemy.sql.elements import quoted_name
from sqlalchemy.types import NullType, TypeEngine

from app.adoption.refusals import in_one_line, is_busy
from app.adoption.sketches import ColumnSketch, IndexSketch, TableSketch

# Up to here rows are counted, as that takes less than a millisecond; beyond it the database's own estimate stands.
COUNTED_ROWS = 10_000


def named(schema: str, name: str) -> TableClause:
    """Return a table for a statement by its exact name, quoted whatever it is; the schema '' is the usual one."""
    return table(quoted_name(name, quote=True), schema=quoted_name(schema, quote=True) if schema else None)


def examined(connection: Connection, sketch: TableSketch, estimate: int | None) -> TableSketch:
    """Return the sketch with its number of rows, or with the problem that a SELECT meets; nothing is read whole.

    A view is only tried, never counted: nobody knows how much work it is.
    """
    source, is_view = named(sketch.schema, sketch.name), sketch.kind == "view"
    # A view that shows no columns is broken, and trying it tells why.
    if "select" not in sketch.rights or not (sketch.columns or is_view):
        return replace(sketch, rows=estimate)
    try:
        if is_view:
            connection.execute(select(text("*")).select_from(source).limit(0)).close()
            return sketch
        if estimate is not None and estimate > COUNTED_ROWS:
            return replace(sketch, rows=estimate)
        some = select(literal_column("1")).select_from(source).limit(COUNTED_ROWS + 1).subquery()
        counted = connection.execute(select(func.count()).select_from(some)).scalar_one()
    except DBAPIError as error:
        if is_busy(error):
            return replace(sketch, rows=estimate)
        return unread(sketch, error)
    return replace(sketch, rows=counted if counted <= COUNTED_ROWS else max(estimate or 0, counted))


def unread(sketch: TableSketch, error: BaseException) -> TableSketch:
    """Return the sketch of a table that could not be read: its name, its rights and why.

    A connection that broke is nobody's fault: it is raised again.
    """
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        raise error
    return TableSketch(
        sketch.schema,
        sketch.name,
        sketch.kind,
        rights=sketch.rights,
        comment=sketch.comment,
        problem=in_one_line(error),
    )


def key_of(
    columns: Sequence[ColumnSketch], primary_key: tuple[str, ...], indexes: Sequence[IndexSketch]
) -> tuple[str, ...]:
    """Return by what rows are told apart: the primary key, else the shortest unique never-NULL index, else ()."""
    if primary_key:
        return primary_key
    always = {column.name for column in columns if not column.nullable}
    order = {column.name: place for place, column in enumerate(columns)}
    fit = [
        index.columns for index in indexes if index.unique and index.columns and set(index.columns) <= always
    ]
    return min(fit, key=lambda names: (len(names), [order[name] for name in names]), default=())


def types_by_name(read: Callable[[], Sequence[Any]]) -> dict[str, TypeEngine[Any]]:
    """Return the types that SQLAlchemy reflects by column; nothing where it can't: the database's own words remain."""
    with quietly():
        try:
            return {column["name"]: column["type"] for column in read()}
        except Exception:  # noqa: BLE001 - whatever its parser stumbles over must cost no more than a type
            return {}


@contextmanager
def quietly() -> Iterator[None]:
    """Leave out SQLAlchemy's warnings of types and indexes that it doesn't know: the verdict tells of them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SAWarning)
        yield


def or_null(types: dict[str, TypeEngine[Any]], name: str) -> TypeEngine[Any]:
    """Return a column's type, `NullType` where SQLAlchemy knows none."""
    return types.get(name) or NullType()
