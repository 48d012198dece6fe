"""Relations that a database does not declare, proposed: names that point somewhere, and values that are found there.

Nothing is switched on by a proposal; a person does that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, func, select
from sqlalchemy import column as named_column
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql.elements import quoted_name
from sqlalchemy.types import BINARY, VARBINARY, Integer, LargeBinary, Numeric, String, TypeEngine, Uuid

from app.adoption.catalogue import named
from app.adoption.naming import (
    TableName,
    compounds,
    fit,
    is_generic,
    joined,
    points_upwards,
    surely_points,
    table_names,
    thing_of,
)
from app.adoption.reflecting import each_statement_for_itself
from app.adoption.sketches import ColumnSketch, DatabaseSketch, RelationSketch, TableSketch

Proposals = dict[tuple[str, str], tuple[RelationSketch, ...]]

# Of how many rows a column's values are taken, and how many of its values are looked up.
SAMPLED_ROWS = 2_000
SAMPLED_VALUES = 200
TRIED_TARGETS = 3
LEAST_CONFIDENCE = 0.5
# What old programs write for "none" where a column may not be NULL.
_NOTHING = frozenset({0, -1, "", "0"})


@dataclass(frozen=True, slots=True)
class Target:
    """A table as others may lead to it: the words of its name, and its columns that are unique by themselves.

    `unique` are these in lower case with their exact names, `compounds` what columns elsewhere call them.
    """

    table: TableSketch
    words: TableName
    unique: dict[str, str]
    compounds: dict[str, str]

    @classmethod
    def of(cls, table: TableSketch, name: TableName) -> Target:
        """Return a table as a target."""
        alone = _alone_unique(table)
        said = {compound: each for each in alone for compound in compounds(name, each)}
        return cls(table, name, {each.lower(): each for each in alone}, said)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A column that may lead to a table's column; `score` from 0 to 1 is what the names say."""

    column: ColumnSketch
    target: TableSketch
    target_column: ColumnSketch
    score: float


def propose(engine: Engine, database: DatabaseSketch) -> Proposals:
    """Return the proposed relations of every table that has some, by schema and name, best first.

    Reads at most 2,000 rows of a table and looks up at most 200 values by a key; what can't be read within the
    engine's time-out counts as unknown. Columns of declared relations are left alone.
    """
    names = table_names({table.name for table in database.tables})
    targets = [
        Target.of(table, names[table.name])
        for table in database.tables
        if table.kind == "table" and not table.problem
    ]
    found: Proposals = {}
    with each_statement_for_itself(engine).connect() as connection:
        for each in targets:
            relations = list(_of_table(connection, each, targets))
            if relations:
                relations.sort(key=lambda relation: (-relation.confidence, relation.columns))
                found[each.table.schema, each.table.name] = tuple(relations)
            # On SQLite a reader's lock would keep the shop's program from committing.
            connection.rollback()
    return found


def _of_table(connection: Connection, here: Target, targets: list[Target]) -> Iterator[RelationSketch]:
    table = here.table
    declared = {name for relation in table.relations for name in relation.columns}
    indexed = {index.columns[0] for index in table.indexes if index.columns}
    for column in table.columns:
        if column.name in declared or column.generated:
            continue
        candidates = sorted(_candidates(here, column, targets), key=lambda each: -each.score)
        if not candidates:
            continue
        values = _sample(connection, table, column)
        tried = [
            _weighed(connection, candidate, values, indexed=column.name in indexed)
            for candidate in candidates[:TRIED_TARGETS]
        ]
        best = max(tried, key=lambda relation: relation.confidence)
        if best.confidence >= LEAST_CONFIDENCE:
            yield best


# --- Names and types -----------------------------------------------------------------------------


def _candidates(here: Target, column: ColumnSketch, targets: list[Target]) -> Iterator[Candidate]:
    alone = here.table.primary_key == (column.name,)
    if points_upwards(column.name, here.words.own) and not alone:
        yield from _to(here, column, here, 0.95, sure=True)
        return
    thing, sure = thing_of(column.name), surely_points(column.name)
    own_name = "" if is_generic(column.name) else column.name.lower()
    said = joined(column.name) if thing and own_name else ""
    for target in targets:
        is_own = target is here
        if is_own and alone:
            continue
        score = fit(thing, here.words, target.words) if thing else 0.0
        if is_own and score == 1.0:
            # product.product_code names the product itself.
            continue
        if score or said in target.compounds or own_name in target.unique:
            score *= 1.0 if target.table.schema == here.table.schema else 0.9
            yield from _to(here, column, target, score, sure=sure)


