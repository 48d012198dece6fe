"""Memory: answers that stay true until the access version grows."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

from app.core.database import writing

T = TypeVar("T")


class Remembered(Generic[T]):
    """A bounded, thread-safe memory of answers by (number, access version); the longest unused goes first."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._answers: OrderedDict[tuple[int, int], T] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[int, int]) -> T | None:
        """Return the answer remembered for `key`, if any."""
        with self._lock:
            if key not in self._answers:
                return None
            self._answers.move_to_end(key)
            return self._answers[key]

    def keep(self, key: tuple[int, int], answer: T) -> None:
        """Remember `answer`, unless it was read inside an open write transaction that may yet be undone."""
        if writing.get():
            return
        with self._lock:
            self._answers[key] = answer
            self._answers.move_to_end(key)
            while len(self._answers) > self._size:
                self._answers.popitem(last=False)

    def __len__(self) -> int:
        with self._lock:
            return len(self._answers)
