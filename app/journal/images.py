"""Images: what a record looks like before and after a flush, as the session and the database know it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import ClauseElement, select, tuple_
from sqlalchemy.orm import InstanceState, LoaderCallableStatus, PassiveFlag, Session, attributes

from app.core.errors import ProgrammingError
from app.journal.changes import Encoded
from app.journal.coverage import Plan
from app.journal.values import SECRET, encode, links

_ROWS_AT_ONCE = 500


def whole(plan: Plan, values: dict[str, Any], token_of: Callable[[Any], str]) -> Encoded:
    """Return all recorded attributes out of `values`; what is not there was never set."""
    image: Encoded = {}
    for name in plan.columns:
        value = values.get(name)
        image[name] = SECRET if name in plan.secret and value is not None else encode(value)
    for name in plan.links:
        image[name] = links([token_of(each) for each in values.get(name) or ()])
    return image


def changed_columns(plan: Plan, state: InstanceState[Any]) -> dict[str, Any]:
    """Return the columns that were set since the record was read, with the values read."""
    return {name: old for name, old in state.committed_state.items() if name in plan.columns}


def unknown_before(plan: Plan, state: InstanceState[Any]) -> tuple[str, ...]:
    """Return the columns of whose change only the database will know both values after the flush.

    They were set without having been read, or to an expression, whose trace the flush wipes out.
    """
    return tuple(
        name
        for name, old in changed_columns(plan, state).items()
        if old is LoaderCallableStatus.NO_VALUE or isinstance(state.dict.get(name), ClauseElement)
    )


def link_lists(
    plan: Plan, state: InstanceState[Any], token_of: Callable[[Any], str]
) -> Iterable[tuple[str, Any, Any]]:
    """Yield the link lists that were changed: attribute, before, after."""
    for name in plan.links:
        if name not in state.committed_state:
            continue
        if name not in state.dict:
            raise ProgrammingError(
                f"{plan.subject}.{name} is changed without having been read: read it first"
            )
        history = attributes.get_history(state.obj(), name, PassiveFlag.PASSIVE_NO_INITIALIZE)
        if history.added or history.deleted:
            kept = [token_of(each) for each in history.unchanged]
            before = links(kept + [token_of(each) for each in history.deleted])
            yield name, before, links(kept + [token_of(each) for each in history.added])


def stored(
    session: Session, plan: Plan, names: Iterable[str], keys: list[tuple[Any, ...]]
) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Return these columns as the database has them now, by key; one statement for five hundred records."""
    model = plan.mapper.class_
    parts = [getattr(model, name) for name in plan.keys]
    wanted = list(names)
    columns = [getattr(model, name) for name in wanted]
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    connection = session.connection(bind_arguments={"mapper": plan.mapper})
    for start in range(0, len(keys), _ROWS_AT_ONCE):
        chunk = keys[start : start + _ROWS_AT_ONCE]
        named = parts[0].in_([key[0] for key in chunk]) if len(parts) == 1 else tuple_(*parts).in_(chunk)
        query = select(*parts, *columns).where(named).limit(len(chunk))
        for row in connection.execute(query):
            values = tuple(row)
            found[values[: len(parts)]] = dict(zip(wanted, values[len(parts) :], strict=True))
    return found


def now(plan: Plan, state: InstanceState[Any], name: str, session: Session) -> Any:
    """Return an attribute as it stands after the flush; what the database computed is asked of it."""
    value = state.dict.get(name)
    if name in state.dict and not isinstance(value, ClauseElement):
        return value
    if name not in state.expired_attributes and not isinstance(value, ClauseElement):
        return None
    # A record that was merged or expired may not even know its key's column, but its identity.
    key = tuple(state.identity or (state.dict[part] for part in plan.keys))
    return stored(session, plan, [name], [key])[key][name]
