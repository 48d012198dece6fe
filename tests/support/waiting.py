"""Waiting in tests: for a condition, as long as it takes and no longer than a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(condition: Callable[[], T], seconds: float = 60) -> T:
    """Ask until the answer is true and return it; fail after `seconds`, which a test never needs."""
    until = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < until, f"{condition} did not come true within {seconds} s"
        time.sleep(0.02)
    return answer
