"""The database's clock, by which leases and heartbeats are judged: one clock for all workers, whatever theirs say."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import BigInteger, literal, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from app.core.clock import UtcDateTime
from app.core.database import db


class database_now(FunctionElement[datetime.datetime]):  # noqa: N801 - an SQL function
    """The database's present moment, moved by a number of seconds."""

    type = UtcDateTime()
    inherit_cache = True
    name = "database_now"

    def __init__(self, seconds: float = 0) -> None:
        super().__init__(literal(round(seconds * 1000), BigInteger))


def _offset(element: database_now, compiler: Any, options: Any) -> str:
    return str(compiler.process(element.clauses, **options))


@compiles(database_now, "postgresql")
def _postgresql(element: database_now, compiler: Any, **options: Any) -> str:
    # now() would be the moment at which the transaction began.
    return f"(clock_timestamp() + {_offset(element, compiler, options)} * interval '1 millisecond')"


@compiles(database_now, "mysql")
@compiles(database_now, "mariadb")
def _mariadb(element: database_now, compiler: Any, **options: Any) -> str:
    return f"(UTC_TIMESTAMP(6) + INTERVAL ({_offset(element, compiler, options)} * 1000) MICROSECOND)"


@compiles(database_now, "sqlite")
def _sqlite(element: database_now, compiler: Any, **options: Any) -> str:
    # In the form in which moments are stored: six digits behind the point.
    milliseconds = _offset(element, compiler, options)
    return f"strftime('%Y-%m-%d %H:%M:%f000', 'now', ({milliseconds} / 1000.0) || ' seconds')"


def read_database_clock() -> datetime.datetime:
    """Return the database's present moment."""
    return db.session.scalars(select(database_now())).one()
