"""A quiet moment: what all threads of a process share is changed while none of them is in the middle of a request."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

# An export may stream for minutes; nobody waits for it longer than this.
PATIENCE_SECONDS = 2.0


class Traffic:
    """Counts the requests under way and holds new ones back for the length of a change."""

    def __init__(self, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self._condition = threading.Condition()
        self._patience = patience_seconds
        self._under_way = 0
        self._changing = False

    def enter(self) -> None:
        """Begin a request, after a change that is going on."""
        with self._condition:
            self._condition.wait_for(lambda: not self._changing)
            self._under_way += 1

    def leave(self) -> None:
        """End a request."""
        with self._condition:
            self._under_way -= 1
            self._condition.notify_all()

    @contextmanager
    def quiet(self, *, within_a_request: bool) -> Iterator[None]:
        """Run the block while no other request is under way, or after two seconds of waiting for them.

        `within_a_request` says that the caller is itself one of those counted.
        """
        own = 1 if within_a_request else 0
        with self._condition:
            self._under_way -= own
            self._condition.notify_all()
            self._condition.wait_for(lambda: not self._changing)
            self._changing = True
            give_up = time.monotonic() + self._patience
            while self._under_way and (left := give_up - time.monotonic()) > 0:
                self._condition.wait(left)
        try:
            yield
        finally:
            with self._condition:
                self._changing = False
                self._under_way += own
                self._condition.notify_all()
