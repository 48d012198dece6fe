"""Deleting for good: the values of a parked field, the records of a parked type, in chunks, then what held them."""

from __future__ import annotations

import uuid
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, delete, func, select

from app.access.version import bump_version
from app.core.database import db
from app.core.errors import Invalid
from app.core.fields import clean_line
from app.core.jobs import RunningJob
from app.core.locking import lock
from app.core.permissions import require
from app.core.transaction import command, transaction
from app.core.words import OwnWords
from app.shaping import works
from app.shaping.definitions import find_field, find_type, read_definitions
from app.shaping.emptying import WHY, clear_out
from app.shaping.errors import StillInUse
from app.shaping.mapping import table_of, type_class
from app.shaping.models import Kind, ShapingField, ShapingType, State
from app.shaping.plans import plan_of
from app.shaping.rights import FIELD_CHANGE, TYPE_CHANGE
from app.shaping.stored import Stored, holds_more_than, table_name
from app.shaping.work_models import ShapingWork, Task

CHUNK = 1000
COUNT_CAP = 10_000


def filled(row: ShapingField) -> int:
    """Return how many records have a value in a field, counting no further than 10,001."""
    field = Stored.of(row)
    return _capped(select(field.rows.c.id).where(field.is_filled))


def records_of(row: ShapingType) -> int:
    """Return how many records a type has, the trash included, counting no further than 10,001."""
    return _capped(select(table_of(type_class(row.code)).c.id))


def _capped(keys: Select[Any]) -> int:
    return int(db.session.scalar(select(func.count()).select_from(keys.limit(COUNT_CAP + 1).subquery())) or 0)


def delete_field(field_id: uuid.UUID, typed: str) -> uuid.UUID | None:
    """Delete a parked field with all its values for good; `typed` is its name, as a confirmation.

    Return the job that a worker does it by, None when it is done. The empty column stays: other processes have mapped
    it, and a column that is empty everywhere takes no room.
    """
    require(FIELD_CHANGE)
    row = find_field(field_id)
    _require_parked(row.state)
    _require_name(typed, row.label)
    is_long = holds_more_than(table_name(row.screen), works.MOST_AT_ONCE)
    return works.carry_on(_begin_field(field_id, is_long))


@command(FIELD_CHANGE)
def _begin_field(field_id: uuid.UUID, is_long: bool) -> uuid.UUID:
    bump_version()
    row = find_field(field_id)
    _require_parked(row.state)
    return works.begin(Task.EMPTY, row.screen, field_id, is_long=is_long).id


def empty(work_id: uuid.UUID, job: RunningJob) -> None:
    """Do what is left of a deletion, of a field's values or of a type's records."""
    subject_id = works.find_work(work_id).subject_id
    type_row = next((row for row in read_definitions().types if row.id == subject_id), None)
    if type_row is not None:
        _empty_type(work_id, type_row.noun, job)
        return
    clear_out(work_id, job, Stored.of(find_field(subject_id)))
    with transaction():
        bump_version()
        row = find_field(subject_id)
        _require_parked(row.state)
        _forget(row)
        _end(work_id, job)


def _end(work_id: uuid.UUID, job: RunningJob) -> None:
    """Remove the work's row and end the job, within the open transaction."""
    db.session.delete(lock(ShapingWork, [work_id])[work_id])
    db.session.flush()
    job.finish({})


def delete_type(noun: str, typed: str) -> uuid.UUID | None:
    """Delete a parked record type with all its records for good; `typed` is its name, as a confirmation.

    Return the job that a worker does it by, None when it is done. The empty table stays, for the reason for which a
    field's empty column does.

    Raises `StillInUse` while a field, in use or parked, links to it.
    """
    require(TYPE_CHANGE)
    row = find_type(noun)
    _require_parked(row.state)
    _require_name(typed, row.label)
    _require_unlinked(row)
    is_long = holds_more_than(table_name(row.screen_name), works.MOST_AT_ONCE)
    return works.carry_on(_begin_type(noun, is_long))


