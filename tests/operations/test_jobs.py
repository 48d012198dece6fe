"""Jobs: asked for inside the transaction, run with the rights of whoever asked, ended in words."""

from __future__ import annotations

import datetime
import logging
import uuid
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask_appbuilder.security.sqla.models import assoc_user_role
from flask_babel import get_locale
from sqlalchemy import delete, func, insert, select, update

from app.access.acting import acting_as
from app.access.models import Person
from app.access.version import bump_version
from app.core.clock import utc_now
from app.core.database import db
from app.core.errors import Conflict, Forbidden, ProgrammingError
from app.core.jobs import JobKind, LeaseLost, enqueue
from app.core.kernel import kernel
from app.core.permissions import granted_names
from app.core.record import actor_id
from app.core.shop import shop
from app.core.transaction import transaction
from app.operations.clock import database_now, read_database_clock
from app.operations.models import Job, JobState, Slot
from app.operations.running import MOST_TRIES, Runner
from app.operations.services import cancel_job
from tests.operations.conftest import account, ask_as, job_row, outside, state_of
from tests.operations.kinds import count_numbers, numbers
from tests.support.databases import in_threads
from tests.support.jobs import run_jobs

ADD = {"upto": 25, "chunk": 10}


def count_jobs() -> int:
    """Return how many jobs there are."""
    db.session.rollback()
    return int(db.session.scalar(select(func.count()).select_from(Job)) or 0)


def fall_silent(job_id: uuid.UUID) -> None:
    """Let a job look as if its worker had not been heard of for an hour."""
    with transaction():
        changed = update(Job).where(Job.id == job_id)
        db.session.execute(changed.values(heartbeat_at=utc_now() - datetime.timedelta(hours=1)))


def test_a_job_runs_once_in_chunks_and_tells_what_came_out(jobs_on: Flask) -> None:
    job_id = enqueue("testing:adding", ADD)

    count = run_jobs(jobs_on)

    row = job_row(job_id)
    assert count == 1
    assert (row.state, row.done, row.total, row.result) == (JobState.DONE, 25, 25, {"count": 25})
    assert numbers() == list(range(1, 26))
    assert row.created_at <= row.started_at <= row.finished_at
    assert run_jobs(jobs_on) == 0


def test_a_job_asked_for_in_a_transaction_that_is_undone_was_never_asked_for(jobs_on: Flask) -> None:
    with pytest.raises(ZeroDivisionError), transaction():
        enqueue("testing:adding", ADD)
        raise ZeroDivisionError

    assert count_jobs() == 0


def test_a_job_that_returns_without_a_word_is_done(jobs_on: Flask) -> None:
    job_id = enqueue("testing:silent", {})

    run_jobs(jobs_on)

    assert state_of(job_id) is JobState.DONE


def test_the_same_wish_is_the_same_job_for_one_person_and_another_for_another(jobs_on: Flask) -> None:
    first, second = account("Manager"), account("Owner")

    mine = [ask_as(first, "testing:adding", ADD, key="file 7") for _time in range(2)]
    others = ask_as(second, "testing:adding", ADD, key="file 7")
    run_jobs(jobs_on)
    again = ask_as(first, "testing:adding", ADD, key="file 7")

    assert mine[0] == mine[1] == again
    assert others != mine[0]
    assert count_jobs() == 2
    assert count_numbers() == 50


def test_the_same_wish_from_two_threads_at_once_is_one_job(jobs_on: Flask) -> None:
    found: list[uuid.UUID] = []

    def ask() -> None:
        with jobs_on.app_context():
            with transaction():
                found.append(enqueue("testing:adding", ADD, key="once"))
            db.session.remove()

    failures = in_threads([ask] * 4)

    assert failures == []
    assert len(found) == 4
    assert len(set(found)) == 1
    assert count_jobs() == 1


def test_a_job_works_as_whoever_asked_in_their_language_and_leaves_their_stamp(jobs_on: Flask) -> None:
    person = account("Manager")
    with transaction():
        db.session.get_one(Person, person).language = "zh_Hans"
    seen: dict[str, Any] = {}

    def look(_job: Any) -> None:
        seen.update(actor=actor_id(), language=str(get_locale()), rights=granted_names(), shop=shop().name)

    replace_kind(JobKind("testing:silent", "", "people:customer:edit", look))
    ask_as(person, "testing:silent", {})
    run_jobs(jobs_on)

    assert seen["actor"] == person
    assert seen["language"] == "zh_Hans"
    assert seen["shop"] == "毛球宠物"
    assert "people:customer:edit" in seen["rights"]
    assert "access:user:add" not in seen["rights"]


