"""Events: a slice publishes what happened; the slices above it answer inside the same transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app


@dataclass(frozen=True)
class Event:
    """Something that happened, named in the past tense; carries keys and plain values only."""


Handler = Callable[[Any], None]


class EventBus:
    """Who answers which event, in the order of the capabilities (lower slices first)."""

    def __init__(self) -> None:
        self._handlers: dict[type[Event], list[Handler]] = {}

    def subscribe(self, handlers: Mapping[type[Event], Handler]) -> None:
        """Add one slice's handlers."""
        for event_type, handler in handlers.items():
            self._handlers.setdefault(event_type, []).append(handler)

    def publish(self, event: Event) -> None:
        """Call every handler now; an error in one undoes the whole transaction."""
        for handler in self._handlers.get(type(event), ()):
            handler(event)


def publish(event: Event) -> None:
    """Publish `event` on the running application's bus."""
    current_app.extensions["kebu"].events.publish(event)
