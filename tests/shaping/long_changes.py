"""What the tests of long changes share: many records, a worker, and processes that are killed."""

from __future__ import annotations

import contextvars
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, inspect, select, text

from app.access.acting import acting_as
from app.access.models import Person
from app.core.database import db
from app.core.keys import uuid7
from app.core.transaction import transaction
from app.operations.models import Job, JobState
from app.people.models import Customer
from app.shaping import altering, converting, deleting, emptying, job, services, works
from app.shaping.work_models import ShapingWork
from tests.shaping.forms import address, read_definitions
from tests.support.jobs import run_jobs

ROOT = Path(__file__).resolve().parents[2]
FIELDS = "/shaping/fields/people/customer/"
MANY = 60


def make_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave everything to a worker, ten records at a time."""
    monkeypatch.setattr(works, "MOST_AT_ONCE", 0)
    monkeypatch.setattr(services, "LARGE", 0)
    monkeypatch.setattr(altering, "LARGE", 1)
    for module in (converting, deleting, emptying):
        monkeypatch.setattr(module, "CHUNK", 10)


def fill(name: str, count: int = MANY) -> list[Any]:
    """Make customers whose value in the field is their number; every seventh is no number."""
    keys = [uuid7() for _number in range(count)]
    with transaction():
        names = [f"n{number:03}" for number in range(count)]
        rows = [{"id": key, "name": each, "name_key": each} for key, each in zip(keys, names, strict=True)]
        db.session.execute(insert(Customer).execution_options(unjournalled="a test arranges its shop"), rows)
        # Past the class, which may not have met the field in this process.
        write = text(f"UPDATE people_customer SET {name} = :value WHERE name = :name")
        write = write.execution_options(unjournalled="a test arranges its shop")
        for number, each in enumerate(names):
            value = "about ten" if number % 7 == 6 else str(number)
            db.session.connection().execute(write, {"value": value, "name": each})
    db.session.remove()
    return keys


def values(name: str) -> dict[str, Any]:
    """Return what stands in a column, by the customers' names."""
    db.session.rollback()
    found = db.session.execute(text(f"SELECT name, {name} FROM people_customer ORDER BY name"))
    return {row[0]: row[1] for row in found}


def works_there() -> list[ShapingWork]:
    """Return every work that the database knows."""
    db.session.rollback()
    return list(db.session.scalars(select(ShapingWork).order_by(ShapingWork.id)))


def job_states() -> list[JobState]:
    """Return what became of every job, in order."""
    db.session.rollback()
    return list(db.session.scalars(select(Job.state).order_by(Job.id)))


def work_off(app: Flask) -> None:
    """Do what waits, with nothing left open here that an index would have to wait for."""
    db.session.rollback()
    run_jobs(app)


def ask_to_convert(owner: FlaskClient, name: str, kind: str) -> str:
    """Ask for a field of another kind and return where the page leads."""
    answer = owner.post(f"{address(name)}/convert", data={"to_kind": kind})
    assert answer.status_code == 302, answer.text
    return str(answer.location)


def active_fields() -> list[str]:
    """Return the names of the fields in use."""
    return [row.name for row in read_definitions().fields if row.state.value == "active"]


class Meddling:
    """A job between whose chunks something else happens."""

    def __init__(self, work: Any, meddle: Callable[[int], None]) -> None:
        self.id, self.arguments, self.state = uuid7(), {"work": str(work)}, {}
        self._meddle, self._count = meddle, 0

    def check(self) -> None:
        """Let something happen."""
        self._count += 1
        db.session.rollback()
        contextvars.Context().run(self._meddle, self._count)

    def keep(self, *_state: Any) -> None:
        """Go on."""

    def finish(self, _result: Any) -> None:
        """The end."""


def run_meddled(meddle: Callable[[int], None]) -> None:
    """Do the one work that there is, as the owner, with something happening between its chunks."""
    (work,) = works_there()
    person = db.session.scalar(select(Person.id).where(Person.username == "owner"))
    work_id = work.id
    db.session.remove()

    def run() -> None:
        with acting_as(person):
            job.run(Meddling(work_id, meddle))

    contextvars.copy_context().run(run)


def indexes(name: str) -> set[str]:
    """Return the kinds of indexes that stand behind a field: `ix`, `uq`."""
    found = {str(each["name"]) for each in inspect(db.engine).get_indexes("people_customer")}
    return {kind for kind in ("ix", "uq") if f"{kind}_own_{name[2:]}" in found}


def mortal(app: Flask, moments: list[int]) -> list[str]:
    """Let the one work be killed at these moments of its database, one after the other, and then finish."""
    (work,) = works_there()
    person = db.session.scalar(select(Person.id).where(Person.username == "owner"))
    home, url = str(app.extensions["kebu"].home), str(app.config["SQLALCHEMY_DATABASE_URI"])
    db.session.remove()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("KEBU_")}
    done = subprocess.run(
        [sys.executable, "-m", "tests.shaping.mortal", home, url, str(work.id), str(person),
         ",".join(map(str, moments))],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=500,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\n")[:-1]
