"""Every type name that the three databases know has a fit: written, or shown with the reason, and never an error."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.types import NullType, TypeEngine

from app.adoption.columns import fit
from app.adoption.fits import UNKNOWN
from app.adoption.sketches import ColumnSketch
from tests.adoption.column_workshop import Workshop
from tests.support.databases import BACKENDS

Workshops = Callable[[str], Workshop]
_KINDS = (("postgresql", postgresql.dialect), ("mariadb", mysql.dialect), ("sqlite", sqlite.dialect))
# MariaDB has no list of its types that could be asked for; this is the manual's, "Data Types".
MARIADB = (
    *(
        "tinyint",
        "boolean",
        "smallint",
        "mediumint",
        "int",
        "integer",
        "bigint",
        "int1",
        "int2",
        "int3",
        "int4",
    ),
    *(
        "int8",
        "middleint",
        "decimal",
        "dec",
        "numeric",
        "fixed",
        "float",
        "double",
        "double precision",
        "real",
    ),
    *("bit", "bit(64)", "serial", "float(30)", "binary", "blob", "tinyblob", "mediumblob"),
    *(
        "longblob",
        "char",
        "char byte",
        "varchar(5)",
        "varbinary(5)",
        "tinytext",
        "text",
        "mediumtext",
        "longtext",
    ),
    *("long", "long varchar", "json", "uuid", "inet4", "inet6", "enum('a')", "set('a')", "national char(5)"),
    *(
        "date",
        "time",
        "datetime",
        "timestamp",
        "year",
        "year(4)",
        "geometry",
        "point",
        "linestring",
        "polygon",
    ),
    *("multipoint", "multilinestring", "multipolygon", "geometrycollection", "time(6)", "datetime(6)"),
    *(
        "varchar(5) character set ucs2",
        "text character set utf16",
        "char(5) binary",
        "tinyint unsigned zerofill",
    ),
)
SQLITE = (
    *("INT", "INTEGER", "TINYINT", "SMALLINT", "MEDIUMINT", "BIGINT", "UNSIGNED BIG INT", "INT2", "INT8"),
    *("CHARACTER(20)", "VARCHAR(255)", "VARYING CHARACTER(255)", "NCHAR(55)", "NATIVE CHARACTER(70)"),
    *("NVARCHAR(100)", "TEXT", "CLOB", "BLOB", "", "REAL", "DOUBLE", "DOUBLE PRECISION", "FLOAT", "NUMERIC"),
    *("DECIMAL(10,5)", "BOOLEAN", "DATE", "DATETIME", "TIMESTAMP", "TIME", "STRING", "JSON", "ANY", "MONEY"),
    *("FLOATING POINT", "GEOMETRY", "image", "ntext", "bit", "uniqueidentifier", "datetimeoffset(7)", "王"),
)


def _check(sketch: ColumnSketch, backend: str) -> None:
    made = fit(sketch, backend)
    assert made.writable == (not str(made.reason))
    entry = made.field("v", "Value")
    assert entry.raw(None) == [] and entry.display(None) in ("", "No")
    assert entry.read_only is not made.writable
    entry.schema(), entry.attributes()


def test_postgresql_s_own_list_of_types(workshop: Workshops) -> None:
    shop = workshop("postgresql")
    with shop.engine.begin() as connection:
        names = connection.exec_driver_sql(
            "SELECT format_type(t.oid, NULL) FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace "
            "WHERE nspname = 'pg_catalog' AND typtype <> 'c' ORDER BY 1"
        ).scalars()
        known = list(names)
    used = 0
    for name in known:
        _check(ColumnSketch("v", NullType(), name), "postgresql")
        try:
            bench = shop.bench(name, ["NULL"])
        except DBAPIError as error:
            assert "pseudo-type" in str(error.orig), name
            continue
        used += 1
        _check(bench.sketch, "postgresql")
        assert bench.values() == {1: None}

    assert used > 130


@pytest.mark.parametrize("name", MARIADB)
def test_mariadb_s_list_of_types(workshop: Workshops, name: str) -> None:
    rest = "" if name == "serial" else "NULL"
    bench = workshop("mariadb").bench(name, [] if name == "serial" else ["NULL"], rest, numbered=False)

    _check(bench.sketch, "mariadb")
    assert str(fit(bench.sketch, "mariadb").reason) != str(UNKNOWN)
    assert set(bench.values().values()) <= {None}


@pytest.mark.parametrize("name", SQLITE)
def test_names_that_programs_declare_in_sqlite(workshop: Workshops, name: str) -> None:
    bench = workshop("sqlite").bench(name, ["NULL"])

    _check(bench.sketch, "sqlite")
    assert bench.fit.writable
    assert bench.values() == {1: None}


@pytest.mark.parametrize(("backend", "make"), _KINDS)
def test_every_type_that_sqlalchemy_reflects(backend: str, make: Callable[[], object]) -> None:
    for name, kind in getattr(make(), "ischema_names").items():  # noqa: B009 - no dialect declares it
        try:
            made: TypeEngine[object] = kind()
        except TypeError:
            made = NullType()
        _check(ColumnSketch("v", made, ""), backend)
        _check(ColumnSketch("v", made, name), backend)


@given(st.sampled_from(BACKENDS), st.text(max_size=30) | st.from_regex(r"[a-z]+\((-?\d*,?)*\)?( unsigned)?"))
def test_a_type_name_of_any_letters_has_a_fit(backend: str, name: str) -> None:
    _check(ColumnSketch("v", NullType(), name), backend)


@pytest.mark.parametrize("backend", BACKENDS)
def test_what_the_database_sets_itself_is_only_looked_at(backend: str) -> None:
    for flags in ({"generated": True}, {"numbered": True}, {"renewed": True}):
        made = fit(ColumnSketch("v", NullType(), "integer", **flags), backend)

        assert not made.writable and made.field("v", "Value").read_only
    assert fit(ColumnSketch("v", NullType(), "integer"), backend).writable


@pytest.mark.parametrize(
    ("backend", "rest"),
    [
        ("sqlite", "GENERATED ALWAYS AS (id * 2)"),
        ("postgresql", "GENERATED ALWAYS AS (id * 2) STORED"),
        ("mariadb", "GENERATED ALWAYS AS (id * 2) STORED"),
    ],
)
def test_a_generated_column_is_read_and_not_written(workshop: Workshops, backend: str, rest: str) -> None:
    bench = workshop(backend).bench("integer", rest=rest, numbered=False)
    bench.run(f"INSERT INTO {bench.table} (id) VALUES (21)")

    assert not bench.fit.writable
    assert bench.values() == {21: 42}
