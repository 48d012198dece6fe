"""Mapping: the tables of an adopted database become classes, from what was found there and what the shop says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, FetchedValue, Index, Integer, MetaData, Table, event, func, select
from sqlalchemy.orm import registry, relationship
from sqlalchemy.sql import quoted_name

from app.adoption.columns import Fit, fit
from app.adoption.sketches import ColumnSketch, TableSketch
from app.adoption.verdicts import has_usable_key
from app.core.outside import mark_outside

Place = tuple[str, str]
# The attribute that numbers the rows of what has no key.
ROW_NUMBER = "row__number"
# Behind the attribute of a column: the row that its value names.
OF_ROW = "__row"


@dataclass(frozen=True)
class Wanted:
    """A table to map: what was found, its screen's name and, by the columns' exact names, their attributes.

    `links` says by column of which screen its values name a row.
    """

    sketch: TableSketch
    screen_name: str
    attributes: Mapping[str, str]
    links: Mapping[str, str] = field(default_factory=dict)

    @property
    def place(self) -> Place:
        """Schema and name."""
        return self.sketch.schema, self.sketch.name


@dataclass(frozen=True)
class MappedColumn:
    """A column of a class: what was found and what is made of it."""

    sketch: ColumnSketch
    attribute: str
    fit: Fit


@dataclass(frozen=True)
class MappedLink:
    """A relation that the panel can follow: one column whose value is another table's whole key."""

    attribute: str
    column: MappedColumn
    target: Wanted


@dataclass(frozen=True)
class MappedTable:
    """A class and what it is made of; `links` are by the name of the column that holds the other row's key."""

    wanted: Wanted
    model: type[Any]
    columns: Mapping[str, MappedColumn]
    links: Mapping[str, MappedLink]


def map_tables(source: str, dialect: str, wanted: Sequence[Wanted]) -> tuple[registry, list[MappedTable]]:
    """Return classes for tables with a key, and the registry that holds them; it is disposed of when they go."""
    metadata = MetaData()
    mark_outside(metadata, source)
    classes = registry(metadata=metadata)
    by_place = {each.place: each for each in wanted if set(each.sketch.key) <= set(each.attributes)}
    by_screen = {each.screen_name: each for each in by_place.values()}
    columns = {place: _columns(each, dialect) for place, each in by_place.items()}
    tables = {place: _rows(metadata, each, columns[place]) for place, each in by_place.items()}
    links = {place: _links(each, columns[place], by_screen) for place, each in by_place.items()}
    models = {place: _class(each, columns[place]) for place, each in by_place.items()}
    for place, each in by_place.items():
        rows = tables[place]
        properties: dict[str, Any] = {
            mapped.attribute: rows.c[mapped.attribute] for mapped in columns[place].values()
        }
        for link in links[place].values():
            properties[link.attribute] = _relationship(tables, models, place, link)
        more = {} if has_usable_key(each.sketch) else {"primary_key": [rows.c[ROW_NUMBER]]}
        classes.map_imperatively(models[place], rows, properties=properties, **more)
    classes.configure()
    for place, model in models.items():
        for link in links[place].values():
            _keep_column(model, link)
    return classes, [
        MappedTable(each, models[place], columns[place], links[place]) for place, each in by_place.items()
    ]


def _columns(wanted: Wanted, dialect: str) -> dict[str, MappedColumn]:
    return {
        each.name: MappedColumn(each, wanted.attributes[each.name], fit(each, dialect))
        for each in wanted.sketch.columns
        if each.name in wanted.attributes
    }


def _rows(metadata: MetaData, wanted: Wanted, columns: Mapping[str, MappedColumn]) -> Any:
    """Return the table; where no key tells its rows apart, its rows numbered as the database happens to give them."""
    table = _table(metadata, wanted, columns)
    if has_usable_key(wanted.sketch):
        return table
    return select(*table.c, func.row_number().over().label(ROW_NUMBER)).subquery()


def _table(metadata: MetaData, wanted: Wanted, columns: Mapping[str, MappedColumn]) -> Table:
    sketch = wanted.sketch
    made = [
        Column(
            quoted_name(name, quote=True),
            each.fit.type,
            key=each.attribute,
            primary_key=name in sketch.key and has_usable_key(sketch),
            nullable=each.sketch.nullable,
            # What the database numbers or fills in itself is asked for after an INSERT, not made up here.
            autoincrement=each.sketch.numbered and isinstance(each.fit.type, Integer),
            server_default=_filled_in(each.sketch),
        )
        for name, each in columns.items()
    ]
    schema = quoted_name(sketch.schema, quote=True) if sketch.schema else None
    table = Table(quoted_name(sketch.name, quote=True), metadata, *made, schema=schema)
    for index in sketch.indexes:
        if set(index.columns) <= set(columns):
            Index(index.name, *(table.c[columns[name].attribute] for name in index.columns))
    return table


def _filled_in(column: ColumnSketch) -> Any:
    return FetchedValue() if column.default or column.generated or column.numbered else None


def _links(
    wanted: Wanted, columns: Mapping[str, MappedColumn], by_screen: Mapping[str, Wanted]
) -> dict[str, MappedLink]:
    found: dict[str, MappedLink] = {}
    for name, screen_name in wanted.links.items():
        target = by_screen.get(screen_name)
        if target is not None and name in columns and _is_one_key(target.sketch):
            found[name] = MappedLink(f"{columns[name].attribute}{OF_ROW}", columns[name], target)
    return found


def _is_one_key(sketch: TableSketch) -> bool:
    return len(sketch.key) == 1 and has_usable_key(sketch)


def _class(wanted: Wanted, columns: Mapping[str, MappedColumn]) -> type[Any]:
    computed = {
        wanted.attributes[each.name]
        for each in wanted.sketch.columns
        if each.generated and each.name in wanted.attributes
    }
    return type(
        f"Adopted_{wanted.screen_name.replace(':', '_')}",
        (),
        {
            "__doc__": "A row of an adopted table.",
            "__module__": __name__,
            "__journalled__": has_usable_key(wanted.sketch),
            "__subject__": wanted.screen_name,
            # What the database computes can't be written back, so undoing needs no note of it.
            "__unrecorded__": frozenset(computed),
            # Of files only that they changed: the journal is no place for them.
            "__secret__": frozenset(each.attribute for each in columns.values() if each.fit.large),
            "__given_once__": frozenset(
                name
                for part in wanted.sketch.key
                if (attribute := wanted.attributes.get(part)) is not None
                for name in (attribute, f"{attribute}{OF_ROW}")
            ),
        },
    )


def _relationship(
    tables: Mapping[Place, Any], models: Mapping[Place, type[Any]], place: Place, link: MappedLink
) -> Any:
    mine = tables[place].c[link.column.attribute]
    theirs = next(iter(tables[link.target.place].primary_key))
    return relationship(
        models[link.target.place],
        primaryjoin=mine == theirs,
        foreign_keys=[mine],
        remote_side=[theirs],
        # Written through the column alone (`_keep_column`): rows may name each other in circles, and deleting one
        # touches no other, which is the other database's own business.
        viewonly=True,
    )


def _keep_column(model: type[Any], link: MappedLink) -> None:
    """Let the column follow when a row is linked to another."""
    key = link.target.attributes[link.target.sketch.key[0]]

    def follow(row: Any, linked: Any, _former: Any, _initiator: Any) -> None:
        setattr(row, link.column.attribute, None if linked is None else getattr(linked, key))

    event.listen(getattr(model, link.attribute), "set", follow)
