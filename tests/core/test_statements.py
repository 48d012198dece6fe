"""What counts statements and rows counts rightly."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy import select

from app.core.database import db
from app.core.transaction import transaction
from tests.core.models import Thing


def test_statements_rows_and_writes_are_counted(core_app: Flask, statements: Callable[..., Any]) -> None:
    with transaction():
        db.session.add_all(Thing(name=str(number)) for number in range(7))

    with statements() as seen:
        all_names = db.session.scalars(select(Thing.name).limit(5)).all()
        db.session.execute(select(Thing.name).limit(3)).first()
        for _row in db.session.execute(select(Thing.id).limit(4)):
            pass
        with transaction():
            db.session.add(Thing(name="last"))

    assert len(all_names) == 5
    assert len(seen) == 4
    assert len(seen.writes) == 1
    assert 10 <= seen.rows <= 12


def test_rows_of_one_test_are_gone_in_the_next(core_app: Flask) -> None:
    assert db.session.scalars(select(Thing).limit(1)).all() == []
    with transaction():
        db.session.add(Thing(name="left behind"))


def test_rows_of_the_test_before_are_gone(core_app: Flask) -> None:
    assert db.session.scalars(select(Thing).limit(1)).all() == []
