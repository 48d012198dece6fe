"""Transactions: one command, one transaction, opened and committed here and nowhere else."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import ParamSpec, TypeVar

from app.core.database import db, writing
from app.core.errors import ProgrammingError
from app.core.permissions import require

P = ParamSpec("P")
R = TypeVar("R")

_undoing: ContextVar[list[Callable[[], None]] | None] = ContextVar("undoing", default=None)


@contextmanager
def transaction() -> Iterator[None]:
    """Run the block as one write transaction: commit at its end, roll everything back on any error.

    What was read before it starts is read anew: on SQLite a transaction that began as a reader can't be
    turned into a writer safely. Transactions don't nest.
    """
    if writing.get():
        raise ProgrammingError("a command was called inside another command's transaction")
    if db.session.new or db.session.dirty or db.session.deleted:
        raise ProgrammingError("records were changed before the transaction began")
    db.session.rollback()
    token = writing.set(True)
    undoing: list[Callable[[], None]] = []
    undoing_token = _undoing.set(undoing)
    try:
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        for undo in reversed(undoing):
            undo()
        raise
    finally:
        writing.reset(token)
        _undoing.reset(undoing_token)


def on_rollback(undo: Callable[[], None]) -> None:
    """Have `undo` called if the open transaction is undone; for effects outside the database, such as files."""
    undoing = _undoing.get()
    if undoing is None:
        raise ProgrammingError("there is no open transaction that could be undone")
    undoing.append(undo)


def command(permission: str | None) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a service verb a command: check `permission` (`slice:noun:verb`), then run it as one transaction.

    `None` is for verbs that everybody may call (signing in) or that the program itself calls (seeding).
    Called from inside another command it joins that command's transaction, after its own permission check:
    one effect, one commit.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            if permission is not None:
                require(permission)
            if writing.get():
                return function(*args, **kwargs)
            with transaction():
                return function(*args, **kwargs)

        run.permission = permission  # type: ignore[attr-defined]
        return run

    return decorate
