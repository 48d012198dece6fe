"""Reading rows: filter, search, sort and page through a table of any size without counting or skipping."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, and_, bindparam, func, literal, or_, select, union
from sqlalchemy.orm import InstrumentedAttribute

from app.access.version import present_version
from app.core.database import db
from app.core.declaration import Screen, Search
from app.core.errors import Invalid, UnreadableToken
from app.core.keys import KeyPart, decode_token, encode_token
from app.panel.columns import column_of, fits, key_columns, key_of, stored
from app.panel.prefix import starts_with
from app.panel.selecting import Selection, selection
from app.panel.where import Where

PAGE_SIZE = 25
COUNT_CAP = 10_000
SEARCH_CAP = 500
FULL_SECONDS = 30
Order = Literal["asc", "desc"]


@dataclass(frozen=True)
class Question:
    """What a list is asked: conditions, search text, sort field (`id` for the key) and direction, trash or not.

    `where` is the nested filter that one of the conditions came from.
    """

    screen: Screen
    conditions: tuple[ColumnElement[bool], ...] = ()
    text: str = ""
    sort: str = "id"
    direction: Order = "desc"
    in_trash: bool = False
    where: Where | None = None

    def sort_column(self) -> InstrumentedAttribute[Any] | None:
        """Return the column sorted by before the key, or None when the key alone orders."""
        return None if self.sort == "id" else column_of(self.screen, self.screen.fields[self.sort])


@dataclass(frozen=True)
class Page:
    """A page of rows that answer like records, and the cursors of its neighbours, '' where there is none."""

    records: Sequence[Any]
    next: str = ""
    previous: str = ""


def read_sort(screen: Screen, text: str) -> tuple[str, Order]:
    """Return field and direction of `sort=-name`; raise `Invalid` for a column that can't be sorted by."""
    text = text or screen.sort
    name, direction = (text[1:], "desc") if text.startswith("-") else (text, "asc")
    if name != "id" and name not in screen.sorts:
        raise Invalid({"sort": _("This list can't be sorted by “%(name)s”.", name=name[:40])})
    return name, direction  # type: ignore[return-value]


def alive(screen: Screen, *, in_trash: bool = False) -> tuple[ColumnElement[bool], ...]:
    """Return the condition that a record is in use (or, asked so, in the trash)."""
    if not screen.has_trash:
        return ()
    deleted = stored(screen.model.deleted_at)
    return (deleted.is_not(None) if in_trash else deleted.is_(None),)


def matching(question: Question) -> Select[Any]:
    """Return `SELECT key` of every row the question admits, unordered."""
    query = select(*key_columns(question.screen)).where(*_where(question))
    found = _found(question)
    return query if found is None else query.join(found[0], found[1])


def _where(question: Question) -> tuple[ColumnElement[bool], ...]:
    return (*alive(question.screen, in_trash=question.in_trash), *question.conditions)


def _found(question: Question) -> tuple[Any, ColumnElement[bool]] | None:
    """Return the derived table of keys that the search text finds, and how it joins; None without a text.

    Each searched column gives its first `SEARCH_CAP` keys in index order, so a search never sorts or
    fetches more than that, however many rows begin with 王.
    """
    if not question.text:
        return None
    keys = key_columns(question.screen)
    parts = []
    for condition, column in search_conditions(question.screen, question.text):
        part = select(*keys).where(*_where(question), condition).order_by(column).limit(SEARCH_CAP)
        parts.append(select(part.subquery()))
    if not parts:
        parts = [select(*keys).where(keys[0].is_(None))]
    found = (union(*parts) if len(parts) > 1 else parts[0]).subquery("found")
    return found, and_(*(column == found.c[column.key] for column in keys))


