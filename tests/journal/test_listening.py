"""Whatever goes through the session is written down once, with it, and goes when it goes."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import IntegrityError

from app.core.clock import frozen_at
from app.core.database import db
from app.core.errors import ProgrammingError
from app.core.keys import encode_token, uuid7
from app.core.occasion import on_occasion
from app.core.transaction import transaction
from app.journal.models import JournalEntry, Verb
from app.journal.values import load
from app.people.models import Customer, Sex, Tag, customer_tag
from tests.factories.people import make_customer, make_tag
from tests.support.databases import less_on_servers


def entries() -> Sequence[JournalEntry]:
    """Return all entries about people's records, oldest first."""
    query = select(JournalEntry).where(JournalEntry.subject.startswith("people_"))
    return db.session.scalars(query.order_by(JournalEntry.id)).all()


def of(record: Any) -> list[JournalEntry]:
    """Return a record's entries, oldest first."""
    return [each for each in entries() if each.record == encode_token([record.id])]


def verbs(record: Any) -> list[str]:
    """Return what happened to a record, oldest first."""
    return [each.verb.value for each in of(record)]


def change(record: Any, **values: Any) -> None:
    """Change a saved record in a transaction of its own."""
    with transaction():
        fresh = db.session.get_one(type(record), record.id)
        for name, value in values.items():
            setattr(fresh, name, value)


def test_a_new_record_is_written_down_whole(app_on: Flask) -> None:
    moment = datetime.datetime(2026, 3, 5, 6, 7, 8, 9, datetime.UTC)

    with frozen_at(moment):
        made = make_customer(name="王芳", sex=Sex.FEMALE, birth_date=datetime.date(1990, 2, 3))

    (entry,) = of(made)
    after = load(entry.after)
    assert (entry.verb, entry.subject, entry.before, entry.actor_id) == (
        Verb.ADDED,
        "people_customer",
        None,
        None,
    )
    assert entry.moment == moment
    assert after is not None
    assert after["name"] == "王芳"
    assert after["sex"] == "female"
    assert after["birth_date"] == {"date": "1990-02-03"}
    assert after["email"] is None
    assert after["tags"] == {"links": []}
    assert "row_version" not in after and "changed_at" not in after


def test_a_change_is_written_down_by_attribute(app_on: Flask) -> None:
    made = make_customer(phone="15400000001", wechat="same")

    change(made, phone="15400000002", wechat="same")

    entry = of(made)[-1]
    assert entry.verb is Verb.CHANGED
    assert load(entry.before) == {"phone": "15400000001", "phone_last4": "0001"}
    assert load(entry.after) == {"phone": "15400000002", "phone_last4": "0002"}


def test_nothing_is_written_when_nothing_changed(app_on: Flask) -> None:
    made = make_customer(phone="15400000001")

    change(made, phone="15400000001")
    with transaction():
        fresh = db.session.get_one(Customer, made.id)
        fresh.phone = "15499999999"
        db.session.flush()
        fresh.phone = "15400000001"

    assert verbs(made) == ["added"]


def test_the_old_value_of_a_column_that_was_never_read_is_known(app_on: Flask) -> None:
    made = make_customer(email="old@example.com")
    db.session.rollback()
    db.session.expire_all()

    with transaction():
        fresh = db.session.get_one(Customer, made.id)
        db.session.expire(fresh, ["email"])
        fresh.email = "new@example.com"

    assert load(of(made)[-1].before) == {"email": "old@example.com"}


def test_a_value_that_the_database_computes_is_known(app_on: Flask) -> None:
    made = make_customer(wechat="a")

    change(made, wechat=func.upper("abc"))

    assert load(of(made)[-1].after) == {"wechat": "ABC"}


def test_tags_are_written_down_as_a_list_of_keys(app_on: Flask) -> None:
    first, second = make_tag(name="First"), make_tag(name="Second")
    made = make_customer(tags=[first])

    change(made, tags=[db.session.get_one(Tag, second.id)])

    entry = of(made)[-1]
    assert load(entry.before) == {"tags": {"links": [encode_token([first.id])]}}
    assert load(entry.after) == {"tags": {"links": [encode_token([second.id])]}}


