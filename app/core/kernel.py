"""The kernel: what one running application knows about itself; slices plug into it and core asks it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from flask import current_app, g, has_request_context

from app.core.capability import Capability
from app.core.declaration import Screen
from app.core.events import EventBus
from app.core.shop import Shop, shop


@dataclass
class Kernel:
    """One application's capabilities, screens, event bus and the answers that `access` gives to core.

    `words` are what a profile calls a screen's records, one and many: a customer is a member in a drugstore.
    `enqueue(kind, arguments, key=…)` hands work to a worker and `undo_batch(batch)` takes a batch of changes back;
    None while no slice offers it.
    """

    home: Path
    capabilities: tuple[Capability, ...] = ()
    events: EventBus = field(default_factory=EventBus)
    words: Mapping[str, Mapping[str, tuple[Any, Any]]] = field(default_factory=dict)
    enqueue: Callable[..., Any] | None = None
    undo_batch: Callable[[uuid.UUID], Any] | None = None
    granted_names: Callable[[], frozenset[str]] | None = None
    shop: Callable[[], Shop] | None = None

    @property
    def enabled(self) -> tuple[Capability, ...]:
        """The capabilities that the shop's profile uses, in the order of the menu."""
        return self._in_use()[0]

    @property
    def screens(self) -> dict[str, Screen]:
        """The screens of the enabled capabilities by `slice:noun`."""
        return self._in_use()[1]

    def _in_use(self) -> tuple[tuple[Capability, ...], dict[str, Screen]]:
        # A list page asks for this some fifty times; the shop's profile does not change within a request.
        if not has_request_context():
            return self._for_profile(shop().profile)
        if "kebu_in_use" not in g:
            g.kebu_in_use = self._for_profile(shop().profile)
        found: tuple[tuple[Capability, ...], dict[str, Screen]] = g.kebu_in_use
        return found

    def _named(self, profile: str, screen: Screen) -> Screen:
        words = self.words.get(profile, {}).get(screen.name)
        return screen if words is None else replace(screen, label=words[0], plural=words[1])

    def _for_profile(self, profile: str) -> tuple[tuple[Capability, ...], dict[str, Screen]]:
        enabled = tuple(
            sorted(
                (each for each in self.capabilities if profile in each.profiles), key=lambda each: each.order
            )
        )
        screens = (self._named(profile, screen) for each in enabled for screen in each.screens)
        return enabled, {screen.name: screen for screen in screens}


def kernel() -> Kernel:
    """Return the running application's kernel."""
    found: Kernel = current_app.extensions["kebu"]
    return found