def search_conditions(
    screen: Screen, text: str
) -> list[tuple[ColumnElement[bool], InstrumentedAttribute[Any]]]:
    """Return how the quick search reads `text`: a condition per column that can match it at all."""
    conditions = []
    for search, prepared in search_readings(screen, text):
        column = getattr(screen.model, search.column)
        exact = search.mode == "exact"
        conditions.append((column == prepared if exact else starts_with(column, prepared), column))
    return conditions


def search_readings(screen: Screen, text: str) -> list[tuple[Search, str]]:
    """Return the searches that `text` can mean at all, each with what its column would keep."""
    return [(search, prepared) for search in screen.search if (prepared := search.prepare(text))]


_plain_counts: dict[tuple[Any, ...], Select[Any]] = {}
_full_until: dict[tuple[Any, ...], float] = {}


def capped_count(question: Question, cap: int = COUNT_CAP) -> int:
    """Return how many rows match, counting no further than `cap` + 1.

    That an unfiltered table holds more than the cap is remembered for half a minute, until rights or the shop
    change: the walk through ten thousand rows would otherwise be the dearest part of every page.
    """
    if question.conditions or question.text:
        return _count(_capped(question), cap)
    key = (question.screen.model, question.in_trash)
    if key not in _plain_counts:
        _plain_counts[key] = _capped(question)
    fullness = (*key, cap, present_version())
    if _full_until.get(fullness, 0.0) > time.monotonic():
        return cap + 1
    count = _count(_plain_counts[key], cap)
    if count > cap:
        for known in [each for each in _full_until if each[:2] == key]:
            del _full_until[known]
        _full_until[fullness] = time.monotonic() + FULL_SECONDS
    return count


def _count(statement: Select[Any], cap: int) -> int:
    return int(db.session.scalar(statement, {"most": cap + 1}) or 0)


def _capped(question: Question) -> Select[Any]:
    rows = matching(question).with_only_columns(literal(1)).limit(bindparam("most")).subquery()
    return select(func.count()).select_from(rows)


def exact_count(question: Question) -> int:
    """Return how many rows match, whatever it costs; only on a person's explicit wish."""
    rows = matching(question).with_only_columns(literal(1)).subquery()
    return int(db.session.scalar(select(func.count()).select_from(rows)) or 0)


@dataclass(frozen=True)
class _Cursor:
    """A place between two rows: the sort value (None in the tail of empty values) and the key."""

    value: KeyPart
    key: tuple[KeyPart, ...]
    given: bool = True