def test_the_trash_has_words_of_its_own(app_on: Flask) -> None:
    made = make_customer()

    with transaction():
        db.session.get_one(Customer, made.id).move_to_trash()
    with transaction():
        db.session.get_one(Customer, made.id).restore()
    with transaction():
        db.session.delete(db.session.get_one(Customer, made.id))

    assert verbs(made) == ["added", "trashed", "restored", "deleted"]
    last = of(made)[-1]
    assert last.after is None
    assert (load(last.before) or {})["name"] == "王芳"


def test_several_flushes_of_one_transaction_are_one_change(app_on: Flask) -> None:
    with transaction():
        made = Customer(name="一")
        db.session.add(made)
        db.session.flush()
        made.name = "二"
        db.session.flush()
        made.wechat = "three"
        gone = Customer(name="Nobody")
        db.session.add(gone)
        db.session.flush()
        db.session.delete(gone)

    assert [(load(each.after) or {})["name"] for each in entries()] == ["二"]
    assert (load(entries()[0].after) or {})["wechat"] == "three"


def test_a_rollback_takes_the_entries_with_it(app_on: Flask) -> None:
    with pytest.raises(RuntimeError), transaction():
        db.session.add(Customer(name="Never"))
        db.session.flush()
        raise RuntimeError

    made = make_customer()

    assert [each.record for each in entries()] == [encode_token([made.id])]


def test_a_savepoint_takes_only_its_own_entries(app_on: Flask) -> None:
    make_tag(name="Taken")

    with transaction():
        kept = Customer(name="Kept")
        db.session.add(kept)
        with pytest.raises(IntegrityError), db.session.begin_nested():
            kept.wechat = "lost"
            db.session.flush()
            make_tag(name="Taken")
        with db.session.begin_nested():
            inner = Customer(name="Inner")
            db.session.add(inner)
            with db.session.begin_nested():
                kept.email = "kept@example.com"

    after = {load(each.after)["name"]: load(each.after) for each in entries()}  # type: ignore[index]
    assert set(after) == {"Taken", "Kept", "Inner"}
    assert after["Kept"]["wechat"] is None
    assert after["Kept"]["email"] == "kept@example.com"


def test_a_flush_that_fails_in_a_savepoint_leaves_no_entry(app_on: Flask) -> None:
    make_tag(name="Taken")

    with transaction():
        with pytest.raises(IntegrityError), db.session.begin_nested():
            db.session.add(Tag(name="Taken"))
        db.session.add(Tag(name="Free"))

    assert [(load(each.after) or {})["name"] for each in entries()] == ["Taken", "Free"]


def test_an_entry_says_on_which_occasion(app_on: Flask) -> None:
    batch, undone = uuid7(), uuid7()

    with on_occasion(actor_id=7, reason="prices of spring", batch_id=batch, undoes_id=undone):
        make_customer()

    (entry,) = entries()
    assert (entry.actor_id, entry.reason, entry.batch_id, entry.undoes_id) == (
        7,
        "prices of spring",
        batch,
        undone,
    )


def test_two_occasions_in_one_transaction_are_two_entries(app_on: Flask) -> None:
    made = make_customer()

    with transaction():
        fresh = db.session.get_one(Customer, made.id)
        with on_occasion(reason="first"):
            fresh.wechat = "one"
            db.session.flush()
        with on_occasion(reason="second"):
            fresh.wechat = "two"
            db.session.flush()

    assert [each.reason for each in of(made)] == ["", "first", "second"]


def test_deleting_a_tag_tells_it_in_the_history_of_its_customers(app_on: Flask) -> None:
    tag, other = make_tag(name="VIP"), make_tag(name="Other")
    customers = [make_customer(tags=[tag, other]) for _number in range(3)]

    with transaction():
        db.session.delete(db.session.get_one(Tag, tag.id))

    gone = of(tag)[-1]
    assert gone.batch_id is not None
    for each in customers:
        entry = of(each)[-1]
        assert entry.batch_id == gone.batch_id
        assert load(entry.after) == {"tags": {"links": [encode_token([other.id])]}}


