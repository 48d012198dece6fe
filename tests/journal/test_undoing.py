"""A change can be taken back while nobody else has changed the same since, by who may do so by hand."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.access.models import Branch, ShopSettings
from app.core.database import db
from app.core.errors import Forbidden, NotFound
from app.core.keys import uuid7
from app.core.record import Record
from app.core.transaction import transaction
from app.journal.batches import begin_undo
from app.journal.models import Verb
from app.journal.reading import taken_back
from app.journal.undoing import NotUndoable, Outcome, undo_entry
from app.people.models import Contact, ContactState, Customer, Tag
from tests.factories.people import make_contact, make_customer, make_tag
from tests.journal.arranging import EVERYTHING, change, last_entry, remove, told
from tests.journal.rows import row_of, rows_of


def test_a_change_taken_back_leaves_an_equal_row(app_on: Flask, allowed: Any) -> None:
    tag = make_tag()
    made = make_customer(birth_date=datetime.date(1990, 1, 2), notes="long\n文", tags=[tag])
    before = row_of(made)
    entry = change(made, name="张伟", birth_date=None, notes="short", phone=None, tags=[])

    undone = undo_entry(entry.id)

    assert undone.outcome is Outcome.RESTORED
    assert row_of(made) == before
    undoing = last_entry(made)
    assert (undoing.undoes_id, undoing.verb) == (entry.id, Verb.CHANGED)
    assert taken_back("people_customer", entry.record, [entry, undoing]) == {entry.id}


def test_an_undo_can_be_taken_back_itself(app_on: Flask, allowed: Any) -> None:
    made = make_customer(wechat="one")
    entry = change(made, wechat="two")
    undo_entry(entry.id)

    undo_entry(last_entry(made).id)

    assert db.session.get_one(Customer, made.id).wechat == "two"


def test_what_was_changed_since_is_left_alone(app_on: Flask, allowed: Any) -> None:
    made = make_customer(wechat="one", email="a@example.com")
    entry = change(made, wechat="two", email="b@example.com")
    change(made, wechat="three")

    undone = undo_entry(entry.id)

    assert undone.outcome is Outcome.CHANGED_SINCE
    found = db.session.get_one(Customer, made.id)
    assert (found.wechat, found.email) == ("three", "b@example.com")


def test_a_later_change_of_another_field_stands_in_no_way(app_on: Flask, allowed: Any) -> None:
    made = make_customer(wechat="one")
    entry = change(made, wechat="two")
    change(made, address="Elsewhere")

    assert undo_entry(entry.id).outcome is Outcome.RESTORED

    found = db.session.get_one(Customer, made.id)
    assert (found.wechat, found.address) == ("one", "Elsewhere")


def test_an_added_record_goes_to_the_trash(app_on: Flask, allowed: Any) -> None:
    made = make_customer()

    assert undo_entry(last_entry(made).id).outcome is Outcome.RESTORED

    assert db.session.get_one(Customer, made.id).deleted_at is not None
    assert last_entry(made).verb is Verb.TRASHED


def test_an_added_record_that_has_no_trash_is_deleted(app_on: Flask, allowed: Any) -> None:
    made = make_tag()

    assert undo_entry(last_entry(made).id).outcome is Outcome.RESTORED

    assert db.session.get(Tag, made.id) is None


def test_an_added_record_that_somebody_worked_on_stays(app_on: Flask, allowed: Any) -> None:
    made = make_customer()
    entry = last_entry(made)
    change(made, notes="important")

    assert undo_entry(entry.id).outcome is Outcome.CHANGED_SINCE

    assert db.session.get_one(Customer, made.id).deleted_at is None


def test_what_went_to_the_trash_comes_back_and_the_other_way_round(app_on: Flask, allowed: Any) -> None:
    made = make_customer()
    with transaction():
        db.session.get_one(Customer, made.id).move_to_trash()

    undo_entry(last_entry(made).id)
    back = db.session.get_one(Customer, made.id).deleted_at
    undo_entry(last_entry(made).id)

    assert back is None
    assert db.session.get_one(Customer, made.id).deleted_at is not None


def test_a_deleted_record_is_made_again_with_its_key_and_its_links(app_on: Flask, allowed: Any) -> None:
    tag = make_tag()
    made = make_customer(name="欧阳", tags=[tag], birth_date=datetime.date(2000, 2, 29))
    before, created = row_of(made), made.created_at
    entry = remove(made)

    undone = undo_entry(entry.id)

    assert undone.outcome is Outcome.RESTORED
    again = db.session.get_one(Customer, uuid.UUID(before["id"]))
    assert row_of(again) == before
    assert again.created_at == created


def test_a_record_that_is_gone_is_told(app_on: Flask, allowed: Any) -> None:
    made = make_customer(wechat="one")
    entry = change(made, wechat="two")
    remove(made)

    assert undo_entry(entry.id).outcome is Outcome.GONE


def test_what_a_rule_forbids_is_told_and_changes_nothing(app_on: Flask, allowed: Any) -> None:
    made = make_customer(code="A1")
    entry = change(made, code="A2")
    make_customer(code="A1")

    assert undo_entry(entry.id).outcome is Outcome.REFUSED

    assert db.session.get_one(Customer, made.id).code == "A2"


@pytest.mark.parametrize(
    ("verb", "missing"),
    [
        ("changed", "people:customer:edit"),
        ("changed", "people:customer:history"),
        ("changed", "people:customer:show"),
        ("added", "people:customer:delete"),
        ("trashed", "people:customer:delete"),
        ("restored", "people:customer:delete"),
        ("deleted", "people:customer:add"),
        ("deleted", "people:customer:delete"),
    ],
)
def test_an_undo_needs_the_right_to_do_the_same_by_hand(
    app_on: Flask, allowed: Any, verb: str, missing: str
) -> None:
    made = make_customer()
    entries = {"added": last_entry(made), "changed": change(made, wechat="x")}
    with transaction():
        db.session.get_one(Customer, made.id).move_to_trash()
    entries["trashed"] = last_entry(made)
    with transaction():
        db.session.get_one(Customer, made.id).restore()
    entries["restored"] = last_entry(made)
    entries["deleted"] = remove(made)
    key = entries[verb].id
    before = rows_of(Customer)
    allowed(EVERYTHING - {missing})

    with pytest.raises(Forbidden):
        undo_entry(key)

    assert rows_of(Customer) == before


def test_a_step_is_taken_back_only_by_who_may_take_steps(app_on: Flask, allowed: Any) -> None:
    made = make_contact()
    entry = change(made, state=ContactState.DONE)
    allowed(EVERYTHING - {"people:contact:step"})
    with pytest.raises(Forbidden):
        undo_entry(entry.id)
    allowed(EVERYTHING - {"people:contact:edit"})

    assert undo_entry(entry.id).outcome is Outcome.RESTORED

    assert db.session.get_one(Contact, made.id).state is ContactState.OPEN


def test_what_has_no_screen_has_no_undo(app_on: Flask, allowed: Any) -> None:
    with transaction():
        shop = db.session.scalars(select(ShopSettings).limit(1)).one()
        shop.name = "Another"
    entry = last_entry(db.session.scalars(select(ShopSettings).limit(1)).one())

    with pytest.raises(NotUndoable):
        undo_entry(entry.id)


def test_what_was_never_written_down_is_not_found(app_on: Flask, allowed: Any) -> None:
    with pytest.raises(NotFound):
        undo_entry(uuid7())
    db.session.rollback()
    with pytest.raises(NotFound):
        begin_undo(uuid7())


def test_a_value_that_no_longer_exists_is_refused(app_on: Flask, allowed: Any) -> None:
    made = make_customer(source=None)
    entry = told(made, {"source": "telegraph"}, {"source": None})

    assert undo_entry(entry.id).outcome is Outcome.REFUSED


def test_a_branch_that_comes_back_counts_as_a_change_of_the_shop(app_on: Flask, allowed: Any) -> None:
    with transaction():
        branch = Branch(name="Second")
        db.session.add(branch)
    entry = change(branch, name="Third")

    assert undo_entry(entry.id).outcome is Outcome.RESTORED

    assert db.session.get_one(Branch, branch.id).name == "Second"
    assert issubclass(Branch, Record)
