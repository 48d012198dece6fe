"""A record knows its key, who touched it and when, and refuses a stale save."""

from __future__ import annotations

import datetime
import uuid
from types import SimpleNamespace

import pytest
from flask import Flask, g
from sqlalchemy import MetaData, func, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.core.clock import frozen_at
from app.core.database import db
from app.core.errors import ProgrammingError
from app.core.record import Record
from tests.core.models import Stage, TestRecord, Thing

MORNING = datetime.datetime(2026, 3, 5, 1, 0, tzinfo=datetime.UTC)
EVENING = MORNING + datetime.timedelta(hours=10)


def signed_in(number: int) -> SimpleNamespace:
    """Return what stands for a signed-in person."""
    return SimpleNamespace(id=number, is_authenticated=True)


def test_a_new_record_is_stamped_with_time_person_and_version(core_app: Flask) -> None:
    with core_app.test_request_context(), frozen_at(MORNING):
        g.user = signed_in(7)
        thing = Thing(name="one")
        db.session.add(thing)
        db.session.flush()

    assert thing.id.version == 7
    assert (thing.created_at, thing.changed_at) == (MORNING, MORNING)
    assert (thing.created_by, thing.changed_by, thing.row_version) == (7, 7, 1)


def test_a_change_is_stamped_and_leaves_the_creation_alone(core_app: Flask) -> None:
    with core_app.test_request_context():
        g.user = signed_in(7)
        with frozen_at(MORNING):
            thing = Thing(name="one")
            db.session.add(thing)
            db.session.flush()
        g.user = signed_in(8)
        with frozen_at(EVENING):
            thing.name = "two"
            db.session.flush()
    db.session.expire(thing)

    assert (thing.created_at, thing.created_by) == (MORNING, 7)
    assert (thing.changed_at, thing.changed_by, thing.row_version) == (EVENING, 8, 2)


def test_the_program_itself_leaves_no_name(core_app: Flask) -> None:
    thing = Thing(name="one")
    db.session.add(thing)
    db.session.flush()

    assert thing.created_by is None


def test_a_stranger_leaves_no_name(core_app: Flask) -> None:
    with core_app.test_request_context():
        g.user = SimpleNamespace(is_authenticated=False)
        thing = Thing(name="one")
        db.session.add(thing)
        db.session.flush()

    assert thing.created_by is None


def test_a_stale_update_is_refused_and_changes_nothing(core_app: Flask) -> None:
    thing = Thing(name="one")
    db.session.add(thing)
    db.session.commit()
    key = thing.id
    db.session.remove()
    with Session(db.engine, expire_on_commit=False) as other:
        theirs = other.get_one(Thing, key)
        other.commit()
        mine = db.session.get_one(Thing, key)
        mine.name = "mine"
        db.session.commit()

        theirs.name = "theirs"
        with pytest.raises(StaleDataError):
            other.flush()
        other.rollback()

    assert db.session.scalar(select(Thing.name).where(Thing.id == key)) == "mine"


def test_a_stale_delete_is_refused(core_app: Flask) -> None:
    thing = Thing(name="one")
    db.session.add(thing)
    db.session.flush()
    db.session.execute(
        update(Thing)
        .where(Thing.id == thing.id)
        .values(row_version=5)
        .execution_options(synchronize_session=False)
    )

    db.session.delete(thing)
    with pytest.raises(StaleDataError):
        db.session.flush()
    db.session.rollback()


def test_a_second_model_for_a_table_is_refused() -> None:
    with pytest.raises(ProgrammingError, match="already belongs"):
        type("Impostor", (TestRecord,), {"__tablename__": "test_thing", "__module__": __name__})


@pytest.mark.parametrize("table", ["thing", "Shop_thing", "shop-thing", "_thing", "1_thing", ""])
def test_a_table_is_named_by_slice_and_noun(table: str) -> None:
    with pytest.raises(ProgrammingError, match="<slice>_<noun>"):
        type("Misnamed", (TestRecord,), {"__tablename__": table, "__module__": __name__})


def test_the_text_form_of_a_record_tells_nothing_personal() -> None:
    thing = Thing(name="王小明", note="13800138000")
    thing.id = uuid.UUID(int=5)

    assert repr(thing) == "<Thing 00000000-0000-0000-0000-000000000005>"


def test_a_record_goes_to_the_trash_and_comes_back(core_app: Flask) -> None:
    thing = Thing(name="one")
    db.session.add(thing)

    with frozen_at(MORNING):
        thing.move_to_trash()
    db.session.flush()
    db.session.expire(thing)
    deleted_at = thing.deleted_at
    thing.restore()
    db.session.flush()

    assert deleted_at == MORNING
    assert thing.deleted_at is None
    assert thing.deleted_by is None


def test_a_state_outside_the_list_is_refused_by_the_database(core_app: Flask) -> None:
    db.session.add(Thing(name="one", stage=Stage.CLOSED))
    db.session.flush()

    with pytest.raises(Exception, match=r"(?i)constraint"):
        db.session.execute(text("UPDATE test_thing SET stage = 'lost'"))
    db.session.rollback()


def test_a_foreign_key_to_nothing_is_refused_by_the_database(core_app: Flask) -> None:
    db.session.add(Thing(name="one", parent_id=uuid.uuid4()))

    with pytest.raises(IntegrityError):
        db.session.flush()
    db.session.rollback()


@pytest.mark.parametrize(
    ("first", "second"), [("Anna", "anna"), ("é", "e"), ("王", "玉"), ("ａ", "a"), ("ß", "ss")]
)
def test_two_names_that_look_alike_are_two_names(core_app: Flask, first: str, second: str) -> None:
    db.session.add_all([Thing(name=first), Thing(name=second)])
    db.session.flush()

    found = db.session.scalar(select(func.count()).where(Thing.name == first))

    assert found == 1


def test_text_sorts_by_code_point_on_every_database(core_app: Flask) -> None:
    names = ["Z", "a", "b", "É", "é", "王", "玉", "Ａ", "🐕", "B", "_", "10", "9", "ab", "a b"]
    db.session.add_all(Thing(name=name) for name in names)
    db.session.flush()

    ordered = db.session.scalars(select(Thing.name).order_by(Thing.name).limit(50)).all()

    assert list(ordered) == sorted(names)


def test_every_constraint_of_the_program_has_a_name() -> None:
    metadata: MetaData = Record.metadata

    unnamed = [
        f"{table.name}: {constraint}"
        for table in metadata.tables.values()
        for constraint in table.constraints
        if constraint.name is None
    ]

    assert unnamed == []
