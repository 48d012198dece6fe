"""How many SQL statements a page costs, and the database's own time for them, by PostgreSQL's statistics."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

import psycopg

_TOTALS = r"""
    SELECT coalesce(sum(calls), 0)::bigint, coalesce(sum(total_exec_time), 0)::float8
    FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = %s)
    AND query !~* '^\s*(BEGIN|START|COMMIT|ROLLBACK|SET|SHOW|DEALLOCATE|RESET|SAVEPOINT|RELEASE)'
    AND query NOT LIKE '%%pg_stat_statements%%'
"""


@dataclass(frozen=True)
class Cost:
    """Statements and database milliseconds, since ever or of one page."""

    statements: float
    milliseconds: float


class StatementMeter:
    """Reads pg_stat_statements from outside; `available` is False where the server has not loaded it."""

    def __init__(self, url: str) -> None:
        """Connect to the server behind this address; for SQLite the meter is not available."""
        self.available = False
        if url.startswith("sqlite"):
            return
        self._connection = psycopg.connect(url, autocommit=True)
        try:
            self._connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
            self._connection.execute("SELECT 1 FROM pg_stat_statements LIMIT 1")
        except psycopg.Error:
            return
        self.available = True

    def total(self, database_url: str) -> Cost:
        """Return what was spent in one database since the statistics began."""
        name = urlsplit(database_url).path.lstrip("/")
        row = self._connection.execute(_TOTALS, [name]).fetchone()
        assert row is not None
        return Cost(row[0], row[1])
