"""Own fields and record types for tests, one plan for each kind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, g
from sqlalchemy import select

from app.access.models import Person
from app.core.choices import Option
from app.core.database import db
from app.core.words import OwnWords
from app.shaping import services
from app.shaping.definitions import read_definitions
from app.shaping.models import Kind
from app.shaping.plans import FieldPlan, Settings, TypePlan

OPTIONS = (
    Option("red", OwnWords("红", "Red")),
    Option("blue", OwnWords("蓝", "Blue")),
    Option("grey", OwnWords("灰", "Grey")),
)
SETTINGS = {
    Kind.CHOICE: Settings(options=OPTIONS),
    Kind.CHOICES: Settings(options=OPTIONS),
    Kind.NUMBER: Settings(places=2, unit=OwnWords("厘米", "cm")),
    Kind.LINK: Settings(to="people:tag"),
}


def plan(kind: Kind = Kind.TEXT, label: str = "", **changes: Any) -> FieldPlan:
    """Return the plan of a field that takes part everywhere its kind can."""
    words = label or f"Own {kind.value}"
    given = {
        "in_list": True,
        "filterable": True,
        "sortable": True,
        "searchable": True,
        "settings": SETTINGS.get(kind, Settings()),
        **changes,
    }
    return FieldPlan(kind, OwnWords(f"自定义{words}", words), **given)


@contextmanager
def acting(app: Flask, username: str = "owner") -> Iterator[None]:
    """Act as somebody who is signed in, in a request of its own."""
    with app.test_request_context("/"):
        person = db.session.scalar(select(Person).where(Person.username == username).limit(1))
        assert person is not None, f"nobody is called {username}"
        db.session.expunge(person)
        g._login_user = g.user = person
        try:
            yield
        finally:
            db.session.rollback()
            db.session.remove()


def make_field(app: Flask, kind: Kind = Kind.TEXT, screen: str = "people:customer", **changes: Any) -> str:
    """Add a field as the owner and return its name `x_…`."""
    with acting(app):
        key = services.add_field(screen, plan(kind, **changes))
        return next(row.name for row in read_definitions().fields if row.id == key)


def make_fields(app: Flask, plans: list[FieldPlan], screen: str = "people:customer") -> list[str]:
    """Add several fields at once as the owner and return their names in order."""
    with acting(app):
        keys = services.add_fields(screen, plans)
        names = {row.id: row.name for row in read_definitions().fields}
        return [names[key] for key in keys]


def make_type(app: Flask, english: str = "Course", chinese: str = "课程", **changes: Any) -> str:
    """Add a record type as the owner and return its noun."""
    with acting(app):
        return services.add_type(TypePlan(OwnWords(chinese, english), **changes))
