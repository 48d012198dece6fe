"""Happenings: what a slice tells the journal that is no change of a record, such as a sign-in or an export."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_NAME = re.compile(r"[a-z][a-z0-9_]*:[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True)
class HappeningKind:
    """One kind of happening: its name `slice:what`, in words, and the tone in which it is shown.

    `facts` are what may be told along with it, each by the name that it is stored under and what people call it.
    `words` are what people call the words that facts hold; one that is not among them is shown as it is.
    """

    name: str
    label: object
    tone: str = "neutral"
    facts: Mapping[str, object] = field(default_factory=dict)
    words: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"a happening is named slice:what, not {self.name!r}")
