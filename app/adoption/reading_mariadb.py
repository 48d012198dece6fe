"""The catalogue of a MariaDB or MySQL database: columns in one statement, keys and types table by table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Inspector, inspect, text

from app.adoption.catalogue import examined, key_of, or_null, quietly, types_by_name, unread
from app.adoption.grants_mariadb import Grants
from app.adoption.sketches import ColumnSketch, IndexSketch, RelationSketch, TableSketch

# MariaDB lists its counters as tables of their own; they hold no rows of anybody.
_TABLES = text("""
SELECT table_name AS name, table_type AS kind, table_rows AS estimate, table_comment AS comment
FROM information_schema.tables
WHERE table_schema = :schema AND table_type IN ('BASE TABLE', 'SYSTEM VERSIONED', 'VIEW')
ORDER BY table_name
""")
_COLUMNS = text("""
SELECT table_name AS `table`, column_name AS name, column_type AS type_text, is_nullable AS nullable,
    column_default AS `default`, extra, column_comment AS comment, column_key AS in_key
FROM information_schema.columns WHERE table_schema = :schema
ORDER BY table_name, ordinal_position
""")
_OWN = ("information_schema", "mysql", "performance_schema", "sys")


def usual_schema(connection: Connection) -> str:  # noqa: ARG001 - each of the three readers is asked alike
    """Return '': a database has no schemas within it; others of the server are asked for by name."""
    return ""


def schemas(connection: Connection) -> list[str]:
    """Return the databases of the server that the account may see and that are not the server's own."""
    found = connection.execute(
        text("SELECT schema_name FROM information_schema.schemata ORDER BY 1")
    ).scalars()
    return [name for name in found if name.lower() not in _OWN]


def read(connection: Connection, schema: str | None) -> Iterator[TableSketch]:
    """Yield a sketch of every table and view of the connection's database, or of the one that `schema` names."""
    own = str(connection.exec_driver_sql("SELECT DATABASE()").scalar() or "")
    database = schema or own
    shown_as = "" if database == own else database
    columns: dict[str, list[Any]] = {}
    for row in connection.execute(_COLUMNS, {"schema": database}):
        columns.setdefault(row.table, []).append(row)
    grants = Grants.of(connection)
    # Asks nothing twice: SHOW CREATE TABLE, read once, tells it types, keys and relations.
    inspector = inspect(connection)
    for row in connection.execute(_TABLES, {"schema": database}).all():
        is_view = row.kind == "VIEW"
        plain = TableSketch(
            shown_as,
            row.name,
            "view" if is_view else "table",
            rights=grants.rights(database, row.name),
            # A view's comment is "VIEW", or what is wrong with it.
            comment="" if is_view else row.comment or "",
        )
        try:
            sketch = _sketch(connection, inspector, plain, columns.get(row.name, []))
            yield examined(connection, sketch, None if is_view else _number(row.estimate))
        except Exception as error:  # noqa: BLE001 - one table's trouble must stay its own
            yield unread(plain, error)


def _number(estimate: Any) -> int | None:
    return int(estimate) if estimate is not None else None


def _sketch(connection: Connection, inspector: Inspector, plain: TableSketch, rows: list[Any]) -> TableSketch:
    schema = plain.schema or None
    with quietly():
        types = types_by_name(lambda: inspector.get_columns(plain.name, schema=schema))
        missing = [row for row in rows if row.name not in types]
        # Without the right SHOW VIEW a view tells no types that way, and some names confuse SQLAlchemy's reader.
        types.update(_types_of_words(connection, missing))
        columns = tuple(_column(connection, row, types) for row in rows)
        if plain.kind == "view" or not rows:
            return replace(plain, columns=columns)
        try:
            return _with_keys(inspector, replace(plain, columns=columns))
        except Exception:  # noqa: BLE001 - the parser met what it doesn't know, or nothing at all
            # An account that may read some columns only is not told how the table was made.
            primary = tuple(row.name for row in rows if row.in_key == "PRI")
            return replace(plain, columns=columns, primary_key=primary, key=primary)


def _with_keys(inspector: Inspector, plain: TableSketch) -> TableSketch:
    schema = plain.schema or None
    primary = tuple(inspector.get_pk_constraint(plain.name, schema=schema)["constrained_columns"])
    indexes = _indexes(inspector, plain.name, schema)
    if primary:
        indexes = (IndexSketch("PRIMARY", primary, unique=True), *indexes)
    return replace(
        plain,
        primary_key=primary,
        key=key_of(plain.columns, primary, indexes),
        indexes=indexes,
        relations=_relations(inspector, plain),
    )


def _column(connection: Connection, row: Any, types: dict[str, Any]) -> ColumnSketch:
    extra = (row.extra or "").lower()
    # MySQL says DEFAULT_GENERATED of a default that is an expression.
    computed = any(word in extra.split() for word in ("generated", "virtual", "persistent"))
    return ColumnSketch(
        row.name,
        or_null(types, row.name),
        row.type_text,
        nullable=row.nullable == "YES",
        default="" if computed else _default(connection, row, extra),
        generated=computed,
        numbered="auto_increment" in extra,
        renewed="on update" in extra,
        comment=row.comment or "",
    )


def _default(connection: Connection, row: Any, extra: str) -> str:
    """Return a default as the expression that MariaDB shows; MySQL shows texts without their quotes."""
    written = row.default
    if written is None or written == "NULL":
        return ""
    if connection.dialect.name == "mariadb" or "default_generated" in extra:
        return str(written)
    plain = str(written)
    is_number = plain.replace(".", "", 1).lstrip("-").isdigit()
    bare = is_number or plain.upper().startswith(("CURRENT_TIMESTAMP", "B'"))
    return plain if bare else "'" + plain.replace("'", "''") + "'"


def _types_of_words(connection: Connection, rows: list[Any]) -> dict[str, Any]:
    """Return the types of columns by what `information_schema` writes of them."""
    dialect: Any = connection.dialect

    def parsed() -> list[Any]:
        # The dialect's own reader of types, which it uses for views; it has no public door.
        parser = dialect._tabledef_parser  # noqa: SLF001
        described = [(f"c{place}", row.type_text, "YES", "", None, "") for place, row in enumerate(rows)]
        written = parser._describe_to_create("t", described)  # noqa: SLF001
        return list(parser.parse(written, None).columns)

    found = types_by_name(parsed) if rows else {}
    return {row.name: found[f"c{place}"] for place, row in enumerate(rows) if f"c{place}" in found}


def _indexes(inspector: Inspector, name: str, schema: str | None) -> tuple[IndexSketch, ...]:
    found = []
    for index in inspector.get_indexes(name, schema=schema):
        options = index.get("dialect_options", {})
        columns = [column for column in index["column_names"] if column is not None]
        # Parts of a text, expressions and full-text indexes find no rows by a whole value.
        special = any(key.endswith(("_length", "_prefix")) for key in options) or index.get("expressions")
        if columns and not special:
            found.append(IndexSketch(str(index["name"]), tuple(columns), bool(index["unique"])))
    return tuple(sorted(found, key=lambda index: index.name))


def _relations(inspector: Inspector, plain: TableSketch) -> tuple[RelationSketch, ...]:
    return tuple(
        RelationSketch(
            tuple(key["constrained_columns"]),
            key["referred_schema"] or "",
            key["referred_table"],
            tuple(key["referred_columns"]),
        )
        for key in inspector.get_foreign_keys(plain.name, schema=plain.schema or None)
    )
