"""The roles page as a table: screens down, verbs across, and the remaining rights as sentences."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

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
    """One right: ticked when held, fixed when the acting person can't hand it out."""

    name: str
    label: str
    held: bool
    fixed: bool


@dataclass(frozen=True, slots=True)
class ScreenRow:
    """A screen's rights by verb; None where the screen has no such verb."""

    label: str
    boxes: tuple[Box | None, ...]


@dataclass(frozen=True, slots=True)
class MatrixGroup:
    """A capability: its screens and its other rights."""

    label: str
    rows: tuple[ScreenRow, ...]
    others: tuple[Box, ...]


def verb_labels() -> list[str]:
    """Return the heads of the columns."""
    return [str(VERBS[verb]) for verb in RECORD_VERBS]


def matrix(held: Collection[str], grantable: Collection[str]) -> list[MatrixGroup]:
    """Return the rights that the shop's profile offers; those outside `grantable` are fixed."""
    return [
        group
        for group in (_group(each, held, grantable) for each in kernel().enabled)
        if group.rows or group.others
    ]


def offered_names() -> set[str]:
    """Return the permission names that the shop's profile offers."""
    names = {name for screen in kernel().screens.values() for name in screen.permissions}
    return names | {permission.name for each in kernel().enabled for permission in each.permissions}


def _group(capability: Capability, held: Collection[str], grantable: Collection[str]) -> MatrixGroup:
    labels = {permission.name: str(permission.label) for permission in capability.permissions}

    def box(name: str, label: str) -> Box:
        return Box(name, label, name in held, name not in grantable)

    rows = tuple(_row(screen, box) for screen in capability.screens)
    in_rows = {found.name for row in rows for found in row.boxes if found is not None}
    rest = [name for screen in capability.screens for name in screen.permissions if name not in in_rows]
    others = dict.fromkeys((*labels, *rest))
    return MatrixGroup(
        str(capability.label),
        rows,
        tuple(box(name, labels.get(name, name)) for name in others if name not in in_rows),
    )


def _row(screen: Screen, box: Any) -> ScreenRow:
    plural = str(screen.plural)
    boxes = tuple(
        box(screen.permission(verb), f"{plural}: {VERBS[verb]}") if verb in screen.verbs else None
        for verb in RECORD_VERBS
    )
    return ScreenRow(plural, boxes)
