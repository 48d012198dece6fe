"""Guarding: statements that would change journalled tables behind the listener's back are refused at the engine.

The listener hears the session's own flushes. Whatever else writes, by `text()`, a raw connection, a mapping in bulk or
a Core statement, says with `execution_options(unjournalled="why")` that there is nothing to tell. Nobody but the
journal writes to the journal. Rows of tables marked `TOLD_BY_VERBS` change by the verbs that tell of them alone: there
even a flush is refused, because the listener does not know what it means.
"""

from __future__ import annotations

import re
from typing import Any

from flask import current_app, has_app_context
from sqlalchemy import Engine, event
from sqlalchemy.orm import Mapper

from app.core.database import db, flushing
from app.core.errors import ProgrammingError
from app.core.migration import OWN_TABLE
from app.journal.chaining import CHAIN, ENTRY, EXTENSION
from app.journal.coverage import plans
from app.journal.models import PersonKey

# Why a statement needs no entry; given as `.execution_options(unjournalled="…")`.
UNJOURNALLED = "unjournalled"
# What `Table.info` says where the verbs themselves tell what became of the rows.
TOLD_BY_VERBS = "told_by_verbs"
OWN = frozenset({CHAIN.name, ENTRY.name, PersonKey.__tablename__})
MOST_REMEMBERED = 5_000
_WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE", "TRUNCATE", "COPY", "LOAD")
_A_WORD = re.compile(rf"\b(?:{'|'.join(_WRITES)})\b", re.IGNORECASE)
# Where each kind of statement names what it changes; rather too much than too little.
_TARGETS = re.compile(
    r"\bINTO\s+(?:TABLE\s+)?(?P<into>[\w.\"`\[\]]+)"
    r"|\b(?:INSERT|REPLACE)\s+(?:LOW_PRIORITY\s+|DELAYED\s+|HIGH_PRIORITY\s+|IGNORE\s+)*(?!INTO\b|OR\b)(?P<bare>[\w.\"`]+)"
    r"|\bUPDATE\b(?P<update>.*?)\bSET\b"
    r"|\bDELETE\b(?P<delete>.*?)(?:\bWHERE\b|;|$)"
    r"|\bTRUNCATE\b(?P<truncate>.*?)(?:;|$)"
    r"|\bCOPY\s+(?P<copy>[\w.\"`]+)",
    re.IGNORECASE | re.DOTALL,
)
_LITERAL = re.compile(r"'[^']*'")
_COMMENT = re.compile(r"--[^\n]*|/\*(?![!M]).*?\*/", re.DOTALL)
_NAME = re.compile(r"\w+")

_known: dict[str, frozenset[str]] = {}
_watched: set[str] = set()
_told: set[str] = set()


def guard(engine: Engine) -> None:
    """Watch every statement of the application's engine."""
    if not event.contains(engine, "before_cursor_execute", _look):
        event.listen(engine, "before_cursor_execute", _look)


def _look(connection: Any, _cursor: Any, statement: str, _parameters: Any, context: Any, _many: bool) -> None:
    tables = _known.get(statement)
    if tables is None:
        tables = _remember(statement)
    if not tables or not has_app_context() or EXTENSION not in current_app.extensions:
        return
    options = context.execution_options if context is not None else connection.get_execution_options()
    if options.get("journal_itself"):
        return
    if tables & OWN:
        raise ProgrammingError(f"only the journal itself writes to {', '.join(sorted(tables & OWN))}")
    told = {name for name in tables if name in _told}
    if (told or not flushing.get()) and not options.get(UNJOURNALLED):
        raise ProgrammingError(
            f"a statement on {', '.join(sorted(tables))} would leave no trace in the journal: change the records "
            f"through the session, or say why there is nothing to tell with execution_options({UNJOURNALLED}=…)"
        )


def _remember(statement: str) -> frozenset[str]:
    """Return the watched tables that a statement writes to, and keep the answer by its text."""
    if len(_known) >= MOST_REMEMBERED:
        _known.clear()
    found = frozenset(name for name in targets(statement) if is_watched(name))
    _known[statement] = found
    return found


def targets(statement: str) -> set[str]:
    """Return every name that a statement may write to; empty for one that only reads."""
    if not _A_WORD.search(statement):
        return set()
    # A backslash may end a literal elsewhere than it seems; then literals are read like the rest.
    plain = _COMMENT.sub(" ", statement if "\\" in statement else _LITERAL.sub("''", statement))
    names: set[str] = set()
    for match in _TARGETS.finditer(plain):
        for part in match.groupdict().values():
            if part:
                names.update(_NAME.findall(part.lower()))
    return names


def is_watched(name: str) -> bool:
    """Say whether rows of the table of this name are written down, or are the journal itself."""
    if not _watched:
        for plan in plans():
            _watched.add(plan.subject)
            _watched.update(str(link.secondary) for link in plan.links.values())
        _watched.update(OWN)
        _told.update(table.name for table in db.metadata.tables.values() if table.info.get(TOLD_BY_VERBS))
        _watched.update(_told)
    return name in _watched or name.startswith(OWN_TABLE)


@event.listens_for(Mapper, "after_configured")
def _forget() -> None:
    _watched.clear()
    _told.clear()
    _known.clear()
