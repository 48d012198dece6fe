"""What was changed can be taken back while nobody else has changed it since: one change, or a batch as one."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select

from app.access.models import Branch, ShopSettings
from app.core.database import db
from app.core.errors import Forbidden, NotFound
from app.core.jobs import JobCancelled
from app.core.kernel import Kernel
from app.core.keys import encode_token, uuid7
from app.core.occasion import on_occasion
from app.core.record import Record
from app.core.transaction import transaction
from app.journal.batches import CHUNK, begin_undo, undo_batch
from app.journal.jobs import UNDO_BATCH
from app.journal.models import JournalEntry, Verb
from app.journal.reading import taken_back, taken_back_by, tally
from app.journal.undoing import NotUndoable, Outcome, undo_entry
from app.people.models import Contact, ContactState, Customer, Tag
from tests.factories.people import make_contact, make_customer, make_tag
from tests.journal.rows import row_of, rows_of

EVERYTHING = frozenset(
    f"{screen}:{verb}"
    for screen in ("people:customer", "people:contact", "people:tag", "pets:pet", "access:branch")
    for verb in ("list", "show", "add", "edit", "delete", "purge", "export", "history")
) | {"journal:batch:undo", "people:contact:step"}


@pytest.fixture
def allowed(app_on: Flask) -> Iterator[Callable[[frozenset[str]], None]]:
    """Return `allowed(names)`: from now on the acting person holds exactly these permissions; first everything."""
    kernel: Kernel = app_on.extensions["kebu"]
    before = kernel.granted_names

    def hold(names: frozenset[str]) -> None:
        kernel.granted_names = lambda: names

    hold(EVERYTHING)
    yield hold
    kernel.granted_names = before


def last_entry(record: Any) -> JournalEntry:
    """Return a record's newest entry."""
    query = select(JournalEntry).where(JournalEntry.record == encode_token([record.id]))
    return db.session.scalars(query.order_by(JournalEntry.id.desc()).limit(1)).one()


def change(record: Any, **values: Any) -> JournalEntry:
    """Change a saved record in a transaction of its own and return the entry."""
    with transaction():
        fresh = db.session.get_one(type(record), record.id)
        for name, value in values.items():
            setattr(fresh, name, value)
    return last_entry(record)


def remove(record: Any) -> JournalEntry:
    """Delete a record for good and return the entry."""
    key = encode_token([record.id])
    with transaction():
        db.session.delete(db.session.get_one(type(record), record.id))
    query = select(JournalEntry).where(JournalEntry.record == key, JournalEntry.verb == Verb.DELETED)
    return db.session.scalars(query.order_by(JournalEntry.id.desc()).limit(1)).one()


@contextmanager
def one_batch(reason: str = "spring") -> Iterator[uuid.UUID]:
    """Let everything in the block belong to one batch and yield its key."""
    batch = uuid7()
    with on_occasion(batch_id=batch, reason=reason):
        yield batch


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


def test_a_deleted_tag_and_its_links_come_back_as_one(app_on: Flask, allowed: Any) -> None:
    tag, other = make_tag(name="VIP"), make_tag(name="Other")
    customers = [make_customer(name=f"{number}", tags=[tag, other]) for number in range(5)]
    before = rows_of(Customer)
    entry = remove(tag)

    progress = undo_batch(entry.batch_id)

    assert progress.outcomes == {Outcome.RESTORED: 6}
    assert rows_of(Customer) == before
    assert len(db.session.get_one(Customer, customers[0].id).tags) == 2


def test_a_batch_is_taken_back_as_one(app_on: Flask, allowed: Any) -> None:
    old = [make_customer(name=f"{number}", wechat="old") for number in range(3)]
    before = rows_of(Customer)
    with one_batch() as batch:
        with transaction():
            for each in db.session.scalars(select(Customer)):
                each.wechat = "new"
        trashed = db.session.get_one(Customer, old[0].id)
        with transaction():
            db.session.get_one(Customer, trashed.id).move_to_trash()
        new = make_customer(name="new")
        make_contact(customer_id=new.id)

    progress = undo_batch(batch)

    assert progress.outcomes == {Outcome.RESTORED: 6}
    after = rows_of(Customer)
    assert {key: row for key, row in after.items() if key in before} == before
    assert all(row["deleted_at"] is not None for key, row in after.items() if key not in before)
    assert taken_back_by(batch) == progress.into
    assert {(each.subject, each.verb): each.count for each in tally(progress.into)} == {
        ("people_customer", Verb.CHANGED): 2,
        ("people_customer", Verb.RESTORED): 1,
        ("people_customer", Verb.TRASHED): 1,
        ("people_contact", Verb.TRASHED): 1,
    }


def test_the_undo_of_a_batch_is_a_batch_that_can_be_taken_back(app_on: Flask, allowed: Any) -> None:
    made = make_customer(wechat="old")
    with one_batch() as batch:
        change(made, wechat="new")

    again = undo_batch(undo_batch(batch).into)

    assert again.outcomes == {Outcome.RESTORED: 1}
    assert db.session.get_one(Customer, made.id).wechat == "new"


