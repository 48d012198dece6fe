"""R30: the worker that keeps time is stopped, woken and killed beside another: each period once, epochs only grow.

That of messages none is lost and each comes at most once more (R31): `tests/messaging/test_processes.py`.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable

import pytest
from sqlalchemy import create_engine, select, update
from sqlalchemy.exc import OperationalError

from app.core.database import db, engine_options, install_hooks, writing
from app.operations.models import Job, JobState, Lease, Slot
from app.operations.timekeeping import TIMEKEEPER
from tests.operations.conftest import Workers

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
PERIOD = "1"
MORE = 3


def lease() -> tuple[str, int] | None:
    """Return who keeps time, and the epoch."""
    db.session.rollback()
    row = db.session.execute(
        select(Lease.holder, Lease.epoch).where(Lease.name == TIMEKEEPER).limit(1)
    ).one_or_none()
    return None if row is None else (row.holder, row.epoch)


def slots() -> list[Slot]:
    """Return the opened periods of the testing kind."""
    db.session.rollback()
    return list(db.session.scalars(select(Slot).where(Slot.name == "testing:silent").limit(500)))


def pause(workers: Workers, worker: object) -> None:
    """Stop a worker at a moment at which it holds no lock that another one needs."""
    engine = create_engine(workers.url, **engine_options(workers.url, sqlite_busy_seconds=1, lock_seconds=1))
    install_hooks(engine, lock_seconds=1)
    token = writing.set(True)
    try:
        while True:
            worker.send_signal(signal.SIGSTOP)  # type: ignore[attr-defined]
            try:
                with engine.begin() as connection:
                    for table in (Lease.__table__, Job.__table__):
                        connection.execute(update(table).values(epoch=table.c.epoch))
            except OperationalError:
                worker.send_signal(signal.SIGCONT)  # type: ignore[attr-defined]
            else:
                return
    finally:
        writing.reset(token)
        engine.dispose()


def test_each_period_runs_once_while_its_keeper_is_stopped_woken_and_killed(workers: Workers) -> None:
    epochs: list[int] = []

    def taken_over(held: tuple[str, int]) -> Callable[[], object]:
        def look() -> object:
            now = lease()
            if now is not None and (not epochs or epochs[-1] != now[1]):
                epochs.append(now[1])
            return now if now is not None and now != held else None

        return look

    def some_more() -> None:
        count = len(slots())
        workers.wait_for(lambda: len(slots()) >= count + MORE)

    first = workers.start(PERIOD)
    held = workers.wait_for(lease)
    second = workers.start(PERIOD)
    workers.wait_for(lambda: workers.log().count("begins") >= 2)
    some_more()

    pause(workers, first)
    after_sleep = workers.wait_for(taken_over(held))
    first.send_signal(signal.SIGCONT)
    some_more()
    second.kill()
    second.wait(30)
    after_death = workers.wait_for(taken_over(after_sleep))
    some_more()

    assert held[1] < after_sleep[1] < after_death[1]
    assert epochs == sorted(epochs)
    assert first.poll() is None, "the sleeper woke and goes on"
    assert_each_period_ran_once(workers)


def assert_each_period_ran_once(workers: Workers) -> None:
    """Assert that no period was opened twice, and that each one's job has ended exactly once."""
    found = slots()
    assert len({each.slot for each in found}) == len(found) >= 3 * MORE
    assert len({each.job_id for each in found}) == len(found)

    def all_have_ended() -> bool:
        db.session.rollback()
        query = select(Job.id).where(Job.kind == "testing:silent", Job.state != JobState.DONE)
        young = {each.job_id for each in slots()} - {each.job_id for each in found}
        return not set(db.session.scalars(query.limit(500))) - young

    workers.wait_for(all_have_ended)
    jobs = db.session.scalars(select(Job.id).where(Job.kind == "testing:silent").limit(500)).all()
    assert {each.job_id for each in found} <= set(jobs)
    assert len(set(jobs)) <= len(slots())
