"""What operations publishes; it knows nobody who answers."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.events import Event


@dataclass(frozen=True)
class CheckTurnedRed(Event):
    """The nightly check-up found something red that was not red the night before; `checks` are their names."""

    checks: tuple[str, ...]
