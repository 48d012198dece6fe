"""Walking: the rows beyond a place in an order of several fields, read off one index without sorting the table.

One plain index over the fields and the key serves every mixture of directions, with empty values last, on databases
that disagree about where empty values belong and can't walk an index up in one column and down in the next (ADR 21).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, and_, bindparam, not_, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from app.core.database import db
from app.core.declaration import Screen
from app.core.keys import KeyPart
from app.panel.columns import Key, any_key, stored
from app.panel.selecting import Selection

Segment = Literal["filled", "empty"]


@dataclass(frozen=True)
class Place:
    """A place between two rows: the values sorted by (None for an empty one) and the key."""

    values: tuple[KeyPart, ...]
    key: Key


@dataclass(frozen=True)
class Walk:
    """Reads rows ordered by `columns` and then `keys`; `downwards` says so of each column and, last, of the keys.

    Rows that agree in the first columns are a group. A group is one range of the index where all that follows runs
    in one direction. Where it does not, the groups ahead are found by the index; those that a page holds whole are
    fetched by their keys and put in order, a page of rows at most; the last one is read as a group of its own.
    `narrow` adds the question's conditions; `shape` names them, if the statements may be kept.
    """

    screen: Screen
    selection: Selection
    columns: tuple[InstrumentedAttribute[Any], ...]
    keys: tuple[InstrumentedAttribute[Any], ...]
    downwards: tuple[bool, ...]
    backward: bool
    narrow: Callable[[Select[Any]], Select[Any]]
    shape: Hashable | None

    def rows(self, place: Place | None, limit: int) -> list[Any]:
        """Return the first `limit` rows beyond the place, without one from the list's end, as the database gives them."""
        return self._group((), place, limit)

    def _group(self, fixed: tuple[KeyPart, ...], place: Place | None, limit: int) -> list[Any]:
        """Return rows of the group whose first columns are `fixed`, beyond a place in it."""
        depth = len(fixed)
        if depth == len(self.columns):
            return self._range(fixed, place, limit)
        segments: list[Segment] = ["filled"]
        if stored(self.columns[depth]).nullable:
            segments = ["empty", "filled"] if self.backward else ["filled", "empty"]
        if place is not None:
            segments = segments[segments.index("empty" if place.values[depth] is None else "filled") :]
        found: list[Any] = []
        for number, segment in enumerate(segments):
            if len(found) < limit:
                inside = place if number == 0 else None
                found += self._segment(segment, fixed, inside, limit - len(found))
        return found

    def _segment(
        self, segment: Segment, fixed: tuple[KeyPart, ...], place: Place | None, limit: int
    ) -> list[Any]:
        if segment == "empty":
            return self._group((*fixed, None), place, limit)
        if self._is_straight(len(fixed)):
            return self._range(fixed, place, limit)
        if place is None:
            return self._groups(fixed, None, limit)
        at = place.values[len(fixed)]
        found = self._group((*fixed, at), place, limit)
        return found if len(found) >= limit else found + self._groups(fixed, at, limit - len(found))

    def _is_straight(self, depth: int) -> bool:
        """Say whether the index holds the order of a group's filled values as it is."""
        return len(set(self.downwards[depth:])) == 1 and not any(
            stored(column).nullable for column in self.columns[depth + 1 :]
        )

    def _groups(self, fixed: tuple[KeyPart, ...], after: KeyPart, limit: int) -> list[Any]:
        """Return rows of the groups beyond the one with the value `after`, the first ones for None."""
        found: list[Any] = []
        while len(found) < limit:
            wanted = limit - len(found)
            ahead = self._ahead(fixed, after, wanted)
            is_end = len(ahead) < wanted
            if ahead and (is_end or ahead[0][-1] != ahead[-1][-1]):
                found += self._whole_groups(len(fixed), ahead, is_end=is_end)
            if is_end:
                break
            # The last group may go on beyond what was looked at, in another order than the index's.
            after = ahead[-1][-1]
            found += self._group((*fixed, after), None, limit - len(found))
        return found

    def _ahead(self, fixed: tuple[KeyPart, ...], after: KeyPart, limit: int) -> Sequence[Any]:
        """Return key and value of the next rows in the index's order, which keeps the groups apart but not sorted."""
        depth = len(fixed)
        column, order = stored(self.columns[depth]), self._stored(depth)
        descending = self.downwards[depth]

        def make() -> Select[Any]:
            query = self._within(self.narrow(select(*self.keys, column)), fixed).where(column.is_not(None))
            if after is not None:
                beyond = bindparam("place0", type_=column.type)
                query = query.where(column < beyond if descending else column > beyond)
            return self._ordered(query, fixed, order, descending)

        statement = self._once(("ahead", _shape(fixed), after is None), make)
        bound = _bound(fixed, [] if after is None else [after])
        return db.session.execute(statement, {**bound, "most": limit}).all()

    def _whole_groups(self, depth: int, ahead: Sequence[Any], *, is_end: bool) -> list[Any]:
        """Return these rows in order, without those of the last group unless the end is near."""
        column = stored(self.columns[depth])
        query = self.selection.base.where(any_key(self.screen, [tuple(row[:-1]) for row in ahead]))
        if not is_end:
            # The database itself says what is equal: it may pad blanks or fold letters.
            query = query.where(not_(column == bindparam("fixed0", ahead[-1][-1], type_=column.type)))
        order: list[Any] = []
        for each, descending in zip(self.columns[depth:], self.downwards[depth:], strict=False):
            if each is not self.columns[depth] and stored(each).nullable:
                order.append(_directed(stored(each).is_(None), descending=self.backward))
            order.append(_directed(stored(each), descending=descending))
        order += [_directed(stored(key), descending=self.downwards[-1]) for key in self.keys]
        return self.selection.fetch(query.order_by(*order).limit(bindparam("most")), {"most": len(ahead)})

    def _range(self, fixed: tuple[KeyPart, ...], place: Place | None, limit: int) -> list[Any]:
        """Return rows of a group that one range of the index holds in order."""
        depth = len(fixed)
        order, descending = self._stored(depth), self.downwards[depth]
        values = [] if place is None else [*place.values[depth:], *place.key]

        def make() -> Select[Any]:
            query = self._within(self.narrow(self.selection.base), fixed)
            if depth < len(self.columns) and order[0].nullable:
                query = query.where(order[0].is_not(None))
            if place is not None:
                query = query.where(_beyond(order, descending))
            return self._ordered(query, fixed, order, descending)

        statement = self._once(("range", _shape(fixed), place is None), make)
        return self.selection.fetch(statement, {**_bound(fixed, values), "most": limit})

    def _stored(self, depth: int) -> list[Any]:
        return [stored(each) for each in (*self.columns[depth:], *self.keys)]

    def _within(self, query: Select[Any], fixed: tuple[KeyPart, ...]) -> Select[Any]:
        for number, (attribute, value) in enumerate(zip(self.columns, fixed, strict=False)):
            column = stored(attribute)
            same = column == bindparam(f"fixed{number}", type_=column.type)
            query = query.where(column.is_(None) if value is None else same)
        return query

    def _ordered(
        self, query: Select[Any], fixed: tuple[KeyPart, ...], order: Sequence[Any], descending: bool
    ) -> Select[Any]:
        # PostgreSQL takes `a IS NULL ORDER BY b` for unsorted, and `a IS NULL ORDER BY a, b` for the index's order.
        constant = [stored(each) for each in self.columns[: len(fixed)]]
        return query.order_by(
            *(_directed(each, descending=descending) for each in (*constant, *order))
        ).limit(bindparam("most"))

    def _once(self, kind: Hashable, make: Callable[[], Select[Any]]) -> Select[Any]:
        """Return the statement of this kind; that of an unfiltered list is put together once and only bound anew."""
        if self.shape is None:
            return make()
        return self.selection.once((self.shape, self.downwards, self.backward, kind), make)


def _directed(column: ColumnElement[Any], *, descending: bool) -> ColumnElement[Any]:
    return column.desc() if descending else column.asc()


def _shape(fixed: tuple[KeyPart, ...]) -> tuple[bool, ...]:
    return tuple(value is None for value in fixed)


def _bound(fixed: tuple[KeyPart, ...], values: Sequence[KeyPart]) -> dict[str, KeyPart]:
    bound = {f"fixed{number}": value for number, value in enumerate(fixed) if value is not None}
    return bound | {f"place{number}": value for number, value in enumerate(values)}


def _beyond(columns: Sequence[Any], descending: bool, number: int = 0) -> ColumnElement[bool]:
    """Return the condition that a row lies beyond the place bound to `place0`, `place1` … in this order.

    Written `a <= x AND (a < x OR b < y)`: the first part is a plain range on the index's first column, which
    every database seeks to; a row comparison or a bare OR is not, on at least one of them.
    """
    column = columns[number]
    value = bindparam(f"place{number}", type_=column.type)
    strict = column < value if descending else column > value
    if number == len(columns) - 1:
        return strict
    reach = column <= value if descending else column >= value
    return and_(reach, or_(strict, _beyond(columns, descending, number + 1)))
