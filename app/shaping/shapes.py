"""Shapes: the definitions as the panel needs them, mapped and put together once for each version in each process."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, current_app, g, has_request_context
from flask_babel import lazy_gettext as _l

from app.access.memory import Remembered
from app.access.version import present_version
from app.core.capability import Capability
from app.core.declaration import Extension, Group, RelatedPanel, Screen, Search
from app.core.fields import Field, Moment, Text, clean_line
from app.core.kernel import Shapes
from app.core.words import OwnWords
from app.shaping.definitions import Definitions, declared_screens, read_definitions
from app.shaping.kinds import LONGEST_LINE, field_of
from app.shaping.mapping import is_field_mapped, is_type_mapped, map_field, settle, type_class
from app.shaping.models import Kind, ShapingType, State
from app.shaping.plans import FieldPlan, plan_of
from app.shaping.quiet import Traffic

OWN_SLICE = "own"
_MOST_VERSIONS = 8
_MOST_FACTS = 2
_numbers = itertools.count(1)


@dataclass(frozen=True)
class OwnField:
    """A field in use: its code, its plan and what the panel shows."""

    code: str
    plan: FieldPlan
    field: Field


@dataclass
class Shaper:
    """One application's shapes; `traffic` lets classes change only between requests."""

    traffic: Traffic = field(default_factory=Traffic)
    memory: Remembered[Shapes] = field(default_factory=lambda: Remembered(_MOST_VERSIONS))
    lock: threading.Lock = field(default_factory=threading.Lock)
    latest: tuple[Any, Shapes] = ((), Shapes())


def shaper() -> Shaper:
    """Return the running application's shaper."""
    found: Shaper = current_app.extensions["kebu_shaper"]
    return found


def install_shaper(app: Flask) -> None:
    """Count the requests of `app`, so that classes are changed between them."""
    app.extensions["kebu_shaper"] = Shaper()

    def enter() -> None:
        shaper().traffic.enter()
        g.kebu_counted = True

    def leave(_error: BaseException | None) -> None:
        if g.pop("kebu_counted", False):
            shaper().traffic.leave()

    app.before_request(enter)
    app.teardown_request(leave)


def load_shapes() -> Shapes:
    """Return what managers have made, as of the present access version; two statements when it is not known yet."""
    own = shaper()
    key = (0, present_version())
    known = own.memory.get(key)
    if known is None:
        known = _put_together(own, read_definitions())
        own.memory.keep(key, known)
    return known


def _put_together(own: Shaper, definitions: Definitions) -> Shapes:
    map_definitions(own, definitions)
    rows = [*definitions.types, *definitions.fields]
    stamp = tuple((row.id, row.row_version, row.state) for row in rows)
    with own.lock:
        if own.latest[0] != stamp:
            own.latest = (stamp, _shapes(definitions))
        return own.latest[1]


def map_definitions(own: Shaper, definitions: Definitions) -> None:
    """Let the classes of this process know every field in use; waits for a quiet moment if any is new to it."""
    wanted = [
        (model, row.code, plan, definitions.model_of(plan.settings.to) if plan.settings.to else None)
        for row in definitions.fields
        if row.state is State.ACTIVE and (model := definitions.model_of(row.screen)) is not None
        for plan in [plan_of(row)]
        if not is_field_mapped(model, row.code, plan)
    ]
    if not wanted and all(is_type_mapped(row.code) for row in definitions.types):
        return
    counted = has_request_context() and bool(g.get("kebu_counted"))
    with own.traffic.quiet(within_a_request=counted):
        for row in definitions.types:
            type_class(row.code)
        for model, code, plan, target in wanted:
            map_field(model, code, plan, target)
        settle()


def _shapes(definitions: Definitions) -> Shapes:
    active = [row for row in definitions.types if row.state is State.ACTIVE]
    declared = {screen.name: screen for screen in declared_screens()}
    extensions = {
        name: _extension(_own_fields(definitions, name))
        for name, screen in declared.items()
        if screen.extensible and definitions.of(name, State.ACTIVE)
    }
    screens = tuple(
        _screen(row, number, _own_fields(definitions, row.screen_name)) for number, row in enumerate(active)
    )
    every = {**declared, **{screen.name: screen for screen in screens}}
    panels = tuple(_panels(definitions, every))
    capability = Capability(
        OWN_SLICE, _l("Records of our own"), icon="boxes", order=500, screens=screens, panels=panels
    )
    return Shapes(next(_numbers), extensions, (capability,) if screens or panels else ())


def _own_fields(definitions: Definitions, screen_name: str) -> list[OwnField]:
    found = []
    for row in definitions.of(screen_name, State.ACTIVE):
        plan = plan_of(row)
        found.append(OwnField(row.code, plan, field_of(row.name, plan)))
    return found


def _extension(own: Iterable[OwnField]) -> Extension:
    own = list(own)
    groups: dict[OwnWords, list[Field]] = {}
    for each in own:
        groups.setdefault(each.plan.group, []).append(each.field)
    return Extension(
        groups=tuple(
            Group(words or _l("Further details"), tuple(entries)) for words, entries in groups.items()
        ),
        columns=tuple(each.field.name for each in own if each.plan.in_list),
        filters=tuple(each.field.name for each in own if each.plan.filterable),
        sorts=tuple(each.field.name for each in own if each.plan.sortable),
        search=tuple(Search(each.field.name, prepare=clean_line) for each in own if each.plan.searchable),
    )


def _screen(row: ShapingType, number: int, own: list[OwnField]) -> Screen:
    """Return the screen of an own record type."""
    name = Text("name", row.title or _l("Name"), required=True, max_length=LONGEST_LINE)
    base = Screen(
        OWN_SLICE,
        row.noun,
        type_class(row.code),
        row.label,
        row.plural,
        (Group(row.label, (name,)),),
        ("name",),
        icon=row.icon,
        sorts=("name",),
        search=(Search("name", prepare=clean_line),),
        search_hint=_l("Beginning of the name"),
        extensible=True,
        order=number,
    )
    extended = base.extended(_extension(own)) if own else base
    stamps = Group(_l("Record"), (Moment("created_at", _l("Recorded"), read_only=True),))
    return _with_facts(extended, stamps, own)


def _with_facts(screen: Screen, stamps: Group, own: list[OwnField]) -> Screen:
    shown = [each for each in own if each.plan.in_list and each.plan.kind is not Kind.LONG_TEXT]
    extension = Extension((stamps,), columns=() if len(shown) > 4 else ("created_at",))
    facts = tuple(each.field.name for each in shown[:_MOST_FACTS])
    return screen.extended(extension, facts=facts)


def _panels(definitions: Definitions, screens: dict[str, Screen]) -> Iterable[RelatedPanel]:
    """Yield a tab on the linked record's page for every link in use."""
    for row in definitions.fields:
        if row.kind is not Kind.LINK or row.state is not State.ACTIVE or row.screen not in screens:
            continue
        target = plan_of(row).settings.to
        if target in screens:
            several = sum(
                1
                for other in definitions.of(row.screen, State.ACTIVE)
                if other.kind is Kind.LINK and plan_of(other).settings.to == target
            )
            plural = screens[row.screen].plural
            label = Titled(plural, row.label) if several > 1 else plural
            yield RelatedPanel(target, label, screen=row.screen, via=row.name, order=500 + row.position)


@dataclass(frozen=True)
class Titled:
    """Two texts as one title, in the reader's language: “Courses · Teacher”."""

    first: Any
    second: Any

    def __str__(self) -> str:
        return f"{self.first} · {self.second}"
