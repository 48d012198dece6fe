"""Publishing: every process tells the panel of the adopted databases as they are declared at this moment.

What is declared is read anew whenever the access version grows, as own fields are; a database itself is looked at
once in each process, and again when somebody asks for it or when it could not be reached. Classes are made anew only
where something changed that they are made of; words and switches change screens alone.
"""

from __future__ import annotations

import functools
import itertools
import logging
import threading
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from flask import Flask, current_app
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import registry

from app.access.memory import Remembered
from app.access.version import present_version
from app.adoption.column_session import keep_faithful
from app.adoption.connecting import BadAddress, CannotConnect, open_adopted
from app.adoption.declaring import MOST_SOURCES, address_of
from app.adoption.drift import fingerprint
from app.adoption.drift_forms import refuse_what_is_not_taken_up
from app.adoption.drifting import watch
from app.adoption.mapping import MappedTable, Wanted, map_tables
from app.adoption.models import AdoptedColumn, AdoptedLook, AdoptedRole, AdoptedSource, AdoptedTable, Role
from app.adoption.playing.providing import providers_of
from app.adoption.reflecting import UnknownSchema, sketch
from app.adoption.screens import panels_of, screen_of_table
from app.adoption.sketches import DatabaseSketch, TableSketch
from app.core.capability import Capability
from app.core.crypto import Damaged
from app.core.database import db, writing
from app.core.declaration import MenuPage
from app.core.errors import KebuError
from app.core.kernel import Kernel, Shapes
from app.core.outside import close_outside, keep_registry, open_outside
from app.core.permissions import granted_names
from app.core.reach import free_of_reach

log = logging.getLogger(__name__)
EXTENSION = "kebu_adoption"
TRY_AGAIN_AFTER = 30
MOST_TABLES = 2_000
MOST_COLUMNS = 60_000
# One for who is in the middle of a request, one for who begins now.
_MOST_VERSIONS = 2
_UNREADABLE = (BadAddress, CannotConnect, UnknownSchema, Damaged)
_numbers = itertools.count(1)
Columns = dict[uuid.UUID, list[AdoptedColumn]]


@dataclass
class Opened:
    """A database as this process has it: the sketch, and the classes with what they were made of.

    `digest` is the sketch's own, `noted` the one that the worker had noted when it was last compared.
    """

    address: tuple[bytes, bool, str, int]
    label: object = ""
    sketch: DatabaseSketch | None = None
    tried_at: float = 0.0
    digest: str = ""
    noted: str = ""
    made_of: list[Wanted] = field(default_factory=list)
    classes: registry | None = None
    tables: list[MappedTable] = field(default_factory=list)


@dataclass
class Publisher:
    """One application's adopted databases."""

    memory: Remembered[Shapes] = field(default_factory=lambda: Remembered(_MOST_VERSIONS))
    lock: threading.RLock = field(default_factory=threading.RLock)
    opened: dict[str, Opened] = field(default_factory=dict)
    latest: tuple[object, Shapes] = ((), Shapes())


def install_publisher(app: Flask) -> None:
    """Let the kernel know of adopted databases beside whatever it is told of already."""
    app.extensions[EXTENSION] = Publisher()
    kernel: Kernel = app.extensions["kebu"]
    former = kernel.shapes
    kernel.explain_missing = explain_missing
    kernel.shapes = (lambda: _together(former(), load_adopted())) if former is not None else load_adopted


def _together(one: Shapes, other: Shapes) -> Shapes:
    if not other.capabilities:
        return one
    return replace(
        one,
        number=(one.number << 24) | other.number,
        capabilities=(*one.capabilities, *other.capabilities),
    )


def publisher() -> Publisher:
    """Return the running application's publisher."""
    found: Publisher = current_app.extensions[EXTENSION]
    return found


def load_adopted() -> Shapes:
    """Return the adopted databases as of the present access version; five statements when it is not known yet."""
    own = publisher()
    if writing.get():
        # What an open change declares is not published before it stands.
        return own.latest[1]
    key = (0, present_version())
    known = own.memory.get(key)
    if known is not None and not _has_to_try(own):
        return known
    # To try a database again that was away is worth nobody's waiting but that of whoever comes first.
    if own.lock.acquire(blocking=known is None):
        try:
            known = _publish(own)
        finally:
            own.lock.release()
        own.memory.keep(key, known)
    return known or own.latest[1]


