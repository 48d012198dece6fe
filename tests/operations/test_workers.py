"""Workers as real processes: racing, killed at any moment, paused and woken, and keeping time together."""

from __future__ import annotations

import os
import random
import signal
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, select, update
from sqlalchemy.exc import OperationalError

from app.access.acting import acting_as
from app.core.database import db, engine_options, install_hooks, writing
from app.core.jobs import enqueue
from app.core.transaction import transaction
from app.operations.models import Job, JobState, Lease, Slot
from app.operations.services import UNFINISHED, cancel_job
from app.operations.worker import LANES
from tests.operations.conftest import Workers, account, ask_as, job_row, state_of
from tests.operations.kinds import count_numbers, numbers

JOBS = 50
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


def all_have_ended() -> bool:
    """Say whether no job waits or runs."""
    db.session.rollback()
    return db.session.scalar(select(Job.id).where(Job.state.in_(UNFINISHED)).limit(1)) is None


def test_two_workers_race_for_fifty_jobs_and_each_job_runs_once(workers: Workers, tmp_path: Path) -> None:
    # More jobs wait at a gate than one worker has lanes: when all have reached theirs, both workers are at work.
    gates = [tmp_path / f"gate-{number}" for number in range(LANES + 1)]
    for gate in gates:
        gate.mkdir()
    with transaction():
        asked = [enqueue("testing:adding", {"upto": 3, "chunk": 1, "gate": str(gate)}) for gate in gates]
        asked += [enqueue("testing:adding", {"upto": 3, "chunk": 1}) for _number in range(JOBS - len(gates))]

    workers.start()
    workers.start()
    workers.wait_for(lambda: all((gate / "reached").exists() for gate in gates))
    for gate in gates:
        (gate / "open").touch()
    workers.wait_for(all_have_ended)

    rows = [job_row(job_id) for job_id in asked]
    assert {row.state for row in rows} == {JobState.DONE}
    assert {row.epoch for row in rows} == {1}
    assert len({row.holder for row in rows}) == 2
    assert count_numbers() == 3 * JOBS
    assert all(numbers(job_id) == [1, 2, 3] for job_id in asked)


@posix_only
def test_a_worker_killed_at_random_moments_leaves_what_a_clean_run_leaves(workers: Workers) -> None:
    upto, dice = 3000, random.Random()
    job_id = enqueue("testing:adding", {"upto": upto, "chunk": 5})
    kills = sorted(dice.sample(range(1, upto - 500), 3))

    for moment in kills:
        worker = workers.start()
        workers.wait_for(lambda moment=moment: count_numbers() >= moment)
        worker.kill()
        worker.wait(30)
    left = job_row(job_id)
    workers.start()
    row = workers.wait_for_end(job_id)

    assert numbers() == list(range(1, upto + 1)), kills
    assert (row.done, row.result) == (upto, {"count": upto})
    if left.state is JobState.RUNNING:
        assert row.epoch > left.epoch


@posix_only
def test_a_worker_that_slept_through_its_lease_can_write_nothing_when_it_wakes(
    workers: Workers, tmp_path: Path
) -> None:
    job_id = enqueue("testing:adding", {"upto": 40, "chunk": 10, "gate": str(tmp_path)})
    first = workers.start()
    workers.wait_for((tmp_path / "reached").exists)
    workers.wait_for(lambda: pause_between_transactions(workers, first, job_id))
    (tmp_path / "open").touch()

    workers.start()
    row = workers.wait_for_end(job_id)
    first.send_signal(signal.SIGCONT)
    workers.wait_for((tmp_path / "lost").exists)

    # The second worker took it; on a busy machine it may itself have come too late once, and taken it again.
    assert row.epoch >= 2
    after = job_row(job_id)
    assert (after.state, after.holder, after.epoch) == (JobState.DONE, row.holder, row.epoch)
    assert numbers() == list(range(1, 41))


def pause_between_transactions(workers: Workers, worker: Any, job_id: uuid.UUID) -> bool:
    """Pause a worker unless that leaves a lock behind; on SQLite a lock is the whole database's."""
    worker.send_signal(signal.SIGSTOP)
    # Until it really stands still it may begin another transaction.
    os.waitid(os.P_PID, worker.pid, os.WSTOPPED)
    engine = create_engine(workers.url, **engine_options(workers.url, sqlite_busy_seconds=1, lock_seconds=1))
    install_hooks(engine, lock_seconds=1)
    token = writing.set(True)
    try:
        with engine.begin() as connection:
            connection.execute(update(Job.__table__).where(Job.id == job_id).values(message=""))
    except OperationalError:
        worker.send_signal(signal.SIGCONT)
        return False
    finally:
        writing.reset(token)
        engine.dispose()
    return True


@posix_only
def test_a_worker_told_to_end_puts_its_job_back_at_once(workers: Workers, tmp_path: Path) -> None:
    job_id = enqueue("testing:adding", {"upto": 40, "chunk": 10, "gate": str(tmp_path)})
    first = workers.start()
    workers.wait_for((tmp_path / "reached").exists)

    first.terminate()
    (tmp_path / "open").touch()
    first.wait(60)

    assert first.returncode == 0
    row = job_row(job_id)
    assert row.state in (JobState.WAITING, JobState.DONE)
    workers.start()
    workers.wait_for_end(job_id)
    assert numbers() == list(range(1, 41))


def test_a_period_of_recurring_work_is_run_once_by_two_workers(workers: Workers) -> None:
    workers.start("5")
    workers.start("5")

    workers.wait_for(lambda: len(slots()) >= 3)

    found = slots()
    assert len({(slot.name, slot.slot) for slot in found}) == len(found)
    assert len({slot.job_id for slot in found}) == len(found)
    asked = db.session.scalars(select(Job.id).where(Job.kind == "testing:silent")).all()
    assert len(asked) == len(found)


def slots() -> list[Slot]:
    """Return the opened periods of the testing kind."""
    db.session.rollback()
    return list(db.session.scalars(select(Slot).where(Slot.name == "testing:silent").limit(100)))


@posix_only
def test_another_worker_keeps_time_when_the_first_is_killed(workers: Workers) -> None:
    first = workers.start()
    held = workers.wait_for(lease)
    second = workers.start()
    workers.wait_for(lambda: workers.log().count("begins") >= 2)

    first.kill()
    taken = workers.wait_for(lambda: (now := lease()) is not None and now != held and now)

    assert taken[1] == held[1] + 1
    assert second.poll() is None


def lease() -> tuple[str, int] | None:
    """Return who keeps time, and the epoch."""
    db.session.rollback()
    row = db.session.execute(select(Lease.holder, Lease.epoch).limit(1)).one_or_none()
    return None if row is None else (row.holder, row.epoch)


def test_a_running_job_is_called_off_from_outside(workers: Workers, tmp_path: Path) -> None:
    person = account("Manager")
    job_id: uuid.UUID = ask_as(person, "testing:adding", {"upto": 40, "chunk": 10, "gate": str(tmp_path)})
    workers.start()
    workers.wait_for((tmp_path / "reached").exists)

    with acting_as(person):
        assert cancel_job(job_id)
    assert state_of(job_id) is JobState.RUNNING
    (tmp_path / "open").touch()
    row = workers.wait_for_end(job_id, JobState.CANCELLED)

    assert row.done == 10
    assert numbers() == list(range(1, 11))
