"""Noting drift: the worker looks at adopted databases now and then and tells every process when one has changed.

What a database looked like is kept as a digest only. Its row makes the access version grow, so that every process
compares the digest with that of its own sketch and looks anew where they differ; an unchanged database costs one
look and one statement.
"""

from __future__ import annotations

import logging
import time
import uuid
from dataclasses import dataclass

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import select

from app.access.memory import Remembered
from app.access.version import present_version
from app.adoption.connecting import BadAddress, CannotConnect, open_adopted
from app.adoption.declaring import ADOPT, MOST_SOURCES, address_of
from app.adoption.drift import Drift, drift_of, fingerprint
from app.adoption.models import AdoptedColumn, AdoptedLook, AdoptedSource, AdoptedTable
from app.adoption.publishing import MOST_COLUMNS, MOST_TABLES, load_adopted, publisher
from app.adoption.reflecting import UnknownSchema, sketch
from app.adoption.sketches import DatabaseSketch
from app.core.checks import Check, Finding, green, yellow
from app.core.crypto import Damaged
from app.core.database import db
from app.core.declaration import SmallRow, SmallTable
from app.core.jobs import Errand, Hold
from app.core.reach import free_of_reach
from app.core.transaction import command
from app.core.words import OwnWords

log = logging.getLogger(__name__)
PAGE = "/adoption/drift/"
_LOOKED_AT = "kebu_adoption_looked_at"
_DRIFTED = "kebu_adoption_drifted"


@dataclass(frozen=True, slots=True)
class Drifted:
    """An adopted database that differs: its code, what it is called, and in how much it differs."""

    code: str
    label_zh: str
    label_en: str
    count: int


def is_due() -> bool:
    """Say whether it is time to look again and there is anything to look at."""
    last = current_app.extensions.get(_LOOKED_AT)
    wait = 60 * current_app.config["KEBU_SETTINGS"].adopted_look_minutes
    if last is not None and time.monotonic() - last < wait:
        return False
    current_app.extensions[_LOOKED_AT] = time.monotonic()
    return bool(_used_sources())


def look_at_all(hold: Hold) -> None:
    """Look at each adopted database in use; one that is away has not changed."""
    for source_id in _used_sources():
        if hold.stopping():
            return
        look_at(source_id)


def _used_sources() -> list[uuid.UUID]:
    with free_of_reach():
        query = select(AdoptedSource.id).where(AdoptedSource.is_used.is_(True)).order_by(AdoptedSource.id)
        return list(db.session.scalars(query.limit(MOST_SOURCES)))


def look_at(source_id: uuid.UUID) -> bool:
    """Look at one database; say whether it has changed since it was last looked at."""
    with free_of_reach():
        source = db.session.get(AdoptedSource, source_id)
        if source is None:
            return False
        code, address = source.code, (source.locked_address, source.read_only, source.only_schema)
        try:
            plain = address_of(source)
        except Damaged:
            return False
    # No transaction of the house stays open while another database thinks.
    db.session.rollback()
    found = _sketch(code, plain, read_only=address[1], schema=address[2])
    return found is not None and note(source_id, found)


def _sketch(code: str, address: str, *, read_only: bool, schema: str) -> DatabaseSketch | None:
    try:
        # As every process opens it: what may be done there is part of what is compared.
        engine = open_adopted(address, read_only=read_only)
        try:
            return sketch(engine, schema or None)
        finally:
            engine.dispose()
    except (BadAddress, CannotConnect, UnknownSchema) as error:
        log.warning("The adopted database %s can't be looked at: %s", code, type(error).__name__)
        return None


@command(None)
def note(source_id: uuid.UUID, found: DatabaseSketch) -> bool:
    """Keep what a database looks like, park the columns that are gone and take back those that came again.

    Says whether it has changed since it was last looked at.
    """
    digest = fingerprint(found)
    with free_of_reach():
        look = db.session.scalar(select(AdoptedLook).where(AdoptedLook.source_id == source_id).limit(1))
        if look is not None and look.fingerprint == digest:
            return False
        if look is None:
            db.session.add(AdoptedLook(source_id=source_id, fingerprint=digest))
        else:
            look.fingerprint = digest
        park(_drift(source_id, found))
    return True


def park(drift: Drift) -> None:
    """Park the columns that are gone, and take back those that are there again, within the open transaction."""
    for table in drift.changed:
        for row in table.gone:
            if not row.is_parked:
                row.is_parked = True
        for row in table.back:
            row.is_parked = False


def _drift(source_id: uuid.UUID, found: DatabaseSketch) -> Drift:
    tables = db.session.scalars(
        select(AdoptedTable)
        .where(AdoptedTable.source_id == source_id)
        .order_by(AdoptedTable.position, AdoptedTable.id)
        .limit(MOST_TABLES)
    ).all()
    columns: dict[uuid.UUID, list[AdoptedColumn]] = {}
    for row in db.session.scalars(
        select(AdoptedColumn)
        .join(AdoptedTable, AdoptedTable.id == AdoptedColumn.table_id)
        .where(AdoptedTable.source_id == source_id)
        .order_by(AdoptedColumn.table_id, AdoptedColumn.position, AdoptedColumn.id)
        .limit(MOST_COLUMNS)
    ):
        columns.setdefault(row.table_id, []).append(row)
    return drift_of(tables, columns, found)


def present_drift(source: AdoptedSource) -> Drift | None:
    """Return in what a database, as this process knows it, differs from what is said; None where it is not open."""
    load_adopted()
    opened = publisher().opened.get(source.code)
    if opened is None or opened.sketch is None:
        return None
    with free_of_reach():
        return _drift(source.id, opened.sketch)


def drifted() -> tuple[Drifted, ...]:
    """Return the adopted databases that differ; compared once for each access version and sketch."""
    load_adopted()
    digests = tuple(sorted((code, each.digest) for code, each in publisher().opened.items()))
    if not digests:
        return ()
    memory: Remembered[tuple[Drifted, ...]] = current_app.extensions.setdefault(_DRIFTED, Remembered(4))
    key = (hash(digests), present_version())
    known = memory.get(key)
    if known is None:
        with free_of_reach():
            sources = db.session.scalars(
                select(AdoptedSource)
                .where(AdoptedSource.is_used.is_(True))
                .order_by(AdoptedSource.code)
                .limit(MOST_SOURCES)
            ).all()
        known = tuple(
            Drifted(source.code, source.label_zh, source.label_en, drift.count)
            for source in sources
            if (drift := present_drift(source))
        )
        memory.keep(key, known)
    return known


def look_for_drift() -> Finding:
    """Look for databases that have changed since somebody said yes to them."""
    differences = sum(each.count for each in drifted())
    if not differences:
        return green(_("The adopted databases are as they were when they were adopted."))
    return yellow(
        ngettext(
            "%(num)d difference in adopted databases waits for a decision.",
            "%(num)d differences in adopted databases wait for a decision.",
            differences,
        ),
        _("Open Changes on the page of the database, and take up what should be seen."),
    )


def _rows() -> list[SmallRow]:
    return [
        SmallRow((str(OwnWords(each.label_zh, each.label_en)), str(each.count)), f"{PAGE}{each.code}")
        for each in drifted()
    ]


LOOKING = Errand("adoption:look", is_due, look_at_all)
CHECK = Check("adoption:drift", _l("Changes in adopted databases"), look_for_drift)
ON_HOME = SmallTable(
    "adopted_changes",
    _l("Changes in adopted databases"),
    ADOPT,
    order=310,
    heads=(_l("Database"), _l("Changes")),
    load=_rows,
)
