"""What access tells the slices above it."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.events import Event


@dataclass(frozen=True)
class SampleClearing(Event):
    """The sample shop's records are about to go; answered by slices that keep something beside their tables."""