def replace_kind(kind: JobKind) -> None:
    """Give a testing kind another function; the fixture takes it back."""
    here = kernel()
    here.capabilities = tuple(
        replace(each, jobs=(*(one for one in each.jobs if one.name != kind.name), kind))
        if each.name == "testing"
        else each
        for each in here.capabilities
    )


def test_whoever_may_not_start_a_kind_asks_in_vain(jobs_on: Flask) -> None:
    groomer, owner = account("Groomer"), account("Owner")

    with pytest.raises(Forbidden):
        ask_as(groomer, "testing:adding", ADD)
    with pytest.raises(Forbidden):
        ask_as(owner, "testing:program", ADD)
    with pytest.raises(ProgrammingError):
        enqueue("testing:unknown", ADD)

    assert count_jobs() == 0


def test_a_job_of_an_account_closed_meanwhile_does_nothing_and_says_why(jobs_on: Flask) -> None:
    person = account("Manager")
    job_id = ask_as(person, "testing:adding", ADD)
    with transaction():
        db.session.get_one(Person, person).active = False
        bump_version()

    run_jobs(jobs_on)

    row = job_row(job_id)
    assert (row.state, row.message_code) == (JobState.FAILED, "account-closed")
    assert "closed" in row.message
    assert count_numbers() == 0


def test_a_job_ends_when_its_right_is_taken_while_it_runs(jobs_on: Flask) -> None:
    person = account("Manager")

    def lose_rights(job: Any) -> None:
        job.check()
        with transaction():
            job.keep({"next": 2}, 1, 2)
        with transaction():
            bump_version()
            gone = delete(assoc_user_role).where(assoc_user_role.c.user_id == person)
            db.session.execute(gone.execution_options(unjournalled="a test arranges its roles"))
        job.check()
        raise AssertionError("checked in vain")

    replace_kind(JobKind("testing:silent", "", "people:customer:edit", lose_rights))
    job_id = ask_as(person, "testing:silent", {})
    run_jobs(jobs_on)

    row = job_row(job_id)
    assert (row.state, row.message_code, row.resume_state) == (JobState.FAILED, "forbidden", {"next": 2})


