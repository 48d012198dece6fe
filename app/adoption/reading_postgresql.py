"""The catalogue of a PostgreSQL database in a handful of statements, however many tables it has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine.interfaces import ReflectedColumn
from sqlalchemy.engine.reflection import ObjectKind, ObjectScope

from app.adoption.catalogue import examined, key_of, or_null, quietly, types_by_name
from app.adoption.sketches import (
    ColumnSketch,
    IndexSketch,
    RelationSketch,
    Right,
    TableSketch,
)

_SCHEMAS = text(r"""
SELECT nspname FROM pg_namespace
WHERE nspname <> 'information_schema' AND nspname NOT LIKE 'pg\_%' AND has_schema_privilege(oid, 'USAGE')
ORDER BY nspname
""")
# A partition is a part of its table and not a table of its own.
_TABLES = text("""
SELECT c.oid, n.nspname AS schema, c.relname AS name, c.relkind IN ('v', 'm') AS is_view,
    CASE WHEN c.relkind = 'p' THEN (
        SELECT sum(CASE WHEN k.reltuples > 0 THEN k.reltuples ELSE pg_stat_get_live_tuples(k.oid) END)
        FROM pg_partition_tree(c.oid) AS part JOIN pg_class k ON k.oid = part.relid WHERE part.isleaf
    ) WHEN c.reltuples > 0 THEN c.reltuples ELSE pg_stat_get_live_tuples(c.oid) END AS estimate,
    obj_description(c.oid, 'pg_class') AS comment,
    has_table_privilege(c.oid, 'SELECT') AS "select", has_table_privilege(c.oid, 'INSERT') AS "insert",
    has_table_privilege(c.oid, 'UPDATE') AS "update", has_table_privilege(c.oid, 'DELETE') AS "delete",
    has_any_column_privilege(c.oid, 'SELECT') AS "some"
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND NOT c.relispartition AND n.nspname = ANY(:schemas)
ORDER BY n.nspname, c.relname
""")
_COLUMNS = text("""
SELECT a.attrelid AS oid, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type_text,
    a.attnotnull OR t.typnotnull AS filled, a.attidentity AS identity, a.attgenerated AS computed,
    coalesce(pg_get_expr(d.adbin, d.adrelid), '') AS "default",
    coalesce(col_description(a.attrelid, a.attnum), '') AS comment,
    has_column_privilege(a.attrelid, a.attnum, 'SELECT') AS readable
FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = ANY(:tables) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attrelid, a.attnum
""")
_INDEXES = text("""
SELECT i.indrelid AS oid, c.relname AS name, i.indisprimary AS is_primary, i.indnkeyatts AS parts,
    i.indisunique AND i.indpred IS NULL AND i.indimmediate AS is_unique,
    ARRAY(
        SELECT a.attname::text FROM unnest(i.indkey::int2[]) WITH ORDINALITY AS k (number, place)
        JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number
        WHERE k.place <= i.indnkeyatts ORDER BY k.place
    ) AS columns
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam
WHERE i.indrelid = ANY(:tables) AND i.indisvalid AND m.amname IN ('btree', 'hash')
ORDER BY c.relname
""")
_RELATIONS = text("""
SELECT r.conrelid AS oid, n.nspname AS schema, t.relname AS target,
    ARRAY(SELECT a.attname::text FROM unnest(r.conkey) WITH ORDINALITY AS k (number, place)
        JOIN pg_attribute a ON a.attrelid = r.conrelid AND a.attnum = k.number ORDER BY k.place) AS columns,
    ARRAY(SELECT a.attname::text FROM unnest(r.confkey) WITH ORDINALITY AS k (number, place)
        JOIN pg_attribute a ON a.attrelid = r.confrelid AND a.attnum = k.number ORDER BY k.place) AS targets
FROM pg_constraint r JOIN pg_class t ON t.oid = r.confrelid JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE r.contype = 'f' AND r.conparentid = 0 AND r.conrelid = ANY(:tables)
ORDER BY r.conname
""")
_RIGHTS: tuple[Right, ...] = ("select", "insert", "update", "delete")
_ALWAYS = "a"


def usual_schema(connection: Connection) -> str:
    """Return the schema in which a table without one is found; '' where the search path leads nowhere."""
    return str(connection.exec_driver_sql("SELECT current_schema()").scalar() or "")


def schemas(connection: Connection) -> list[str]:
    """Return the names of all schemas that the connection may use and that are not the database's own."""
    return list(connection.execute(_SCHEMAS).scalars())


