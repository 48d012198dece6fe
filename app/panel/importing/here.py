"""A job that is no job: the work is done at once, in a request or on the command line."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.core.keys import uuid7


@dataclass
class HereAndNow:
    """A job that is no job: the work is done at once, in a request or on the command line."""

    id: uuid.UUID
    arguments: Mapping[str, Any]
    state: Mapping[str, Any]
    told: Callable[[int, int], None] = lambda _done, _total: None

    @classmethod
    def of(cls, key: uuid.UUID, step: str, told: Callable[[int, int], None] | None = None) -> HereAndNow:
        """Return the running of one step of an import."""
        return cls(uuid7(), {"import": str(key), "step": step}, {}, told or (lambda _done, _total: None))

    def check(self) -> None:
        """Nobody can stop this but by the import's own row."""

    def keep(self, state: Mapping[str, Any], done: int, total: int) -> None:
        """Tell how far it is."""
        self.state = state
        self.told(done, total)

    def finish(self, result: Mapping[str, Any]) -> None:
        """Nobody waits for a result: the import's row holds it."""
