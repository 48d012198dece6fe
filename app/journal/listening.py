"""Listening: every change that goes through the program's session is written down in the same transaction.

Before a flush the database is asked for what the session does not know of the old rows (seldom anything);
after it the changes are noted; right before the commit they become rows, in one statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from flask import Flask, current_app, has_app_context
from sqlalchemy import Table, event
from sqlalchemy import inspect as inspect_instance
from sqlalchemy.orm import InstanceState, ORMExecuteState, Session, SessionTransaction
from sqlalchemy.sql.ddl import sort_tables

from app.core.database import db
from app.core.errors import ProgrammingError
from app.core.keys import encode_token, uuid7
from app.core.occasion import present_occasion
from app.core.outside import subject_of
from app.core.record import actor_id
from app.journal import images
from app.journal.about import whom, whom_of
from app.journal.chaining import EXTENSION
from app.journal.changes import Change, Encoded, Happening, Pending
from app.journal.coverage import Plan, covers, plan_of
from app.journal.guarding import OWN, UNJOURNALLED
from app.journal.lost_links import lost_links
from app.journal.person_keys import forget_new, remember_new
from app.journal.values import SECRET, encode
from app.journal.writing import forget_chain, write

MOST_PENDING = 5_000
_INFO = "journal"


def keep_journal(app: Flask) -> None:
    """Write down what happens in this application; another one in the same process is left alone."""
    app.extensions[EXTENSION] = {}


def note_change(model: type[Any], key: Iterable[Any], before: Encoded | None, after: Encoded | None) -> None:
    """Note a change that the session can't see, made by a statement that said it is `unjournalled`.

    `before` and `after` hold encoded values by attribute, None when the record came or went.
    """
    if _keeps_journal():
        mapper, parts = inspect_instance(model), list(key)
        plan = plan_of(mapper)
        about = whom_of(plan, parts[0]) if plan is not None else None
        change = Change(subject_of(model), encode_token(parts), before, after, about=about)
        _layers(db.session()).top.add(_stamped(change))


def note_happening(happening: Happening) -> None:
    """Note something that happened, to be written with the open transaction."""
    if _keeps_journal():
        _layers(db.session()).top.add(happening)


def _keeps_journal() -> bool:
    return has_app_context() and EXTENSION in current_app.extensions


# --- What is pending: one layer for the transaction, one for every savepoint in it ---------------------


class _Layers:
    def __init__(self) -> None:
        self.base = Pending()
        self.savepoints: list[tuple[SessionTransaction, Pending]] = []
        # What the flush at hand is about to remove, and what only the database knew before it.
        self.going: list[Change] = []
        self.old: dict[InstanceState[Any], Mapping[str, Any]] = {}

    @property
    def top(self) -> Pending:
        return self.savepoints[-1][1] if self.savepoints else self.base


def _layers(session: Session) -> _Layers:
    found: _Layers = session.info.setdefault(_INFO, _Layers())
    return found


@event.listens_for(db.session, "after_transaction_create")
def _open_layer(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        _layers(session).savepoints.append((transaction, Pending()))


@event.listens_for(db.session, "after_rollback")
def _drop_layers(session: Session) -> None:
    root = session.get_transaction()
    if root is None or not root.is_active:
        session.info.pop(_INFO, None)
        forget_new(session)
        forget_chain(session)
        return
    layers = _layers(session)
    layers.going, layers.old = [], {}
    while layers.savepoints and not layers.savepoints[-1][0].is_active:
        layers.savepoints.pop()


@event.listens_for(db.session, "after_transaction_end")
def _close_layer(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_INFO, None)
        forget_new(session)
        forget_chain(session)
        return
    layers = _layers(session)
    if layers.savepoints and layers.savepoints[-1][0] is transaction:
        _transaction, released = layers.savepoints.pop()
        for change in released:
            layers.top.add(change)


# --- Around a flush ------------------------------------------------------------------------------------


@event.listens_for(db.session, "before_flush")
def _look_before(session: Session, _context: Any, _instances: Any) -> None:
    if not _keeps_journal():
        return
    layers = _layers(session)
    layers.going, layers.old = [], {}
    _ask_for_old_values(session, layers)
    lost: list[Change] = []
    for record in _by_table(session.deleted, children_first=True):
        state = inspect_instance(record)
        plan = plan_of(state.mapper)
        if plan is None or state.identity is None:
            continue
        key = tuple(state.identity)
        about = whom(plan, state, session, going=True)
        last = _last_image(session, plan, state)
        gone = _stamped(Change(plan.subject, encode_token(list(key)), last, None, about=about))
        losses = list(lost_links(session, plan, key))
        if losses and gone.occasion.batch_id is None:
            # Whoever takes the deletion back wants the links back too: together they are a batch.
            gone = replace(gone, occasion=replace(gone.occasion, batch_id=uuid7()))
        lost += [replace(each, actor_id=gone.actor_id, occasion=gone.occasion) for each in losses]
        layers.going.append(gone)
    layers.going[:0] = lost


def _ask_for_old_values(session: Session, layers: _Layers) -> None:
    """Read the old values of what was set without having been read, or set to what the database computes."""
    missing: dict[tuple[str, ...], dict[tuple[Any, ...], InstanceState[Any]]] = {}
    found: dict[tuple[str, ...], Plan] = {}
    for record in session.dirty:
        state = inspect_instance(record)
        plan = plan_of(state.mapper)
        if plan is None or state.identity is None:
            continue
        names = images.unknown_before(plan, state)
        if names:
            found[plan.subject, *names] = plan
            missing.setdefault((plan.subject, *names), {})[tuple(state.identity)] = state
    for shape, states in missing.items():
        rows = images.stored(session, found[shape], shape[1:], list(states))
        layers.old |= {states[key]: values for key, values in rows.items()}


def _last_image(session: Session, plan: Plan, state: InstanceState[Any]) -> Encoded:
    names = [name for name in plan.columns if name not in state.dict or name in state.committed_state]
    values = dict(state.dict)
    if names:
        key = tuple(state.identity or ())
        values |= images.stored(session, plan, names, [key]).get(key, {})
    with session.no_autoflush:
        # The flush reads these lists anyway, to delete their rows.
        values |= {name: getattr(state.obj(), name) for name in plan.links}
    return images.whole(plan, values, _token_of)


@event.listens_for(db.session, "after_flush")
def _note_flush(session: Session, _context: Any) -> None:
    if not _keeps_journal():
        return
    layers = _layers(session)
    deleted = session.deleted
    for record in _by_table(session.new):
        state = inspect_instance(record)
        if (plan := plan_of(state.mapper)) is not None:
            values = {name: images.now(plan, state, name, session) for name in plan.columns}
            values |= {name: state.dict.get(name) for name in (*plan.links, *plan.keys)}
            after = images.whole(plan, values, _token_of)
            about = whom(plan, state, session)
            layers.top.add(_stamped(Change(plan.subject, plan.token(values), None, after, about=about)))
    for record in session.dirty:
        state = inspect_instance(record)
        plan = plan_of(state.mapper)
        if plan is not None and record not in deleted:
            before, after = _differences(session, plan, state, layers.old.get(state, {}))
            if after:
                about = whom(plan, state, session)
                layers.top.add(_stamped(Change(plan.subject, _token_of(record), before, after, about=about)))
    for change in layers.going:
        layers.top.add(change)
    layers.going, layers.old = [], {}
    if len(layers.base) > MOST_PENDING and not layers.savepoints:
        # A long transaction's memory stays flat; what is written already is folded no further.
        _write(session, layers)


def _differences(
    session: Session, plan: Plan, state: InstanceState[Any], asked: Mapping[str, Any]
) -> tuple[Encoded, Encoded]:
    before: Encoded = {}
    after: Encoded = {}
    for name, was in {**images.changed_columns(plan, state), **asked}.items():
        first, then = encode(was), encode(images.now(plan, state, name, session))
        if first != then:
            secret = name in plan.secret
            before[name], after[name] = (SECRET, SECRET) if secret else (first, then)
    for name, first, then in images.link_lists(plan, state, _token_of):
        if first != then:
            before[name], after[name] = first, then
    return before, after


def _stamped(change: Change) -> Change:
    return replace(change, actor_id=actor_id(), occasion=present_occasion())


def _token_of(record: Any) -> str:
    state = inspect_instance(record)
    identity = state.identity
    if identity is None:
        identity = [
            state.dict[state.mapper.get_property_by_column(part).key] for part in state.mapper.primary_key
        ]
    return encode_token(list(identity))


def _by_table(records: Iterable[Any], *, children_first: bool = False) -> list[Any]:
    """Return records in the order in which their tables depend on each other, so that undoing goes backwards."""
    found = list(records)
    tables = {inspect_instance(record).mapper.local_table for record in found}
    if len(tables) < 2:
        return found
    order = {table: place for place, table in enumerate(sort_tables(tables))}
    found.sort(key=lambda record: order[inspect_instance(record).mapper.local_table], reverse=children_first)
    return found


# --- The commit ----------------------------------------------------------------------------------------


@event.listens_for(db.session, "before_commit")
def _write_before_commit(session: Session) -> None:
    if not _keeps_journal() or session.in_nested_transaction():
        return
    session.flush()
    if _INFO in session.info:
        _write(session, _layers(session))


def _write(session: Session, layers: _Layers) -> None:
    changes = list(layers.base)
    layers.base = Pending()
    if changes:
        write(session, changes)


@event.listens_for(db.session, "after_commit")
def _remember(session: Session) -> None:
    if _keeps_journal() and not session.in_nested_transaction():
        remember_new(session)
        forget_chain(session)


# --- What would pass by ----------------------------------------------------------------------------------


@event.listens_for(db.session, "do_orm_execute")
def _refuse_bulk(state: ORMExecuteState) -> None:
    """Refuse statements that change many rows unseen, unless they say why no entry is needed."""
    if not (state.is_update or state.is_delete) or not _keeps_journal():
        return
    table = getattr(state.statement, "table", None)
    watched = isinstance(table, Table) and (table.name in OWN or covers(table.name))
    options = state.execution_options
    if watched and not options.get(UNJOURNALLED) and not options.get("journal_itself"):
        raise ProgrammingError(
            f"UPDATE and DELETE on {table} leave no trace in the journal: change the records through the session, "
            f"or say why there is nothing to tell with execution_options({UNJOURNALLED}=…)"
        )
