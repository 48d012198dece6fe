"""Moments that are kept as whole numbers since 1970, as the databases turn them into a time in UTC."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, DateTime
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class moment_of_seconds(FunctionElement[Any]):  # noqa: N801 - stands in statements beside func.coalesce
    """The time in UTC, without a zone, that so many seconds after 1970 began."""

    type = DateTime()
    inherit_cache = True
    name = "moment_of_seconds"

    def __init__(self, seconds: ColumnElement[Any]) -> None:
        super().__init__(seconds)


@compiles(moment_of_seconds)
def _standard(element: moment_of_seconds, compiler: Any, **options: Any) -> str:
    return f"(TIMESTAMP '1970-01-01 00:00:00' + {_of(element, compiler, options)} * INTERVAL '1' SECOND)"


@compiles(moment_of_seconds, "sqlite")
def _sqlite(element: moment_of_seconds, compiler: Any, **options: Any) -> str:
    return f"datetime({_of(element, compiler, options)}, 'unixepoch')"


@compiles(moment_of_seconds, "mysql")
@compiles(moment_of_seconds, "mariadb")
def _mysql(element: moment_of_seconds, compiler: Any, **options: Any) -> str:
    # FROM_UNIXTIME would answer in the connection's time zone.
    return f"TIMESTAMPADD(SECOND, {_of(element, compiler, options)}, TIMESTAMP '1970-01-01 00:00:00')"


def _of(element: moment_of_seconds, compiler: Any, options: dict[str, Any]) -> str:
    return str(compiler.process(element.clauses, **options))
