"""What Kebu promises about its speed, as ratios between two cells of one interleaved run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Cell = tuple[str, str]


@dataclass(frozen=True)
class Target:
    """A ratio of two medians with a limit; a cell is (panel, page)."""

    promise: str
    above: Cell
    below: Cell
    sense: Literal["at least", "at most"]
    limit: float

    def is_met(self, ratio: float) -> bool:
        """Tell whether the measured ratio keeps the promise."""
        return ratio >= self.limit if self.sense == "at least" else ratio <= self.limit


TARGETS = (
    Target("List faster than Django admin", ("django", "list"), ("kebu", "list"), "at least", 3.0),
    Target("List against a bare view", ("kebu", "list"), ("bare", "list"), "at most", 4.0),
    Target("Page 20,000 against page 1", ("kebu", "list_20000"), ("kebu", "list"), "at most", 1.5),
    Target("Picker against a bare view", ("kebu", "picker"), ("bare", "picker"), "at most", 1.5),
)
