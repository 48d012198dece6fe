"""Movements are only ever added; a mistake is taken back once, by a row of its own."""

from __future__ import annotations

import uuid

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.core.database import db
from app.core.errors import Conflict, ProgrammingError
from app.core.transaction import command, transaction
from tests.core.models import PointMove
from tests.support.databases import in_threads


def move(amount: int = 10, from_place: str = "shop", to_place: str = "customer") -> PointMove:
    """Add a movement and return it."""
    made = PointMove(
        from_place=from_place, to_place=to_place, amount=amount, reason="sale", document="order 1"
    )
    db.session.add(made)
    db.session.flush()
    return made


def test_a_balance_is_what_came_less_what_left(core_app: Flask) -> None:
    move(10)
    move(5)
    move(3, "customer", "shop")

    assert PointMove.balance("customer") == 12
    assert PointMove.balance("shop") == -12
    assert PointMove.balance("nobody") == 0


def test_a_reversal_brings_the_balance_back(core_app: Flask) -> None:
    made = move(10)

    back = made.reversal("mistake")
    db.session.add(back)
    db.session.flush()

    assert PointMove.balance("customer") == 0
    assert (back.from_place, back.to_place, back.amount) == ("customer", "shop", 10)
    assert (back.reverses_id, back.reason, back.document) == (made.id, "mistake", "order 1")


def test_a_reversal_is_not_reversed(core_app: Flask) -> None:
    made = move(10)
    back = made.reversal("mistake")
    db.session.add(back)
    db.session.flush()

    with pytest.raises(Conflict):
        back.reversal("second thoughts")


def test_a_movement_is_reversed_once(core_app: Flask) -> None:
    made = move(10)
    db.session.add(made.reversal("mistake"))
    db.session.flush()

    db.session.add(made.reversal("mistake again"))
    with pytest.raises(IntegrityError):
        db.session.flush()
    db.session.rollback()


def test_two_people_reverse_at_once_and_one_of_them_does_it(core_app: Flask) -> None:
    with transaction():
        key = move(10).id

    @command(None)
    def reverse() -> None:
        db.session.add(db.session.get_one(PointMove, key).reversal("mistake"))

    def try_it() -> None:
        with core_app.app_context():
            reverse()

    failures = in_threads([try_it] * 6)

    db.session.rollback()
    assert [type(failure) for failure in failures] == [IntegrityError] * 5
    assert PointMove.balance("customer") == 0
    assert db.session.scalar(select(func.count()).select_from(PointMove)) == 2


def test_a_movement_is_never_changed(core_app: Flask) -> None:
    made = move(10)

    made.amount = 1_000
    with pytest.raises(ProgrammingError, match="reversal"):
        db.session.flush()
    db.session.rollback()


def test_a_movement_is_never_deleted(core_app: Flask) -> None:
    made = move(10)

    db.session.delete(made)
    with pytest.raises(ProgrammingError, match="reversal"):
        db.session.flush()
    db.session.rollback()


@pytest.mark.parametrize(("amount", "to_place"), [(0, "customer"), (-5, "customer"), (5, "shop")])
def test_the_database_refuses_an_impossible_movement(core_app: Flask, amount: int, to_place: str) -> None:
    with pytest.raises(Exception, match=r"(?i)constraint"):
        move(amount, "shop", to_place)
    db.session.rollback()


def test_a_reversal_of_nothing_is_refused(core_app: Flask) -> None:
    made = move(10)
    back = made.reversal("mistake")
    back.reverses_id = uuid.uuid4()
    db.session.add(back)

    with pytest.raises(IntegrityError):
        db.session.flush()
    db.session.rollback()