def test_each_record_of_a_batch_says_what_became_of_it(app_on: Flask, allowed: Any) -> None:
    kept, touched, gone, taken = (make_customer(code=code) for code in ("A", "B", "C", "D"))
    with one_batch() as batch, transaction():
        for each in db.session.scalars(select(Customer)):
            each.code = f"{each.code}2"
    change(touched, code="mine")
    remove(gone)
    make_customer(code="D")

    progress = undo_batch(batch)

    assert progress.outcomes == {
        Outcome.RESTORED: 1,
        Outcome.CHANGED_SINCE: 1,
        Outcome.GONE: 1,
        Outcome.REFUSED: 1,
    }
    assert {one.outcome for one in progress.left} == set(Outcome) - {Outcome.RESTORED}
    assert db.session.get_one(Customer, kept.id).code == "A"
    assert db.session.get_one(Customer, touched.id).code == "mine"
    assert db.session.get_one(Customer, taken.id).code == "D2"


def test_a_record_that_a_batch_touched_twice_goes_back_both_steps(app_on: Flask, allowed: Any) -> None:
    made = make_customer(wechat="one")
    with one_batch() as batch:
        change(made, wechat="two")
        change(made, wechat="three")

    assert undo_batch(batch).outcomes == {Outcome.RESTORED: 2}

    assert db.session.get_one(Customer, made.id).wechat == "one"


def test_ten_thousand_changed_rows_come_back_equal(app_on: Flask, allowed: Any) -> None:
    with transaction():
        db.session.add_all(
            [Customer(name=f"{number:05}", phone=f"154{number:08}") for number in range(10_000)]
        )
    before = rows_of(Customer)
    with one_batch() as batch, transaction():
        for number, each in enumerate(db.session.scalars(select(Customer))):
            each.name, each.phone = f"x{number}", None

    progress = undo_batch(batch)

    assert progress.outcomes == {Outcome.RESTORED: 10_000}
    assert rows_of(Customer) == before


class Job:
    """A job as the worker would run it: what `keep` saved lasts only if its transaction is committed."""

    def __init__(self, batch: uuid.UUID) -> None:
        self.id, self.arguments = uuid7(), {"batch": str(batch)}
        self.state: Mapping[str, Any] = {}
        self.result: Mapping[str, Any] = {}
        self.chunks = 0
        self.stop_after = 99

    def check(self) -> None:
        """Stop where the test wants it."""
        if self.chunks >= self.stop_after:
            raise JobCancelled

    def keep(self, state: Mapping[str, Any], done: int, total: int) -> None:
        """Remember the state once it is committed."""
        self.chunks += 1
        assert 0 < done <= total
        event.listen(db.session(), "after_commit", lambda _session: setattr(self, "state", state), once=True)

    def finish(self, result: Mapping[str, Any]) -> None:
        """Remember the result."""
        self.result = result


def test_a_job_goes_on_where_it_was_stopped(app_on: Flask, allowed: Any) -> None:
    number = CHUNK * 2 + 10
    with transaction():
        db.session.add_all([Customer(name=f"{each}", wechat="old") for each in range(number)])
    with one_batch() as batch, transaction():
        for each in db.session.scalars(select(Customer)):
            each.wechat = "new"
    job = Job(batch)
    job.stop_after = 1
    with pytest.raises(JobCancelled):
        UNDO_BATCH.run(job)
    halfway = db.session.scalars(select(Customer.wechat)).all().count("old")
    db.session.rollback()

    job.stop_after = 99
    UNDO_BATCH.run(job)

    assert halfway == CHUNK
    assert set(db.session.scalars(select(Customer.wechat))) == {"old"}
    assert job.chunks == 3
    assert job.result["outcomes"] == {"restored": number}
    assert job.result["into"] in UNDO_BATCH.address(job.id, job.result) or UNDO_BATCH.address(
        job.id, job.result
    ).startswith("/journal/batch/")


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


@pytest.mark.parametrize("missing", ["journal:batch:undo", "people:customer:edit", "people:contact:delete"])
def test_a_batch_is_taken_back_whole_or_not_at_all(app_on: Flask, allowed: Any, missing: str) -> None:
    made = make_customer(wechat="old")
    with one_batch() as batch:
        change(made, wechat="new")
        make_contact(customer_id=made.id)
    allowed(EVERYTHING - {missing})

    with pytest.raises(Forbidden):
        undo_batch(batch)

    db.session.rollback()
    assert db.session.get_one(Customer, made.id).wechat == "new"


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
    entry = change(made, wechat="x")
    with transaction():
        forged = {"old_values": '{"source":"telegraph"}', "new_values": '{"source":null}'}
        table = JournalEntry.__table__
        db.session.connection().execute(table.update().where(table.c.id == entry.id).values(**forged))

    assert undo_entry(entry.id).outcome is Outcome.REFUSED


def test_a_branch_that_comes_back_counts_as_a_change_of_the_shop(app_on: Flask, allowed: Any) -> None:
    with transaction():
        branch = Branch(name="Second")
        db.session.add(branch)
    entry = change(branch, name="Third")

    assert undo_entry(entry.id).outcome is Outcome.RESTORED

    assert db.session.get_one(Branch, branch.id).name == "Second"
    assert issubclass(Branch, Record)
