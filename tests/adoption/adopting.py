"""Adopting in tests, as the terminal does it, and letting go again."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.access.acting import acting_as
from app.access.models import Person
from app.adoption.connecting import open_adopted, parse
from app.adoption.declaring import Wish, holding_roles, look
from app.adoption.publishing import forget, publisher
from app.adoption.reflecting import sketch
from app.adoption.written.adopting import adopt_as_written
from app.core.database import db


def adopted(address: str, **wish: Any) -> str:
    """Adopt a database with everything as proposed, on behalf of the owner; return its code."""
    engine = open_adopted(address, read_only=True)
    try:
        found = sketch(engine, wish.get("schema") or None)
        found, proposed = look(engine, found)
        used = holding_roles(engine, found, proposed)
    finally:
        engine.dispose()
    owner = db.session.scalar(select(Person.id).where(Person.username == "owner"))
    db.session.rollback()
    with acting_as(owner):
        return adopt_as_written(Wish(parse(address), **wish), (found, proposed, used))


def let_go() -> None:
    """Close what this process opened; the declaration goes with the test's rows."""
    db.session.rollback()
    for code in list(publisher().opened):
        forget(code)
