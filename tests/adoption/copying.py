"""Copying in tests: a legacy pet shop on any database, and a copy's way without a page."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import create_engine, select, text
from sqlalchemy.engine import make_url

from app.access.acting import acting_as
from app.access.models import Person
from app.core.database import db
from app.core.kernel import kernel
from app.panel.importing import starting
from app.panel.importing.copying import begin_copy
from app.panel.importing.models import Mode
from tests.panel.importing.tables import Outcome, everything, outcome, prepare, written

_PETS = (
    "CREATE TABLE pet (id INTEGER PRIMARY KEY, 宠物名 VARCHAR(60), 品种 VARCHAR(60), member_id INTEGER, "
    "FOREIGN KEY (member_id) REFERENCES member (id))"
)


def fill(
    address: str, statements: Sequence[str], rows: Sequence[tuple[str, Sequence[dict[str, Any]]]]
) -> None:
    """Make tables in a stranger's database and fill them."""
    engine = create_engine(make_url(address))
    try:
        with engine.begin() as connection:
            for statement in statements:
                connection.execute(text(statement))
            for statement, values in rows:
                if not values:
                    continue
                connection.execute(text(statement), list(values))
    finally:
        engine.dispose()


def make_pet_shop(address: str, members: Sequence[dict[str, Any]], pets: Sequence[dict[str, Any]]) -> None:
    """Make the tables 会员 and 宠物, as a program with Chinese names has them."""
    fill(
        address,
        [
            "CREATE TABLE member (id INTEGER PRIMARY KEY, 姓名 VARCHAR(60), 手机 VARCHAR(40), 生日 VARCHAR(20))",
            _PETS,
        ],
        [
            ("INSERT INTO member VALUES (:id, :name, :phone, :birthday)", members),
            ("INSERT INTO pet VALUES (:id, :name, :breed, :owner)", pets),
        ],
    )


def member(number: int, **changes: Any) -> dict[str, Any]:
    """Return a row of 会员."""
    row = {"id": number, "name": f"会员{number}", "phone": f"138{number:08}", "birthday": "1990-03-05"}
    return {**row, **changes}


def pet(number: int, owner: int, **changes: Any) -> dict[str, Any]:
    """Return a row of 宠物."""
    return {"id": number, "name": f"毛毛{number}", "breed": "金毛", "owner": owner, **changes}


@contextmanager
def as_owner() -> Iterator[None]:
    """Act as the shop's owner."""
    owner = db.session.scalar(select(Person.id).where(Person.username == "owner"))
    db.session.rollback()
    with acting_as(owner):
        yield


def begun(source: str, target: str, arguments: tuple[tuple[str, str], ...] = (), **changes: Any) -> uuid.UUID:
    """Begin a copy as proposed but for `changes`, ready to be checked."""
    with as_owner():
        key = begin_copy(kernel().screens[source], kernel().screens[target], arguments)
        prepare(key, **changes)
    return key


def looked_at(
    source: str, target: str, arguments: tuple[tuple[str, str], ...] = (), **changes: Any
) -> Outcome:
    """Copy up to the dry run."""
    key = begun(source, target, arguments, **changes)
    with as_owner():
        starting.work(key, "check", everything)
    return outcome(key)


def copied(source: str, target: str, arguments: tuple[tuple[str, str], ...] = (), **changes: Any) -> Outcome:
    """Copy to the end."""
    key = looked_at(source, target, arguments, **changes).key
    with as_owner():
        return written(key, Mode.ACCEPTED, everything)
