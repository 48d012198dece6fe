"""Quantities are exact in Python, in SQL and on all three databases."""

from __future__ import annotations

from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import StatementError

from app.core.database import db
from tests.core.models import Thing

AMOUNTS = [
    Decimal(text) for text in ("0.1", "0.2", "-0.3", "1000000", "0.001", "12.345", "9007199254740.993")
]


def test_quantities_come_back_exactly(core_app: Flask) -> None:
    db.session.add_all(Thing(name=str(amount), weight=amount) for amount in AMOUNTS)
    db.session.flush()
    db.session.expire_all()

    for amount in AMOUNTS:
        thing = db.session.scalars(select(Thing).where(Thing.weight == amount).limit(2)).one()
        assert thing.weight == amount
        assert thing.name == str(amount)


def test_the_database_sums_and_sorts_quantities_exactly(core_app: Flask) -> None:
    db.session.add_all(Thing(name=str(amount), weight=amount) for amount in AMOUNTS)
    db.session.flush()

    ordered = db.session.scalars(select(Thing.weight).order_by(Thing.weight).limit(20)).all()
    total = db.session.scalar(select(func.sum(Thing.weight)))
    light = db.session.scalar(select(func.count()).where(Thing.weight < Decimal("0.2")))

    assert list(ordered) == sorted(AMOUNTS)
    assert total == sum(AMOUNTS)
    assert light == 3


@pytest.mark.parametrize(
    "amount",
    [
        0.1,
        Decimal("0.0001"),
        Decimal("NaN"),
        Decimal("Infinity"),
        Decimal(10) ** 17,
        Decimal("1." + "0" * 30 + "1"),
        "many",
    ],
)
def test_what_the_column_can_not_keep_exactly_is_refused(core_app: Flask, amount: object) -> None:
    db.session.add(Thing(name="one", weight=amount))

    with pytest.raises(StatementError):
        db.session.flush()
