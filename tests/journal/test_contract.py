"""Every declared record and every kind of column is written down and taken back, without its slice doing a thing."""

from __future__ import annotations

import datetime
import inspect as python
import re
import uuid
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import BigInteger, Boolean, Date, DateTime, Enum, Integer, LargeBinary, String, select
from sqlalchemy import inspect as inspect_mapper

import app as program
from app.core.capability import discover
from app.core.clock import UtcDateTime
from app.core.database import db
from app.core.declaration import Group, Screen
from app.core.fields import Text
from app.core.kernel import Kernel
from app.core.keys import Key, encode_token
from app.core.quantity import Quantity
from app.core.transaction import transaction
from app.core.upload import Upload
from app.journal.coverage import plan_of, plans
from app.journal.models import JournalEntry, Verb
from app.journal.undoing import Outcome, undo_entry
from tests.core import models as core_models
from tests.core.models import Stage, Thing
from tests.journal.rows import row_of

SCREENS = {screen.name: screen for each in discover(program) for screen in each.screens}
# What the journal never holds and a record can't be without: the address of an adopted database, with its password.
NEEDS_A_SECRET = {"adoption:source"}
UNDOABLE = {
    name: screen for name, screen in SCREENS.items() if "edit" in screen.verbs and name not in NEEDS_A_SECRET
}
THING = Screen(
    "test", "thing", Thing, "Thing", "Things", groups=(Group("", (Text("name", "Name"),)),), columns=("name",)
)
# Links that the database itself empties when what they point to goes, and why nobody has to be told.
EMPTIED_BY_THE_DATABASE = {"ab_user.branch_id": "where somebody works at first, a preference"}


@pytest.fixture
def everything_allowed(app_on: Flask) -> Iterator[None]:
    """Whoever acts may do everything."""
    kernel: Kernel = app_on.extensions["kebu"]
    before, capabilities = kernel.granted_names, kernel.capabilities

    class Everything(frozenset):  # type: ignore[type-arg]
        def __contains__(self, _name: object) -> bool:
            return True

    kernel.granted_names = Everything
    yield
    kernel.granted_names, kernel.capabilities = before, capabilities


@pytest.fixture
def things(app_on: Flask, everything_allowed: None) -> Iterator[None]:
    """The core's test table with a column of every kind, with a screen."""
    core_models.metadata.tables["test_thing"].create(db.engine)
    kernel: Kernel = app_on.extensions["kebu"]
    slice_ = type(kernel.capabilities[0])("test", "Test", screens=(THING,))
    kernel.capabilities = (*kernel.capabilities, slice_)
    yield
    db.session.remove()
    core_models.metadata.tables["test_thing"].drop(db.engine)


def newest(record: Any) -> JournalEntry:
    """Return a record's newest entry."""
    query = select(JournalEntry).where(JournalEntry.record == encode_token([record.id]))
    return db.session.scalars(query.order_by(JournalEntry.id.desc()).limit(1)).one()


def sample(column: Any, number: int) -> Any:  # noqa: PLR0911 - one line a type
    """Return a value that a column takes; another one for another number."""
    kind = column.type
    for foreign in column.foreign_keys:
        return parent(foreign.column.table, number)
    if isinstance(kind, Enum):
        members = list(kind.enum_class)
        return members[number % len(members)]
    if isinstance(kind, Boolean):
        return bool(number % 2)
    if isinstance(kind, Quantity):
        return Decimal(number + 1) / 4
    if isinstance(kind, Key):
        return uuid.UUID(int=number + 1)
    if isinstance(kind, Integer | BigInteger):
        return number + 1
    if isinstance(kind, UtcDateTime | DateTime):
        return datetime.datetime(2026, 3, 5, 4, 5, 6, 700, datetime.UTC) + datetime.timedelta(number)
    if isinstance(kind, Date):
        return datetime.date(2026, 3, 5) + datetime.timedelta(number)
    if isinstance(kind, LargeBinary):
        return f"文{number}".encode()
    if isinstance(kind, String):
        return f"文{number}{column.name}"[: kind.length or 40]
    raise AssertionError(f"say here what a {kind!r} may hold")


def parent(table: Any, number: int) -> Any:
    """Return the key of a row in the table that a column points to."""
    if table.name == "ab_user":
        return 1
    if table.name == "core_upload":
        with transaction():
            upload = Upload(file_name=f"{number}.txt", media_type="text/plain", size=1, sha256="0" * 64)
            db.session.add(upload)
        return upload.id
    return make(next(plan.mapper.class_ for plan in plans() if plan.subject == table.name), number + 20).id


def values_for(model: type[Any], number: int) -> dict[str, Any]:
    """Return a value for every column of a model but its stamps and those that follow from others."""
    plan = plan_of(inspect_mapper(model))
    assert plan is not None
    skipped = {"created_at", "created_by", "deleted_at", "deleted_by", "name_key", "phone_last4"}
    found = {name: sample(column, number) for name, column in plan.columns.items() if name not in skipped}
    for name in found:
        if name.endswith("_currency"):
            found[name] = "CNY"
    for name, link in plan.links.items():
        found[name] = [make(link.mapper.class_, number * 10 + each).id for each in range(2)]
    return found


def set_all(record: Any, values: dict[str, Any]) -> None:
    """Set attributes; lists are given as keys."""
    plan = plan_of(inspect_mapper(type(record)))
    assert plan is not None
    for name, value in values.items():
        if name in plan.links:
            target = plan.links[name].mapper.class_
            setattr(record, name, [db.session.get_one(target, key) for key in value])
        else:
            setattr(record, name, value)


