"""A workshop for columns: real tables of one column, values put in by literals and looked at by the database itself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Engine, Integer, MetaData, Table, inspect, select, text
from sqlalchemy.orm import Session, aliased, registry
from sqlalchemy.orm.attributes import flag_modified

from app.adoption.column_session import keep_faithful
from app.adoption.columns import Fit, fit
from app.adoption.connecting import adopted_engine, parse
from app.adoption.sketches import ColumnSketch
from app.core.fields import Field
from app.panel.writing import digest

_TYPE_TEXT = {
    "sqlite": "SELECT type FROM pragma_table_xinfo('{table}') WHERE name = 'v'",
    "postgresql": "SELECT format_type(atttypid, atttypmod) FROM pg_attribute "
    "WHERE attrelid = '{table}'::regclass AND attname = 'v'",
    "mariadb": "SELECT column_type FROM information_schema.columns "
    "WHERE table_schema = database() AND table_name = '{table}' AND column_name = 'v'",
}
# What a domain of PostgreSQL is over, also where that is a domain too.
_BELOW = """
WITH RECURSIVE below AS (
    SELECT t.oid, t.typtype, t.typbasetype, t.typtypmod, a.atttypmod AS modifier FROM pg_attribute a
    JOIN pg_type t ON t.oid = a.atttypid WHERE a.attrelid = '{table}'::regclass AND a.attname = 'v'
    UNION ALL
    SELECT t.oid, t.typtype, t.typbasetype, t.typtypmod, below.typtypmod FROM below
    JOIN pg_type t ON t.oid = below.typbasetype WHERE below.typtype = 'd'
)
SELECT format_type(oid, modifier) FROM below WHERE typtype <> 'd'
"""
_NUMBERED = {"sqlite": "INTEGER", "postgresql": "SERIAL", "mariadb": "INTEGER AUTO_INCREMENT"}
_SHAPES = ("geometry", "point", "polygon", "geometrycollection")
_SENT = {"real": "float4send", "double precision": "float8send"}
_FLOATS = ("float", "double", "real")


def open_engine(url: str) -> Engine:
    """Return an engine as adopted databases have it."""
    address = parse(url)
    if address.get_backend_name() == "sqlite":
        Path(str(address.database)).touch()
    engine = adopted_engine(address)
    keep_faithful(engine)
    return engine


@dataclass
class Workshop:
    """A database in which one table after another is made for one type each."""

    backend: str
    engine: Engine
    count: int = 0

    def bench(
        self, declared: str, literals: Sequence[str] = (), rest: str = "", *, numbered: bool = True
    ) -> Bench:
        """Return a new table whose column `v` is declared so, with a row for each SQL literal."""
        key = _NUMBERED[self.backend] if numbered else "INTEGER"
        self.count += 1
        table = f"t{self.count}"
        with self.engine.begin() as connection:
            run = connection.exec_driver_sql
            run(f"CREATE TABLE {table} (id {key} PRIMARY KEY, v {declared} {rest}, neighbour INTEGER)")
            for number, literal in enumerate(literals, start=1):
                run(f"INSERT INTO {table} (id, v) VALUES ({number}, {literal})".replace("%", "%%"))
            sketch = self._sketch(connection, table)
        return Bench(self, table, declared, sketch)

    def _sketch(self, connection: Any, table: str) -> ColumnSketch:
        found = next(each for each in inspect(connection).get_columns(table) if each["name"] == "v")
        spelled = connection.exec_driver_sql(_TYPE_TEXT[self.backend].format(table=table)).scalar()
        return ColumnSketch(
            "v",
            found["type"],
            spelled or "",
            nullable=found["nullable"],
            default=str(found["default"] or ""),
            generated="computed" in found,
        )


@dataclass
class Bench:
    """One table, its column's sketch and fit, and the class that is mapped by it."""

    workshop: Workshop
    table: str
    declared: str
    sketch: ColumnSketch
    fit: Fit = field(init=False)
    entry: Field = field(init=False)
    model: Any = field(init=False)

    def told_below(self) -> Bench:
        """Return the bench of a PostgreSQL domain with a sketch that tells the type below it."""
        with self.workshop.engine.begin() as connection:
            below = connection.exec_driver_sql(_BELOW.format(table=self.table)).scalar_one()
        return Bench(self.workshop, self.table, self.declared, replace(self.sketch, type_text=below))

    def __post_init__(self) -> None:
        self.fit = fit(self.sketch, self.workshop.backend)
        self.entry = self.fit.field("v", "Value")
        mapped = Table(
            self.table,
            MetaData(),
            Column("id", Integer, primary_key=True),
            Column("v", self.fit.type),
            Column("neighbour", Integer),
        )
        self.model = type("Row", (), {})
        registry().map_imperatively(self.model, mapped)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Yield a session that commits at its end."""
        with Session(self.workshop.engine) as session, session.begin():
            yield session

    def values(self) -> dict[int, Any]:
        """Return what the mapped class reads, by row."""
        with self.session() as session:
            return {row.id: row.v for row in session.scalars(select(self.model))}

    def values_in_other_ways(self) -> Iterator[dict[int, Any]]:
        """Yield what lists, labels, aliases and subqueries read, which never load a whole record."""
        model, other = self.model, aliased(self.model)
        inner = select(model.id, model.v.label("renamed")).subquery()
        table = inspect(model).local_table
        keyed = Table(self.table, MetaData(), Column("id", Integer), Column("v", self.fit.type, key="other"))
        for query in (
            select(keyed.c.id, keyed.c.other).limit(500),
            select(model.id, model.v),
            select(model.id, model.v.label("renamed")),
            select(other.id, other.v),
            select(table.c.id, table.c.v),
            select(inner.c.id, inner.c.renamed),
        ):
            with self.session() as session:
                yield {row[0]: row[1] for row in session.execute(query)}

    def dump(self, row: int) -> Any:
        """Return what stands in a row, byte for byte, as the database itself tells it."""
        with self.workshop.engine.begin() as connection:
            found = connection.exec_driver_sql(f"SELECT {self._told()} FROM {self.table} WHERE id = {row}")
            return tuple(found.one())

    def _told(self) -> str:
        backend, declared = self.workshop.backend, self.declared.lower()
        if backend == "sqlite":
            return "typeof(v), hex(v), CASE typeof(v) WHEN 'real' THEN printf('%!.20g', v) END".replace(
                "%", "%%"
            )
        if backend == "postgresql":
            if declared in _SENT:
                return f"encode({_SENT[declared]}(v), 'hex')"
            width = "octet_length(v)" if "char" in declared and "[]" not in declared else "0"
            return f"encode(convert_to(v::text, 'UTF8'), 'hex'), {width}"
        if declared.startswith(_FLOATS):
            return "CONCAT(v * 1e0), HEX(v)"
        if declared.startswith("bit"):
            return "BIN(v + 0)"
        if declared in _SHAPES:
            return "HEX(v)"
        return "v + 0, HEX(v)" if declared.startswith(("enum", "set")) else "HEX(CAST(v AS BINARY))"

    def empty(self, row: int) -> None:
        """Put NULL into a row, so that what is written next is known to have been written."""
        with self.workshop.engine.begin() as connection:
            connection.exec_driver_sql(f"UPDATE {self.table} SET v = NULL WHERE id = {row}")

    def write(self, row: int, value: Any) -> None:
        """Write a value through the mapped class, also one that is there already."""
        with self.session() as session:
            record = session.get(self.model, row)
            record.v = value
            flag_modified(record, "v")

    def add(self, values: Sequence[Any]) -> list[int]:
        """Add a row for each value in one go and return the numbers that the database gives them."""
        with self.session() as session:
            session.execute(self._far_numbers())
            added = [self.model() for _value in values]
            for record, value in zip(added, values, strict=True):
                record.v = value
            session.add_all(added)
            session.flush()
            return [record.id for record in added]

    def remove(self, rows: Sequence[int]) -> None:
        """Take rows away again."""
        self.run(f"DELETE FROM {self.table} WHERE id IN ({', '.join(map(str, rows))})")

    def _far_numbers(self) -> Any:
        # Rows that were put in with a number have not moved PostgreSQL's counter.
        moved = f"SELECT setval(pg_get_serial_sequence('{self.table}', 'id'), 1000)"
        return text(moved if self.workshop.backend == "postgresql" else "SELECT 1")

    def found_among(self, values: Sequence[Any]) -> set[int]:
        """Return the rows that equal one of several values by the mapped column."""
        with self.session() as session:
            return set(session.scalars(select(self.model.id).where(self.model.v.in_(values))))

    def found(self, value: Any) -> set[int]:
        """Return the rows that equal a value by the mapped column."""
        with self.session() as session:
            return set(session.scalars(select(self.model.id).where(self.model.v == value)))

    def run(self, statement: str) -> None:
        """Run one statement."""
        with self.workshop.engine.begin() as connection:
            connection.execute(text(statement))


_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def sent_untouched(entry: Field, raw: Sequence[str]) -> list[str]:
    """Return what a browser sends for an input that shows `raw` and that nobody touched."""
    if entry.multiple or entry.widget == "checkbox":
        return list(raw)
    shown = raw[0] if raw else ""
    assert "\x00" not in shown, "a page can't carry it"
    if entry.widget == "textarea":
        return [re.sub("\r\n|\r|\n", "\r\n", shown)]
    if entry.widget == "date" and len(shown) == 10 and shown[4] == shown[7] == "-":
        # An input of type date keeps days of the calendar alone.
        assert _DAY.fullmatch(shown) and shown[:4] > "0000" and shown[5:7] != "00" and shown[8:] != "00"
    if entry.widget == "datetime" and len(shown) >= 16 and shown[4] == "-" and shown[10] == "T":
        # One of type datetime-local writes what it holds as short as it can.
        assert re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:(?!00)\d{2})?", shown)
    return [re.sub("[\r\n]", "", shown)]


def check_forms(entry: Field, value: Any) -> None:
    """Check that each form of a value leads back to it, and that an untouched input is known as one."""
    raw = entry.raw(value)
    sent = sent_untouched(entry, raw)
    assert same(entry.parse(raw), value), (raw, entry.parse(raw))
    assert digest(sent) == digest(raw), "the panel would take it for touched"
    if value is not None:
        assert same(entry.parse(sent), value), (sent, entry.parse(sent))
    if entry.schema().get("readOnly") is None:
        document = json.loads(json.dumps(entry.to_json(value), allow_nan=False))
        assert same(entry.from_json(document), value), document
    for shown in (entry.display(value), entry.export(value), entry.mask(value), *raw):
        shown.encode("utf-8")
    if value is not None and not entry.multiple:
        assert same(entry.parse([entry.export(value)]), value), entry.export(value)


def same(one: Any, other: Any) -> bool:
    """Say whether two values are the same to a reader: equal, and written alike."""
    if isinstance(one, Decimal):
        return isinstance(other, Decimal) and f"{one:f}" == f"{other:f}"
    return bool(one == other) and (isinstance(one, bool | int) or repr(one) == repr(other))
