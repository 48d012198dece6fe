"""Tries: what a limit of tries is, and what whoever counts them has to do, wherever the counters stand."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

FORGOTTEN_AFTER = datetime.timedelta(hours=24)


@dataclass(frozen=True)
class Limit:
    """`free` tries cost nothing; from then on each makes the next wait, `first` seconds and twice as long each time."""

    name: str
    free: int
    first: int = 15
    longest: int = 15 * 60

    def wait(self, tries: int) -> int:
        """Return how many seconds have to pass after this many tries."""
        over = tries - self.free
        return 0 if over < 0 else min(self.longest, self.first * 2 ** min(over, 20))


class MustWait(Exception):
    """One of the limits does not allow a try now; `seconds` is how long it takes."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


Locked = Callable[[Limit, int], None]


class TryStore(Protocol):
    """Counters that all processes share, by keys that say nothing of what is counted."""

    def take(self, counted: Sequence[tuple[str, Limit]], locked: Locked) -> None:
        """Count a try for each key, all or none, and call `locked` for each that blocks now; raise `MustWait`."""

    def forgive(self, gone: Collection[str], less: Collection[str]) -> None:
        """Forget the counters of `gone`, and take one try back from those of `less`."""
