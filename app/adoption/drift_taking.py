"""Taking up drift: a person says yes to what came, to another type or to another name; nothing said before is lost."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.access.permission_sync import declared_permissions, sync_permissions
from app.access.version import bump_version
from app.adoption.declaring import ADOPT, declare_column, declare_tables
from app.adoption.drift import Drift, RenamedColumn, RenamedTable, TableDrift
from app.adoption.drift_noting import note, present_drift
from app.adoption.models import LONGEST_TYPE, AdoptedColumn, AdoptedRole, AdoptedSource, AdoptedTable
from app.adoption.proposing.expression_nodes import quoted
from app.adoption.proposing.proposals import propose
from app.adoption.proposing.results import DatabaseProposal
from app.adoption.proposing.sampling import sample
from app.adoption.publishing import publisher
from app.adoption.sketches import ColumnSketch, DatabaseSketch, TableSketch
from app.core.database import db
from app.core.errors import Conflict, NotFound
from app.core.keys import uuid7
from app.core.occasion import on_occasion
from app.core.outside import engine_of
from app.core.transaction import command

Sort = Literal["table", "renamed_table", "column", "type", "renamed", "parked", "gone_table"]
# A likely rename is ticked from here on: what it spares is doing all settings again, what it risks is undone by one.
SURE = 80
_COMING = frozenset({"renamed", "column", "renamed_table", "table"})


class DriftChanged(Conflict):
    """What was ticked is not what the database differs in any more."""

    code = "drift-changed"
    message = _l("The database has changed again meanwhile. Look at the list once more.")


class TickedTwice(Conflict):
    """What was renamed is not new as well, nor taken out."""

    code = "ticked-twice"
    message = _l("What was renamed is neither new nor taken out: tick one of them.")


@dataclass(frozen=True, slots=True)
class Offer:
    """One difference that can be taken up: `before` and `after` are types or names, '' where there is none."""

    sort: Sort
    table: str
    name: str
    before: str
    after: str
    confidence: int
    take: Callable[[Taking], None]

    @property
    def token(self) -> str:
        """What a form calls it; another difference has another one."""
        said = repr((self.sort, self.table, self.name, self.before, self.after))
        return hashlib.sha256(said.encode(errors="surrogatepass")).hexdigest()[:20]

    @property
    def is_ticked(self) -> bool:
        """Whether it is proposed to be taken up; what would be thrown away or is uncertain never is."""
        return (self.sort in ("table", "column", "type") and self.confidence >= 0) or self.confidence >= SURE


@dataclass(slots=True)
class Taking:
    """What is needed to take something up: the database as found, and what is proposed for it."""

    source: AdoptedSource
    found: DatabaseSketch
    proposed: DatabaseProposal


def offers_of(drift: Drift) -> tuple[Offer, ...]:
    """Return what can be taken up; what was likely renamed is offered as new as well, and ticked as one at most."""
    return tuple(_offers(drift))


def _offers(drift: Drift) -> Iterator[Offer]:
    renamed = {(each.table.schema, each.table.name): each for each in drift.renamed}
    for table in drift.added:
        name = _place(table.schema, table.name)
        pair = renamed.get((table.schema, table.name))
        if pair is not None:
            former = _place(pair.row.schema_name, pair.row.name)
            yield Offer("renamed_table", name, "", former, name, pair.confidence, _rename_table(pair))
        yield Offer("table", name, "", "", "", -1 if pair else 0, _add_table(table))
    for row in drift.gone:
        yield Offer("gone_table", _place(row.schema_name, row.name), "", "", "", 0, _hide_table(row))
    for changed in drift.changed:
        yield from _column_offers(changed)


def _column_offers(drift: TableDrift) -> Iterator[Offer]:
    place = _place(drift.row.schema_name, drift.row.name)
    renamed = {each.column.name: each for each in drift.renamed}
    for column in drift.added:
        pair = renamed.get(column.name)
        if pair is not None:
            yield Offer(
                "renamed",
                place,
                column.name,
                pair.row.name,
                column.name,
                pair.confidence,
                _rename(drift, pair),
            )
        yield Offer(
            "column", place, column.name, "", column.type_text, -1 if pair else 0, _add(drift, column)
        )
    for each in drift.retyped:
        yield Offer(
            "type",
            place,
            each.row.name,
            each.row.type_text,
            each.column.type_text,
            0,
            _accept(each.row, each.column),
        )
    for row in drift.gone:
        yield Offer("parked", place, row.name, row.type_text, "", 0, _remove(row))


def _place(schema: str, name: str) -> str:
    return f"{schema}.{name}" if schema else name


def take_up(code: str, tokens: Collection[str]) -> int:
    """Take up what the tokens stand for and return how many that were.

    Raises `NotFound` for no such database or one that is away, `DriftChanged` where something is no more to be had.
    """
    source = db.session.scalar(select(AdoptedSource).where(AdoptedSource.code == code).limit(1))
    opened = publisher().opened.get(code)
    drift = present_drift(source) if source is not None else None
    if source is None or drift is None or opened is None or opened.sketch is None:
        raise NotFound
    proposed = _propose(code, opened.sketch, drift)
    count = _take(code, opened.sketch, proposed, frozenset(tokens))
    sync_permissions(declared_permissions())
    return count


def _propose(code: str, found: DatabaseSketch, drift: Drift) -> DatabaseProposal:
    """Return what is proposed for the tables in which something came; a few rows of each are read."""
    places = {(each.schema, each.name) for each in drift.added}
    places |= {(each.row.schema_name, each.row.name) for each in drift.changed if each.added}
    some = replace(found, tables=tuple(each for each in found.tables if (each.schema, each.name) in places))
    return propose(some, sample(engine_of(code), some))


@command(ADOPT)
def _take(code: str, found: DatabaseSketch, proposed: DatabaseProposal, tokens: Collection[str]) -> int:
    bump_version()
    source = db.session.scalar(select(AdoptedSource).where(AdoptedSource.code == code).limit(1))
    if source is None:
        raise NotFound
    with on_occasion(batch_id=uuid7()):
        note(source.id, found)
        db.session.flush()
        drift = present_drift(source)
        offers = {each.token: each for each in offers_of(drift or Drift())}
        if not offers.keys() >= set(tokens):
            raise DriftChanged
        taking = Taking(source, found, proposed)
        # As they are listed: a name goes to the renamed column before another could come to it.
        chosen = [each for token, each in offers.items() if token in tokens]
        _refuse_both(chosen)
        for each in chosen:
            each.take(taking)
            db.session.flush()
    return len(chosen)


def _refuse_both(chosen: Collection[Offer]) -> None:
    """Raise `TickedTwice` where one column or table is to be two: another's new name and new, renamed and taken out."""
    new = [(each.table, each.name) for each in chosen if each.sort in _COMING]
    old = [(each.table, each.before) for each in chosen if each.sort == "renamed"]
    old += [(each.before, "") for each in chosen if each.sort == "renamed_table"]
    old += [(each.table, each.name) for each in chosen if each.sort in ("parked", "gone_table")]
    if len(set(new)) < len(new) or len(set(old)) < len(old):
        raise TickedTwice


