"""Looking through: nobody serves hundreds of customers a day by reading lists; who sees that many is told of.

Each process counts by itself and forgets at a restart: a screen's first entry of a day comes a little late then, and
what is read costs nothing.
"""

from __future__ import annotations

import datetime
import threading
from collections.abc import Iterable

from flask import current_app

from app.core.declaration import Screen
from app.core.record import actor_id
from app.core.shop import today
from app.panel.telling import tell_looked_through

FIRST_TOLD_AT = 200
# Whoever has seen so many has been told of seven times; no more are kept apart for him that day.
MOST_KEPT = FIRST_TOLD_AT * 2**6
EXTENSION = "kebu_looking_through"
_ABOUT_CUSTOMERS = frozenset({"identity", "contact", "health", "financial"})


class LookingThrough:
    """How many different records of which screen each person has been shown today, by this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._day = datetime.date.min
        self._shown: dict[tuple[int | None, str], set[int]] = {}

    def count(self, day: datetime.date, actor: int | None, screen_name: str, tokens: Iterable[str]) -> int:
        """Add what was shown; return 200, 400, 800 … when that many different ones are reached by it, else 0."""
        with self._lock:
            if day != self._day:
                self._day, self._shown = day, {}
            shown = self._shown.setdefault((actor, screen_name), set())
            before = len(shown)
            if before >= MOST_KEPT:
                return 0
            shown.update(map(hash, tokens))
            return _reached(before, len(shown))


def _reached(before: int, after: int) -> int:
    reached, step = 0, FIRST_TOLD_AT
    while step <= after:
        reached = step if step > before else 0
        step *= 2
    return reached


def note_shown(screen: Screen, tokens: Iterable[str]) -> None:
    """Count what a list, a search or a picker shows, and tell of somebody who has seen very many people today.

    Called when the answer is complete: telling ends the transaction that it was read in.
    """
    if not any(entry.personal in _ABOUT_CUSTOMERS for entry in screen.fields.values()):
        return
    looking: LookingThrough = current_app.extensions[EXTENSION]
    if reached := looking.count(today(), actor_id(), screen.name, tokens):
        tell_looked_through(screen, reached)
