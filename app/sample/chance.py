"""Chance that can be repeated, drawn a whole column at a time: a large sample takes millions of draws."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from random import Random
from typing import TypeVar

T = TypeVar("T")


class Chance(Random):
    """One stream of chance: the same seed and the same questions in the same order give the same answers."""

    def flags(self, share: float, count: int) -> list[bool]:
        """Return `count` answers, of which about `share` (0 to 1) are yes."""
        random = self.random
        return [random() < share for _ in range(count)]

    def wholes(self, low: int, high: int, count: int) -> list[int]:
        """Return `count` whole numbers from `low` to `high`, both included."""
        random, span = self.random, high - low + 1
        return [low + int(random() * span) for _ in range(count)]

    def some(self, share: float, values: Iterable[T]) -> list[T | None]:
        """Return the values, about `share` (0 to 1) of them; the others are left empty."""
        random = self.random
        return [value if random() < share else None for value in values]

    def rarely(self, share: float, texts: Sequence[T], count: int) -> list[T | None]:
        """Return `count` values, about `share` (0 to 1) of them one of `texts` and the others empty."""
        random, size = self.random, len(texts)
        return [texts[int(random() * size)] if random() < share else None for _ in range(count)]
