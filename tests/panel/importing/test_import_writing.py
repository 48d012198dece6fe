"""Writing: killed and resumed, stopped and gone on with, all rows or none, taken back as one."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.access.acting import acting_as
from app.core.database import db
from app.core.jobs import JobCancelled, JobKind
from app.core.kernel import kernel
from app.core.occasion import present_occasion
from app.core.transaction import transaction
from app.journal.batches import undo_batch
from app.panel.importing import running, starting
from app.panel.importing.errors import NotNow
from app.panel.importing.here import HereAndNow
from app.panel.importing.job import IMPORT_JOB
from app.panel.importing.models import Import, ImportState, Mode
from app.panel.importing.running import key_for
from app.panel.importing.workfile import WorkFile, path_of
from app.people.models import Customer
from tests.factories.people import make_customer
from tests.panel.importing.tables import (
    checked,
    csv_bytes,
    everything,
    make_writable,
    outcome,
    prepare,
    take_in,
    written,
)

ROOT = Path(__file__).resolve().parents[3]
ROWS = 3_000
PRESENT = 300


def table(count: int = ROWS) -> bytes:
    """Return so many customers, one in a hundred with a birthday that is none."""
    rows = [
        [f"顾客{at}", f"154{at:08}", "never" if at % 100 == 99 else "1990-01-02", f"note {at}"]
        for at in range(count)
    ]
    return csv_bytes([["姓名", "手机", "生日", "备注"], *rows])


def make_present(count: int = PRESENT) -> None:
    with transaction():
        db.session.add_all([Customer(name=f"旧{at}", phone=f"154{at:08}") for at in range(count)])


def stored() -> dict[str, tuple[Any, ...]]:
    db.session.rollback()
    rows = db.session.execute(
        select(Customer.phone, Customer.id, Customer.name, Customer.notes, Customer.row_version)
    )
    found = rows.all()
    assert len({row[0] for row in found}) == len(found), "a customer is there twice"
    return {row[0]: tuple(row[1:]) for row in found}


def mortal(app: Flask, key: uuid.UUID, step: str, moments: list[int]) -> list[str]:
    """Let the import be killed at these moments of its database, one after the other, and then finish."""
    home, url = str(app.extensions["kebu"].home), str(app.config["SQLALCHEMY_DATABASE_URI"])
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KEBU_")}
    done = subprocess.run(
        [sys.executable, "-m", "tests.panel.importing.mortal", home, url, str(key), step, ",".join(map(str, moments))],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=500,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    fates = done.stdout.split("\n")[:-1]
    assert fates[-1] == "None: 0", done.stderr[-3000:]
    return fates


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork and no SIGKILL")
@pytest.mark.parametrize("step", ["check", "write"])
def test_an_import_killed_at_twenty_moments_ends_like_an_undisturbed_one(app_on: Flask, step: str) -> None:
    make_present()
    key = take_in(table())
    prepare(key)
    chance = random.Random(20)
    moments = [chance.randint(2, 22 if step == "write" else 8) for _kill in range(20)]
    if step == "write":
        starting.work(key, "check", everything)
        make_writable(key)
    db.session.remove()

    fates = mortal(app_on, key, step, moments)
    done = outcome(key) if step == "write" else written(key)

    assert [fate.partition(": ")[2] for fate in fates[:-1]] == ["killed"] * 20
    refused = ROWS // 100
    assert done.counts == (ROWS - PRESENT - refused + 3, PRESENT - 3, 0, refused)
    assert sorted(done.reasons) == [at + 2 for at in range(ROWS) if at % 100 == 99]
    found = stored()
    assert len(found) == ROWS - refused + 3
    for at in range(ROWS):
        phone = f"154{at:08}"
        if at % 100 == 99:
            continue
        _id, name, notes, version = found[phone]
        assert (name, notes, version) == (f"顾客{at}", f"note {at}", 2 if at < PRESENT else 1)
        assert at < PRESENT or _id == key_for(key, at + 2)


def test_two_workers_on_one_import_write_it_once(app_on: Flask) -> None:
    key = checked(table(1_200)).key
    make_writable(key)
    second = HereAndNow.of(key, "write")

    class Overtaken(HereAndNow):
        def check(self) -> None:
            if not self.state:
                self.state = {"overtaken": True}
                running.write(key, second, everything)

    first = Overtaken(second.id, second.arguments, {}, second.told)
    with pytest.raises(NotNow):
        running.write(key, first, everything)

    assert len(stored()) == 1_200 - 12
    assert outcome(key).state is ImportState.DONE


def test_a_stopped_import_goes_on_where_it_stood(app_on: Flask) -> None:
    key = checked(table(1_800)).key
    make_writable(key)

    class Stopping(HereAndNow):
        def keep(self, state: Any, done: int, total: int) -> None:
            if done >= 1_000:
                raise JobCancelled

    job = HereAndNow.of(key, "write")
    with pytest.raises(JobCancelled):
        running.write(key, Stopping(job.id, job.arguments, {}, job.told), everything)
    stopped = outcome(key)
    so_far = len(stored())
    with transaction():
        db.session.get_one(Import, key).state = ImportState.WRITING
    starting.work(key, "write", everything)

    assert (stopped.state, so_far) == (ImportState.STOPPED, 495)
    assert outcome(key).counts == (1_782, 0, 0, 18)
    assert len(stored()) == 1_782


def test_a_wish_to_stop_is_heard_between_chunks(app: Flask) -> None:
    key = checked(table(1_800)).key
    make_writable(key)

    def told(done: int, _total: int) -> None:
        if done == 500:
            db.session.get_one(Import, key).stop_wanted = True

    starting.work(key, "write", everything, told)

    found = outcome(key)
    assert (found.state, len(stored())) == (ImportState.STOPPED, 495)


def test_all_or_none_writes_nothing_when_a_row_is_refused_at_the_last_moment(app_on: Flask) -> None:
    rows = [["姓名", "手机", "会员号"], *([f"顾客{at}", f"154{at:08}", f"M{at}"] for at in range(900))]
    key = checked(csv_bytes(rows)).key
    make_customer(name="schneller", phone="15999999999", code="M777")

    done = written(key, Mode.ALL)

    assert done.state is ImportState.FAILED
    assert list(done.reasons) == [779]
    assert set(stored()) == {"15999999999"}
    assert "779" in str(db.session.get_one(Import, key).message)


def test_a_large_all_or_none_is_undone_by_its_batch(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [["姓名", "手机", "会员号"], *([f"顾客{at}", f"154{at:08}", f"M{at}"] for at in range(900))]
    key = checked(csv_bytes(rows)).key
    make_customer(name="schneller", phone="15999999999", code="M777")
    taken_back: list[uuid.UUID] = []

    def take_back(batch: uuid.UUID) -> None:
        taken_back.append(batch)
        with transaction():
            for each in db.session.scalars(select(Customer).where(Customer.code != "M777")):
                db.session.delete(each)

    monkeypatch.setattr(running, "MOST_AT_ONCE", 100)
    monkeypatch.setattr(running, "clear_unfinished", take_back)

    done = written(key, Mode.ALL)

    assert done.state is ImportState.FAILED
    assert taken_back == [db.session.get_one(Import, key).batch_id]
    assert set(stored()) == {"15999999999"}


def test_an_import_that_added_and_changed_rows_leaves_equal_rows_when_it_is_taken_back(app_on: Flask) -> None:
    with app_on.app_context():
        make_present()
        before = {phone: row[:-1] for phone, row in stored().items()}
        key = checked(table()).key
        written(key)
        changed = {phone: row[:-1] for phone, row in stored().items()}

        batch = db.session.get_one(Import, key).batch_id
        db.session.rollback()
        with acting_as(1):
            undo_batch(batch)

        db.session.rollback()
        in_use = set(db.session.scalars(select(Customer.phone).where(Customer.deleted_at.is_(None))))
        assert changed != before and len(changed) > len(before)
        assert {phone: row[:-1] for phone, row in stored().items() if phone in in_use} == before


def test_everything_an_import_writes_belongs_to_one_batch_and_one_person(app: Flask) -> None:
    seen = set()
    key = checked(table(600)).key
    with transaction():
        db.session.get_one(Import, key).created_by = 1
    make_writable(key)

    class Watching(HereAndNow):
        def keep(self, state: Any, done: int, total: int) -> None:
            seen.add(present_occasion())

    job = HereAndNow.of(key, "write")
    running.write(key, Watching(job.id, job.arguments, {}, job.told), everything)

    item = db.session.get_one(Import, key)
    assert {(each.batch_id, each.actor_id, each.reason) for each in seen} == {
        (item.batch_id, 1, "Import of table.csv")
    }
    assert set(db.session.scalars(select(Customer.created_by))) == {1}


def test_what_became_records_does_not_stay_in_the_work_file(app: Flask) -> None:
    key = checked(table(300)).key
    written(key)

    with WorkFile.opened(kernel().home, key) as work:
        assert work.count() == 3
    assert path_of(kernel().home, key).stat().st_mode & 0o077 == 0


def test_a_corrected_row_is_imported_as_corrected(app: Flask) -> None:
    key = checked(csv_bytes([["姓名", "手机"], ["甲", "1.38E+10"], ["乙", "15400000002"]])).key
    with WorkFile.opened(kernel().home, key) as work:
        work.correct({2: ["甲", "13800138000"], 99: ["x"]})
    prepare(key)
    starting.work(key, "check", everything)

    done = written(key)

    assert done.counts == (2, 0, 0, 0)
    assert set(stored()) == {"13800138000", "15400000002"}


def test_an_import_is_a_job_too(app: Flask) -> None:
    key = take_in(table(600))
    prepare(key)

    class Job(HereAndNow):
        result: Any = None

        def finish(self, result: Any) -> None:
            self.result = result

    job = HereAndNow.of(key, "check")
    running_job = Job(job.id, job.arguments, {}, job.told)
    IMPORT_JOB.run(running_job)

    assert isinstance(IMPORT_JOB, JobKind)
    # Nobody is signed in here, so nothing may be added: the job obeys rights like everybody.
    assert outcome(key).counts == (0, 0, 0, 600)
    assert IMPORT_JOB.address(job.id, running_job.result).startswith("/people/customer/import/u")


def test_keys_follow_the_files_order_and_differ_between_imports() -> None:
    one, two = uuid.UUID(int=5 << 80), uuid.UUID(int=(5 << 80) + 1)
    numbers = [2, 3, 1_048_575, 1_048_576, 2_000_000]

    keys = [key_for(one, number) for number in numbers]

    assert keys == sorted(keys)
    assert {key.version for key in keys} == {7}
    assert not set(keys) & {key_for(two, number) for number in numbers}
    assert keys == [key_for(one, number) for number in numbers]


def test_imports_of_a_month_ago_are_forgotten_with_their_files(app: Flask) -> None:
    key = checked(table(3)).key
    with transaction():
        item = db.session.get_one(Import, key)
        item.created_at = item.created_at.replace(year=item.created_at.year - 1)

    starting.forget_old()

    assert db.session.scalar(select(func.count()).select_from(Import)) == 0
    assert not path_of(kernel().home, key).exists()
