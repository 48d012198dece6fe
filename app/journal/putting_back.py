"""Putting back: what one entry says a record was before, written onto the record as it is now."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Enum, inspect, select, tuple_
from sqlalchemy.orm import selectinload

from app.core.database import db
from app.core.keys import decode_token, encode_token
from app.core.outside import subject_of
from app.journal.coverage import Plan, plan_of
from app.journal.models import JournalEntry, Verb
from app.journal.values import SECRET, decode, encode, links, load

Key = tuple[Any, ...]
RESTORED, CHANGED_SINCE, GONE = "restored", "changed_since", "gone"


class Unfit(Exception):
    """A value of the past that the record can no longer take."""


def plan_for(model: type[Any]) -> Plan:
    """Return the plan of a journalled model."""
    plan = plan_of(inspect(model))
    assert plan is not None, "only journalled models have entries"
    return plan


@dataclass
class Rows:
    """The records that a run of entries is about, locked, and the records that their lists will name."""

    found: dict[tuple[type[Any], Key], Any] = field(default_factory=dict)

    @classmethod
    def read(cls, pairs: Iterable[tuple[type[Any], JournalEntry]]) -> Rows:
        """Read and lock the records in key order, one statement a kind; then those that their lists name."""
        rows = cls()
        wanted: dict[type[Any], set[Key]] = {}
        linked: dict[type[Any], set[Key]] = {}
        for model, entry in pairs:
            wanted.setdefault(model, set()).add(decode_token(entry.record))
            for target, named in _linked(plan_for(model), load(entry.before) or {}):
                linked.setdefault(target, set()).update(named)
        for model, keys in sorted(wanted.items(), key=lambda pair: subject_of(pair[0])):
            rows._fetch(model, keys, lock=True)
        for target, keys in linked.items():
            rows._fetch(target, {key for key in keys if (target, key) not in rows.found}, lock=False)
        return rows

    def _fetch(self, model: type[Any], keys: set[Key], *, lock: bool) -> None:
        if not keys:
            return
        plan = plan_for(model)
        parts = [getattr(model, name) for name in plan.keys]
        named = parts[0].in_([key[0] for key in keys]) if len(parts) == 1 else tuple_(*parts).in_(keys)
        query = select(model).where(named).order_by(*parts).limit(len(keys))
        if lock:
            lists = [selectinload(getattr(model, name)) for name in plan.links]
            query = query.options(*lists).with_for_update(of=model)
            query = query.execution_options(populate_existing=True)
        for record in db.session.scalars(query):
            self.found[model, tuple(getattr(record, name) for name in plan.keys)] = record


def _linked(plan: Plan, values: Mapping[str, Any]) -> Iterable[tuple[type[Any], list[Key]]]:
    for name, link in plan.links.items():
        if name in values:
            yield link.mapper.class_, [decode_token(token) for token in decode(values[name]) or ()]


def put_back(rows: Rows, model: type[Any], entry: JournalEntry) -> str:
    """Take one entry back on its record; return whether it was, or why not. Raises `Unfit`."""
    if entry.unreadable:
        raise Unfit
    plan = plan_for(model)
    before, after = load(entry.before), load(entry.after)
    key = decode_token(entry.record)
    record = rows.found.get((model, key))
    if entry.verb is Verb.DELETED:
        if record is not None:
            return CHANGED_SINCE
        _make_again(rows, plan, key, before or {})
        return RESTORED
    if record is None or inspect(record).was_deleted:
        return GONE
    if any(
        current(plan, record, name) != value for name, value in (after or {}).items() if _is_known(plan, name)
    ):
        return CHANGED_SINCE
    if entry.verb is Verb.ADDED:
        record.move_to_trash() if hasattr(record, "deleted_at") else db.session.delete(record)
    else:
        _assign(rows, plan, record, before or {})
    return RESTORED


def _is_known(plan: Plan, name: str) -> bool:
    return name in plan.columns or name in plan.links


def current(plan: Plan, record: Any, name: str) -> Any:
    """Return what an attribute of a record holds now, as the journal writes it."""
    value = getattr(record, name)
    if name in plan.links:
        return links([encode_token(list(inspect(each).identity or ())) for each in value])
    return SECRET if name in plan.secret and value is not None else encode(value)


def _make_again(rows: Rows, plan: Plan, key: Key, values: Mapping[str, Any]) -> None:
    record = plan.mapper.class_()
    for name, part in zip(plan.keys, key, strict=True):
        setattr(record, name, part)
    _assign(rows, plan, record, values)
    db.session.add(record)
    rows.found[plan.mapper.class_, key] = record


def _assign(rows: Rows, plan: Plan, record: Any, values: Mapping[str, Any]) -> None:
    """Set attributes to their values of the past; columns that others are derived from come first, as declared."""
    if any(value == SECRET for value in values.values()):
        raise Unfit
    known = [name for name in values if _is_known(plan, name)]
    if len(known) < len(values) and not known:
        raise Unfit
    for name in known:
        setattr(record, name, _value(rows, plan, name, values[name]))


def _value(rows: Rows, plan: Plan, name: str, document: Any) -> Any:
    value = decode(document)
    if name in plan.links:
        target = plan.links[name].mapper.class_
        found = [rows.found.get((target, decode_token(token))) for token in value]
        if any(each is None for each in found):
            raise Unfit
        return found
    kind = plan.columns[name].type
    if isinstance(kind, Enum) and kind.enum_class is not None and value is not None:
        return _member(kind.enum_class, value)
    return value


def _member(choices: type[enum.Enum], value: Any) -> enum.Enum:
    try:
        return choices(value)
    except ValueError as error:
        raise Unfit from error
