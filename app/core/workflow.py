"""Workflows: the states of a record as a table of transitions; no state changes by any other way."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.core.errors import ProgrammingError, TransitionRefused


@dataclass(frozen=True)
class Transition:
    """A step `name` from any of `sources` to `target`; `label` is the button, `tone` its weight on the page."""

    name: str
    sources: tuple[enum.Enum, ...]
    target: enum.Enum
    label: Any
    tone: str = "secondary"


@dataclass(frozen=True)
class Workflow:
    """The transitions of one state attribute, in the order in which a page offers them."""

    attribute: str
    transitions: tuple[Transition, ...]

    def __post_init__(self) -> None:
        names = [transition.name for transition in self.transitions]
        if len(set(names)) != len(names):
            raise ProgrammingError("two transitions share a name")

    def transition(self, name: str) -> Transition:
        """Return the transition called `name`; raise `TransitionRefused` if there is none."""
        for transition in self.transitions:
            if transition.name == name:
                return transition
        raise TransitionRefused()

    def possible(self, record: Any) -> Sequence[Transition]:
        """Return the steps open to `record` now."""
        state = getattr(record, self.attribute)
        return [transition for transition in self.transitions if state in transition.sources]

    def apply(self, record: Any, name: str) -> None:
        """Take the step `name` or raise `TransitionRefused`; the row version guards against two at once."""
        transition = self.transition(name)
        if getattr(record, self.attribute) not in transition.sources:
            raise TransitionRefused()
        setattr(record, self.attribute, transition.target)
