"""Builds the zoo in an empty database, through the driver alone."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from tests.adoption.zoo.shapes import Shape

# How long a name may be: letters on MariaDB and SQLite (which knows no limit), bytes on PostgreSQL.
NAME_LIMITS = {"sqlite": 64, "postgresql": 63, "mariadb": 64}


def name_limit(backend: str) -> int:
    """Return the longest name that a database takes."""
    return NAME_LIMITS[backend]


def build(url: str, backend: str, shapes: Iterable[Shape]) -> None:
    """Make the tables of the shapes, with their few rows."""
    engine = create_engine(make_url(url))
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        if backend == "mariadb":
            # Double quotes for names, texts without escapes, and zero dates, as old servers had them.
            cursor.execute("SET SESSION sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'")
        for shape in shapes:
            for statement in shape.written(backend):
                try:
                    cursor.execute(statement)
                except Exception as error:
                    raise AssertionError(f"{shape.name} on {backend}: {error}: {statement[:200]}") from error
        connection.commit()
    finally:
        connection.close()
        engine.dispose()
