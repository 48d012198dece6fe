"""Bulk edits of many rows: by a worker, stopped, killed, gone on with, and taken back as one."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, select

from app.access.acting import acting_as
from app.core.database import db
from app.core.keys import encode_token, uuid7
from app.core.transaction import transaction
from app.panel.bulk.models import BulkState
from app.panel.bulk.running import run
from app.people.models import Customer, Source
from tests.factories.people import make_customer
from tests.panel.bulk_forms import CUSTOMERS, again, do, edit_of, fates
from tests.support.jobs import run_jobs


@pytest.fixture(name="app")
def _app(app_on: Flask) -> Flask:
    """Return the shop on each of the three databases."""
    return app_on


@pytest.fixture
def owner(app: Flask, sign_in: Any) -> FlaskClient:
    """A browser in which the owner is signed in."""
    client: FlaskClient = sign_in(app.test_client(), "Owner")
    return client


MANY = 10_000


def make_many(count: int) -> None:
    """Make so many customers."""
    with transaction():
        rows = [
            {
                "id": uuid7(),
                "name": f"客{number:05}",
                "name_key": f"客{number:05}",
                "source": list(Source)[number % 3],
            }
            for number in range(count)
        ]
        for start in range(0, count, 2000):
            db.session.execute(
                insert(Customer).execution_options(unjournalled="a test arranges its shop"),
                rows[start : start + 2000],
            )


def every_row() -> list[Any]:
    """Return what stands in every customer, but who touched it last."""
    db.session.rollback()
    plain = [
        column
        for column in Customer.__table__.c
        if column.name not in ("changed_at", "changed_by", "row_version")
    ]
    return list(db.session.execute(select(*plain).order_by(Customer.id)))


def test_undoing_a_bulk_edit_of_ten_thousand_rows_restores_equal_rows(app: Flask, owner: FlaskClient) -> None:
    make_many(MANY)
    before = every_row()

    answer = do(owner, CUSTOMERS, bulk__what="edit", op__source="empty", op__notes="set", notes="同一句")
    waiting = edit_of(answer).state
    run_jobs(app)
    edit = edit_of(answer)
    counts = fates(edit)
    changed = every_row()
    owner.post(f"/journal/batch/{encode_token((edit.id,))}/undo")
    run_jobs(app)

    assert (waiting, edit.state) == (BulkState.RUNNING, BulkState.DONE)
    assert counts == (MANY, 0, 0)
    assert all(row.source is None and row.notes == "同一句" for row in changed)
    assert every_row() == before


def test_a_long_bulk_edit_that_is_stopped_goes_on_where_it_was(app: Flask, owner: FlaskClient) -> None:
    make_many(1_200)
    answer = do(owner, CUSTOMERS, bulk__what="edit", op__notes="set", notes="Once")
    owner.post(f"{answer.location}/stop")
    run_jobs(app)
    stopped = fates(edit_of(answer)), edit_of(answer).state

    owner.post(f"{answer.location}/go-on")
    run_jobs(app)

    assert stopped == ((0, 0, 0), BulkState.STOPPED)
    assert fates(edit_of(answer)) == (1_200, 0, 0)
    versions = set(db.session.scalars(select(Customer.row_version)))
    assert versions == {2}


class _KilledError(Exception):
    """The process ended here."""


class _Killing:
    """A job whose process is killed while its second chunk is committed."""

    def __init__(self, key: Any) -> None:
        self.id, self.arguments, self.state, self.chunks = key, {"bulk": str(key)}, {}, 0

    def check(self) -> None:
        """Go on."""

    def keep(self, *_state: Any) -> None:
        """Die with the second chunk written and not yet committed."""
        self.chunks += 1
        if self.chunks == 2:
            raise _KilledError

    def finish(self, _result: Any) -> None:
        """Never reached."""


def test_a_killed_bulk_edit_changes_every_row_exactly_once(app: Flask, owner: FlaskClient) -> None:
    make_many(1_600)
    answer = do(owner, CUSTOMERS, bulk__what="edit", op__notes="set", notes="Once")
    key = edit_of(answer).id
    asked_by = edit_of(answer).created_by
    with pytest.raises(_KilledError), acting_as(asked_by):
        run(_Killing(key))
    half = fates(edit_of(answer))

    run_jobs(app)

    assert half == (500, 0, 0)
    assert fates(edit_of(answer)) == (1_600, 0, 0)
    assert set(db.session.scalars(select(Customer.row_version))) == {2}


def test_rows_added_while_a_bulk_edit_waits_are_not_its_business(app: Flask, owner: FlaskClient) -> None:
    make_many(600)
    answer = do(owner, CUSTOMERS, bulk__what="edit", op__notes="set", notes="Old ones")
    late = make_customer(name="Late")

    run_jobs(app)

    assert fates(edit_of(answer)) == (600, 0, 0)
    assert again(late).notes is None
