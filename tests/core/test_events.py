"""Events reach their handlers in order, inside the transaction; an error in one undoes everything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import FrozenInstanceError, dataclass

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.database import db, writing
from app.core.errors import ProgrammingError
from app.core.events import Event, EventBus, publish
from app.core.transaction import command
from tests.core.models import Thing


@dataclass(frozen=True)
class ThingAdded(Event):
    """A thing was added."""

    name: str


@dataclass(frozen=True)
class NobodyCares(Event):
    """Something without handlers."""


@pytest.fixture
def bus(core_app: Flask) -> Iterator[EventBus]:
    """A fresh event bus on the running application."""
    kernel = core_app.extensions["kebu"]
    kernel.events, former = EventBus(), kernel.events
    yield kernel.events
    kernel.events = former


@command(None)
def add_thing(name: str) -> None:
    """Add a thing and say so."""
    db.session.add(Thing(name=name))
    publish(ThingAdded(name))


def names() -> list[str | None]:
    """Return the names of all things."""
    db.session.rollback()
    return list(db.session.scalars(select(Thing.name).order_by(Thing.name).limit(10)))


def test_handlers_answer_in_the_order_of_their_slices(bus: EventBus) -> None:
    heard: list[str] = []
    bus.subscribe({ThingAdded: lambda event: heard.append(f"lower {event.name}")})
    bus.subscribe({ThingAdded: lambda event: heard.append(f"upper {event.name}")})

    publish(ThingAdded("one"))

    assert heard == ["lower one", "upper one"]


def test_an_event_without_handlers_is_no_error(bus: EventBus) -> None:
    heard: list[object] = []
    bus.subscribe({ThingAdded: heard.append})

    publish(NobodyCares())

    assert heard == []


def test_a_handler_works_inside_the_open_transaction(bus: EventBus) -> None:
    bus.subscribe({ThingAdded: lambda event: db.session.add(Thing(name=f"echo of {event.name}"))})
    states: list[bool] = []
    bus.subscribe({ThingAdded: lambda _event: states.append(writing.get())})

    add_thing("one")

    assert names() == ["echo of one", "one"]
    assert states == [True]


def test_an_error_in_a_handler_undoes_everything(bus: EventBus) -> None:
    def refuse(_event: ThingAdded) -> None:
        raise ProgrammingError("no")

    bus.subscribe({ThingAdded: lambda event: db.session.add(Thing(name=f"echo of {event.name}"))})
    bus.subscribe({ThingAdded: refuse})

    with pytest.raises(ProgrammingError):
        add_thing("one")

    assert names() == []


def test_an_event_can_not_be_changed_on_its_way() -> None:
    with pytest.raises(FrozenInstanceError):
        ThingAdded("one").name = "two"  # type: ignore[misc]