def look_again(code: str) -> None:
    """Let this process look at a database anew at the next request."""
    own = publisher()
    with own.lock:
        own.opened.pop(code, None)
        own.memory = Remembered(_MOST_VERSIONS)


def _has_to_try(own: Publisher) -> bool:
    return any(_is_due(each, each.address) for each in own.opened.values())


def _publish(own: Publisher) -> Shapes:
    sources, tables, columns = _declared()
    roles = _roles(sources)
    stamp: tuple[object, ...] = (
        tuple((row.id, row.row_version) for row in sources),
        tuple((row.id, row.row_version) for row in tables),
        tuple((row.id, row.row_version) for every in columns.values() for row in every),
        tuple((row.id, row.row_version) for row in roles),
    )
    noted = _noted() if sources else {}
    for source in sources:
        _open(own, source, noted.get(source.id, ""))
    stamp = (*stamp, tuple(id(own.opened[row.code].sketch) for row in sources if row.code in own.opened))
    if own.latest[0] == stamp:
        return own.latest[1]
    for gone in set(own.opened) - {row.code for row in sources if row.is_used}:
        forget(gone)
    capabilities = tuple(
        replace(
            _capability(own.opened[source.code], source, rows, columns, number),
            facts=providers_of(
                source,
                own.opened[source.code].sketch,
                [each for each in roles if each.source_id == source.id],
                rows,
                columns,
            ),
        )
        for number, source in enumerate(sources)
        if source.code in own.opened
        for rows in [[each for each in tables if each.source_id == source.id and each.is_shown]]
    )
    own.latest = (stamp, Shapes(next(_numbers), {}, capabilities))
    return own.latest[1]


def _declared() -> tuple[Sequence[AdoptedSource], Sequence[AdoptedTable], Columns]:
    with free_of_reach():
        sources = db.session.scalars(
            select(AdoptedSource).order_by(AdoptedSource.id).limit(MOST_SOURCES)
        ).all()
        if not sources:
            return (), (), {}
        tables = db.session.scalars(
            select(AdoptedTable).order_by(AdoptedTable.position, AdoptedTable.id).limit(MOST_TABLES)
        ).all()
        rows = db.session.scalars(
            select(AdoptedColumn)
            .order_by(AdoptedColumn.table_id, AdoptedColumn.position, AdoptedColumn.id)
            .limit(MOST_COLUMNS)
        )
        columns: Columns = {}
        for row in rows:
            columns.setdefault(row.table_id, []).append(row)
    return sources, tables, columns


def _roles(sources: Sequence[AdoptedSource]) -> Sequence[AdoptedRole]:
    if not sources:
        return ()
    with free_of_reach():
        return db.session.scalars(
            select(AdoptedRole).order_by(AdoptedRole.id).limit(MOST_SOURCES * len(Role))
        ).all()


# --- The databases -------------------------------------------------------------------------------------


def _noted() -> dict[uuid.UUID, str]:
    """Return what each database looked like to the worker."""
    query = select(AdoptedLook.source_id, AdoptedLook.fingerprint).limit(MOST_SOURCES)
    with free_of_reach():
        return {row.source_id: row.fingerprint for row in db.session.execute(query)}


def _open(own: Publisher, source: AdoptedSource, noted: str) -> None:
    """Connect to a database and look at it, unless that is done; one that can't be reached is tried again later.

    It is looked at anew when the worker has noted that it is otherwise than this process knows it.
    """
    if not source.is_used:
        return
    address = _stamp_of(source)
    known = own.opened.get(source.code)
    if known is not None and not _is_due(known, address) and noted in ("", known.noted, known.digest):
        # Compared with this one from now on: a database may come to look as it did before.
        known.noted = noted
        return
    opened = Opened(address, source.label, tried_at=time.monotonic(), noted=noted)
    own.opened[source.code] = opened
    try:
        engine = open_adopted(address_of(source), read_only=source.read_only)
        opened.sketch = sketch(engine, source.only_schema or None)
        opened.digest = fingerprint(opened.sketch)
    except _UNREADABLE as error:
        log.warning("The adopted database %s can't be read: %s", source.code, type(error).__name__)
        return
    keep_faithful(engine)
    # Those that were opened for looking begin as they should only from now on.
    engine.dispose()
    watch(engine, functools.partial(look_again, source.code))
    open_outside(source.code, engine)