def test_ten_thousand_changed_rows_take_few_more_statements(app_on: Flask, statements: Any) -> None:
    # More than are held back at once.
    many = less_on_servers(10_000, 5_500)
    with transaction():
        db.session.add_all([Customer(name=f"{number:05}") for number in range(many)])

    with statements() as seen, transaction():
        for each in db.session.scalars(select(Customer)):
            each.wechat = each.name

    of_journal = [each for each in seen if "journal_entry" in each]
    assert len(of_journal) <= 12
    assert all(each.startswith("INSERT") for each in of_journal)
    written = select(func.count()).where(
        JournalEntry.verb == Verb.CHANGED, JournalEntry.subject == Customer.__tablename__
    )
    assert db.session.scalar(written) == many


def test_a_save_costs_one_insert_and_its_chain_s_head(app_on: Flask, statements: Any) -> None:
    made = make_customer()

    with statements() as seen:
        change(made, wechat="new")

    assert len([each for each in seen if "journal_entry" in each]) == 1
    # The record read and written; the head locked, the entry inserted, the head moved on.
    assert len(seen) == 5, seen


@pytest.mark.parametrize(
    "statement",
    [
        update(Customer).values(name="x"),
        delete(Customer),
        update(Customer.__table__).values(name="x"),
        delete(customer_tag),
        update(JournalEntry).values(subject="x"),
        delete(JournalEntry),
    ],
)
def test_statements_that_would_leave_no_trace_are_refused(app: Flask, statement: Any) -> None:
    made = make_customer()

    with pytest.raises(ProgrammingError, match="journal"), transaction():
        db.session.execute(statement)

    assert db.session.get_one(Customer, made.id).name == "王芳"


def test_a_statement_that_says_why_it_needs_no_entry_is_let_through(app: Flask) -> None:
    made = make_customer()

    with transaction():
        db.session.execute(update(Customer).values(wechat="x").execution_options(unjournalled="a test"))

    assert db.session.get_one(Customer, made.id).wechat == "x"
    assert verbs(made) == ["added"]


@pytest.mark.parametrize("way", ["change", "delete"])
def test_an_entry_is_never_changed_or_deleted(app: Flask, way: str) -> None:
    make_customer()

    with pytest.raises(ProgrammingError, match="never changed or deleted"), transaction():
        entry = db.session.scalars(select(JournalEntry).limit(1)).one()
        if way == "change":
            entry.subject = "forged"
        else:
            db.session.delete(entry)


def test_an_entry_that_cannot_be_written_undoes_the_change(app: Flask, monkeypatch: Any) -> None:
    made = make_customer()
    db.session.execute(text("ALTER TABLE journal_entry RENAME TO away"))
    db.session.commit()

    try:
        with pytest.raises(Exception, match="journal_entry"):
            change(made, wechat="unseen")
    finally:
        db.session.rollback()
        db.session.execute(text("ALTER TABLE away RENAME TO journal_entry"))
        db.session.commit()

    assert db.session.get_one(Customer, made.id).wechat is None


def test_a_long_transaction_is_written_in_parts(app: Flask, monkeypatch: Any) -> None:
    monkeypatch.setattr("app.journal.listening.MOST_PENDING", 10)

    with transaction():
        for number in range(25):
            db.session.add(Customer(name=f"{number}"))
            db.session.flush()
        held = len(db.session().info["journal"].base)

    assert held <= 11
    assert len(entries()) == 25


def test_keys_of_entries_are_in_the_order_of_the_changes(app_on: Flask) -> None:
    made = make_customer()
    for number in range(5):
        change(made, wechat=f"{number}")

    found = [(load(each.after) or {})["wechat"] for each in of(made)]

    assert found == [None, "0", "1", "2", "3", "4"]
    assert isinstance(of(made)[0].id, UUID)
