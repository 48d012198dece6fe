"""Declaring: what was found in a database, with what is proposed for it, becomes rows that a shop can change."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from flask import current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import Engine, select
from sqlalchemy.engine import URL

from app.adoption.codes import attribute_for, code_for, noun_for
from app.adoption.connecting import shown
from app.adoption.models import LONGEST_TYPE, AdoptedColumn, AdoptedSource, AdoptedTable, Meaning
from app.adoption.playing.keeping import new_row
from app.adoption.playing.previewing import roles_that_hold
from app.adoption.playing.reading import all_readable
from app.adoption.proposing.proposals import propose
from app.adoption.proposing.results import ColumnProposal, DatabaseProposal, TableProposal
from app.adoption.proposing.sampling import sample
from app.adoption.relating import propose as propose_relations
from app.adoption.sketches import ColumnSketch, DatabaseSketch, RelationSketch, TableSketch
from app.adoption.verdicts import Kind, has_usable_key, verdict
from app.core.capability import Capability
from app.core.database import db
from app.core.errors import KebuError
from app.core.kernel import kernel
from app.core.keys import uuid7
from app.core.transaction import command
from app.shaping.models import Personal
from app.shaping.shapes import OWN_SLICE

ADOPT = "adoption:source:adopt"
PURPOSE = "adopted address"
MOST_SOURCES = 20
MOST_TABLES = 2_000
MOST_COLUMNS = 60_000
# From here on an inferred relation is proposed as one to be followed.
SURE = 0.6
LONGEST_LABEL = 60
# What was found, what is proposed for it, and which of the proposed roles hold.
Looked = tuple[DatabaseSketch, DatabaseProposal, Container[str]]


class TooManySources(KebuError):
    """A shop adopts no more databases than fit into a menu."""

    status = 409
    code = "too-many-sources"
    message = _l("That many databases can't be adopted at once. Let go of one first.")


class OwnDatabase(KebuError):
    """Sessions, passwords and the journal are not for generated screens."""

    status = 409
    code = "own-database"
    message = _l("This is the database of Kebu itself. It can't be adopted.")


@dataclass(frozen=True)
class Wish:
    """What somebody wants to adopt: the address with its password, names for people, one schema or all.

    One that is not `is_used` is being prepared: nobody sees its screens yet.
    """

    url: URL
    name: str = ""
    schema: str = ""
    read_only: bool = False
    name_zh: str = ""
    is_used: bool = True


def look(engine: Engine, found: DatabaseSketch) -> tuple[DatabaseSketch, DatabaseProposal]:
    """Return the sketch with relations that nobody declared added, and what is proposed for the database.

    Both come from the catalogue and a few rows of each table.
    """
    inferred = propose_relations(engine, found)
    tables = tuple(
        replace(table, relations=(*table.relations, *_sure(inferred.get((table.schema, table.name), ()))))
        for table in found.tables
    )
    whole = replace(found, tables=tables)
    return whole, propose(whole, sample(engine, whole))


def holding_roles(engine: Engine, found: DatabaseSketch, proposed: DatabaseProposal) -> frozenset[str]:
    """Return the proposed roles that may be used without a person having looked: see `roles_that_hold`."""
    secrets = {
        (table.schema, table.name): frozenset(each.name for each in table.columns if each.secret.value)
        for table in proposed.tables
    }
    placed = [replace(each, time_zone=proposed.time_zone.value) for each in proposed.roles]
    with engine.connect() as connection:
        return roles_that_hold(connection, placed, all_readable(found, secrets))


def _sure(relations: Iterable[RelationSketch]) -> Iterator[RelationSketch]:
    return (each for each in relations if each.confidence >= SURE)


@command(ADOPT)
def declare(
    wish: Wish, found: DatabaseSketch, proposed: DatabaseProposal, used_roles: Container[str] = ()
) -> str:
    """Write down every table that can be read, and who plays which role, as proposed; return the source's code."""
    source = add_source(wish)
    declare_all(source, found, proposed, used_roles)
    return source.code


