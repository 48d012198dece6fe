"""Reach: the limits of rows as conditions: the filters of roles, the branches, and what goes with its owner."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import aliased

from app.core import fields
from app.core.database import db
from app.core.declaration import Screen
from app.core.errors import Invalid
from app.core.kernel import Kernel, kernel
from app.core.limits import UNLIMITED, Limits, limited_to
from app.core.permissions import everything_granted
from app.core.reach import UNLIMITED as WAY_ROUND
from app.core.reach import Condition, OutOfReach, Reach, reach_of
from app.core.shop import shop, today
from app.panel.columns import any_key, key_columns, key_of
from app.panel.where import read_where

BRANCH = "access:branch"
_MOST_REACHES = 64


def install(house: Kernel) -> None:
    """Answer core's questions about rows."""
    house.reach = reach_within
    house.check_rows = check_rows
    house.refuse_unreachable = refuse_unreachable


def reach_within(within: Limits) -> Reach:
    """Return what limits leave within reach; put together once, anew each day, as filters may speak of days."""
    known: dict[tuple[Any, ...], Reach] = current_app.extensions.setdefault("kebu_reaches", {})
    key = (within.rows_key, kernel().shape_number, shop().profile, today())
    if key not in known:
        if len(known) >= _MOST_REACHES:
            known.clear()
        name = ":".join(str(part) for part in key)
        known[key] = reach_of(name, _Conditions(within).all())
    return known[key]


def check_rows(screen: Screen, text: str) -> None:
    """Raise `Invalid` for a filter that no row rule can be made of."""
    with limited_to(UNLIMITED), everything_granted():
        where = read_where(screen, text)
    if where is None:
        raise Invalid({"where": _("This filter can't be read. Build it anew.")})


class _Conditions:
    """Puts together the conditions of every screen; a screen that follows another one asks for that one's."""

    def __init__(self, within: Limits) -> None:
        self._within = within
        self._screens = kernel().declared_screens
        self._made: dict[str, Condition | None] = {}

    def all(self) -> dict[type[Any], Condition]:
        """Return the conditions by mapped class, only of those that are narrowed."""
        made = {screen.model: self._of(screen, frozenset()) for screen in self._screens.values()}
        return {model: condition for model, condition in made.items() if condition is not None}

    def _of(self, screen: Screen, above: frozenset[str]) -> Condition | None:
        if screen.name in self._made:
            return self._made[screen.name]
        parts = [*self._rows(screen), *self._branches(screen), *self._owners(screen, above | {screen.name})]
        condition = _all_of(parts) if parts else None
        if not above:
            self._made[screen.name] = condition
        return condition

    def _rows(self, screen: Screen) -> Iterator[Condition]:
        documents = self._within.rows.get(screen.name)
        if documents:
            yield _any_of([_read(screen, text) for text in documents])

    def _branches(self, screen: Screen) -> Iterator[Condition]:
        branches = self._within.branches
        if branches is None or (screen.shared and self._within.shares_customers):
            return
        wanted = sorted(branches)
        if screen.name == BRANCH:
            yield lambda entity: entity.id.in_(wanted)
        for entry in screen.fields.values():
            if isinstance(entry, fields.Link) and entry.to == BRANCH:
                yield _in_branches(entry.column, wanted)

    def _owners(self, screen: Screen, above: frozenset[str]) -> Iterator[Condition]:
        for name in screen.follows:
            entry = screen.fields[name]
            target = self._screens.get(getattr(entry, "to", ""))
            if target is None or target.name in above or len(key_columns(target)) != 1:
                continue
            owner = self._of(target, above)
            if owner is not None:
                yield _follows(entry.column, target, owner)


def _all_of(parts: list[Condition]) -> Condition:
    return lambda entity: and_(*(part(entity) for part in parts))


def _any_of(parts: list[Condition]) -> Condition:
    return lambda entity: or_(*(part(entity) for part in parts))


def _in_branches(column: str, wanted: list[Any]) -> Condition:
    """Return the condition that a record belongs to one of the branches, or to none and so to all."""
    return lambda entity: or_(getattr(entity, column).in_(wanted), getattr(entity, column).is_(None))


def _follows(column: str, target: Screen, owner: Condition) -> Condition:
    """Return the condition that the record linked to is within reach, or that there is none."""

    def condition(entity: Any) -> ColumnElement[bool]:
        other = aliased(target.model)
        key = getattr(other, key_columns(target)[0].key)
        link = getattr(entity, column)
        return or_(link.in_(select(key).where(owner(other))), link.is_(None))

    return condition


def _read(screen: Screen, text: str) -> Condition:
    """Return a role's filter as a condition; one that can't be read any more lets nothing through."""
    try:
        with limited_to(UNLIMITED), everything_granted():
            where = read_where(screen, text)
    except Invalid:
        where = None
    if where is None:
        return lambda _entity: false()
    found = where

    def condition(entity: Any) -> ColumnElement[bool]:
        with limited_to(UNLIMITED), everything_granted():
            return found.root.condition(entity, screen)

    return condition


def refuse_unreachable(reach: Reach, model: type[Any], records: list[Any]) -> None:
    """Raise `Invalid` where one of the records just written lies out of reach; one statement."""
    screen = next(each for each in kernel().declared_screens.values() if each.model is model)
    keys = [key_of(screen, record) for record in records]
    query = select(*key_columns(screen)).where(any_key(screen, keys), *reach.on(model)).limit(len(keys))
    options = {WAY_ROUND: "the condition stands in the statement itself, which runs within a flush"}
    found = db.session.execute(query.execution_options(**options)).all()
    if len({tuple(row) for row in found}) < len(set(keys)):
        raise OutOfReach(_("With these values you would not see the record any more. Choose others."))
