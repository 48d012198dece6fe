"""Old entries leave by themselves: whole months, to files that are walked up to where the chain goes on."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.core.clock import frozen_at, utc_now
from app.core.database import db
from app.core.jobs import enqueue
from app.core.kernel import kernel
from app.core.transaction import transaction
from app.journal import archiving
from app.journal.archiving import archive_faults, look
from app.journal.capability import CAPABILITY
from app.journal.chaining import CHAIN, OWN_HAND
from app.journal.jobs import RETENTION, keeps_since
from app.journal.models import SHOP_CHAIN
from app.journal.verifying import verify
from app.operations.models import Job, JobState
from tests.factories.people import make_tag
from tests.journal.tampering import rows_of
from tests.support.jobs import run_jobs

YEAR = datetime.timedelta(days=366)


@pytest.fixture(autouse=True)
def no_files(app_on: Flask) -> Iterator[None]:
    """Leave neither archives nor anchors in the home that all tests share."""
    yield
    for path in kernel().home.glob("journal-*"):
        path.unlink()


def in_years(years: int) -> datetime.datetime:
    """Return a moment so many years ahead, in the middle of a month: whole months leave, whatever today is."""
    return utc_now().replace(day=15) + years * YEAR


def grow(name: str, years: int) -> None:
    """Write an entry as so many years from now."""
    with frozen_at(in_years(years)):
        make_tag(name=name)


def run_in(app: Flask, years: int) -> Job:
    """Let the worker do the recurring work as so many years from now; return the job."""
    with frozen_at(in_years(years)):
        job_id = enqueue(RETENTION.name, {})
        db.session.rollback()
        run_jobs(app)
    db.session.rollback()
    return db.session.scalars(select(Job).where(Job.id == job_id)).one()


def whole() -> list[Any]:
    """Return what a walk over the chains and over the archives finds."""
    with db.engine.connect() as connection:
        return [*verify(connection).faults, *archive_faults(connection)]


def places() -> list[int]:
    """Return the places of the shop's chain that are in the database."""
    with db.engine.connect() as connection:
        return [row["place"] for row in rows_of(connection, SHOP_CHAIN)]


def archives() -> list[Path]:
    """Return the files of old entries."""
    return sorted(kernel().home.glob("journal-archive-*.jsonl"))


def test_the_worker_archives_what_is_older_than_the_shop_keeps_and_all_of_it_is_walked(app_on: Flask) -> None:
    for number in range(3):
        make_tag(name=f"old {number}")
    before = places()
    grow("a year later", 1)

    job = run_in(app_on, 4)

    assert (job.state, (job.result or {})["moved"]) == (JobState.DONE, before[-1])
    assert places()[0] == before[-1] + 1, "what is younger stays"
    assert len(archives()) == 1
    assert whole() == []

    again = run_in(app_on, 5)

    assert (again.result or {})["moved"] > 0
    assert len(archives()) == 2
    assert whole() == [], "the second file goes on where the first ends"


def test_nothing_leaves_before_its_time_or_where_the_shop_keeps_all(app_on: Flask) -> None:
    make_tag(name="young")
    count = len(places())

    early = run_in(app_on, 2)
    settings = app_on.config["KEBU_SETTINGS"]
    app_on.config["KEBU_SETTINGS"] = dataclasses.replace(settings, journal_years=0)
    try:
        never = run_in(app_on, 50)
    finally:
        app_on.config["KEBU_SETTINGS"] = settings

    assert [(each.result or {})["moved"] for each in (early, never)] == [0, 0]
    assert len(places()) >= count
    assert archives() == []


def test_an_archive_that_is_gone_changed_or_of_another_shop_is_named(app_on: Flask) -> None:
    make_tag(name="old")
    run_in(app_on, 4)
    (path,) = archives()
    content = path.read_text(encoding="utf-8")

    path.write_text(content.replace("people_tag", "people_tug"), encoding="utf-8")
    changed = whole()
    path.unlink()
    missing = whole()
    path.write_text(content, encoding="utf-8")

    assert [(each.place, each.why) for each in changed] == [(1, "archive changed")]
    assert [(each.place, each.why) for each in missing] == [(1, "archive missing")]
    assert whole() == []


def test_a_run_that_was_killed_before_it_deleted_is_finished_by_the_next(
    app_on: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_tag(name="old")
    count = places()[-1]

    def killed(_chain: str) -> None:
        raise KeyboardInterrupt

    with frozen_at(utc_now() + 4 * YEAR):
        with db.engine.connect() as connection:
            (old,) = look(connection, keeps_since(utc_now(), 3))
        monkeypatch.setattr(archiving, "clear_archived", killed)
        with pytest.raises(KeyboardInterrupt):
            archiving.archive(old)
        monkeypatch.undo()
    assert places()[0] == 1, "nothing was deleted yet"

    run_in(app_on, 4)

    assert places()[0] == count + 1
    assert whole() == []


def test_of_two_archivers_at_once_one_goes_without(app_on: Flask) -> None:
    make_tag(name="old")
    with db.engine.connect() as connection:
        (old,) = look(connection, utc_now() + YEAR)
    original = archiving._write

    def overtaken(connection: Any, head: Any, until: int) -> Any:
        written = original(connection, head, until)
        with transaction():
            other = update(CHAIN).where(CHAIN.c.name == old.chain).values(archived_place=1)
            db.session.connection().execute(other.execution_options(**OWN_HAND))
        return written

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(archiving, "_write", overtaken)
        with pytest.raises(archiving.Broken, match="meanwhile"):
            archiving.archive(old)


@pytest.mark.parametrize(
    ("now", "years", "since"),
    [("2029-03-31", 3, "2026-03-01"), ("2028-02-29", 1, "2027-02-01"), ("2029-01-01", 3, "2026-01-01")],
)
def test_whole_months_are_kept(app: Flask, now: str, years: int, since: str) -> None:
    moment = datetime.datetime.fromisoformat(now).replace(tzinfo=datetime.UTC)

    assert keeps_since(moment, years).date().isoformat() == since


def test_it_is_work_of_every_day() -> None:
    (daily,) = [each for each in CAPABILITY.recurring if each.kind == RETENTION.name]

    assert daily.every == datetime.timedelta(days=1)
