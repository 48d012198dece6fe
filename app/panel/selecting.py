"""Selecting: rows of chosen fields as plain tuples that answer like records, without an object for each row.

A form or a command works on a mapped record; lists, pickers and exports only show what stands in the table. For
them each kind of field says once what it takes (`take`): its columns, a joined table, or one more statement for
all rows together. Cells, exports and JSON can't tell such a row from a record.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import singledispatch
from operator import itemgetter
from typing import Any

from sqlalchemy import FromClause, Select, and_, bindparam, select, tuple_
from sqlalchemy import inspect as inspect_mapper
from sqlalchemy.orm import aliased

from app.core import fields
from app.core.database import db
from app.core.declaration import Screen
from app.core.kernel import kernel
from app.core.money import Money
from app.core.reach import WITHIN, present_reach
from app.core.upload import Upload
from app.panel.columns import key_columns, stored

MOST_SELECTIONS = 512
_UPLOAD = ("id", "file_name", "media_type", "size")


class Row(tuple[Any, ...]):
    """The base of all rows; like a record's, its text form tells nothing of what stands in it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


def row_class(attributes: Mapping[str, Callable[[Any], Any]]) -> type[Row]:
    """Return a class of rows that answer to these attributes, each by a function of the tuple."""
    members = {name: property(answer) for name, answer in attributes.items()}
    return type("Row", (Row,), {"__slots__": (), **members})


@dataclass(frozen=True)
class Batch:
    """A list field: one statement finds the linked records of all rows, each row by what stands at `places`."""

    places: tuple[int, ...]
    statement: Select[Any]
    linked: type[Row]

    def lists(self, rows: Sequence[Any]) -> list[list[Any]]:
        """Return the list of each row, in the rows' order."""
        width = len(self.places)
        found: dict[Any, list[Any]] = {self._owner(row): [] for row in rows}
        if found:
            owners = list(found) if width > 1 else [owner[0] for owner in found]
            for row in db.session.execute(self.statement, {"owners": owners}):
                found[tuple(row[:width])].append(self.linked(row[width:]))
        return [found[self._owner(row)] for row in rows]

    def _owner(self, row: Any) -> tuple[Any, ...]:
        return tuple(row[place] for place in self.places)


@dataclass
class Layout:
    """What rows are made of, while the fields take their places in it."""

    screen: Screen
    columns: dict[str, Any] = field(default_factory=dict)
    joins: list[tuple[FromClause, Any]] = field(default_factory=list)
    answers: dict[str, Callable[[Any], Any]] = field(default_factory=dict)
    batches: dict[str, Batch] = field(default_factory=dict)

    def attribute(self, name: str) -> int:
        """Take a mapped attribute of the record itself, once; return its place in the row."""
        if name not in self.columns:
            self.answers[name] = itemgetter(self._place(name, stored(getattr(self.screen.model, name))))
        return list(self.columns).index(name)

    def joined(self, name: str, model: Any, attributes: Sequence[str]) -> None:
        """Take attributes of the one record that the relationship `name` leads to; None where there is none."""
        table = inspect_mapper(model).selectable.alias()
        pairs = inspect_mapper(self.screen.model).relationships[name].local_remote_pairs
        # What is linked but out of reach is not there: its title would tell of it.
        reached = present_reach().on(model, aliased(model, table))
        self.joins.append((table, and_(*(table.c[remote.key] == local for local, remote in pairs), *reached)))
        shown = [table.c[stored(getattr(model, each)).key] for each in attributes]
        places = [self._place(f"{name}.{number}", column) for number, column in enumerate(shown)]
        first, last, linked = places[0], places[-1] + 1, _linked_class(tuple(attributes))
        self.answers[name] = lambda row: None if row[first] is None else linked(row[first:last])

    def gathered(self, name: str, model: Any, attributes: Sequence[str]) -> None:
        """Take attributes of all records that the relationship `name` leads to."""
        relation = inspect_mapper(self.screen.model).relationships[name]
        owners = tuple(remote for _local, remote in relation.synchronize_pairs)
        mapper = inspect_mapper(self.screen.model)
        places = [
            self.attribute(mapper.get_property_by_column(local).key)
            for local, _remote in relation.synchronize_pairs
        ]
        shown = [stored(getattr(model, each)) for each in attributes]
        source = inspect_mapper(model).selectable
        if relation.secondary is not None:
            pairs = relation.secondary_synchronize_pairs
            source = relation.secondary.join(source, and_(*(there == here for there, here in pairs)))
        owner = owners[0] if len(owners) == 1 else tuple_(*owners)
        statement = (
            select(*owners, *shown)
            .select_from(source)
            .where(owner.in_(bindparam("owners", expanding=True)), *present_reach().on(model))
            .execution_options(**{WITHIN: True})
            .order_by(*(relation.order_by or shown[:1]))
        )
        self.batches[name] = Batch(tuple(places), statement, _linked_class(tuple(attributes)))

    def _place(self, name: str, column: Any) -> int:
        self.columns[name] = column
        return len(self.columns) - 1