def read(connection: Connection, schema: str | None) -> Iterator[TableSketch]:
    """Yield a sketch of every table and view of a schema, or of all schemas that the connection may use."""
    usual = usual_schema(connection)
    wanted = [schema] if schema is not None else schemas(connection)
    tables = connection.execute(_TABLES, {"schemas": wanted}).all()
    oids = [row.oid for row in tables]
    columns, indexes, relations = (
        _by_table(connection, statement, oids) for statement in (_COLUMNS, _INDEXES, _RELATIONS)
    )
    types = {name: _types(connection, name) for name in wanted}
    recovering = bool(connection.exec_driver_sql("SELECT pg_is_in_recovery()").scalar())
    for row in tables:
        found = types[row.schema].get(row.name)
        if found is None:
            found = _types_alone(connection, row)
        sketch = TableSketch(
            "" if row.schema == usual else row.schema,
            row.name,
            "view" if row.is_view else "table",
            columns=_columns(row, columns.get(row.oid, []), found),
            relations=_relations(relations.get(row.oid, []), usual),
            rights=_rights(row, recovering=recovering),
            comment=row.comment or "",
        )
        yield examined(connection, _with_keys(sketch, indexes.get(row.oid, [])), _estimate(row))


def _types_alone(connection: Connection, row: Any) -> dict[str, Any]:
    return types_by_name(lambda: inspect(connection).get_columns(row.name, schema=row.schema))


def _by_table(connection: Connection, statement: Any, oids: list[int]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {}
    for row in connection.execute(statement, {"tables": oids}):
        found.setdefault(row.oid, []).append(row)
    return found


def _types(connection: Connection, schema: str) -> dict[str, dict[str, Any]]:
    """Return the columns' types by table, read all at once; nothing where SQLAlchemy stumbles over one of them."""
    with quietly():
        try:
            found: dict[Any, list[ReflectedColumn]] = inspect(connection).get_multi_columns(
                schema=schema, kind=ObjectKind.ANY, scope=ObjectScope.ANY
            )
        except Exception:  # noqa: BLE001 - then each table is asked for its own, and one alone may fail
            return {}
    return {
        name: {column["name"]: column["type"] for column in columns}
        for (_schema, name), columns in found.items()
    }


def _columns(table: Any, rows: list[Any], types: dict[str, Any]) -> tuple[ColumnSketch, ...]:
    # Where an account may read some columns only, the others are not there for it.
    return tuple(
        ColumnSketch(
            row.name,
            or_null(types, row.name),
            row.type_text,
            nullable=not row.filled,
            default="" if row.computed else row.default,
            generated=bool(row.computed) or row.identity == _ALWAYS,
            numbered=bool(row.identity) or row.default.startswith("nextval("),
            comment=row.comment,
        )
        for row in rows
        if row.readable or not table.some
    )


def _with_keys(sketch: TableSketch, rows: list[Any]) -> TableSketch:
    names = {column.name for column in sketch.columns}
    whole = [row for row in rows if len(row.columns) == row.parts and set(row.columns) <= names]
    indexes = tuple(IndexSketch(row.name, tuple(row.columns), bool(row.is_unique)) for row in whole)
    primary = next((tuple(row.columns) for row in whole if row.is_primary), ())
    key = key_of(sketch.columns, primary, indexes)
    return replace(sketch, primary_key=primary, key=key, indexes=indexes)


def _relations(rows: list[Any], usual: str) -> tuple[RelationSketch, ...]:
    return tuple(
        RelationSketch(
            tuple(row.columns), "" if row.schema == usual else row.schema, row.target, tuple(row.targets)
        )
        for row in rows
    )


def _rights(row: Any, *, recovering: bool) -> frozenset[Right]:
    held = {right for right in _RIGHTS if getattr(row, right)}
    if row.some:
        held.add("select")
    # A replica takes no writes, whatever the account may do.
    return frozenset(held & {"select"} if recovering else held)


def _estimate(row: Any) -> int | None:
    # Before the first ANALYZE there is none (-1) but what the server counts of its own writes.
    return int(row.estimate) if row.estimate and row.estimate > 0 and not row.is_view else None
