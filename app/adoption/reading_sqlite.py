"""The catalogue of a SQLite file, table by table: one that can't be read stops no other."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from app.adoption.catalogue import COUNTED_ROWS, examined, key_of, or_null, types_by_name, unread
from app.adoption.sketches import (
    ALL_RIGHTS,
    ColumnSketch,
    IndexSketch,
    RelationSketch,
    Right,
    TableSketch,
)

_VIRTUAL = re.compile(r"\s*CREATE\s+VIRTUAL\s+TABLE\b", re.IGNORECASE)
_WITHOUT_ROWID = re.compile(r"\bWITHOUT\s+ROWID\b[^)]*$", re.IGNORECASE)
_HIDDEN, _COMPUTED = 1, (2, 3)


def usual_schema(connection: Connection) -> str:  # noqa: ARG001 - each of the three readers is asked alike
    """Return '': a file has no schemas."""
    return ""


def schemas(connection: Connection) -> list[str]:  # noqa: ARG001 - the same
    """Return the names that may be asked for."""
    return ["", "main"]


def read(connection: Connection, schema: str | None) -> Iterator[TableSketch]:  # noqa: ARG001 - there is one
    """Yield a sketch of every table and view of the file; what SQLite keeps for itself (`sqlite_…`) is none."""
    found = connection.execute(
        text(
            "SELECT name, type, sql FROM sqlite_master WHERE type IN ('table', 'view') "
            "AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
        )
    ).all()
    shadows, guesses = _shadows(connection), _estimates(connection)
    rights = _rights(connection)
    connection.commit()
    for name, kind, sql in found:
        if not isinstance(name, str):
            # SQLite takes any bytes for a name, but no statement of ours can hold them.
            told = name.decode(errors="replace")
            yield TableSketch("", told, kind, rights=rights, problem=_("Its name is no valid text."))
            continue
        plain = TableSketch("", name, kind, rights=rights, managed=name in shadows)
        try:
            sketch = _sketch(connection, plain, sql or "")
            estimate = guesses.get(name) or _highest_rowid(connection, sketch, sql or "")
            yield examined(connection, sketch, estimate)
        except Exception as error:  # noqa: BLE001 - one table's trouble must stay its own
            yield unread(plain, error)
        # A reader's lock held over the whole look would keep the shop's program from committing.
        connection.commit()


def _rights(connection: Connection) -> frozenset[Right]:
    path = str(connection.engine.url.database)
    # SQLite writes a journal beside the file, so the folder must let it too.
    writable = os.access(path, os.W_OK) and os.access(os.path.dirname(path) or ".", os.W_OK)  # noqa: PTH120
    return ALL_RIGHTS if writable else frozenset({"select"})


def _shadows(connection: Connection) -> set[str]:
    """Return the inner tables of virtual ones."""
    try:
        rows = connection.execute(text("SELECT name FROM pragma_table_list WHERE type = 'shadow'"))
        return {name for (name,) in rows}
    except DBAPIError:
        return set()  # before SQLite 3.37, or a virtual table's module is not there


def _estimates(connection: Connection) -> dict[str, int]:
    """Return what ANALYZE once counted, by table."""
    try:
        rows = connection.execute(text("SELECT tbl, stat FROM sqlite_stat1")).all()
    except DBAPIError:
        return {}
    counted: dict[str, int] = {}
    for name, said in rows:
        first = str(said).partition(" ")[0]
        if first.isdigit():
            counted[name] = max(counted.get(name, 0), int(first))
    return counted


def _highest_rowid(connection: Connection, sketch: TableSketch, sql: str) -> int | None:
    """Return the last row's number, which is found at once: an upper bound of how many there are."""
    if sketch.kind == "view" or sketch.problem or _VIRTUAL.match(sql) or _WITHOUT_ROWID.search(sql):
        return None
    if any(column.name.lower() == "rowid" for column in sketch.columns):
        return None
    quoted = connection.dialect.identifier_preparer.quote_identifier(sketch.name)
    highest = connection.exec_driver_sql(f"SELECT max(rowid) FROM {quoted}").scalar()  # noqa: S608  # nosec B608 - quoted
    return highest if isinstance(highest, int) and highest > COUNTED_ROWS else None


