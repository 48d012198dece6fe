"""What an account may do on MariaDB or MySQL, read out of its own SHOW GRANTS, which every account may see."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from app.adoption.sketches import ALL_RIGHTS, Right

_GRANT = re.compile(
    r"GRANT (?P<rights>.+?) ON (?:TABLE )?(?P<place>\*\.\*|[`\"](?P<database>(?:[^`\"]|``|\"\")+)[`\"]\."
    r"(?:\*|[`\"](?P<table>(?:[^`\"]|``|\"\")+)[`\"])) TO ",
    re.IGNORECASE | re.DOTALL,
)
_COLUMNS = re.compile(r"\([^)]*\)")


@dataclass(frozen=True, slots=True)
class Grant:
    """Rights on a place: `database` is a pattern as LIKE reads it, '' for every one, `table` '' for every one."""

    rights: frozenset[Right]
    database: str = ""
    table: str = ""

    def covers(self, database: str, table: str) -> bool:
        """Say whether the grant is about a table."""
        if self.table:
            return (self.database, self.table) == (database, table)
        return not self.database or bool(_like(self.database).fullmatch(database))


@dataclass(frozen=True, slots=True)
class Grants:
    """All rights of an account; where they can't be read it may be everything: the server itself refuses."""

    grants: tuple[Grant, ...]
    known: bool = True
    # A replica or a server under repair takes no writes, whatever the account may do.
    writable: bool = True

    @classmethod
    def of(cls, connection: Connection) -> Grants:
        """Return the rights of a connection's account, with those of the roles that are in force."""
        try:
            lines = [str(line) for line in connection.execute(text("SHOW GRANTS")).scalars()]
            lines += _of_roles(connection)
            writable = not connection.exec_driver_sql("SELECT @@global.read_only").scalar()
        except DBAPIError:
            return cls((), known=False)
        return cls(tuple(grant for line in lines if (grant := parsed(line)) is not None), writable=writable)

    def rights(self, database: str, table: str) -> frozenset[Right]:
        """Return what the account may do on a table."""
        if not self.known:
            return ALL_RIGHTS
        held: set[Right] = set()
        for grant in self.grants:
            if grant.covers(database, table):
                held |= grant.rights
        return frozenset(held if self.writable else held & {"select"})


def _of_roles(connection: Connection) -> list[str]:
    """Return the grants of the roles in force on MySQL, which tells of them only when asked; MariaDB does unasked."""
    if connection.dialect.name != "mysql":
        return []
    roles = str(connection.exec_driver_sql("SELECT CURRENT_ROLE()").scalar() or "NONE")
    if roles.upper() == "NONE":
        return []
    return [
        str(line)
        for line in connection.exec_driver_sql(f"SHOW GRANTS FOR CURRENT_USER() USING {roles}").scalars()
    ]


def parsed(line: str) -> Grant | None:
    """Return what one line of SHOW GRANTS gives on tables; None for roles, routines and what gives no right."""
    match = _GRANT.match(line)
    if match is None:
        return None
    named = match["rights"].lower()
    words = {word.strip() for word in _COLUMNS.sub("of some columns", named).split(",")}
    # A right on some columns suffices for reading: the catalogue shows no others. It does not for writing.
    if any(word.startswith("select ") for word in words):
        words.add("select")
    every = bool(words & {"all", "all privileges"})
    rights = ALL_RIGHTS if every else frozenset(right for right in ALL_RIGHTS if right in words)
    if not rights:
        return None
    database = (match["database"] or "").replace("``", "`")
    return Grant(rights, database, (match["table"] or "").replace("``", "`"))


def _like(pattern: str) -> re.Pattern[str]:
    r"""Return what a database's name in a grant means: `%` any text, `_` any sign, `\` takes that away."""
    parts, rest = [], iter(pattern)
    for sign in rest:
        if sign == "\\":
            parts.append(re.escape(next(rest, "\\")))
        else:
            parts.append({"%": ".*", "_": "."}.get(sign, re.escape(sign)))
    return re.compile("".join(parts), re.DOTALL)
