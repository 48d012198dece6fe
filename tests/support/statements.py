"""What a block of code asked of the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.engine import CursorResult

from app.core.database import db


class Statements(list[str]):
    """The statements in order; `rows` counts the rows that came back, `writes` those that change something."""

    rows: int = 0

    @property
    def writes(self) -> list[str]:
        """The statements that change rows."""
        return [each for each in self if each.lstrip()[:6].upper() in ("INSERT", "UPDATE", "DELETE")]


@contextmanager
def recorded(engine: Engine | None = None) -> Iterator[Statements]:
    """Record every statement sent through `engine` (default: the application's) while the block runs.

    BEGIN, COMMIT and ROLLBACK are not counted, nor are a connection's settings.
    """
    watched = engine or db.engine
    seen = Statements()

    def before(_c: Any, _cursor: Any, statement: str, _p: Any, _context: Any, _many: bool) -> None:
        if statement.lstrip().upper().split(" ", 1)[0] not in ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT"):
            seen.append(statement)

    event.listen(watched, "before_cursor_execute", before)
    originals = {name: getattr(CursorResult, name) for name in _FETCHES}
    for name, original in originals.items():
        setattr(CursorResult, name, _counting(original, seen))
    try:
        yield seen
    finally:
        event.remove(watched, "before_cursor_execute", before)
        for name, original in originals.items():
            setattr(CursorResult, name, original)


# SQLAlchemy has no event for a fetch, so the four places where rows arrive are watched.
_FETCHES = ("_fetchall_impl", "_fetchmany_impl", "_fetchone_impl", "_fetchiter_impl")


def _counting(original: Callable[..., Any], seen: Statements) -> Callable[..., Any]:
    def fetch(self: Any, *args: Any, **kwargs: Any) -> Any:
        fetched = original(self, *args, **kwargs)
        if original.__name__ == "_fetchiter_impl":
            return _passing(fetched, seen)
        one_row = original.__name__ == "_fetchone_impl"
        seen.rows += (fetched is not None) if one_row else len(fetched)
        return fetched

    return fetch


def _passing(rows: Iterator[Any], seen: Statements) -> Iterator[Any]:
    for row in rows:
        seen.rows += 1
        yield row
