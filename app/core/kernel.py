"""The kernel: what one running application knows about itself; slices plug into it and core asks it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from flask import current_app, g

from app.core.capability import Capability
from app.core.copying import CopyHints, CopyTarget
from app.core.crypto import Keyring
from app.core.declaration import Extension, Panel, RelatedPanel, Screen
from app.core.events import EventBus
from app.core.jobs import Enqueue, Errand, JobKind, RecurringJob
from app.core.limits import UNLIMITED, Limits, LimitsProvider, Sight, limits
from app.core.occasion import Whereabouts
from app.core.remembering import remembers
from app.core.shop import Shop, shop


@dataclass(frozen=True)
class Shapes:
    """What a shop's managers made at run time: fields of declared screens, and a capability of whole record types.

    `number` is another one after each change, for whoever remembers something that depends on it.
    """

    number: int = 0
    extensions: Mapping[str, Extension] = field(default_factory=dict)
    capabilities: tuple[Capability, ...] = ()


# The enabled capabilities in the order of the menu, and their screens by name.
Offer = tuple[tuple[Capability, ...], dict[str, Screen]]
_NO_SHAPES = Shapes()
_MOST_OFFERS = 64


@dataclass
class Kernel:
    """One application's capabilities, screens, event bus and the answers that other slices give to core.

    `health` are further lines of the health check, by name.
    `words` are what a profile calls a screen's records, one and many: a customer is a member in a drugstore.
    `shapes` is asked anew in each request, so what a manager makes is there at the next click in every process.
    `enqueue` hands work to a worker; None while no slice keeps jobs.
    `open_channels` says by which ways people can be reached at this moment; None while no slice sends anything.
    `keys` lock what must stay secret even from somebody who holds the database.
    `whereabouts` says where the present request comes from; asked when something is written down.
    `limits` are those of whoever is present; `screens` and `enabled` show no more than they allow.
    `copy_hints(screen, role)` says which fields of a table make which column of a role, once somebody knows.
    `check_rows(screen, text)` raises `Invalid` for a filter of rows that can't be read, `reach(limits)` says which
    records limits leave within reach, `refuse_unreachable(reach, model, records)` raises where one just written is not.
    """

    home: Path
    keys: Keyring
    capabilities: tuple[Capability, ...] = ()
    events: EventBus = field(default_factory=EventBus)
    words: Mapping[str, Mapping[str, tuple[Any, Any]]] = field(default_factory=dict)
    granted_names: Callable[[], frozenset[str]] | None = None
    shop: Callable[[], Shop] | None = None
    enqueue: Enqueue | None = None
    open_channels: Callable[[], frozenset[str]] | None = None
    health: dict[str, Callable[[], str]] = field(default_factory=dict)
    shapes: Callable[[], Shapes] | None = None
    explain_missing: Callable[[str], object] | None = None
    whereabouts: Callable[[], Whereabouts] | None = None
    limits: LimitsProvider | None = None
    check_rows: Callable[[Screen, str], object] | None = None
    reach: Callable[[Limits], Any] | None = None
    refuse_unreachable: Callable[[Any, type[Any], list[Any]], None] | None = None
    copy_hints: CopyHints | None = None
    _offers: dict[tuple[str, int, str], tuple[tuple[Capability, ...], Offer]] = field(default_factory=dict)

    @property
    def enabled(self) -> tuple[Capability, ...]:
        """The capabilities that the shop's profile uses, in the order of the menu, as whoever is present sees them."""
        return self._in_use()[0]

    @property
    def screens(self) -> dict[str, Screen]:
        """The screens of the enabled capabilities by `slice:noun`, cut to what whoever is present may see."""
        return self._in_use()[1]

    @property
    def declared_screens(self) -> dict[str, Screen]:
        """The screens as declared, uncut: for the program's own needs, never for what somebody reads."""
        return self._offer(shop().profile, self._shapes(), UNLIMITED)[1]

    @property
    def job_kinds(self) -> dict[str, JobKind]:
        """Every kind of job by name, also of capabilities that the profile leaves out: what was begun is finished."""
        return {kind.name: kind for each in self.capabilities for kind in each.jobs}

    @property
    def recurring(self) -> tuple[RecurringJob, ...]:
        """The work that comes back by itself."""
        return tuple(work for each in self.capabilities for work in each.recurring)

    @property
    def errands(self) -> tuple[Errand, ...]:
        """What workers look for every second."""
        return tuple(errand for each in self.capabilities for errand in each.errands)

    @property
    def copy_targets(self) -> dict[str, CopyTarget]:
        """The records that rows of adopted tables can become, by the name of their screen."""
        return {target.screen: target for each in self.enabled for target in each.copy_targets}

    @property
    def channels(self) -> frozenset[str]:
        """The ways by which people can be reached now: `mail`, `sms`; none while no slice sends anything."""
        return self.open_channels() if self.open_channels is not None else frozenset()

    @property
    def everything(self) -> tuple[Capability, ...]:
        """Every capability, of whatever profile, those made at run time included."""
        return (*self.capabilities, *self._shapes().capabilities)

    @property
    def shape_number(self) -> int:
        """The number of what managers have made, another one after each change."""
        return self._shapes().number

    def _shapes(self) -> Shapes:
        return self.shapes() if self.shapes is not None else _NO_SHAPES

    def _in_use(self) -> Offer:
        # A list page asks for this some fifty times; neither profile nor shapes change within a request.
        within = limits()
        if not remembers():
            return self._offer(shop().profile, self._shapes(), within)
        key, found = g.get("kebu_in_use", (None, None))
        if found is None or key != within.key:
            found = self._offer(shop().profile, self._shapes(), within)
            g.kebu_in_use = (within.key, found)
        return found

    def _named(self, profile: str, screen: Screen, shapes: Shapes) -> Screen:
        words = self.words.get(profile, {}).get(screen.name)
        named = screen if words is None else replace(screen, label=words[0], plural=words[1])
        extension = shapes.extensions.get(screen.name)
        return named if extension is None else named.extended(extension)

    def _offer(self, profile: str, shapes: Shapes, within: Limits) -> Offer:
        """Return what a profile offers; made once, because screens with many own fields are dear to make."""
        key = (profile, shapes.number, within.key)
        capabilities, found = self._offers.get(key, (None, None))
        if found is None or capabilities is not self.capabilities:
            # Of what managers have made only the newest counts: screens of hundreds of tables weigh a few megabytes.
            for past in [each for each in list(self._offers) if each[1] != shapes.number]:
                self._offers.pop(past, None)
            if len(self._offers) >= _MOST_OFFERS:
                self._offers.clear()
            found = _cut(self._for_profile(profile, shapes), within)
            self._offers[key] = (self.capabilities, found)
        return found

    def _for_profile(self, profile: str, shapes: Shapes) -> Offer:
        enabled = tuple(
            sorted(
                (each for each in (*self.capabilities, *shapes.capabilities) if profile in each.profiles),
                key=lambda each: each.order,
            )
        )
        screens = (self._named(profile, screen, shapes) for each in enabled for screen in each.screens)
        return enabled, {screen.name: screen for screen in screens}


def _cut(offer: Offer, within: Limits) -> Offer:
    """Return an offer without what `within` hides, everywhere a screen is named."""
    if not within.sights:
        return offer
    enabled, screens = offer
    cut = {
        name: screen.limited(within.sights[name]) if name in within.sights else screen
        for name, screen in screens.items()
    }
    return tuple(
        replace(
            each,
            screens=tuple(cut.get(screen.name, screen) for screen in each.screens),
            panels=tuple(found for panel in each.panels if (found := _cut_panel(panel, within)) is not None),
        )
        for each in enabled
    ), cut


def _cut_panel(panel: Panel | RelatedPanel, within: Limits) -> Panel | RelatedPanel | None:
    """Return a panel without the fields that are hidden; None for rows whose link to the record is hidden."""
    if not isinstance(panel, RelatedPanel) or panel.screen not in within.sights:
        return panel

    def seen(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in names if within.sight(panel.screen, name) is not Sight.HIDDEN)

    if not seen((panel.via,)):
        return None
    return replace(panel, columns=seen(panel.columns), inputs=seen(panel.inputs))


def kernel() -> Kernel:
    """Return the running application's kernel."""
    found: Kernel = current_app.extensions["kebu"]
    return found