def _stamp_of(source: AdoptedSource) -> tuple[bytes, bool, str, int]:
    """Return what differs whenever a database has to be opened or looked at anew."""
    return source.locked_address, source.read_only, source.only_schema, source.looks


def _is_due(known: Opened, address: tuple[bytes, bool, str, int]) -> bool:
    waits = known.sketch is None and time.monotonic() - known.tried_at > TRY_AGAIN_AFTER
    return known.address != address or waits


def forget(code: str) -> None:
    """Let this process reach an adopted database no more, until it is published again."""
    publisher().opened.pop(code, None)
    close_outside(code)
    keep_registry(code, None)


# --- Their screens -------------------------------------------------------------------------------------


class SourceAway(KebuError):
    """An adopted database does not answer; its pages come back by themselves when it does."""

    status = 503
    code = "database-away"

    def __init__(self, label: object) -> None:
        super().__init__(
            _l(
                "The database “%(name)s” does not answer at the moment. Everything else works, and its pages come back "
                "by themselves as soon as it answers again.",
                name=label,
            )
        )


def explain_missing(slice_name: str) -> None:
    """Raise `SourceAway` where an address leads to a database that does not answer, for whoever may see some of it."""
    known = publisher().opened.get(slice_name)
    if known is None or known.sketch is not None:
        return
    if any(name.startswith(f"{slice_name}:") for name in granted_names()):
        raise SourceAway(known.label)


def _away(source: AdoptedSource, rows: Sequence[AdoptedTable], number: int) -> Capability:
    """Return what stands in the menu for a database that does not answer: one entry, which says so."""
    first = f"{source.code}:{rows[0].noun}" if rows else ""
    pages = (MenuPage(_l("Does not answer"), f"/{first.replace(':', '/')}/", f"{first}:list"),)
    return Capability(
        source.code, source.label, icon="database-x", order=600 + number, pages=pages if first else ()
    )


def _capability(
    opened: Opened, source: AdoptedSource, rows: Sequence[AdoptedTable], columns: Columns, number: int
) -> Capability:
    if opened.sketch is None:
        return _away(source, rows, number)
    tables = {each.wanted.screen_name: each for each in _mapped(opened, source, rows, columns)}
    read_only = source.read_only
    screens = {
        name: refuse_what_is_not_taken_up(
            screen_of_table(source.code, row, columns.get(row.id, []), tables[name], read_only=read_only),
            columns.get(row.id, []),
            tables[name].wanted.sketch,
        )
        for row in rows
        if (name := f"{source.code}:{row.noun}") in tables
    }
    return Capability(
        source.code,
        source.label,
        icon="database",
        order=600 + number,
        screens=tuple(screens.values()),
        panels=tuple(panels_of(tables, screens)),
    )


def _mapped(
    opened: Opened, source: AdoptedSource, rows: Sequence[AdoptedTable], columns: Columns
) -> list[MappedTable]:
    found = opened.sketch
    if found is None:
        return []
    wanted = [
        Wanted(
            _with_key(table, row),
            f"{source.code}:{row.noun}",
            {each.name: each.attribute for each in columns.get(row.id, [])},
            {
                each.name: f"{source.code}:{each.links_to}"
                for each in columns.get(row.id, [])
                if each.links_to
            },
        )
        for row in rows
        if (table := found.table(row.schema_name, row.name)) is not None
    ]
    if opened.made_of != wanted:
        opened.classes, opened.tables = map_tables(source.code, found.dialect, wanted)
        opened.made_of = wanted
        keep_registry(source.code, opened.classes)
    return opened.tables


def _with_key(table: TableSketch, row: AdoptedTable) -> TableSketch:
    """Return a sketch with the key that a person declared, where the database has none and the columns exist."""
    declared = tuple(name for name in row.key_columns.splitlines() if table.column(name) is not None)
    return replace(table, key=declared) if declared and not table.primary_key else table