@dataclass
class Reader:
    """Reads pages of one question by keyset: a page costs the same at the beginning and a million rows on.

    A row answers to the key, the title and `names`, which are fields or attributes of the model. Rows whose sort
    value is empty come last in either direction, on every database.
    """

    question: Question
    names: Sequence[str]
    page_size: int = PAGE_SIZE
    _keys: tuple[InstrumentedAttribute[Any], ...] = field(init=False)
    _selection: Selection = field(init=False)

    def __post_init__(self) -> None:
        screen, column = self.question.screen, self.question.sort_column()
        self._keys = key_columns(screen)
        sorted_by = () if column is None else (column.key,)
        self._selection = selection(screen, (*self.names, *sorted_by))

    def page(self, after: str = "", before: str = "") -> Page:
        """Return the page after or before a cursor; the first one without."""
        backward = bool(before)
        start = self._read_cursor(before or after)
        rows = self._rows(start, backward=backward, limit=self.page_size + 1)
        more = len(rows) > self.page_size
        rows = rows[: self.page_size]
        if backward:
            rows.reverse()
        has_next = more if not backward else start.given
        has_previous = more if backward else start.given
        return Page(
            rows,
            next=self.cursor_of(rows[-1]) if rows and has_next else "",
            previous=self.cursor_of(rows[0]) if rows and has_previous else "",
        )

    def every(self, batch: int = 1000) -> Iterator[Any]:
        """Yield all rows in order, fetched in batches."""
        start = _Cursor(None, (), given=False)
        while True:
            rows = self._rows(start, backward=False, limit=batch)
            yield from rows
            if len(rows) < batch:
                return
            start = self._place(rows[-1])

    def beside(self, record: Any) -> tuple[Any | None, Any | None]:
        """Return the rows right before and after `record`, by its place, whether or not the question admits it."""
        place = self._place(record)
        before = self._rows(place, backward=True, limit=1)
        after = self._rows(place, backward=False, limit=1)
        return before[0] if before else None, after[0] if after else None

    def cursor_of(self, record: Any) -> str:
        """Return the cursor that stands right at `record`."""
        place = self._place(record)
        return encode_token((self.question.sort, place.value, *place.key))

    def _place(self, record: Any) -> _Cursor:
        column = self.question.sort_column()
        value = None if column is None else getattr(record, column.key)
        return _Cursor(value, key_of(self.question.screen, record))

    def _read_cursor(self, token: str) -> _Cursor:
        if not token:
            return _Cursor(None, (), given=False)
        try:
            name, value, *key = decode_token(token)
        except ValueError as error:
            raise UnreadableToken() from error
        if name != self.question.sort or len(key) != len(self._keys):
            raise UnreadableToken()
        column = self.question.sort_column()
        fitting = value is None if column is None else value is None or fits(column, value)
        if not fitting or not all(fits(column, part) for column, part in zip(self._keys, key, strict=True)):
            raise UnreadableToken()
        return _Cursor(value, tuple(key))

    def _rows(self, start: _Cursor, *, backward: bool, limit: int) -> list[Any]:
        """Fetch from the segment of filled sort values and, at its end, from the tail of empty ones."""
        column = self.question.sort_column()
        nullable = column is not None and bool(stored(column).nullable)
        segments = ["filled", "empty"] if nullable else ["filled"]
        if backward:
            segments.reverse()
        if start.given and nullable and segments[0] != (at := "empty" if start.value is None else "filled"):
            segments = segments[segments.index(at) :]
        fetched: list[Any] = []
        for segment in segments:
            placed = start.given and not fetched and segment == segments[0]
            values = self._values(segment, start) if placed else []
            statement = self._statement(segment, backward=backward, places=len(values))
            bound = {f"place{number}": value for number, value in enumerate(values)}
            fetched += self._selection.fetch(statement, {**bound, "most": limit - len(fetched)})
            if len(fetched) >= limit:
                break
        return self._selection.rows(fetched)

    def _order(self, segment: str) -> list[Any]:
        column = self.question.sort_column()
        ordered = self._keys if column is None or segment == "empty" else (column, *self._keys)
        return [stored(each) for each in ordered]

    def _values(self, segment: str, start: _Cursor) -> list[KeyPart]:
        return [start.value, *start.key] if len(self._order(segment)) > len(self._keys) else [*start.key]

    def _statement(self, segment: str, *, backward: bool, places: int) -> Select[Any]:
        """Return the statement of a segment; an unfiltered list's is put together once and only bound anew."""
        question = self.question
        placed = places > 0
        if question.conditions or question.text:
            return self._segment(segment, backward=backward, placed=placed)
        shape = (question.sort, question.direction, question.in_trash, segment, backward, places)
        return self._selection.once(shape, lambda: self._segment(segment, backward=backward, placed=placed))

    def _segment(self, segment: str, *, backward: bool, placed: bool) -> Select[Any]:
        question = self.question
        column = question.sort_column()
        descending = (question.direction == "desc") != backward
        query = self._selection.base.where(*_where(question))
        if (found := _found(question)) is not None:
            query = query.join(found[0], found[1])
        order = self._order(segment)
        if column is not None and stored(column).nullable:
            query = query.where(order[0].is_not(None) if segment == "filled" else stored(column).is_(None))
        if placed:
            query = query.where(_beyond(order, descending))
        directed = (part.desc() if descending else part.asc() for part in order)
        return query.order_by(*directed).limit(bindparam("most"))


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
