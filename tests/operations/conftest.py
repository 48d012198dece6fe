"""The whole application with kinds of jobs to test with, on three databases and beside real worker processes."""

from __future__ import annotations

import contextvars
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select

from app.access import accounts
from app.access.acting import acting_as
from app.access.models import Person
from app.access.passwords import hash_password
from app.core.database import db
from app.core.jobs import enqueue
from app.core.transaction import transaction
from app.operations.models import Job, JobState, Lease, Slot
from tests.operations.kinds import NUMBERS, known_kinds
from tests.support.databases import BACKENDS
from tests.support.waiting import wait_until
from tests.support.whole_house import PASSWORD, WholeHouse

ROOT = Path(__file__).resolve().parents[2]
LEASE_SECONDS = 3


@pytest.fixture
def jobs_on(app_on: Flask) -> Iterator[Flask]:
    """The application with the testing kinds on each of the three databases."""
    with known_kinds(app_on):
        yield app_on


@pytest.fixture
def jobs_app(app: Flask) -> Iterator[Flask]:
    """The application with the testing kinds on SQLite."""
    with known_kinds(app):
        yield app


def account(role: str = "Manager", username: str = "") -> int:
    """Return the number of an account with this role, made where there is none."""
    name = username or role.lower()
    known = db.session.scalar(select(Person.id).where(Person.username == name).limit(1))
    if known is not None:
        return int(known)
    return accounts.create_account(name, hash_password(PASSWORD), role, role)


def ask_as(person_id: int, kind: str, arguments: Mapping[str, Any], **more: Any) -> uuid.UUID:
    """Ask for a job as this person."""
    with acting_as(person_id):
        return enqueue(kind, arguments, **more)


def job_row(job_id: uuid.UUID) -> Job:
    """Return a job's row as it is now."""
    db.session.rollback()
    return db.session.scalars(
        select(Job).where(Job.id == job_id).execution_options(populate_existing=True)
    ).one()


def state_of(job_id: uuid.UUID) -> JobState:
    """Return a job's state as it is now."""
    return job_row(job_id).state


# --- Real worker processes ------------------------------------------------------------------------------


@dataclass
class Workers:
    """Real workers on one database, and the application that asks them for work."""

    house: WholeHouse
    url: str
    folder: Path
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a worker in a process of its own."""
        command = [sys.executable, "-m", "tests.operations.worker_process", str(self.house.home), self.url]
        with (self.folder / "workers.log").open("ab") as log:
            process = subprocess.Popen([*command, str(LEASE_SECONDS), *arguments], cwd=ROOT, stderr=log)
        self.running.append(process)
        return process

    def log(self) -> str:
        """Return what all workers said."""
        return (self.folder / "workers.log").read_text(encoding="utf-8")

    def wait_for(self, condition: Callable[[], Any], seconds: float = 90) -> Any:
        """Wait for a condition and show what the workers said when it does not come true."""
        try:
            return wait_until(condition, seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.log()[-4000:]}") from None

    def wait_for_end(self, job_id: uuid.UUID, state: JobState = JobState.DONE) -> Job:
        """Wait until a job has ended and return it."""
        self.wait_for(lambda: state_of(job_id) in (JobState.DONE, JobState.FAILED, JobState.CANCELLED))
        row = job_row(job_id)
        assert row.state is state, (row.state, row.message_code, self.log()[-4000:])
        return row

    def stop(self) -> None:
        """End every worker that still runs."""
        for process in self.running:
            if process.poll() is None:
                process.kill()
            process.wait(30)
        self.running.clear()


@pytest.fixture(scope="session")
def working_houses(
    new_database: Callable[[str], str], tmp_path_factory: Any
) -> Iterator[Callable[[str], tuple[WholeHouse, str]]]:
    """Return the whole application on a database of its own, made once for each of the three."""
    made: dict[str, tuple[WholeHouse, str]] = {}

    def house(backend: str) -> tuple[WholeHouse, str]:
        if backend not in made:
            url = new_database(backend)
            made[backend] = (WholeHouse(url, tmp_path_factory.mktemp("working")), url)
        return made[backend]

    yield house
    for each, _url in made.values():
        each.close()


@pytest.fixture(params=BACKENDS)
def workers(request: pytest.FixtureRequest, working_houses: Any, tmp_path: Path) -> Iterator[Workers]:
    """Real workers on each of the three databases; none runs yet, and nothing waits."""
    house, url = working_houses(request.param)
    with ExitStack() as stack:
        stack.enter_context(known_kinds(house.app))
        stack.enter_context(house.app.app_context())
        found = Workers(house, url, tmp_path)
        (tmp_path / "workers.log").touch()
        stack.callback(empty_jobs)
        stack.callback(found.stop)
        yield found


def empty_jobs() -> None:
    """Delete all jobs, slots and leases."""
    db.session.rollback()
    with transaction():
        for table in (Slot.__table__, Job.__table__, Lease.__table__, NUMBERS):
            db.session.execute(delete(table))


def outside(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function without what the test has set up around it, as another thread would."""
    return contextvars.Context().run(function, *arguments)
