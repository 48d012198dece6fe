"""Reading: a mapping becomes a SELECT whose columns are exactly a contract's, over tables that the session finds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    Select,
    String,
    Table,
    and_,
    case,
    cast,
    func,
    null,
    select,
)
from sqlalchemy.sql import quoted_name
from sqlalchemy.types import TypeEngine

from app.adoption.models import AdoptedColumn, AdoptedTable
from app.adoption.playing.wall_clock import wall_clock
from app.adoption.proposing.moments import moment_of_seconds
from app.adoption.proposing.roles import CONTRACTS, MONEY, RoleProposal
from app.adoption.sketches import ColumnSketch, DatabaseSketch, TableSketch
from app.core.facts import Kind
from app.core.outside import mark_outside

_EXACT: Numeric[Any] = Numeric(24, 6)
_KEYS = frozenset({"key", "sale", "customer", "product", "branch"})
_MOMENTS = frozenset({"time", "created"})
# Whole numbers beyond are milliseconds since 1970: as seconds they would lie in the year 5138.
_MOST_SECONDS = 100_000_000_000
# Larger numbers are no keys that somebody counted.
_MOST_COUNTED = 10**18

Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Readable:
    """What roles may read of a database: its tables by schema and name, with those columns that people are shown.

    `hidden` are the names of columns that are hidden from everybody, by table; what is hidden is not computed with
    either. `screens` are the names of the tables' screens.
    """

    dialect: str
    tables: Mapping[Place, Table]
    hidden: Mapping[Place, frozenset[str]]
    screens: Mapping[Place, str]


def readable(
    code: str,
    found: DatabaseSketch,
    rows: Sequence[AdoptedTable],
    columns: Mapping[Any, Sequence[AdoptedColumn]],
    only: Iterable[Place] | None = None,
) -> Readable:
    """Return what roles may read of the database `code`, of the tables `only` where these are named."""
    metadata = MetaData()
    mark_outside(metadata, code)
    wanted = None if only is None else set(only)
    tables: dict[Place, Table] = {}
    hidden: dict[Place, frozenset[str]] = {}
    screens: dict[Place, str] = {}
    for row in rows:
        place = (row.schema_name, row.name)
        sketch = found.table(*place)
        if sketch is None or not row.is_shown or (wanted is not None and place not in wanted):
            continue
        said = columns.get(row.id, ())
        shown = {each.name for each in said if each.is_shown and not each.is_parked}
        tables[place] = _table(metadata, sketch, shown, found.dialect)
        hidden[place] = frozenset(each.name for each in said if not each.is_shown)
        screens[place] = f"{code}:{row.noun}"
    return Readable(found.dialect, tables, hidden, screens)


def all_readable(found: DatabaseSketch, secrets: Mapping[Place, frozenset[str]]) -> Readable:
    """Return what roles may read of a database that nobody has declared yet; `secrets` are the columns to be hidden."""
    metadata = MetaData()
    tables = {
        (each.schema, each.name): _table(
            metadata,
            each,
            {column.name for column in each.columns} - secrets.get((each.schema, each.name), frozenset()),
            found.dialect,
        )
        for each in found.tables
        if each.columns
    }
    return Readable(found.dialect, tables, secrets, {})


def _table(metadata: MetaData, sketch: TableSketch, shown: set[str], dialect: str) -> Table:
    return Table(
        quoted_name(sketch.name, quote=True),
        metadata,
        *(
            Column(quoted_name(each.name, quote=True), _type(each, dialect))
            for each in sketch.columns
            if each.name in shown
        ),
        schema=quoted_name(sketch.schema, quote=True) if sketch.schema else None,
    )


def _type(column: ColumnSketch, dialect: str) -> TypeEngine[Any]:
    """Return the type to compute with: of a DOMAIN that below it, and what has a time zone as what has one."""
    inner = getattr(column.type, "data_type", None)
    kind: TypeEngine[Any] = inner if isinstance(inner, TypeEngine) else column.type
    written = column.type_text.lower()
    if dialect == "postgresql" and written.startswith("timestamp") and "with time zone" in written:
        return DateTime(timezone=True)
    return kind


def kind_of(column: str) -> Kind:
    """Return of which kind a column of a role's contract is."""
    if column in _KEYS:
        return "key"
    if column in _MOMENTS:
        return "moment"
    if column in MONEY:
        return "money"
    return "quantity" if column == "quantity" else "text"


def contract_of(
    mapping: RoleProposal,
    among: Readable,
    names: Sequence[str] = (),
    aliases: Mapping[str, str] | None = None,
) -> Select[Any]:
    """Return the SELECT of a contract's columns by `names` (by default all that a role has), missing ones as NULL.

    Keys and texts come as text, times as the wall clock of the mapping's time zone, money in major units; `aliases`
    says of which column of the role another takes its value. Raises `ExpressionProblem` for what is not there.
    """
    inner = mapping.select(among.tables).subquery("role")
    made = []
    for name in names or CONTRACTS[mapping.role]:
        source = (aliases or {}).get(name, name)
        kind = kind_of(name)
        column = inner.c.get(source, None)
        made.append(_value(column, kind, mapping, among.dialect, source).label(name))
    return select(*made)


def _value(
    column: ColumnElement[Any] | None, kind: Kind, mapping: RoleProposal, dialect: str, name: str
) -> ColumnElement[Any]:
    if kind in ("money", "quantity"):
        return cast(null(), _EXACT) if column is None else column
    if kind == "moment":
        return cast(null(), DateTime()) if column is None else _moment(column, mapping, dialect, name)
    if column is None:
        return cast(null(), String())
    return _key(column, dialect) if kind == "key" else cast(column, String())


def _moment(column: ColumnElement[Any], mapping: RoleProposal, dialect: str, name: str) -> ColumnElement[Any]:
    if name == "time" and mapping.epoch:
        return wall_clock(column, mapping.time_zone, dialect, in_utc=True)
    if isinstance(column.type, Integer):
        in_thousands = func.floor(column / 1000)
        seconds = case((column > _MOST_SECONDS, in_thousands), else_=column)
        return wall_clock(moment_of_seconds(seconds), mapping.time_zone, dialect, in_utc=True)
    return wall_clock(column, mapping.time_zone, dialect, in_utc=False)


def _key(column: ColumnElement[Any], dialect: str) -> ColumnElement[Any]:
    """Return a key as text that equals the same key of another table, however that keeps it."""
    if isinstance(column.type, LargeBinary):
        return (
            func.encode(column, "hex", type_=String())
            if dialect == "postgresql"
            else func.hex(column, type_=String())
        )
    text = cast(column, String())
    if not isinstance(column.type, Numeric | Float):
        return text
    # 7.00 and 7.0 name the row 7.
    whole = cast(column, BigInteger)
    counted = and_(column.between(-_MOST_COUNTED, _MOST_COUNTED), column == whole)
    return case((counted, cast(whole, String())), else_=text)
