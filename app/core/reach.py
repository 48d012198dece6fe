"""Reach: which records whoever is present may see at all. One listener narrows every statement of the session."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, cast

from flask import current_app, has_app_context
from sqlalchemy import Alias, ColumnElement, Delete, Select, Table, Update, event
from sqlalchemy.orm import ORMExecuteState, QueryableAttribute, Session, with_loader_criteria
from sqlalchemy.sql import visitors
from sqlalchemy.sql.base import ExecutableOption

from app.core.database import db, flushing
from app.core.errors import KebuError, ProgrammingError
from app.core.limits import limits

# Execution options: the one way round, with the reason; and the word of a statement that it is narrowed already.
UNLIMITED = "unlimited"
WITHIN = "within_reach"
# Builds the condition that a row of an entity (a mapped class, or an alias of one) is within reach.
Condition = Callable[[Any], ColumnElement[bool]]


@dataclass(frozen=True)
class Reach:
    """What is within reach, by mapped class; classes that are not named are so altogether. `key` names equal ones."""

    key: str = ""
    conditions: Mapping[type[Any], Condition] = field(default_factory=dict)
    options: tuple[ExecutableOption, ...] = ()
    tables: frozenset[Table] = frozenset()

    def on(self, model: type[Any], entity: Any = None) -> tuple[ColumnElement[bool], ...]:
        """Return the condition on `entity` (by default the class itself), for statements made of plain tables."""
        condition = self.conditions.get(model)
        return () if condition is None else (condition(model if entity is None else entity),)


EVERYTHING = Reach()


def reach_of(key: str, conditions: Mapping[type[Any], Condition]) -> Reach:
    """Return the reach made of these conditions."""
    options = tuple(
        with_loader_criteria(model, condition(model), include_aliases=True)
        for model, condition in conditions.items()
    )
    return Reach(key, dict(conditions), options, frozenset(model.__table__ for model in conditions))


# What finds out who is there and what they may see asks freely; so does a block of the program's own bookkeeping.
_free: ContextVar[bool] = ContextVar("free_of_reach", default=False)


@contextmanager
def free_of_reach() -> Iterator[None]:
    """Let the block see every record: for finding out what is within reach, never for what somebody reads."""
    token = _free.set(True)
    try:
        yield
    finally:
        _free.reset(token)


def present_reach() -> Reach:
    """Return what is within reach of whoever is present."""
    if _free.get() or not has_app_context() or "kebu" not in current_app.extensions:
        return EVERYTHING
    with free_of_reach():
        within = limits()
        provider = current_app.extensions["kebu"].reach if within.narrows_rows else None
        return EVERYTHING if provider is None else provider(within)


@event.listens_for(db.session, "do_orm_execute")
def _narrow(state: ORMExecuteState) -> None:
    """Add the condition of every class that is named, under whatever alias, to a statement about to be executed."""
    if _free.get() or flushing.get() or state.is_column_load or UNLIMITED in state.execution_options:
        return
    reach = present_reach()
    if not reach.conditions:
        return
    if WITHIN not in state.execution_options:
        _refuse_plain_tables(state.statement, reach)
    if state.is_orm_statement:
        # What is loaded along with a record has them already.
        present = set(state.statement._with_options)  # noqa: SLF001 - there is no public way
        state.statement = state.statement.options(*(each for each in reach.options if each not in present))


def _refuse_plain_tables(statement: Any, reach: Reach) -> None:
    """Raise for a statement that reads a plain table which rows are to be kept out of: no condition is added to that.

    A condition is added to what a SELECT reads as a mapped class; a class named in WHERE alone is read as its table.
    """
    waiting: list[tuple[Any, frozenset[Any]]] = [(statement, frozenset())]
    while waiting:
        node, around = waiting.pop()
        known = around | _entities(node)
        for child in node.get_children():
            base = child.element if isinstance(child, Alias) else child
            if not isinstance(base, Table):
                waiting.append((child, known))
            elif base in reach.tables and child not in known:
                raise ProgrammingError(
                    f"a statement reads the plain table {base.name}, which is narrowed here"
                )


def _entities(statement: Any) -> frozenset[Any]:
    """Return the tables and aliases that a SELECT, an UPDATE or a DELETE means as mapped classes; none of a part."""
    if isinstance(statement, Update | Delete):
        subject = statement._propagate_attrs.get("plugin_subject")  # noqa: SLF001 - there is no public way
        return frozenset() if subject is None else frozenset((subject.selectable,))
    if not isinstance(statement, Select):
        return frozenset()
    query = statement
    found: set[Any] = set()
    for source in (*query._raw_columns, *query._from_obj, *(join[0] for join in query._setup_joins)):  # noqa: SLF001
        if isinstance(source, QueryableAttribute):
            found.add(source._of_type or source.property.entity)  # noqa: SLF001
        else:
            found |= {each._annotations.get("parententity") for each in visitors.iterate(cast("Any", source))}  # noqa: SLF001
    return frozenset(entity.selectable for entity in found if entity is not None)


class OutOfReach(KebuError):
    """What was saved would lie out of the reach of whoever saves it."""


@event.listens_for(db.session, "after_flush")
def _refuse_unreachable(session: Session, _context: Any) -> None:
    """Raise where a record that was just written is out of reach: nobody puts away what he could not bring back."""
    if _free.get():
        return
    reach = present_reach()
    if not reach.conditions:
        return
    provider = current_app.extensions["kebu"].refuse_unreachable
    written = {
        model: [each for each in (*session.new, *session.dirty) if type(each) is model]
        for model in reach.conditions
    }
    for model, records in written.items():
        if records and provider is not None:
            provider(reach, model, records)