def add_source(wish: Wish) -> AdoptedSource:
    """Write down a database without its tables, inside the open transaction; raise `OwnDatabase`, `TooManySources`."""
    if is_own(wish.url):
        raise OwnDatabase
    taken = _taken_codes()
    if db.session.scalar(select(AdoptedSource.id).offset(MOST_SOURCES - 1).limit(1)) is not None:
        raise TooManySources
    name = wish.name or _own_name(wish.url)
    source = AdoptedSource(
        id=uuid7(),
        code=code_for(name, taken),
        label_zh=(wish.name_zh or name)[:LONGEST_LABEL],
        label_en=name[:LONGEST_LABEL],
        shown_address=shown(wish.url)[:300],
        only_schema=wish.schema,
        read_only=wish.read_only,
        is_used=wish.is_used,
    )
    source.locked_address = lock_address(source, wish.url)
    db.session.add(source)
    db.session.flush()
    return source


def lock_address(source: AdoptedSource, url: URL) -> bytes:
    """Return an address with its password, locked for this source alone."""
    plain = url.render_as_string(hide_password=False).encode()
    return kernel().keys.lock(PURPOSE, plain, _place(source))


def address_of(source: AdoptedSource) -> str:
    """Return the address with its password; raise `Damaged`."""
    return kernel().keys.unlock(PURPOSE, source.locked_address, _place(source)).decode()


def _place(source: AdoptedSource) -> str:
    return f"adoption_source.locked_address|{source.id.hex}"


def is_own(url: URL) -> bool:
    """Say whether an address leads to the database that this program lies in."""
    own = db.engine.url
    if own.get_backend_name() != url.get_backend_name():
        return False
    if url.get_backend_name() == "sqlite":
        return Path(str(url.database)).resolve() == Path(str(own.database)).resolve()
    return (url.host, url.port, url.database) == (own.host, own.port, own.database)


def _own_name(url: URL) -> str:
    plain = str(url.database or "").replace("\\", "/").rpartition("/")[2]
    return plain.partition(".")[0] or "database"


def _taken_codes() -> set[str]:
    every: tuple[Capability, ...] = kernel().everything
    codes = db.session.scalars(select(AdoptedSource.code).limit(MOST_SOURCES))
    # What the program's own addresses begin with would never be reached as a database.
    pages = {rule.rule.split("/")[1] for rule in current_app.url_map.iter_rules()}
    return {each.name for each in every} | set(codes) | pages | {OWN_SLICE}


def declare_all(
    source: AdoptedSource,
    found: DatabaseSketch,
    proposed: DatabaseProposal,
    used_roles: Container[str] = (),
) -> None:
    """Write down every table of a database that can be read and who plays which role, inside the open transaction."""
    source.currency = proposed.currency.value
    source.time_zone = proposed.time_zone.value
    surest = [each for each in proposed.roles if proposed.role(each.role) is each]
    db.session.add_all(new_row(source, each, is_used=each.role in used_roles) for each in surest)
    readable = [table for table in found.tables if verdict(table).kind is not Kind.REFUSED]
    declare_tables(source, found, proposed, readable)


def declare_tables(
    source: AdoptedSource, found: DatabaseSketch, proposed: DatabaseProposal, tables: Iterable[TableSketch]
) -> None:
    """Write down these tables behind those that are declared already, within the open transaction."""
    there = db.session.scalars(
        select(AdoptedTable).where(AdoptedTable.source_id == source.id).limit(MOST_TABLES)
    ).all()
    nouns = {(row.schema_name, row.name): row.noun for row in there}
    wanted = list(tables)
    for table in wanted:
        nouns[table.schema, table.name] = noun_for(table.name, set(nouns.values()))
    for position, table in enumerate(wanted, 1 + max((row.position for row in there), default=-1)):
        proposal = proposed.table(table.schema, table.name)
        row = _table(source, table, proposal, position, nouns[table.schema, table.name])
        db.session.add(row)
        db.session.flush()
        db.session.add_all(_columns(row, table, proposal, _links(found, table, nouns)))


def declare_column(
    found: DatabaseSketch, proposed: DatabaseProposal, row: AdoptedTable, column: ColumnSketch
) -> None:
    """Write down a column behind those of its table that are declared already, within the open transaction."""
    there = db.session.scalars(
        select(AdoptedColumn).where(AdoptedColumn.table_id == row.id).limit(MOST_COLUMNS)
    ).all()
    tables = db.session.scalars(
        select(AdoptedTable).where(AdoptedTable.source_id == row.source_id).limit(MOST_TABLES)
    ).all()
    nouns = {(each.schema_name, each.name): each.noun for each in tables}
    position = 1 + max((each.position for each in there), default=-1)
    attribute = attribute_for(column.name, position, {each.attribute for each in there}, is_key=False)
    table, proposal = found.table(row.schema_name, row.name), proposed.table(row.schema_name, row.name)
    said = proposal.column(column.name) if proposal is not None else None
    made = _column(row, column, said, (attribute, position, False))
    made.links_to = _links(found, table, nouns).get(column.name, "") if table is not None else ""
    db.session.add(made)


