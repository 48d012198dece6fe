"""Kinds of jobs for tests: one adds numbers to a table in chunks, others fail in every way."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from flask_babel import gettext, lazy_gettext
from sqlalchemy import Column, Integer, MetaData, String, Table, func, insert, select

from app.core.capability import Capability
from app.core.database import db
from app.core.errors import Conflict
from app.core.jobs import JobKind, LeaseLost, RecurringJob, RunningJob
from app.core.kernel import Kernel
from app.core.record import actor_id
from app.core.transaction import transaction
from tests.support.waiting import wait_until

RIGHT = "people:customer:edit"
NUMBERS = Table(
    "testing_number",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("job", String(40), nullable=False),
    Column("actor", Integer),
)


def add_numbers(job: RunningJob) -> None:
    """Add the numbers from 1 to `upto`, `chunk` at a time; with a `gate` folder, wait at its gate before each chunk."""
    first, upto = int(job.state.get("next", 1)), job.arguments["upto"]
    while first <= upto:
        job.check()
        wait_at_gate(job)
        after = min(first + job.arguments.get("chunk", 10), upto + 1)
        try:
            with transaction():
                rows = [
                    {"number": number, "job": str(job.id), "actor": actor_id()}
                    for number in range(first, after)
                ]
                db.session.execute(insert(NUMBERS), rows)
                job.keep({"next": after}, after - 1, upto)
        except LeaseLost:
            if "gate" in job.arguments:
                (Path(job.arguments["gate"]) / "lost").touch()
            raise
        first = after
    with transaction():
        job.finish({"count": upto})


def wait_at_gate(job: RunningJob) -> None:
    """Say that the gate is reached and wait until it is open."""
    if "gate" in job.arguments:
        gate = Path(job.arguments["gate"])
        (gate / "reached").touch()
        wait_until((gate / "open").exists)


def break_down(job: RunningJob) -> None:
    """Raise what no kind should, with somebody's name in it."""
    raise ValueError(f"{job.arguments['name']} has no phone")


def refuse(job: RunningJob) -> None:
    """Refuse in words after a first chunk was kept."""
    with transaction():
        job.keep({"next": 5}, 5, 10)
    raise Conflict(
        gettext("Someone else changed this in the meantime. Look at both versions and save again.")
    )


def say_nothing(_job: RunningJob) -> None:
    """Do nothing and return."""


def kind(name: str, run: Any, permission: str = RIGHT, **more: Any) -> JobKind:
    """Return a kind of job of the testing capability."""
    return JobKind(f"testing:{name}", lazy_gettext("Customers"), permission, run, **more)


KINDS = (
    kind(
        "adding",
        add_numbers,
        address=lambda _job_id, _result: "/people/customer/",
        summary=lambda result: f"{result.get('count')} numbers added.",
    ),
    kind("breaking", break_down),
    kind("refusing", refuse),
    kind("silent", say_nothing),
    kind("program", add_numbers, permission=""),
)


@contextmanager
def known_kinds(app: Flask, recurring: tuple[RecurringJob, ...] = ()) -> Iterator[None]:
    """Let the application know the kinds and have the table while the block runs."""
    kernel: Kernel = app.extensions["kebu"]
    before = kernel.capabilities
    kernel.capabilities = (*before, Capability("testing", "Testing", jobs=KINDS, recurring=recurring))
    with app.app_context():
        NUMBERS.create(db.engine, checkfirst=True)
    try:
        yield
    finally:
        kernel.capabilities = before
        with app.app_context():
            db.session.remove()
            NUMBERS.drop(db.engine, checkfirst=True)


def numbers(job_id: Any = None) -> list[int]:
    """Return the numbers in the table, sorted; of one job or of all."""
    query = select(NUMBERS.c.number).order_by(NUMBERS.c.number)
    if job_id is not None:
        query = query.where(NUMBERS.c.job == str(job_id))
    with db.engine.connect() as connection:
        return list(connection.scalars(query))


def count_numbers() -> int:
    """Return how many numbers are in the table."""
    with db.engine.connect() as connection:
        return int(connection.scalar(select(func.count()).select_from(NUMBERS)) or 0)
