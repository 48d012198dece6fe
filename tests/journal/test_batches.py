"""A batch goes back as one: newest first, in chunks, whole or not at all, also when a job is stopped half-way."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select

from app.core.database import db
from app.core.errors import Forbidden
from app.core.jobs import JobCancelled
from app.core.keys import uuid7
from app.core.transaction import transaction
from app.journal.batches import CHUNK, undo_batch
from app.journal.jobs import UNDO_BATCH
from app.journal.models import Verb
from app.journal.reading import taken_back_by, tally
from app.journal.undoing import Outcome
from app.people.models import Customer
from tests.factories.people import make_contact, make_customer, make_tag
from tests.journal.arranging import EVERYTHING, change, one_batch, remove
from tests.journal.rows import rows_of
from tests.support.databases import less_on_servers


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
    many = less_on_servers(10_000, 2_500)
    with transaction():
        db.session.add_all([Customer(name=f"{number:05}", phone=f"154{number:08}") for number in range(many)])
    before = rows_of(Customer)
    with one_batch() as batch, transaction():
        for number, each in enumerate(db.session.scalars(select(Customer))):
            each.name, each.phone = f"x{number}", None

    progress = undo_batch(batch)

    assert progress.outcomes == {Outcome.RESTORED: many}
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
