"""The kernel: what one running application knows about itself; slices plug into it and core asks it."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from flask import current_app, g

from app.core.capability import Capability
from app.core.declaration import Screen
from app.core.events import EventBus
from app.core.jobs import Enqueue, JobKind, RecurringJob
from app.core.remembering import remembers
from app.core.shop import Shop, shop

# The enabled capabilities in the order of the menu, and their screens by name.
InUse = tuple[tuple[Capability, ...], dict[str, Screen]]


@dataclass
class Kernel:
    """One application's capabilities, screens, event bus and the answers that `access` gives to core.

    `health` are further lines of the health check, by name.
    `words` are what a profile calls a screen's records, one and many: a customer is a member in a drugstore.
    `enqueue(kind, arguments, key)` hands work to a worker and `undo_batch(batch)` takes a batch of changes back;
    None while no slice offers it.
    """

    home: Path
    capabilities: tuple[Capability, ...] = ()
    events: EventBus = field(default_factory=EventBus)
    words: Mapping[str, Mapping[str, tuple[Any, Any]]] = field(default_factory=dict)
    enqueue: Callable[[str, Mapping[str, Any], str], uuid.UUID] | None = None
    undo_batch: Callable[[uuid.UUID], Any] | None = None
    granted_names: Callable[[], frozenset[str]] | None = None
    shop: Callable[[], Shop] | None = None
    enqueue: Enqueue | None = None
    health: dict[str, Callable[[], str]] = field(default_factory=dict)
    _known: dict[str, tuple[tuple[Capability, ...], InUse]] = field(default_factory=dict)

    @property
    def enabled(self) -> tuple[Capability, ...]:
        """The capabilities that the shop's profile uses, in the order of the menu."""
        return self._in_use()[0]

    @property
    def screens(self) -> dict[str, Screen]:
        """The screens of the enabled capabilities by `slice:noun`."""
        return self._in_use()[1]

    @property
    def job_kinds(self) -> dict[str, JobKind]:
        """Every kind of job by name, also of capabilities that the profile leaves out: what was begun is finished."""
        return {kind.name: kind for each in self.capabilities for kind in each.jobs}

    @property
    def recurring(self) -> tuple[RecurringJob, ...]:
        """The work that comes back by itself."""
        return tuple(work for each in self.capabilities for work in each.recurring)

    def _in_use(self) -> InUse:
        # A list page asks for this some fifty times; the shop's profile does not change within a request.
        if not remembers():
            return self._for_profile(shop().profile)
        if "kebu_in_use" not in g:
            g.kebu_in_use = self._for_profile(shop().profile)
        found: InUse = g.kebu_in_use
        return found

    def _named(self, profile: str, screen: Screen) -> Screen:
        words = self.words.get(profile, {}).get(screen.name)
        return screen if words is None else replace(screen, label=words[0], plural=words[1])

    def _for_profile(self, profile: str) -> InUse:
        """Return what a profile uses, put together once for as long as the capabilities are the same."""
        capabilities, found = self._known.get(profile, (None, None))
        if found is None or capabilities is not self.capabilities:
            found = self._put_together(profile)
            self._known[profile] = (self.capabilities, found)
        return found

    def _put_together(self, profile: str) -> InUse:
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
