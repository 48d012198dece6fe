"""Indexing: what a field is sorted, searched or kept unique by is made on a large table while the shop goes on."""

from __future__ import annotations

import uuid
from dataclasses import replace

from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from app.access.version import bump_version
from app.core.database import db
from app.core.errors import Invalid
from app.core.jobs import RunningJob
from app.core.locking import lock
from app.core.transaction import transaction
from app.shaping import works
from app.shaping.altering import Altering, altering
from app.shaping.definitions import find_field
from app.shaping.kinds import LONGEST_LINE, OwnIndex, indexes_of
from app.shaping.models import Kind
from app.shaping.plans import FieldPlan, plan_of, write_plan
from app.shaping.stored import table_name
from app.shaping.work_models import ShapingWork, Task


def waits_for_an_index(code: str, before: FieldPlan | None, wanted: FieldPlan) -> FieldPlan:
    """Return what of a plan is true at once on a large table: all but what an index has to be made for first."""
    known = {index.name for index in indexes_of(code, before)} if before is not None else set()
    missing = {index.name for index in indexes_of(code, wanted)} - known
    if f"uq_own_{code}" in missing:
        wanted = replace(wanted, is_unique=False)
    if f"ix_own_{code}" in missing:
        wanted = replace(wanted, sortable=False, searchable=False)
    return wanted


def begin_index(screen: str, field_id: uuid.UUID, wanted: FieldPlan) -> ShapingWork:
    """Ask a worker for a field's indexes, within the open transaction."""
    return works.begin(Task.INDEX, screen, field_id, is_long=True, plan=wanted)


def index(work_id: uuid.UUID, job: RunningJob) -> None:
    """Make the indexes that are missing, then let the field be sorted, searched and unique by them.

    A half-made index is made anew, so this may be cut off anywhere. It can be called off before an index is begun.
    """
    work = works.find_work(work_id)
    row = find_field(work.subject_id)
    code, before, wanted, table = row.code, plan_of(row), work.wanted, table_name(work.screen)
    subject_id = work.subject_id
    db.session.rollback()
    missing = [each for each in indexes_of(code, wanted) if each not in indexes_of(code, before)]
    for each in missing:
        job.check()
        with altering() as tables:
            prepare(tables, table, f"x_{code}", wanted)
            index_or_refuse(tables, table, each)
    with transaction():
        bump_version()
        row = find_field(subject_id)
        flags = {name: getattr(wanted, name) for name in ("is_unique", "sortable", "searchable")}
        write_plan(row, replace(plan_of(row), **flags))
        db.session.delete(lock(ShapingWork, [work_id])[work_id])
        db.session.flush()
        job.finish({"indexes": len(missing)})


def prepare(tables: Altering, table: str, column: str, wanted: FieldPlan) -> None:
    """Give MariaDB the length that it needs to index a text; the others need nothing."""
    if wanted.kind is Kind.TEXT and wanted.is_indexed:
        tables.change_text(table, column, length=LONGEST_LINE)


def index_or_refuse(tables: Altering, table: str, wanted: OwnIndex) -> None:
    """Make an index; raise `Invalid` for a unique one that the values do not allow."""
    try:
        tables.make_index(table, wanted)
    except IntegrityError as error:
        raise Invalid({"is_unique": _("A value is there more than once.")}) from error
