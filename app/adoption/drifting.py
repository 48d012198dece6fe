"""Drifting: another program alters its tables while Kebu runs; who notices has the database looked at anew."""

from __future__ import annotations

from collections.abc import Callable

from flask_babel import lazy_gettext as _l
from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext

from app.adoption.refusals import code_of
from app.core.errors import KebuError

# An undefined column or table, to PostgreSQL and to MariaDB.
_GONE_CODES = frozenset({"42703", "42P01", "1054", "1146"})
_GONE_WORDS = ("no such column", "no such table", "has no column named")


class TableChanged(KebuError):
    """A column or table that was there is there no more; the next request knows the table as it is now."""

    status = 503
    code = "table-changed"
    message = _l("This table has just been changed in its own database. Nothing was saved; please try again.")


def is_gone(error: BaseException) -> bool:
    """Say whether an error of a driver means that a column or table is not there."""
    words = str(error).lower()
    return code_of(error) in _GONE_CODES or any(each in words for each in _GONE_WORDS)


def watch(engine: Engine, look_again: Callable[[], None]) -> None:
    """Have `look_again` called, and `TableChanged` raised, when a statement finds a column or table gone."""

    def notice(context: ExceptionContext) -> None:
        if is_gone(context.original_exception):
            look_again()
            raise TableChanged

    event.listen(engine, "handle_error", notice)
