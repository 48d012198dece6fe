"""Rows are locked in key order, fresh, and hot rows never lead to a deadlock."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.database import db
from app.core.errors import NotFound, ProgrammingError
from app.core.locking import lock
from app.core.transaction import command, transaction
from tests.core.models import Thing
from tests.support.databases import in_threads


def make_things(count: int) -> list[uuid.UUID]:
    """Make things and return their keys."""
    with transaction():
        things = [Thing(name=f"thing {number}", count=100) for number in range(count)]
        db.session.add_all(things)
        db.session.flush()
        return [thing.id for thing in things]


def test_rows_come_back_by_key_once_each(core_app: Flask) -> None:
    keys = make_things(3)

    with transaction():
        rows = lock(Thing, [keys[2], keys[0], keys[2]])

    assert set(rows) == {keys[0], keys[2]}


def test_nothing_to_lock_is_no_error(core_app: Flask) -> None:
    with transaction():
        assert lock(Thing, []) == {}


def test_locking_is_one_statement_in_key_order(core_app: Flask, statements: Callable[..., Any]) -> None:
    keys = make_things(5)

    with transaction(), statements() as seen:
        rows = lock(Thing, reversed(keys))

    assert len(seen) == 1
    assert "ORDER BY test_thing.id" in seen[0]
    assert list(rows) == sorted(keys)
    assert ("FOR UPDATE" in seen[0]) == (db.engine.dialect.name != "sqlite")


def test_a_missing_row_is_not_found(core_app: Flask) -> None:
    keys = make_things(1)

    with pytest.raises(NotFound), transaction():
        lock(Thing, [*keys, uuid.uuid4()])


def test_rows_are_locked_inside_a_transaction_only(core_app: Flask) -> None:
    keys = make_things(1)

    with pytest.raises(ProgrammingError):
        lock(Thing, keys)


def test_a_locked_row_is_read_anew(core_app: Flask) -> None:
    keys = make_things(1)
    with transaction():
        before = db.session.get_one(Thing, keys[0])
        db.session.connection().execute(Thing.__table__.update().values(count=7))

        rows = lock(Thing, keys)

        assert rows[keys[0]] is before
        assert before.count == 7


@command(None)
def move_one(first: uuid.UUID, second: uuid.UUID) -> None:
    """Take one from the first and give it to the second, naming them in any order."""
    rows = lock(Thing, [first, second])
    rows[first].count -= 1
    rows[second].count += 1


def test_hot_rows_locked_in_any_order_never_deadlock(core_app: Flask) -> None:
    keys = make_things(3)

    def move_about(seed: int) -> None:
        chance = random.Random(seed)
        with core_app.app_context():
            for _ in range(20):
                move_one(*chance.sample(keys, 2))

    failures = in_threads([lambda seed=seed: move_about(seed) for seed in range(8)])

    db.session.rollback()
    counts = db.session.scalars(select(Thing.count).limit(10)).all()
    assert failures == []
    assert sum(counts) == 300
