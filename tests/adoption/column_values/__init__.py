"""The types of the three databases and the nastiest values that each can hold, as SQL literals."""

from tests.adoption.column_values import mariadb, postgresql, sqlite
from tests.adoption.column_values.cases import Case

__all__ = ["CASES", "EXTENSIONS", "READ_ONLY", "Case"]

# What has to be there before the tables: extensions, enumerations, domains.
EXTENSIONS = {"postgresql": postgresql.STATEMENTS}
CASES = (*postgresql.CASES, *mariadb.CASES, *sqlite.CASES)
READ_ONLY = (*postgresql.READ_ONLY, *mariadb.READ_ONLY)
