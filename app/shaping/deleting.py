"""Deleting for good: the values of a parked field, the records of a parked type, in chunks, then what held them."""

from __future__ import annotations

import uuid
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, TableClause, column, delete, func, or_, select, table, update

from app.access.version import bump_version
from app.core import storage
from app.core.database import db
from app.core.errors import Invalid, NotFound
from app.core.fields import clean_line
from app.core.kernel import kernel
from app.core.keys import Key
from app.core.permissions import require
from app.core.transaction import command
from app.core.upload import Upload
from app.core.words import OwnWords
from app.shaping.definitions import find_field, find_type, read_definitions
from app.shaping.errors import StillInUse
from app.shaping.mapping import table_of, type_class
from app.shaping.models import Kind, ShapingField, ShapingType, State
from app.shaping.plans import plan_of
from app.shaping.services import FIELD_CHANGE, TYPE_CHANGE

CHUNK = 1000
# The journal would keep a copy of every value that somebody wants gone.
_FOR_GOOD = {"unjournalled": "deleted for good, as asked"}
COUNT_CAP = 10_000


def column_names(row: ShapingField) -> tuple[str, ...]:
    """Return the columns in which a field's values stand."""
    if row.kind is Kind.MONEY:
        return f"{row.name}_minor", f"{row.name}_currency"
    return (f"{row.name}_id",) if row.kind in (Kind.LINK, Kind.FILE) else (row.name,)


def filled(row: ShapingField) -> int:
    """Return how many records have a value in a field, counting no further than 10,001."""
    return _capped(_filled(row))


def records_of(row: ShapingType) -> int:
    """Return how many records a type has, the trash included, counting no further than 10,001."""
    return _capped(select(table_of(type_class(row.code)).c.id))


def _capped(keys: Select[Any]) -> int:
    return int(db.session.scalar(select(func.count()).select_from(keys.limit(COUNT_CAP + 1).subquery())) or 0)


def _values(row: ShapingField) -> TableClause:
    """Return a field's table with its key and the field's columns, whether this process has mapped them or not."""
    model = read_definitions().model_of(row.screen)
    if model is None:
        raise NotFound()
    kind = Key() if row.kind is Kind.FILE else None
    columns: list[Any] = [column(name, kind) for name in column_names(row)]
    return table(table_of(model).name, column("id", Key()), *columns)


def _filled(row: ShapingField) -> Select[Any]:
    values = _values(row)
    own: list[ColumnElement[Any]] = [values.c[name] for name in column_names(row)]
    return select(values.c.id, own[0]).where(or_(*(each.is_not(None) for each in own)))


def delete_field(field_id: uuid.UUID, typed: str) -> None:
    """Delete a parked field with all its values for good; `typed` is its name, as a confirmation.

    Goes chunk by chunk: what is cut off is gone in part, and the next try goes on. The empty column stays: other
    processes have mapped it, and a column that is empty everywhere takes no room.
    """
    require(FIELD_CHANGE)
    row = find_field(field_id)
    _require_parked(row.state)
    _require_name(typed, row.label)
    while _empty_chunk(field_id):
        continue
    _forget_field(field_id)


def _empty_chunk(field_id: uuid.UUID) -> bool:
    """Empty the field in some records and say whether there were any; a file goes with the last row that names it."""
    files = _empty_rows(field_id)
    for key in files or ():
        storage.remove_files(kernel().home, key)
    return files is not None


@command(FIELD_CHANGE)
def _empty_rows(field_id: uuid.UUID) -> list[uuid.UUID] | None:
    row = find_field(field_id)
    _require_parked(row.state)
    values = _values(row)
    found = db.session.execute(_filled(row).limit(CHUNK)).all()
    if not found:
        return None
    keys = [each[0] for each in found]
    empty = dict.fromkeys(column_names(row))
    db.session.execute(
        update(values).where(values.c.id.in_(keys)).values(empty).execution_options(**_FOR_GOOD)
    )
    files = [each[1] for each in found] if row.kind is Kind.FILE else []
    if files:
        db.session.execute(delete(Upload).where(Upload.id.in_(files)).execution_options(**_FOR_GOOD))
    return files


@command(FIELD_CHANGE)
def _forget_field(field_id: uuid.UUID) -> None:
    bump_version()
    row = find_field(field_id)
    _require_parked(row.state)
    _forget(row)


def delete_type(noun: str, typed: str) -> None:
    """Delete a parked record type with all its records for good; `typed` is its name, as a confirmation.

    The empty table stays, for the reason for which a field's empty column does.

    Raises `StillInUse` while a field, in use or parked, links to it.
    """
    require(TYPE_CHANGE)
    row = find_type(noun)
    _require_parked(row.state)
    _require_name(typed, row.label)
    _require_unlinked(row)
    for field_row in read_definitions().of(row.screen_name):
        if field_row.kind is Kind.FILE:
            _park(field_row.id)
            while _empty_chunk(field_row.id):
                continue
    while _delete_records(noun):
        continue
    _forget_type(noun)


@command(FIELD_CHANGE)
def _park(field_id: uuid.UUID) -> None:
    bump_version()
    find_field(field_id).state = State.PARKED


@command(TYPE_CHANGE)
def _delete_records(noun: str) -> bool:
    row = find_type(noun)
    _require_parked(row.state)
    own = table_of(type_class(row.code))
    keys = db.session.scalars(select(own.c.id).limit(CHUNK)).all()
    if keys:
        db.session.execute(delete(own).where(own.c.id.in_(keys)).execution_options(**_FOR_GOOD))
    return bool(keys)


@command(TYPE_CHANGE)
def _forget_type(noun: str) -> None:
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
