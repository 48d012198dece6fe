"""About: the person whom a record tells of, found by the path that its class declares (`__about__`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column
from sqlalchemy.orm import InstanceState, Mapper, Session
from sqlalchemy.orm.util import identity_key

from app.core.errors import ProgrammingError
from app.core.keys import encode_token
from app.journal import images
from app.journal.coverage import Plan, plan_of

# A person's table and token.
Person = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Whom:
    """A person by table and key; or, with a `path`, the record `via` which the rest of the path leads there."""

    table: str
    key: Any
    via: Mapper[Any] | None = None
    path: tuple[str, ...] = ()


def whom(plan: Plan, state: InstanceState[Any], session: Session, *, going: bool = False) -> Whom | None:
    """Return whom a record in the session is about; of one that is `going` the path is followed at once."""
    if not plan.about:
        return None
    first = plan.about[0]
    if len(plan.about) == 1 and first in plan.keys:
        key = state.identity[0] if state.identity else state.dict[first]
        return Whom(plan.subject, key)
    column = _column(plan.mapper, first)
    value = images.now(plan, state, plan.mapper.get_property_by_column(column).key, session)
    found = _step(plan.mapper, plan.about, value)
    return _followed(session, found, ask=going)


def whom_of(plan: Plan, key: Any) -> Whom | None:
    """Return whom the record with this key is about, when nothing else is known of it."""
    if not plan.about:
        return None
    if plan.about[0] in plan.keys:
        return Whom(plan.subject, key)
    return Whom(plan.subject, key, plan.mapper, plan.about)


def resolve(session: Session, asked: Iterable[Whom]) -> dict[Whom, Person]:
    """Return the persons, with one statement for each kind of record on the way; who can't be found is left out."""
    found: dict[Whom, Person] = {}
    waiting: dict[Whom, list[Whom]] = defaultdict(list)
    for each in set(asked):
        waiting[each].append(each)
    while waiting:
        further: dict[Whom, list[Whom]] = defaultdict(list)
        steps = _next_steps(session, [each for each in waiting if each.via is not None])
        for each, origins in waiting.items():
            if each.via is None:
                person = (each.table, encode_token([each.key]))
                found |= dict.fromkeys(origins, person)
            elif (then := steps.get(each)) is not None:
                further[then] += origins
        waiting = further
    return found


def _column(mapper: Mapper[Any], name: str) -> Column[Any]:
    """Return the column behind a column's or a link's attribute."""
    if name in mapper.relationships:
        (column,) = mapper.relationships[name].local_columns
    else:
        column = mapper.columns[name]
    assert isinstance(column, Column)
    return column


def _step(mapper: Mapper[Any], path: tuple[str, ...], value: Any) -> Whom | None:
    """Return where the first attribute of `path` leads, when it holds `value`."""
    if value is None:
        return None
    if len(path) > 1:
        target = mapper.relationships[path[0]].mapper
        return Whom(target.local_table.name, value, target, path[1:])  # type: ignore[attr-defined]
    column = _column(mapper, path[0])
    foreign = next(iter(column.foreign_keys), None)
    if foreign is None:
        raise ProgrammingError(f"{column} is named in __about__ and points to nobody")
    return Whom(foreign.column.table.name, value)


def _followed(session: Session, start: Whom | None, *, ask: bool) -> Whom | None:
    """Return how far the records that the session holds lead; with `ask` the database tells the rest."""
    while start is not None and start.via is not None:
        known = session.identity_map.get(identity_key(start.via.class_, start.key))
        name = start.via.get_property_by_column(_column(start.via, start.path[0])).key
        if known is not None and name in known.__dict__:
            start = _step(start.via, start.path, known.__dict__[name])
        elif ask:
            start = _next_steps(session, [start]).get(start)
        else:
            break
    return start


def _next_steps(session: Session, asked: list[Whom]) -> dict[Whom, Whom]:
    by_kind: dict[tuple[Mapper[Any], tuple[str, ...]], list[Whom]] = defaultdict(list)
    for each in asked:
        assert each.via is not None
        by_kind[each.via, each.path].append(each)
    found: dict[Whom, Whom] = {}
    for (mapper, path), group in by_kind.items():
        plan = plan_of(mapper)
        assert plan is not None, "the way to a person leads over records that are written down"
        name = mapper.get_property_by_column(_column(mapper, path[0])).key
        rows = images.stored(session, plan, [name], [(each.key,) for each in group])
        for each in group:
            then = _step(mapper, path, rows.get((each.key,), {}).get(name))
            if then is not None:
                found[each] = then
    return found