def test_a_job_that_breaks_down_shows_a_number_and_logs_no_names(
    jobs_on: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    job_id = enqueue("testing:breaking", {"name": "王小明"})

    with caplog.at_level(logging.INFO):
        run_jobs(jobs_on)

    row = job_row(job_id)
    assert (row.state, row.message_code, row.message) == (JobState.FAILED, "unexpected", "")
    assert row.incident
    assert row.incident in caplog.text
    assert "break_down" in caplog.text
    assert "王小明" not in caplog.text


def test_a_refusal_is_kept_in_the_language_of_whoever_asked(jobs_on: Flask) -> None:
    person = account("Manager")
    with transaction():
        db.session.get_one(Person, person).language = "zh_Hans"

    job_id = ask_as(person, "testing:refusing", {})
    run_jobs(jobs_on)

    row = job_row(job_id)
    assert (row.state, row.message_code, row.done) == (JobState.FAILED, Conflict.code, 5)
    assert any("一" <= sign <= "鿿" for sign in row.message)


def test_state_is_kept_only_within_the_transaction_of_its_chunk(jobs_on: Flask) -> None:
    def keep_outside(job: Any) -> None:
        with pytest.raises(ProgrammingError):
            job.keep({"next": 1}, 1, 2)
        with pytest.raises(ZeroDivisionError), transaction():
            job.keep({"next": 7}, 7, 9)
            raise ZeroDivisionError
        assert job.state == {}

    replace_kind(JobKind("testing:silent", "", "people:customer:edit", keep_outside))
    job_id = enqueue("testing:silent", {})
    run_jobs(jobs_on)

    row = job_row(job_id)
    assert (row.state, row.done, row.resume_state) == (JobState.DONE, 0, {})


# --- Calling off ----------------------------------------------------------------------------------------


def test_a_waiting_job_that_is_called_off_never_runs(jobs_on: Flask) -> None:
    person = account("Manager")
    job_id = ask_as(person, "testing:adding", ADD)
    with acting_as(person):
        called_off = cancel_job(job_id)
        again = cancel_job(job_id)

    assert (called_off, again) == (True, False)
    assert run_jobs(jobs_on) == 0
    assert state_of(job_id) is JobState.CANCELLED
    assert count_numbers() == 0


def test_a_running_job_that_is_called_off_ends_between_two_chunks(jobs_on: Flask) -> None:
    person = account("Manager")

    def call_off_after_a_chunk(job: Any) -> None:
        job.check()
        with transaction():
            job.keep({"next": 11}, 10, 25)
        assert cancel_job(job.id)
        job.check()
        raise AssertionError("checked in vain")

    replace_kind(JobKind("testing:silent", "", "people:customer:edit", call_off_after_a_chunk))
    job_id = ask_as(person, "testing:silent", {})
    run_jobs(jobs_on)

    row = job_row(job_id)
    assert (row.state, row.done) == (JobState.CANCELLED, 10)
    with acting_as(person):
        assert cancel_job(job_id) is False


# --- Leases ---------------------------------------------------------------------------------------------


def test_a_silent_worker_s_job_goes_on_elsewhere_and_the_first_can_write_nothing_more(jobs_on: Flask) -> None:
    job_id = enqueue("testing:adding", ADD)
    first = Runner(jobs_on, 30)
    held = outside(in_context, jobs_on, first._take)
    assert held is not None
    assert run_jobs(jobs_on) == 0, "a job in hand is nobody else's"
    fall_silent(job_id)

    run_jobs(jobs_on)

    row = job_row(job_id)
    assert (row.state, row.epoch) == (JobState.DONE, 2)
    for write in (lambda: held.keep({}, 1, 2), lambda: held.finish({})):
        with pytest.raises(LeaseLost), transaction():
            write()
    with pytest.raises(LeaseLost):
        held.check()
    held.end("fail", message_code="late")
    assert job_row(job_id).message_code == ""
    assert numbers() == list(range(1, 26))


def in_context(app: Flask, function: Any) -> Any:
    """Call a function in an application context of its own."""
    with app.app_context():
        return function()


def test_a_job_that_brings_every_worker_down_is_given_up_and_keeps_its_state(jobs_on: Flask) -> None:
    job_id = enqueue("testing:adding", ADD)
    runner = Runner(jobs_on, 30)
    for _try in range(MOST_TRIES):
        assert outside(in_context, jobs_on, runner._take) is not None
        fall_silent(job_id)

    assert run_jobs(jobs_on) == 0

    row = job_row(job_id)
    assert (row.state, row.message_code, row.attempts) == (JobState.FAILED, "gave-up", MOST_TRIES + 1)
    assert count_numbers() == 0


def test_a_job_that_gets_on_between_two_crashes_is_tried_for_ever(jobs_on: Flask) -> None:
    job_id = enqueue("testing:adding", ADD)
    runner = Runner(jobs_on, 30)
    for number in range(MOST_TRIES * 2):
        held = outside(in_context, jobs_on, runner._take)
        assert held is not None
        with transaction():
            held.keep({"next": 1}, number, 25)
        fall_silent(job_id)

    run_jobs(jobs_on)

    assert state_of(job_id) is JobState.DONE


def test_a_worker_told_to_stop_puts_its_job_back_and_the_try_does_not_count(jobs_on: Flask) -> None:
    job_id = enqueue("testing:adding", ADD)
    stopping = Runner(jobs_on, 30, lambda: True)

    outside(stopping.run_next)

    row = job_row(job_id)
    assert (row.state, row.attempts) == (JobState.WAITING, 0)
    run_jobs(jobs_on)
    assert state_of(job_id) is JobState.DONE


def test_the_database_s_clock_can_be_moved_and_compared(jobs_on: Flask) -> None:
    here = utc_now()

    there = read_database_clock()
    later, earlier = db.session.execute(select(database_now(90), database_now(-90))).one()

    # All of this machine: the test would tell a zone or a unit gone wrong, not a clock.
    assert abs((there - here).total_seconds()) < 30
    assert 85 < (later - there).total_seconds() < 120
    assert 85 < (there - earlier).total_seconds() < 120


# --- Clearing -------------------------------------------------------------------------------------------


def test_jobs_that_ended_long_ago_are_cleared_away_and_no_others(
    jobs_on: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.operations.clearing.ROWS_AT_A_TIME", 3)
    long_ago = utc_now() - datetime.timedelta(days=91)
    recently = utc_now() - datetime.timedelta(days=89)
    rows = [{"finished_at": long_ago, "state": JobState.DONE}] * 7
    rows += [
        {"finished_at": recently, "state": JobState.FAILED},
        {"finished_at": None, "state": JobState.RUNNING},
    ]
    with transaction():
        for row in rows:
            values = {
                "kind": "testing:adding",
                "arguments": {},
                "created_at": long_ago,
                "heartbeat_at": utc_now(),
            }
            db.session.execute(insert(Job).values({**values, **row}))
        db.session.execute(insert(Slot).values(name="old", slot=long_ago))
        db.session.execute(insert(Slot).values(name="new", slot=recently))
    job_id = enqueue("operations:clearing", {})

    run_jobs(jobs_on)

    assert job_row(job_id).result == {"cleared": 7}
    assert count_jobs() == 3
    assert list(db.session.scalars(select(Slot.name))) == ["new"]