# --- One by one ----------------------------------------------------------------------------------------


def _add_table(table: TableSketch) -> Callable[[Taking], None]:
    return lambda taking: declare_tables(taking.source, taking.found, taking.proposed, (table,))


def _add(drift: TableDrift, column: ColumnSketch) -> Callable[[Taking], None]:
    return lambda taking: declare_column(taking.found, taking.proposed, drift.row, column)


def _accept(row: AdoptedColumn, column: ColumnSketch) -> Callable[[Taking], None]:
    def take(_taking: Taking) -> None:
        row.type_text = column.type_text[:LONGEST_TYPE]

    return take


def _remove(row: AdoptedColumn) -> Callable[[Taking], None]:
    return lambda _taking: db.session.delete(row)


def _hide_table(row: AdoptedTable) -> Callable[[Taking], None]:
    def take(_taking: Taking) -> None:
        for column in db.session.scalars(
            select(AdoptedColumn).where(AdoptedColumn.table_id == row.id).limit(5_000)
        ):
            db.session.delete(column)
        db.session.flush()
        db.session.delete(row)

    return take


def _rename_table(pair: RenamedTable) -> Callable[[Taking], None]:
    def take(taking: Taking) -> None:
        row, table = pair.row, pair.table
        for role in _roles(taking):
            if (role.schema_name, role.table_name) == (row.schema_name, row.name):
                role.schema_name, role.table_name = table.schema, table.name
            if (role.parent_schema, role.parent_table) == (row.schema_name, row.name):
                role.parent_schema, role.parent_table = table.schema, table.name
        row.schema_name, row.name = table.schema, table.name

    return take


def _rename(drift: TableDrift, pair: RenamedColumn) -> Callable[[Taking], None]:
    def take(taking: Taking) -> None:
        table, old, new = drift.row, pair.row.name, pair.column.name
        # What addresses and rules call it stays, so views and limits go on holding.
        pair.row.name, pair.row.is_parked = new, False
        pair.row.type_text = pair.column.type_text[:LONGEST_TYPE]
        if table.title_column == old:
            table.title_column = new
        if table.sort.removeprefix("-") == old:
            table.sort = f"-{new}" if table.sort.startswith("-") else new
        table.key_columns = "\n".join(new if name == old else name for name in table.key_columns.split("\n"))
        table.alive = renamed_in(table.alive, old, new)
        for role in _roles(taking):
            if (role.schema_name, role.table_name) == (table.schema_name, table.name):
                # Before ` = ` stands what the analysis calls it.
                lines = [line.partition(" = ") for line in role.columns.split("\n")]
                role.columns = "\n".join(
                    f"{name}{sign}{renamed_in(said, old, new)}" for name, sign, said in lines
                )
                role.filter = renamed_in(role.filter, old, new)
                role.refund_filter = renamed_in(role.refund_filter, old, new)

    return take


def _roles(taking: Taking) -> Collection[AdoptedRole]:
    query = select(AdoptedRole).where(AdoptedRole.source_id == taking.source.id)
    return db.session.scalars(query.limit(100)).all()


def renamed_in(expression: str, old: str, new: str) -> str:
    """Return an expression with one column's name for another's; texts in it stay as they are."""
    plain = rf"(?<![\w.\"]){re.escape(old)}(?![\w\"])"
    written = re.escape('"' + old.replace('"', '""') + '"')
    pattern = re.compile(rf"(?P<text>'(?:[^']|'')*')|{written}|{plain}")
    return pattern.sub(lambda match: match[0] if match["text"] else quoted(new), expression)