@dataclass(frozen=True)
class Selection:
    """How rows of chosen fields are read: `base` selects and joins; conditions, order and limit are the caller's."""

    base: Select[Any]
    row: type[Row]
    batches: tuple[Batch, ...] = ()
    _statements: dict[Hashable, Select[Any]] = field(default_factory=dict)

    def once(self, shape: Hashable, make: Callable[[], Select[Any]]) -> Select[Any]:
        """Return the statement of this shape, put together at its first use and only bound anew later."""
        if shape not in self._statements:
            self._statements[shape] = make()
        return self._statements[shape]

    def fetch(self, statement: Select[Any], values: Mapping[str, Any]) -> list[Any]:
        """Return what the database answers to a statement built on `base`, for `rows`."""
        return list(db.session.execute(statement, values))

    def rows(self, fetched: Sequence[Any]) -> list[Any]:
        """Return what was fetched as rows, with their lists."""
        if not self.batches:
            return [self.row(row) for row in fetched]
        lists = zip(*(batch.lists(fetched) for batch in self.batches), strict=True)
        return [self.row((*row, *its)) for row, its in zip(fetched, lists, strict=True)]


# Putting a selection together costs as much as reading a page.
_selections: dict[Hashable, Selection] = {}


def selection(screen: Screen, names: Sequence[str]) -> Selection:
    """Return how rows with the key, the title and `names` (fields, or attributes of the model) are read."""
    used = kernel().screens
    kinds = [(name, _kind(screen.fields.get(name), used)) for name in dict.fromkeys(names)]
    key = (screen.model, screen.title, present_reach().key, *kinds)
    if key not in _selections:
        if len(_selections) >= MOST_SELECTIONS:
            _selections.clear()
        _selections[key] = _select(screen, names)
    return _selections[key]


def _kind(entry: fields.Field | None, used: Mapping[str, Screen]) -> Hashable:
    """Return what decides how a field is read: its type, its column and whether the shop uses what it leads to."""
    if entry is None:
        return None
    target = used.get(getattr(entry, "to", ""))
    return type(entry), entry.column, None if target is None else target.title


def _select(screen: Screen, names: Sequence[str]) -> Selection:
    layout = Layout(screen)
    for name in (*(column.key for column in key_columns(screen)), screen.title):
        layout.attribute(name)
    for name in dict.fromkeys(names):
        if name in screen.fields:
            take(screen.fields[name], layout)
        else:
            layout.attribute(name)
    source = inspect_mapper(screen.model).selectable
    for table, condition in layout.joins:
        source = source.outerjoin(table, condition)
    answers = dict(layout.answers)
    for number, name in enumerate(layout.batches, start=len(layout.columns)):
        answers[name] = itemgetter(number)
    base = select(*layout.columns.values()).select_from(source).execution_options(**{WITHIN: True})
    return Selection(base, row_class(answers), tuple(layout.batches.values()))


@singledispatch
def take(entry: fields.Field, layout: Layout) -> None:
    """Take what a field's value is made of; one column of its name unless a type says more."""
    layout.attribute(entry.name)


@take.register
def _take_link(entry: fields.Link, layout: Layout) -> None:
    place = layout.attribute(entry.column)
    target = kernel().screens.get(entry.to)
    if target is None:
        # Nobody may follow the link here, but that there is one can be said.
        layout.answers[entry.name] = itemgetter(place)
    else:
        layout.joined(entry.name, target.model, _shown(target))


@take.register
def _take_links(entry: fields.Links, layout: Layout) -> None:
    target = kernel().screens.get(entry.to)
    if target is None:
        layout.answers[entry.name] = lambda _row: []
    else:
        layout.gathered(entry.name, target.model, _shown(target))


@take.register
def _take_file(entry: fields.File, layout: Layout) -> None:
    layout.attribute(entry.column)
    layout.joined(entry.name, Upload, _UPLOAD)


@take.register
def _take_money(entry: fields.Money, layout: Layout) -> None:
    minor, currency = (layout.attribute(f"{entry.name}_{part}") for part in ("minor", "currency"))
    layout.answers[entry.name] = lambda row: None if row[minor] is None else Money(row[minor], row[currency])


def _shown(target: Screen) -> tuple[str, ...]:
    """Return what a link shows of its record: the key, which is never empty, first; then the title."""
    return tuple(dict.fromkeys((*(column.key for column in key_columns(target)), target.title)))


def _linked_class(attributes: tuple[str, ...]) -> type[Row]:
    return row_class({name: itemgetter(place) for place, name in enumerate(attributes)})
