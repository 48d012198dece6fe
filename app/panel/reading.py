"""Reading rows: filter, search, sort and page through a table of any size without counting or skipping."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, literal, select, union
from sqlalchemy.orm import InstrumentedAttribute

from app.access.version import present_version
from app.core.database import db
from app.core.declaration import Screen, Search
from app.core.errors import UnreadableToken
from app.core.keys import KeyPart, decode_token, encode_token
from app.core.outside import dialect_of
from app.core.reach import WITHIN, present_reach
from app.panel.columns import column_of, fits, key_columns, stored
from app.panel.ordering import NEWEST_FIRST, Order, names_of
from app.panel.prefix import starts_with
from app.panel.selecting import Selection, selection
from app.panel.walking import Values, Walk, may_be_empty
from app.panel.where import Where

PAGE_SIZE = 25
COUNT_CAP = 10_000
SEARCH_CAP = 500
FULL_SECONDS = 30


@dataclass(frozen=True)
class Question:
    """What a list is asked: conditions, search text, the order, trash or not.

    `where` is the nested filter that one of the conditions came from.
    """

    screen: Screen
    conditions: tuple[ColumnElement[bool], ...] = ()
    text: str = ""
    order: Order = NEWEST_FIRST
    in_trash: bool = False
    where: Where | None = None

    def sort_columns(self) -> tuple[InstrumentedAttribute[Any], ...]:
        """Return the columns sorted by before the key."""
        fields = self.screen.fields
        return tuple(column_of(self.screen, fields[by.name]) for by in self.order if by.name != "id")


@dataclass(frozen=True)
class Page:
    """A page of rows that answer like records, and the cursors of its neighbours, '' where there is none."""

    records: Sequence[Any]
    next: str = ""
    previous: str = ""


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
    """Return what the question admits; what is within reach stands in it, as parts of it are of plain tables."""
    screen = question.screen
    return (
        *alive(screen, in_trash=question.in_trash),
        *question.conditions,
        *present_reach().on(screen.model),
    )


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
    key = (question.screen.model, question.in_trash, present_reach().key)
    if key not in _plain_counts:
        _plain_counts[key] = _capped(question)
    fullness = (*key, cap, present_version())
    if _full_until.get(fullness, 0.0) > time.monotonic():
        return cap + 1
    count = _count(_plain_counts[key], cap)
    if count > cap:
        for known in [each for each in _full_until if each[: len(key)] == key]:
            del _full_until[known]
        _full_until[fullness] = time.monotonic() + FULL_SECONDS
    return count


def _count(statement: Select[Any], cap: int) -> int:
    return int(db.session.scalar(statement, {"most": cap + 1}) or 0)


def _capped(question: Question) -> Select[Any]:
    # The table must be named even where no condition does.
    query = matching(question).with_only_columns(literal(1), maintain_column_froms=True)
    rows = query.limit(bindparam("most")).subquery()
    return select(func.count()).select_from(rows).execution_options(**{WITHIN: True})


def exact_count(question: Question) -> int:
    """Return how many rows match, whatever it costs; only on a person's explicit wish."""
    rows = matching(question).with_only_columns(literal(1), maintain_column_froms=True).subquery()
    query = select(func.count()).select_from(rows).execution_options(**{WITHIN: True})
    return int(db.session.scalar(query) or 0)


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
    _columns: tuple[InstrumentedAttribute[Any], ...] = field(init=False)
    _selection: Selection = field(init=False)

    def __post_init__(self) -> None:
        screen = self.question.screen
        self._keys, self._columns = key_columns(screen), self.question.sort_columns()
        self._selection = selection(screen, (*self.names, *(column.key for column in self._columns)))

    def page(self, after: str = "", before: str = "") -> Page:
        """Return the page after or before a cursor; the first one without."""
        backward = bool(before)
        start = self._read_cursor(before or after)
        rows = self._rows(start, backward=backward, limit=self.page_size + 1)
        more = len(rows) > self.page_size
        rows = rows[: self.page_size]
        if backward:
            rows.reverse()
        has_next = more if not backward else start is not None
        has_previous = more if backward else start is not None
        return Page(
            rows,
            next=self.cursor_of(rows[-1]) if rows and has_next else "",
            previous=self.cursor_of(rows[0]) if rows and has_previous else "",
        )

    def every(self, batch: int = 1000) -> Iterator[Any]:
        """Yield all rows in order, fetched in batches."""
        start = None
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
        # By the key alone, nothing stands where the values do.
        return encode_token((self._name(), *(() if self._columns else (None,)), *place))

    def _name(self) -> str:
        """Return what a cursor says it is a place in: a place in an order is one in whatever directions."""
        return ",".join(names_of(self.question.order))

    def _place(self, record: Any) -> Values:
        return tuple(getattr(record, column.key) for column in (*self._columns, *self._keys))

    def _read_cursor(self, token: str) -> Values | None:
        if not token:
            return None
        try:
            name, *parts = decode_token(token)
        except ValueError as error:
            raise UnreadableToken() from error
        if not self._columns and parts[:1] == [None]:
            del parts[0]
        columns = (*self._columns, *self._keys)
        if name != self._name() or len(parts) != len(columns):
            raise UnreadableToken()
        if not all(map(_fits_or_is_empty, columns, parts)):
            raise UnreadableToken()
        return tuple(parts)

    def _rows(self, start: Values | None, *, backward: bool, limit: int) -> list[Any]:
        question, columns = self.question, (*self._columns, *self._keys)
        downwards = [by.descending != backward for by in question.order]
        # The key goes the way of the last field: with one direction throughout, it is one range of the index.
        downwards += [downwards[-1]] * (len(columns) - len(downwards))
        walk = Walk(
            screen=question.screen,
            selection=self._selection,
            columns=columns,
            downwards=tuple(downwards),
            backward=backward,
            narrow=self._narrowed,
            shape=None if question.conditions or question.text else (self._name(), question.in_trash),
            database=dialect_of(self.question.screen.model, db.engine.dialect.name),
            in_use=not question.in_trash,
        )
        return self._selection.rows(walk.rows(start, limit))

    def _narrowed(self, query: Select[Any]) -> Select[Any]:
        found = _found(self.question)
        query = query.where(*_where(self.question))
        return query if found is None else query.join(found[0], found[1])


def _fits_or_is_empty(column: InstrumentedAttribute[Any], value: KeyPart) -> bool:
    return may_be_empty(stored(column)) if value is None else fits(column, value)
