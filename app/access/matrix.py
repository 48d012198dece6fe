"""The roles page as a table: screens down, verbs across, and the remaining rights as sentences."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.capability import Capability
from app.core.declaration import Screen
from app.core.kernel import kernel
from app.core.permissions import RECORD_VERBS

VERBS: dict[str, Any] = {
    "list": _l("See the list"),
    "show": _l("Open"),
    "add": _l("Add"),
    "edit": _l("Change"),
    "delete": _l("Delete"),
    "purge": _l("Delete for good"),
    "export": _l("Export"),
    "history": _l("See the history"),
    "import": _l("Import"),
}


@dataclass(frozen=True, slots=True)
class Box:
    """One right: ticked when wanted, `held` as saved, fixed when the acting person can't hand it out."""

    name: str
    label: str
    ticked: bool
    held: bool
    fixed: bool
    head: str = ""

    @property
    def is_changed(self) -> bool:
        """Whether saving would change it."""
        return self.ticked != self.held


@dataclass(frozen=True, slots=True)
class ScreenRow:
    """A screen's rights by verb; None where the screen has no such verb."""

    name: str
    label: str
    boxes: tuple[Box | None, ...]


@dataclass(frozen=True, slots=True)
class MatrixGroup:
    """A capability: its screens and its other rights."""

    name: str
    label: str
    rows: tuple[ScreenRow, ...]
    others: tuple[Box, ...]

    @property
    def boxes(self) -> Iterator[Box]:
        """Every box of the group."""
        for row in self.rows:
            yield from (box for box in row.boxes if box is not None)
        yield from self.others


def verb_labels() -> list[tuple[str, str]]:
    """Return the verbs and the heads of their columns."""
    return [(verb, str(VERBS[verb])) for verb in RECORD_VERBS]


def matrix(
    ticked: Collection[str], grantable: Collection[str], held: Collection[str] | None = None
) -> list[MatrixGroup]:
    """Return the rights that the shop's profile offers; those outside `grantable` are fixed.

    `held` is what is saved, by default what is ticked.
    """
    saved = ticked if held is None else held
    return [
        group
        for group in (_group(each, ticked, saved, grantable) for each in kernel().enabled)
        if group.rows or group.others
    ]


def offered_names() -> set[str]:
    """Return the permission names that the shop's profile offers."""
    names = {name for screen in kernel().screens.values() for name in screen.permissions}
    return names | {permission.name for each in kernel().enabled for permission in each.permissions}


def with_all(ticked: frozenset[str], which: str, grantable: Collection[str]) -> frozenset[str]:
    """Return `ticked` after a press on "all" of a `screen:…`, a `verb:…` or a `group:…`: all are on, or else off."""
    kind, _colon, name = which.partition(":")
    chosen: set[str] = set()
    for group in matrix(ticked, grantable):
        if kind == "group" and group.name == name:
            chosen |= {box.name for box in group.boxes}
        for row in group.rows:
            if kind == "screen" and row.name == name:
                chosen |= {box.name for box in row.boxes if box is not None}
            if kind == "verb":
                chosen |= {box.name for box in row.boxes if box is not None and box.name.endswith(f":{name}")}
    chosen &= set(grantable)
    return ticked - chosen if chosen <= ticked else ticked | chosen


def deed(name: str) -> str:
    """Return what a permission lets somebody do, to stand within a sentence: "delete customers"."""
    screen_name, _colon, verb = name.rpartition(":")
    screen = kernel().screens.get(screen_name)
    if screen is None or verb not in VERBS:
        return _label_of(name)
    what = _within_a_sentence(str(screen.plural))
    texts = {
        "list": _("see the list of %(what)s", what=what),
        "show": _("open %(what)s", what=what),
        "add": _("add %(what)s", what=what),
        "edit": _("change %(what)s", what=what),
        "delete": _("delete %(what)s", what=what),
        "purge": _("delete %(what)s for good", what=what),
        "export": _("export %(what)s", what=what),
        "history": _("see the history of %(what)s", what=what),
        "import": _("import %(what)s", what=what),
    }
    return texts[verb]


def in_order(names: Collection[str]) -> list[str]:
    """Return permission names in the order of the table; those it doesn't show come last."""
    shown = [box.name for group in matrix((), ()) for box in group.boxes]
    return [name for name in shown if name in names] + sorted(set(names) - set(shown))


def _label_of(name: str) -> str:
    for capability in kernel().enabled:
        for permission in capability.permissions:
            if permission.name == name:
                return _within_a_sentence(str(permission.label))
    return name


def _within_a_sentence(label: str) -> str:
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def _group(
    capability: Capability, ticked: Collection[str], held: Collection[str], grantable: Collection[str]
) -> MatrixGroup:
    labels = {permission.name: str(permission.label) for permission in capability.permissions}

    def box(name: str, label: str, head: str = "") -> Box:
        return Box(name, label, name in ticked, name in held, name not in grantable, head)

    rows = tuple(_row(screen, box) for screen in capability.screens)
    in_rows = {found.name for row in rows for found in row.boxes if found is not None}
    rest = [name for screen in capability.screens for name in screen.permissions if name not in in_rows]
    others = dict.fromkeys((*labels, *rest))
    return MatrixGroup(
        capability.name,
        str(capability.label),
        rows,
        tuple(box(name, labels.get(name, name)) for name in others if name not in in_rows),
    )


def _row(screen: Screen, box: Any) -> ScreenRow:
    plural = str(screen.plural)
    boxes = tuple(
        box(screen.permission(verb), f"{plural}: {VERBS[verb]}", str(VERBS[verb]))
        if verb in screen.verbs
        else None
        for verb in RECORD_VERBS
    )
    return ScreenRow(screen.name, plural, boxes)
