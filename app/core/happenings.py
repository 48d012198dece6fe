"""Happenings: what a slice tells the journal that is no change of a record, such as a sign-in or an export."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAME = re.compile(r"[a-z][a-z0-9_]*:[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class HappeningKind:
    """One kind of happening: its name `slice:what`, in words, and the tone in which it is shown."""

    name: str
    label: object
    tone: str = "neutral"

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"a happening is named slice:what, not {self.name!r}")