def _links(found: DatabaseSketch, table: TableSketch, nouns: Mapping[tuple[str, str], str]) -> dict[str, str]:
    """Return by column the noun of the table it leads to: relations of one column to another table's whole key."""
    links: dict[str, str] = {}
    for relation in sorted(table.relations, key=lambda each: (not each.declared, -each.confidence)):
        target = found.table(relation.schema, relation.table)
        followed = target is not None and has_usable_key(target) and target.key == relation.target_columns
        if followed and len(relation.columns) == 1:
            links.setdefault(relation.columns[0], nouns.get((relation.schema, relation.table), ""))
    return links


def _table(
    source: AdoptedSource,
    table: TableSketch,
    proposal: TableProposal | None,
    position: int,
    noun: str,
) -> AdoptedTable:
    title = next(iter(proposal.title.value), "") if proposal is not None else ""
    return AdoptedTable(
        id=uuid7(),
        source_id=source.id,
        schema_name=table.schema,
        name=table.name,
        noun=noun,
        label_zh=_label(proposal.label_zh.value if proposal else "", table.name),
        label_en=_label(proposal.label_en.value if proposal else "", table.name),
        title_column=title or next(iter(table.key), table.columns[0].name),
        key_columns="" if table.primary_key else "\n".join(table.key),
        position=position,
        is_shown=True,
        read_only=False,
        sort=proposal.sort.value if proposal is not None else "",
        alive=proposal.alive.value if proposal is not None else "",
    )


def _columns(
    row: AdoptedTable, table: TableSketch, proposal: TableProposal | None, links: Mapping[str, str]
) -> list[AdoptedColumn]:
    taken: set[str] = set()
    listed = set(proposal.list_columns.value) if proposal is not None else set()
    made = []
    for position, column in enumerate(table.columns):
        said = proposal.column(column.name) if proposal is not None else None
        attribute = attribute_for(column.name, position, taken, is_key=column.name in table.key)
        taken.add(attribute)
        made.append(_column(row, column, said, (attribute, position, column.name in listed)))
        made[-1].links_to = links.get(column.name, "")
    return made


def _column(
    row: AdoptedTable, column: ColumnSketch, said: ColumnProposal | None, place: tuple[str, int, bool]
) -> AdoptedColumn:
    attribute, position, in_list = place
    return AdoptedColumn(
        table_id=row.id,
        name=column.name,
        attribute=attribute,
        label_zh=_label(said.label_zh.value if said else "", column.name),
        label_en=_label(said.label_en.value if said else "", column.name),
        position=position,
        # Passwords of another program are nobody's to read.
        is_shown=not (said is not None and said.secret.value),
        in_list=in_list,
        read_only=bool(said is not None and said.stamp.value),
        personal=Personal(said.personal.value) if said is not None and said.personal.value else Personal.NONE,
        choices="\n".join(f"{each.code}={each.text}" for each in said.choices.value) if said else "",
        is_parked=False,
        meaning=_meaning(said) if said is not None else Meaning.PLAIN,
        type_text=column.type_text[:LONGEST_TYPE],
    )


def _meaning(said: ColumnProposal) -> Meaning:
    """Return what a column's values are proposed to be beyond their type."""
    if said.epoch.value:
        return Meaning.MILLISECONDS if said.epoch.value == "ms" else Meaning.SECONDS
    if said.money.value:
        return Meaning.CENTS if said.money.value == "minor" else Meaning.MONEY
    if said.image.value:
        return Meaning.IMAGE
    forms = {"email": Meaning.EMAIL, "phone": Meaning.PHONE, "url": Meaning.LINK}
    return forms.get(said.form.value, Meaning.PLAIN)


def _label(proposed: str, name: str) -> str:
    return (proposed or name)[:LONGEST_LABEL]
