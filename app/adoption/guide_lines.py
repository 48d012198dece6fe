"""What the guided page shows of a database: its tables as they are there now beside what is declared of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask_babel import format_decimal
from flask_babel import lazy_gettext as _l
from sqlalchemy import Engine

from app.adoption.connecting import BadAddress, CannotConnect, open_adopted
from app.adoption.declaring import Looked, address_of, holding_roles, look
from app.adoption.models import AdoptedSource, AdoptedTable
from app.adoption.publishing import publisher
from app.adoption.reflecting import UnknownSchema, sketch
from app.adoption.sketches import DatabaseSketch, TableSketch
from app.adoption.verdicts import Kind, verdict
from app.core.crypto import Damaged
from app.core.errors import KebuError

KIND_WORDS = {
    Kind.EDITABLE: _l("editable"),
    Kind.READ_ONLY: _l("read-only"),
    Kind.REFUSED: _l("can't be adopted"),
}
KIND_TONES = {Kind.EDITABLE: "good", Kind.READ_ONLY: "neutral", Kind.REFUSED: "bad"}


class DoesNotAnswer(KebuError):
    """The database can't be looked at just now; what is declared of it stays."""

    status = 409
    code = "database-silent"
    message = _l("The database does not answer. What was chosen is kept.")


@dataclass(frozen=True, slots=True)
class TableLine:
    """A table as one line: `key` is what a tick sends and `url` leads to its screen; both may be empty."""

    key: str
    name: str
    label: Any
    verdict: Any
    tone: str
    reason: Any
    mend: Any
    rows: str
    is_shown: bool
    read_only: bool
    url: str


@dataclass(frozen=True, slots=True)
class State:
    """How a database stands: a word and its tone."""

    text: Any
    tone: str


def state_of(source: AdoptedSource, tables: int) -> State:
    """Return how a database stands, as this process knows it; nothing is connected for it."""
    if not source.is_used:
        return State(_l("paused or being prepared") if tables else _l("being prepared"), "neutral")
    known = publisher().opened.get(source.code)
    if known is not None and known.sketch is None:
        return State(_l("does not answer"), "bad")
    return State(_l("ready"), "good")


def see(source: AdoptedSource) -> DatabaseSketch:
    """Look at what is in a database now, a second for 500 tables; raise `DoesNotAnswer`."""
    with _opened(source) as engine:
        return sketch(engine, source.only_schema or None)


def see_with_proposals(source: AdoptedSource) -> Looked:
    """Look at a database and at samples of its rows, ten seconds for 500 tables; raise `DoesNotAnswer`."""
    with _opened(source) as engine:
        found, proposed = look(engine, sketch(engine, source.only_schema or None))
        return found, proposed, holding_roles(engine, found, proposed)


@contextmanager
def _opened(source: AdoptedSource) -> Iterator[Engine]:
    """Reach a database for reading alone while the block runs; raise `DoesNotAnswer`."""
    try:
        engine = open_adopted(address_of(source), read_only=True)
    except (BadAddress, CannotConnect, Damaged):
        raise DoesNotAnswer from None
    try:
        yield engine
    except UnknownSchema as error:
        raise DoesNotAnswer(str(error)) from None
    finally:
        engine.dispose()


def lines_of(
    source: AdoptedSource, found: DatabaseSketch | None, declared: list[AdoptedTable]
) -> list[TableLine]:
    """Return every table that is there or was: without a sketch those that are declared."""
    rows = {(row.schema_name, row.name): row for row in declared}
    if found is None:
        return [_line(source, None, row) for row in declared]
    there = [_line(source, table, rows.pop((table.schema, table.name), None)) for table in found.tables]
    return there + [_line(source, None, row) for row in rows.values()]


def counts(lines: list[TableLine]) -> list[tuple[int, Any]]:
    """Return how many tables there are by verdict."""
    counted = Counter(str(line.verdict) for line in lines)
    return [(number, word) for word, number in counted.items() if word]


def _line(source: AdoptedSource, table: TableSketch | None, row: AdoptedTable | None) -> TableLine:
    name = table.name if table is not None else row.name if row is not None else ""
    schema = table.schema if table is not None else row.schema_name if row is not None else ""
    said = verdict(table, read_only=source.read_only) if table is not None else None
    is_shown = row is not None and row.is_shown
    return TableLine(
        key=row.id.hex if row is not None else "",
        name=f"{schema}.{name}" if schema else name,
        label=row.label if row is not None else "",
        verdict=KIND_WORDS[said.kind] if said else _l("not found"),
        tone=KIND_TONES[said.kind] if said else "warning",
        reason=said.reason if said and said.kind is not Kind.EDITABLE else "",
        mend=said.mend if said and said.kind is not Kind.EDITABLE else "",
        rows=format_decimal(table.rows) if table is not None and table.rows is not None else "",
        is_shown=is_shown,
        read_only=row is not None and row.read_only,
        url=f"/{source.code}/{row.noun}/" if row is not None and is_shown and source.is_used else "",
    )
