"""Capabilities: each slice's manifest, found in its folder and sorted so that what is needed comes first."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from types import ModuleType
from typing import Any

from flask import Flask

from app.core.checks import Check
from app.core.copying import CopyTarget
from app.core.declaration import Card, HomeList, MenuPage, Panel, RelatedPanel, Screen, SmallTable
from app.core.errors import ProgrammingError
from app.core.events import Event, Handler
from app.core.facts import FactProvider
from app.core.happenings import HappeningKind
from app.core.jobs import Errand, JobKind, RecurringJob
from app.core.permissions import Permission

ALL_PROFILES = frozenset({"petshop", "pharmacy", "retail", "salon", "general"})


@dataclass(frozen=True)
class Capability:
    """A slice's manifest: what it needs, the profiles it joins and everything it offers.

    `install(app)` registers pages beyond the generated ones. At each start of the program on a database of its
    version, `prepare()` refuses to start or readies the data before anything else is written, then `start()` catches
    up on what was left undone; `stop()` is the worker's last act. `happenings` are what the journal is told of beside
    changes of records, `checks` what the page and the command `check` look at, `facts` the SELECTs that analysis
    reads, `copy_targets` the records that rows of an adopted table can become. A capability outside the shop's profile
    keeps its tables and data; its screens and permissions are just not offered.
    """

    name: str
    label: Any
    _: KW_ONLY
    needs: tuple[str, ...] = ()
    profiles: frozenset[str] = ALL_PROFILES
    icon: str = "collection"
    order: int = 100
    screens: tuple[Screen, ...] = ()
    pages: tuple[MenuPage, ...] = ()
    panels: tuple[Panel | RelatedPanel, ...] = ()
    cards: tuple[Card, ...] = ()
    home_lists: tuple[HomeList, ...] = ()
    home_tables: tuple[SmallTable, ...] = ()
    permissions: tuple[Permission, ...] = ()
    jobs: tuple[JobKind, ...] = ()
    recurring: tuple[RecurringJob, ...] = ()
    errands: tuple[Errand, ...] = ()
    handlers: Mapping[type[Event], Handler] = field(default_factory=dict)
    install: Callable[[Flask], None] | None = None
    prepare: Callable[[], object] | None = None
    start: Callable[[], None] | None = None
    stop: Callable[[], object] | None = None
    happenings: tuple[HappeningKind, ...] = ()
    checks: tuple[Check, ...] = ()
    facts: tuple[FactProvider, ...] = ()
    copy_targets: tuple[CopyTarget, ...] = ()


def discover(package: ModuleType) -> tuple[Capability, ...]:
    """Return the capabilities of all folders of `package` that have a `capability.py`, sorted by `needs`.

    A folder is the whole cost of a new slice: nothing else lists it.
    """
    found = []
    for entry in pkgutil.iter_modules(package.__path__):
        if not entry.ispkg or f"{package.__name__}.{entry.name}" == __package__:
            continue
        folder = importlib.import_module(f"{package.__name__}.{entry.name}")
        names = {module.name for module in pkgutil.iter_modules(folder.__path__)}
        if "capability" not in names:
            continue
        manifest = importlib.import_module(f"{folder.__name__}.capability")
        capability: Capability = manifest.CAPABILITY
        if capability.name != entry.name:
            raise ProgrammingError(f"the capability in app/{entry.name} calls itself {capability.name!r}")
        found.append(capability)
    return in_order(found)


def in_order(capabilities: Iterable[Capability]) -> tuple[Capability, ...]:
    """Return the capabilities with every one after all it needs; raise on a cycle or an unknown need."""
    waiting = {capability.name: capability for capability in capabilities}
    names = set(waiting)
    ordered: list[Capability] = []
    while waiting:
        placed = {capability.name for capability in ordered}
        ready = [capability for capability in waiting.values() if set(capability.needs) <= placed]
        if not ready:
            missing = {need for capability in waiting.values() for need in capability.needs} - names
            raise ProgrammingError(
                f"capabilities that can't be placed: {sorted(waiting)}, missing {sorted(missing)}"
            )
        in_turn = sorted(ready, key=lambda each: (each.order, each.name))
        ordered.extend(waiting.pop(capability.name) for capability in in_turn)
    return tuple(ordered)
