"""Comparing: where two roles differ, right by right and field by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask_appbuilder.security.sqla.models import Role

from app.access.authority import role_names
from app.access.matrix import matrix
from app.access.rules import sights_of
from app.core.kernel import kernel


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing in which two roles differ, and what each of them has."""

    label: str
    one: str
    other: str


@dataclass(frozen=True, slots=True)
class DifferenceGroup:
    """The differences of one capability or of one kind of record."""

    label: str
    differences: tuple[Difference, ...]


def differing_rights(one: Role, other: Role, yes: str, no: str) -> list[DifferenceGroup]:
    """Return the rights that just one of two roles grants, by capability; `yes` and `no` say which has it."""
    ours, theirs = role_names(one), role_names(other)
    found = []
    for group in matrix((), ()):
        lines = tuple(
            Difference(box.label, yes if box.name in ours else no, yes if box.name in theirs else no)
            for box in group.boxes
            if (box.name in ours) != (box.name in theirs)
        )
        if lines:
            found.append(DifferenceGroup(group.label, lines))
    return found


def differing_sights(one: Role, other: Role) -> list[DifferenceGroup]:
    """Return the fields of which two roles see differently much, by kind of record."""
    found = []
    for screen in kernel().screens.values():
        ours, theirs = _words(one, screen.name), _words(other, screen.name)
        lines = tuple(
            Difference(str(field.label), ours[field.name], theirs[field.name])
            for field in screen.fields.values()
            if ours[field.name] != theirs[field.name]
        )
        if lines:
            found.append(DifferenceGroup(str(screen.plural), lines))
    return found


def _words(role: Role, screen: str) -> Mapping[str, str]:
    return {name: str(sight.label) for name, sight in sights_of(role.id, screen).items()}