def _to(
    here: Target, column: ColumnSketch, target: Target, score: float, *, sure: bool
) -> Iterator[Candidate]:
    """Yield what the column may lead to in a table: its only key, or a unique column of the very same name."""
    said = target.compounds.get(joined(column.name))
    for name in target.unique.values():
        there = target.table.column(name)
        if (
            there is None
            or (target is here and name == column.name)
            or not _compatible(column.type, there.type)
        ):
            continue
        same = name.lower() == column.name.lower() and not is_generic(name)
        # Two tables with a phone are no relation; two with an emp_no are. What is the whole key there may be one.
        pointing = bool(thing_of(name))
        same = same and (pointing or target.table.primary_key == (name,))
        if same and here.table.primary_key != (column.name,):
            yield Candidate(column, target.table, there, max(score, 0.75 if pointing else 0.6))
        elif score and (name,) == target.table.key and sure:
            yield Candidate(column, target.table, there, score)
        elif target is not here and not is_generic(column.name) and said == name:
            yield Candidate(column, target.table, there, 0.9)


def _alone_unique(table: TableSketch) -> list[str]:
    keys = [table.key] + [index.columns for index in table.indexes if index.unique]
    return list(dict.fromkeys(key[0] for key in keys if len(key) == 1))


def _compatible(one: TypeEngine[Any], other: TypeEngine[Any]) -> bool:
    here, there = _family(one), _family(other)
    return here == there or not here or not there


def _family(kind: TypeEngine[Any]) -> str:
    inner = getattr(kind, "data_type", None)  # of a DOMAIN
    if isinstance(inner, TypeEngine):
        return _family(inner)
    families: tuple[tuple[str, Any], ...] = (
        ("number", Integer | Numeric),
        ("uuid", Uuid),
        ("bytes", LargeBinary | BINARY | VARBINARY),
        ("text", String),
    )
    return next((name for name, kinds in families if isinstance(kind, kinds)), kind.__class__.__name__)


# --- Values --------------------------------------------------------------------------------------


def _sample(connection: Connection, table: TableSketch, column: ColumnSketch) -> list[Any] | None:
    """Return some distinct values of a column; None where they can't be read."""
    if "select" not in table.rights:
        return None
    some: Any = named_column(quoted_name(column.name, quote=True))
    rows = (
        select(some.label("value"))
        .select_from(named(table.schema, table.name))
        .limit(SAMPLED_ROWS)
        .subquery()
    )
    asked = select(rows.c.value).distinct().where(rows.c.value.is_not(None)).limit(SAMPLED_VALUES)
    try:
        values = list(connection.execute(asked).scalars())
    except SQLAlchemyError:
        return None
    return [value for value in values if not (isinstance(value, int | str) and value in _NOTHING)]


def _weighed(
    connection: Connection, candidate: Candidate, values: list[Any] | None, *, indexed: bool
) -> RelationSketch:
    seen = (0, 0)
    if values:
        count = _found(connection, candidate, values)
        seen = (0, 0) if count is None else (min(count, len(values)), len(values))
    return RelationSketch(
        (candidate.column.name,),
        candidate.target.schema,
        candidate.target.name,
        (candidate.target_column.name,),
        declared=False,
        confidence=_confidence(candidate.score, seen, indexed=indexed),
        seen=seen,
    )


def _found(connection: Connection, candidate: Candidate, values: list[Any]) -> int | None:
    """Return how many of the values are there; None where that can't be asked."""
    target = candidate.target
    if "select" not in target.rights:
        return None
    key: Any = named_column(quoted_name(candidate.target_column.name, quote=True))
    asked = (
        select(key.label("value"))
        .select_from(named(target.schema, target.name))
        .where(key.in_(values))
        .limit(SAMPLED_VALUES)
        .subquery()
    )
    try:
        return int(connection.execute(select(func.count()).select_from(asked)).scalar_one())
    except SQLAlchemyError:
        return None


def _confidence(score: float, seen: tuple[int, int], *, indexed: bool) -> float:
    """Return from 0 to 1 how sure a proposal is: what the names say, borne out by the values or not."""
    found, sampled = seen
    if sampled:
        share = found / sampled
        sure = score * (0.5 + 0.5 * share)
        if share == 1 and sampled >= 5:
            sure += 0.1
    else:
        sure = score * 0.8
    return round(min(0.99, sure + (0.02 if indexed else 0)), 2)
