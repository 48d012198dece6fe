"""Transactions: one command, one transaction, opened and committed here and nowhere else."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from app.core.database import db, writing
from app.core.errors import ProgrammingError
from app.core.permissions import require

P = ParamSpec("P")
R = TypeVar("R")


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
    try:
        yield
        db.session.commit()
    except BaseException:
        db.session.rollback()
        raise
    finally:
        writing.reset(token)


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
