"""Outside: other programs' databases, whose tables the session reads and writes over connections of their own.

A table is outside when its metadata says so (`mark_outside`). Within one transaction of the session each outside
database has one connection with a transaction of its own. Both can't end at the same instant, so the order is fixed:
everything was sent to the other database before (what it refuses is refused here too), then the house commits, the
journal's entry with it, and the other database last. A process that dies between leaves an entry without its change,
which reconciliation finds, and never a change without its entry.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from flask import current_app, has_app_context
from flask_babel import lazy_gettext as _l
from sqlalchemy import Connection, Engine, MetaData, Table, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapper, Session, SessionTransaction, registry
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import ClauseElement

from app.core.errors import KebuError

log = logging.getLogger(__name__)

EXTENSION = "kebu_outside"
_NAME = "outside"
_OPEN = "outside connections"
_LOST = "outside lost"


class OutsideLost(KebuError):
    """The other database did not confirm the end of a transaction: whether it kept the change is not known."""

    status = 503
    code = "outside-lost"
    message = _l("The connection broke while saving. Look whether the change is there before you try again.")


class OutsideUnknown(KebuError):
    """A table's database is not open in this process, because its address can't be used."""

    status = 503
    code = "outside-unknown"
    message = _l("This database is not connected at the moment.")


def mark_outside(metadata: MetaData, name: str) -> None:
    """Say that the tables of `metadata` lie in the outside database `name`."""
    metadata.info[_NAME] = name


def outside_of(table: Any) -> str:
    """Return the name of the outside database a table lies in; '' for the house's own."""
    if not isinstance(table, Table):
        table = _first_table(table)
    return str(table.metadata.info.get(_NAME, "")) if table is not None else ""


def subject_of(model: type[Any]) -> str:
    """Return under which name the journal keeps changes of a model's records: its table's, or its own outside."""
    return str(getattr(model, "__subject__", "") or model.__table__.name)


def dialect_of(model: type[Any], otherwise: str) -> str:
    """Return the name of the dialect that a model's table is asked in; `otherwise` is the house's own."""
    name = outside_of(model.__table__)
    return engine_of(name).dialect.name if name else otherwise


# The classes of each outside database, for whoever goes through all mapped classes.
_registries: dict[str, registry] = {}


def outside_registries() -> list[registry]:
    """Return the registries that hold the classes of outside tables."""
    return list(_registries.values())


def keep_registry(name: str, classes: registry | None) -> None:
    """Let the classes of an outside database be these from now on; None where it has gone."""
    _registries.pop(name, None)
    if classes is not None:
        _registries[name] = classes


def open_outside(name: str, engine: Engine) -> None:
    """Let the running application reach the outside database `name` over `engine`; the one before is let go of."""
    engines = current_app.extensions.setdefault(EXTENSION, {})
    former: Engine | None = engines.get(name)
    engines[name] = engine
    if former is not None and former is not engine:
        former.dispose()


def close_outside(name: str) -> None:
    """Reach the outside database `name` no more."""
    engine: Engine | None = current_app.extensions.get(EXTENSION, {}).pop(name, None)
    if engine is not None:
        engine.dispose()


def engine_of(name: str) -> Engine:
    """Return the engine of an outside database; raise `OutsideUnknown`."""
    engine: Engine | None = current_app.extensions.get(EXTENSION, {}).get(name)
    if engine is None:
        raise OutsideUnknown
    return engine


# --- What a statement is about -------------------------------------------------------------------------


def connection_for(
    session: Session, mapper: Mapper[Any] | None, clause: ClauseElement | None
) -> Connection | None:
    """Return the connection on which a statement runs that is about an outside table; None for the house's own."""
    if not has_app_context() or EXTENSION not in current_app.extensions:
        return None
    name = outside_of(mapper.local_table if mapper is not None else clause)
    return _connection(session, name) if name else None


def _first_table(clause: Any) -> Table | None:
    if clause is None or isinstance(clause, Table):
        return clause
    named = getattr(clause, "table", None)
    if isinstance(named, Table):
        return named
    return next((each for each in visitors.iterate(clause) if isinstance(each, Table)), None)


def _connection(session: Session, name: str) -> Connection:
    opened: dict[str, Connection] = session.info.setdefault(_OPEN, {})
    if name not in opened:
        opened[name] = engine_of(name).connect()
        opened[name].begin()
    return opened[name]


# --- The end of a transaction --------------------------------------------------------------------------


def end_with(session: Any) -> None:
    """Let the transactions of outside databases end with those of `session`, or of each of a scoped one."""
    event.listen(session, "after_commit", _commit)
    event.listen(session, "after_rollback", _roll_back)
    event.listen(session, "after_transaction_end", _close)


def _commit(session: Session) -> None:
    if session.in_nested_transaction():
        return  # a savepoint ends, and its own part on the other connection ended with it
    for name, connection in _taken(session):
        transaction = connection.get_transaction()
        try:
            if transaction is not None:
                transaction.commit()
        except DBAPIError:
            # Raised once the session is done with its own commit: within it, it could not go on.
            session.info[_LOST] = name
            connection.invalidate()
        finally:
            connection.close()


def refuse_if_lost(session: Session) -> None:
    """Raise `OutsideLost` if the commit that just ended was not confirmed by an outside database."""
    name = session.info.pop(_LOST, "")
    if name:
        log.error("The outside database %s did not confirm what was saved.", name)
        raise OutsideLost


def _roll_back(session: Session) -> None:
    root = session.get_transaction()
    if root is None or not root.is_active:
        _close_all(session)


def _close(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        _close_all(session)


def _close_all(session: Session) -> None:
    for _name, connection in _taken(session):
        connection.close()


def _taken(session: Session) -> Iterator[tuple[str, Connection]]:
    opened: dict[str, Connection] = session.info.get(_OPEN, {})
    while opened:
        yield opened.popitem()
