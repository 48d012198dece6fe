"""What happens in people that slices above may have to answer."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.events import Event


@dataclass(frozen=True)
class AllCustomersLeaving(Event):
    """Every customer is about to be removed: whoever keeps rows that point to customers removes them now."""
