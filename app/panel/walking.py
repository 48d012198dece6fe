"""Walking: the rows beyond a place in an order of several columns, read off one index without sorting the table.

One plain index over the columns serves every mixture of directions, with empty values last, on databases that disagree
about where empty values belong and can't walk an index up in one column and down in the next (ADR 21).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, bindparam, not_, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import InstrumentedAttribute

from app.core.declaration import Screen
from app.core.keys import KeyPart
from app.panel.columns import any_key, key_columns, stored
from app.panel.index_hints import hinted, misses_index
from app.panel.selecting import Selection

Segment = Literal["filled", "empty"]
Values = tuple[KeyPart, ...]


def may_be_empty(column: Any) -> bool:
    """Say whether a column may hold NULL; a value that is computed (the number of a row) always is there."""
    return bool(getattr(column, "nullable", False))


@dataclass(frozen=True)
class Walk:
    """Reads rows ordered by `columns`, of which the last are the key's; `downwards` says so of each.

    A place is the values of one row in all columns. Rows that agree in the first columns are a group; what lies beyond
    a place is the rest of its smallest group, then of the one around that, and so on. A group is one range of the index
    where all that follows runs in one direction. Where it does not, the groups ahead are found by the index; those that
    are found whole are fetched by their keys and put in order, no more rows than are asked for; the last one is read
    as a group of its own. `narrow` adds the question's conditions; `shape` names them, if the statements may be kept.
    `in_use` says that the trash is not what is read.
    """

    screen: Screen
    selection: Selection
    columns: tuple[InstrumentedAttribute[Any], ...]
    downwards: tuple[bool, ...]
    backward: bool
    narrow: Callable[[Select[Any]], Select[Any]]
    shape: Hashable | None
    database: str
    in_use: bool = True

    def rows(self, place: Values | None, limit: int) -> list[Any]:
        """Return the first `limit` rows beyond the place, or from one end of the list, as the database gives them."""
        return self._group((), place, limit)

    def _group(self, fixed: Values, place: Values | None, limit: int) -> list[Any]:
        """Return rows of the group whose first columns are `fixed`, beyond a place in it."""
        depth = len(fixed)
        if depth == len(self.columns):
            return []  # nothing lies behind the row of the place itself
        segments: list[Segment] = ["filled"]
        if may_be_empty(stored(self.columns[depth])):
            segments = ["empty", "filled"] if self.backward else ["filled", "empty"]
        if place is not None:
            segments = segments[segments.index("empty" if place[depth] is None else "filled") :]
        found: list[Any] = []
        for number, segment in enumerate(segments):
            if len(found) < limit:
                inside = place if number == 0 else None
                found += self._segment(segment, fixed, inside, limit - len(found))
        return found

    def _segment(self, segment: Segment, fixed: Values, place: Values | None, limit: int) -> list[Any]:
        if segment == "empty":
            return self._group((*fixed, None), place, limit)
        found: list[Any] = []
        after = None
        if place is not None:
            after = place[len(fixed)]
            found = self._group((*fixed, after), place, limit)
        if len(found) < limit:
            read = self._range if self._is_straight(len(fixed)) else self._groups
            found += read(fixed, after, limit - len(found))
        return found

    def _is_straight(self, depth: int) -> bool:
        """Say whether the index holds the order of a group's filled values as it is."""
        return len(set(self.downwards[depth:])) == 1 and not any(
            may_be_empty(stored(column)) for column in self.columns[depth + 1 :]
        )

    def _range(self, fixed: Values, after: KeyPart, limit: int) -> list[Any]:
        """Return rows of a group beyond those with the value `after` (None: from its end on), as the index has them."""
        return self._read("range", self.selection.base, fixed, after, limit)

    def _groups(self, fixed: Values, after: KeyPart, limit: int) -> list[Any]:
        """Return rows of a group beyond those with the value `after`, where the index does not have them in order."""
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

    def _ahead(self, fixed: Values, after: KeyPart, limit: int) -> Sequence[Any]:
        """Return keys and value of the next rows in the index's order, which keeps groups together but not sorted."""
        parts = (*key_columns(self.screen), self.columns[len(fixed)])
        return self._read("ahead", select(*parts), fixed, after, limit)

    def _whole_groups(self, depth: int, ahead: Sequence[Any], *, is_end: bool) -> list[Any]:
        """Return these rows in order, without those of the last group unless the end is near."""
        query = self.selection.base.where(any_key(self.screen, [tuple(row[:-1]) for row in ahead]))
        if not is_end:
            # The database itself says what is equal: it may look past blanks at the end.
            query = query.where(not_(self._is(depth, ahead[-1][-1], "last")))
        order: list[Any] = []
        for number, attribute in enumerate(self.columns[depth:], start=depth):
            column = stored(attribute)
            if number > depth and may_be_empty(column):
                order.append(_directed(column.is_(None), descending=self.backward))
            order.append(_directed(column, descending=self.downwards[number]))
        values = {"most": len(ahead), **({} if is_end else {"last": ahead[-1][-1]})}
        return self.selection.fetch(query.order_by(*order).limit(bindparam("most")), values)

    def _read(self, what: str, base: Select[Any], fixed: Values, after: KeyPart, limit: int) -> list[Any]:
        kind = (what, _shape(fixed), after is None)
        values = {**_bound(fixed, after), "most": limit}
        statement = self._once(kind, lambda: self._hinted(self._beyond(base, fixed, after)))
        try:
            return self.selection.fetch(statement, values)
        except DBAPIError as error:
            if not misses_index(error):
                raise
            return self.selection.fetch(self._beyond(base, fixed, after), values)

    def _hinted(self, query: Select[Any]) -> Select[Any]:
        columns = [stored(each) for each in self.columns]
        return hinted(query, columns, is_filtered=self.shape is None) if self.in_use else query

    def _beyond(self, query: Select[Any], fixed: Values, after: KeyPart) -> Select[Any]:
        """Return the statement of a group's filled values beyond `after`: one range of the index in one direction."""
        depth = len(fixed)
        column, descending = stored(self.columns[depth]), self.downwards[depth]
        query = self.narrow(query).where(
            *(self._is(number, value, f"fixed{number}") for number, value in enumerate(fixed))
        )
        if after is not None:
            place = bindparam("place", type_=column.type)
            query = query.where(column < place if descending else column > place)
        elif may_be_empty(column):
            query = query.where(column.is_not(None))
        order = [*self._constant(fixed), *(stored(each) for each in self.columns[depth:])]
        directed = (_directed(each, descending=descending) for each in order)
        return query.order_by(*directed).limit(bindparam("most"))

    def _constant(self, fixed: Values) -> list[Any]:
        """Return the constant columns that a database must find in ORDER BY to recognise the order of its index.

        PostgreSQL sorts for `a IS NULL ORDER BY b`, and MariaDB for `ORDER BY a, b` if `a` is constant.
        """
        if self.database != "postgresql":
            return []
        return [stored(each) for each, value in zip(self.columns, fixed, strict=False) if value is None]

    def _is(self, number: int, value: KeyPart, name: str) -> ColumnElement[bool]:
        column = stored(self.columns[number])
        same: ColumnElement[bool] = column == bindparam(name, type_=column.type)
        return column.is_(None) if value is None else same

    def _once(self, kind: Hashable, make: Callable[[], Select[Any]]) -> Select[Any]:
        """Return the statement of this kind; that of an unfiltered list is put together once and only bound anew."""
        if self.shape is None:
            return make()
        return self.selection.once((self.database, self.shape, self.downwards, kind), make)


def _directed(column: ColumnElement[Any], *, descending: bool) -> ColumnElement[Any]:
    return column.desc() if descending else column.asc()


def _shape(fixed: Values) -> tuple[bool, ...]:
    return tuple(value is None for value in fixed)


def _bound(fixed: Values, after: KeyPart) -> dict[str, KeyPart]:
    bound: dict[str, KeyPart] = {
        f"fixed{number}": value for number, value in enumerate(fixed) if value is not None
    }
    return bound if after is None else {**bound, "place": after}
