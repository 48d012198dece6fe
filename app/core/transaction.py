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
_closing: ContextVar[tuple[Callable[[], None], ...]] = ContextVar("closing", default=())


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
        for act in _closing.get():
            act()
        db.session.commit()
    except BaseException:
        db.session.rollback()
        for undo in reversed(undoing):
            undo()
        raise
    finally:
        writing.reset(token)
        _undoing.reset(undoing_token)


@contextmanager
def joined_transaction() -> Iterator[None]:
    """Run the block inside the open transaction, or as one of its own where none is open."""
    if writing.get():
        yield
        return
    with transaction():
        yield


@contextmanager
def closing_with(act: Callable[[], None]) -> Iterator[None]:
    """Have every transaction that the block opens end with `act`, as its last writing before the commit.

    What `act` raises undoes the transaction: a note about an effect stands exactly when the effect does.
    """
    token = _closing.set((*_closing.get(), act))
    try:
        yield
    finally:
        _closing.reset(token)


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
            with joined_transaction():
                return function(*args, **kwargs)

        run.permission = permission  # type: ignore[attr-defined]
        return run

    return decorate
