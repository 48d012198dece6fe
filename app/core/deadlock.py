"""Deadlocks: the database lets one of several that wait for each other go, undone; that one simply tries again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError, OperationalError

from app.core.transaction import transaction

R = TypeVar("R")
TRIES = 3
_MARIADB_DEADLOCK = 1213
_POSTGRESQL_DEADLOCK = "40P01"


def is_deadlock(error: DBAPIError) -> bool:
    """Say whether the database has undone a transaction because others and it waited for each other."""
    if getattr(error.orig, "sqlstate", "") == _POSTGRESQL_DEADLOCK:
        return True
    arguments = error.orig.args if error.orig is not None else ()
    return bool(arguments) and arguments[0] == _MARIADB_DEADLOCK


def again_after_deadlock(work: Callable[[], R]) -> R:
    """Do something that is one whole transaction, anew when a deadlock has undone it.

    MariaDB also lets go of whoever read a table and would now write to it while the table is being altered.
    """
    for _tried in range(TRIES - 1):
        try:
            return work()
        except OperationalError as error:
            if not is_deadlock(error):
                raise
    return work()


def committed(work: Callable[[], R]) -> R:
    """Do `work` as one transaction of its own, anew after a deadlock; only for what has no effect outside of it."""

    def once() -> R:
        with transaction():
            return work()

    return again_after_deadlock(once)
