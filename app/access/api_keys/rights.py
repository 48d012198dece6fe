"""The rights that can be put on a key, as boxes to tick."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from app.access.grants import granted_names
from app.core.kernel import kernel

# What the API can do with records; nothing else is worth putting on a key.
SCOPE_VERBS = {
    "list": _l("See the list"),
    "show": _l("Open"),
    "add": _l("Add"),
    "edit": _l("Change"),
    "delete": _l("Delete"),
    "export": _l("Export"),
}


@dataclass(frozen=True, slots=True)
class ScopeRow:
    """A kind of record on the page: what it is called, and a box for each verb (name, label, ticked) or None."""

    label: str
    boxes: tuple[tuple[str, str, bool] | None, ...]


def offered_scopes() -> frozenset[str]:
    """Return the names that can be put on a key in this shop."""
    return frozenset(
        screen.permission(verb)
        for screen in kernel().screens.values()
        for verb in screen.verbs
        if verb in SCOPE_VERBS
    )


def scope_rows(ticked: frozenset[str]) -> list[ScopeRow]:
    """Return the boxes that the present person may tick: what he may do himself, kind by kind."""
    held = granted_names()
    rows = []
    for screen in kernel().screens.values():
        boxes = []
        for verb, label in SCOPE_VERBS.items():
            name = screen.permission(verb)
            shown = verb in screen.verbs and name in held
            boxes.append((name, f"{screen.plural}: {label}", name in ticked) if shown else None)
        if any(boxes):
            rows.append(ScopeRow(str(screen.plural), tuple(boxes)))
    return rows