@command(TYPE_CHANGE)
def _begin_type(noun: str, is_long: bool) -> uuid.UUID:
    bump_version()
    row = find_type(noun)
    _require_parked(row.state)
    _require_unlinked(row)
    for field_row in read_definitions().of(row.screen_name):
        works.require_idle(field_row.id)
    return works.begin(Task.EMPTY, row.screen_name, row.id, is_long=is_long).id


def _empty_type(work_id: uuid.UUID, noun: str, job: RunningJob) -> None:
    """Delete the files of a type's records, then the records, then the names of it all."""
    row = find_type(noun)
    phase = works.find_work(work_id).phase
    for field_row in read_definitions().of(row.screen_name):
        if field_row.kind is Kind.FILE and phase == "begun":
            clear_out(work_id, job, Stored.of(field_row))
    db.session.rollback()
    _enter_records(work_id)
    while _delete_records(work_id, noun, job):
        continue
    with transaction():
        _forget_type(noun)
        _end(work_id, job)


def _enter_records(work_id: uuid.UUID) -> None:
    with transaction():
        work = lock(ShapingWork, [work_id])[work_id]
        if work.phase == "begun":
            own = table_of(type_class(_type_of(work).code))
            work.phase, work.after = "records", None
            work.total = work.done + int(db.session.scalar(select(func.count()).select_from(own)) or 0)


def _type_of(work: ShapingWork) -> ShapingType:
    """Return the record type that a work is about; raise `NotFound`."""
    return find_type(work.screen.partition(":")[2])


def _delete_records(work_id: uuid.UUID, noun: str, job: RunningJob) -> bool:
    """Delete some records and say whether there were any."""
    job.check()
    after = works.find_work(work_id).after
    with transaction():
        work = works.held(work_id, "records", after)
        _require_parked(find_type(noun).state)
        own = table_of(type_class(find_type(noun).code))
        query = select(own.c.id).order_by(own.c.id).limit(CHUNK)
        keys = list(db.session.scalars(query if after is None else query.where(own.c.id > after)))
        if keys:
            db.session.execute(delete(own).where(own.c.id.in_(keys)).execution_options(unjournalled=WHY))
            work.after, work.done = keys[-1], work.done + len(keys)
            job.keep({}, work.done, max(work.done, work.total))
    return bool(keys)


def _forget_type(noun: str) -> None:
    """Leave nothing of a type but its code, within the open transaction."""
    bump_version()
    row = find_type(noun)
    _require_parked(row.state)
    _require_unlinked(row)
    for field_row in read_definitions().of(row.screen_name):
        _forget(field_row)
    row.label_zh = row.label_en = row.plural_zh = row.plural_en = row.title_zh = row.title_en = ""
    row.noun, row.state = f"gone_{row.code}", State.GONE


def _forget(row: ShapingField) -> None:
    """Leave nothing of a definition but its code, so that nothing new ever takes the same name."""
    row.label_zh = row.label_en = row.help_zh = row.help_en = row.group_zh = row.group_en = ""
    row.settings, row.screen, row.state = "", "", State.GONE
    for work in works.past_conversions(row.id):
        db.session.delete(work)


def _require_unlinked(row: ShapingType) -> None:
    for other in read_definitions().fields:
        if plan_of(other).settings.to == row.screen_name and other.screen != row.screen_name:
            raise StillInUse(
                _(
                    "The field “%(field)s” links to these records. Delete it for good first.",
                    field=other.label,
                )
            )


def _require_parked(state: State) -> None:
    if state is not State.PARKED:
        raise StillInUse(_("This is in use. Park it first."))


def _require_name(typed: str, label: OwnWords) -> None:
    if clean_line(typed) not in {label.zh_Hans, label.en} - {""}:
        raise Invalid({"typed": _("Write the name exactly as it stands above.")})