def make(model: type[Any], number: int) -> Any:
    """Return a saved record with a value in every column."""
    values = values_for(model, number)
    with transaction():
        record = model()
        set_all(record, values)
        db.session.add(record)
    return record


def change_everything(record: Any, number: int) -> None:
    """Give every column another value."""
    key, model, values = record.id, type(record), values_for(type(record), number)
    with transaction():
        set_all(db.session.get_one(model, key), values)


@pytest.mark.parametrize("name", UNDOABLE)
def test_every_declared_record_is_written_down_and_taken_back(
    app_on: Flask, everything_allowed: None, name: str
) -> None:
    screen = UNDOABLE[name]
    made = make(screen.model, 0)
    before = row_of(made)
    assert newest(made).verb is Verb.ADDED

    change_everything(made, 1)
    changed = newest(made)
    assert changed.verb is Verb.CHANGED
    assert row_of(made) != before

    assert undo_entry(changed.id).outcome is Outcome.RESTORED
    assert row_of(made) == before
    if "delete" not in screen.verbs:
        return  # a program's own command makes and takes away such records
    with transaction():
        db.session.delete(db.session.get_one(screen.model, made.id))
    gone = db.session.scalars(
        select(JournalEntry)
        .where(JournalEntry.verb == Verb.DELETED)
        .order_by(JournalEntry.id.desc())
        .limit(1)
    ).one()
    assert undo_entry(gone.id).outcome is Outcome.RESTORED
    again = db.session.get_one(screen.model, uuid.UUID(before["id"]))
    assert row_of(again) == before


@pytest.mark.parametrize("name", sorted(NEEDS_A_SECRET))
def test_a_record_with_a_secret_is_taken_back_in_all_but_the_secret(
    app_on: Flask, everything_allowed: None, name: str
) -> None:
    made = make(SCREENS[name].model, 0)
    before = row_of(made)
    with transaction():
        db.session.get_one(type(made), made.id).label_en = "Till"
    assert row_of(made) != before

    assert undo_entry(newest(made).id).outcome is Outcome.RESTORED
    assert row_of(made) == before


def test_every_kind_of_column_is_written_down_and_taken_back(app_on: Flask, things: None) -> None:
    with transaction():
        thing = Thing(
            name="一",
            note="many\nlines",
            count=3,
            weight=Decimal("1.250"),
            due=datetime.date(2026, 3, 5),
            happened_at=datetime.datetime(2026, 3, 5, 1, 2, 3, 456789, datetime.UTC),
            stage=Stage.CLOSED,
            price_minor=-150,
            price_currency="CNY",
            blob=b"\x00\xff",
        )
        db.session.add(thing)
    before = row_of(thing)
    with transaction():
        fresh = db.session.get_one(Thing, thing.id)
        for name in ("name", "note", "weight", "due", "happened_at", "price_minor", "price_currency", "blob"):
            setattr(fresh, name, None)
        fresh.count, fresh.stage, fresh.parent_id = 0, Stage.OPEN, fresh.id

    assert undo_entry(newest(thing).id).outcome is Outcome.RESTORED

    assert row_of(thing) == before


@pytest.mark.parametrize("name", UNDOABLE)
def test_every_record_with_an_edit_form_has_a_history(name: str) -> None:
    assert "history" in UNDOABLE[name].verbs
    assert plan_of(inspect_mapper(UNDOABLE[name].model)) is not None


# What one person keeps at hand, how he signs in, and notes of requests: they go with the account and are no part of the
# shop's history; what becomes of them is told as happenings.
NO_RECORDS = {
    "access_api_key",
    "access_device",
    "access_link",
    "access_outside_link",
    "access_recovery_code",
    "access_reveal_count",
    "access_role_factor",
    "access_second_factor",
    "access_sent_code",
    "access_session",
    "panel_answered_request",
    "panel_list_layout",
    "panel_mark",
    "panel_view",
    "panel_view_choice",
    "panel_view_role",
}


def test_nothing_vanishes_behind_the_journal_s_back() -> None:
    for plan in plans():
        for column in plan.mapper.local_table.columns:
            for foreign in column.foreign_keys:
                allowed = f"{column.table.name}.{column.name}" in EMPTIED_BY_THE_DATABASE
                assert not foreign.ondelete or allowed, f"{column} is emptied by the database"
    linking = {str(link.secondary) for plan in plans() for link in plan.links.values()}
    cascading = {
        table.name
        for table in JournalEntry.metadata.tables.values()
        for column in table.columns
        for foreign in column.foreign_keys
        if foreign.ondelete == "CASCADE" and table.name not in NO_RECORDS and not table.name.startswith("ab_")
    }
    assert cascading <= linking


def test_no_secret_is_written_down(app_on: Flask) -> None:
    from app.access.models import Person

    with transaction():
        person = db.session.scalars(select(Person).limit(1)).one()
        person.password = "scrypt:new-hash"
        person.full_name = "Wang Fang the Second"

    query = select(JournalEntry).where(JournalEntry.subject == "ab_user").order_by(JournalEntry.id.desc())
    entries = db.session.scalars(query).all()
    assert "Wang Fang the Second" in str(entries[0].after)
    assert '"password":{"secret":true}' in str(entries[0].after)
    assert not any("scrypt" in f"{each.before}{each.after}" for each in entries)


def test_the_program_uses_no_way_to_write_that_the_session_does_not_see() -> None:
    root = Path(python.getfile(program)).parent
    ways = re.compile(r"bulk_(save_objects|insert_mappings|update_mappings)|query\([^)]*\)\.(update|delete)")

    users = [path.name for path in root.rglob("*.py") if ways.search(path.read_text(encoding="utf-8"))]

    assert users == []
