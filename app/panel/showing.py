"""Conditional fields: which ones show, given what stands in the others; what does not show is left alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.core import fields
from app.core.declaration import Screen


def hidden_names(screen: Screen, raw: Callable[[fields.Field], Sequence[str]]) -> set[str]:
    """Return the names of the fields that don't show; `raw(field)` says what stands in another one.

    A field whose condition hangs on a field that does not show itself does not show either.
    """
    conditional = {name: entry for name, entry in screen.fields.items() if entry.visible_when}
    hidden: set[str] = set()
    # Each round may hide what hangs on the last one's; a chain is no longer than there are fields.
    for _round in conditional:
        before = len(hidden)
        for name, entry in conditional.items():
            other = screen.fields.get(entry.visible_when[0]) if entry.visible_when else None
            if other is not None and (other.name in hidden or not _admits(entry, other, raw(other))):
                hidden.add(name)
        if len(hidden) == before:
            break
    return hidden


def _admits(entry: fields.Field, other: fields.Field, raw: Sequence[str]) -> bool:
    assert entry.visible_when, "only asked of fields with a condition"
    # A box that is not ticked sends nothing.
    present = set(raw) or ({"0"} if isinstance(other, fields.YesNo) and not _may_be_empty(other) else set())
    return bool(present & set(entry.visible_when[1]))


def _may_be_empty(other: fields.Field) -> bool:
    return isinstance(other, fields.Answer)