def _sketch(connection: Connection, plain: TableSketch, sql: str) -> TableSketch:
    rows = _pragma(connection, "table_xinfo", plain.name)
    primary = [row for row in rows if row.pk]
    key = tuple(row.name for row in sorted(primary, key=lambda row: row.pk))
    # The only column that counts by itself is the rowid under another name.
    counter = (
        key[0]
        if len(key) == 1 and primary[0].type.upper() == "INTEGER" and not _WITHOUT_ROWID.search(sql)
        else ""
    )
    types = types_by_name(lambda: inspect(connection).get_columns(plain.name))
    columns = tuple(
        ColumnSketch(
            row.name,
            or_null(types, row.name),
            row.type,
            # The rowid and the key of a WITHOUT ROWID table are never NULL; other keys may be, for once.
            nullable=not (row.notnull or row.name == counter or (row.pk and _WITHOUT_ROWID.search(sql))),
            default=row.dflt_value or "",
            generated=row.hidden in _COMPUTED,
            numbered=row.name == counter,
        )
        for row in rows
        if row.hidden != _HIDDEN
    )
    indexes = _indexes(connection, plain.name) if plain.kind == "table" else ()
    return TableSketch(
        "",
        plain.name,
        plain.kind,
        columns=columns,
        primary_key=key,
        key=key_of(columns, key, indexes),
        indexes=indexes,
        relations=_relations(connection, plain.name) if plain.kind == "table" else (),
        rights=plain.rights,
        managed=plain.managed or bool(_VIRTUAL.match(sql)),
    )


def _pragma(connection: Connection, name: str, argument: str) -> list[Any]:
    columns = {
        "table_xinfo": 'name, type, "notnull", dflt_value, pk, hidden',
        "index_list": 'name, "unique", partial',
        "index_xinfo": "name, key, seqno",
        "foreign_key_list": 'id, seq, "table", "from", "to"',
    }[name]
    asked = text(f"SELECT {columns} FROM pragma_{name}(:argument)")  # noqa: S608  # nosec B608 - our own names
    return list(connection.execute(asked, {"argument": argument}))


def _indexes(connection: Connection, name: str) -> tuple[IndexSketch, ...]:
    found = []
    for index in _pragma(connection, "index_list", name):
        parts = [part.name for part in _pragma(connection, "index_xinfo", index.name) if part.key]
        if None not in parts:  # which stands for an expression
            found.append(IndexSketch(index.name, tuple(parts), bool(index.unique and not index.partial)))
    return tuple(sorted(found, key=lambda index: index.name))


def _relations(connection: Connection, name: str) -> tuple[RelationSketch, ...]:
    parts: dict[int, list[Any]] = {}
    for row in _pragma(connection, "foreign_key_list", name):
        parts.setdefault(row.id, []).append(row)
    return tuple(_relation(connection, parts[number]) for number in sorted(parts))


def _relation(connection: Connection, rows: list[Any]) -> RelationSketch:
    rows.sort(key=lambda row: row.seq)
    target = _exact_name(connection, rows[0].table)
    columns = _pragma(connection, "table_xinfo", target)
    if all(row.to for row in rows):
        exact = {column.name.lower(): column.name for column in columns}
        targets = tuple(exact.get(row.to.lower(), row.to) for row in rows)
    else:
        # A key that names no columns means the primary key there.
        primary = sorted((column for column in columns if column.pk), key=lambda column: column.pk)
        targets = tuple(column.name for column in primary)
    return RelationSketch(tuple(row[3] for row in rows), "", target, targets)


def _exact_name(connection: Connection, name: str) -> str:
    """Return a table's name as it is written; references may be written in other cases."""
    exact = connection.execute(
        text("SELECT name FROM sqlite_master WHERE type = 'table' AND lower(name) = lower(:name)"),
        {"name": name},
    ).scalar()
    return str(exact or name)
