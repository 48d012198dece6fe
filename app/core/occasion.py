"""Occasions: on whose behalf, why and as part of which batch records are being changed."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Occasion:
    """What the audit log says besides the change itself.

    `actor_id` is the account on whose behalf the program works outside that person's own request (a job);
    None leaves it to the signed-in person. `batch_id` ties the changes of one import or bulk edit together,
    `undoes_id` names the batch or entry that is being taken back. `session_id`, `address` and `branch_id` say
    where it came from; left empty they are those of the request at hand (`Kernel.whereabouts`).
    """

    actor_id: int | None = None
    reason: str = ""
    batch_id: uuid.UUID | None = None
    undoes_id: uuid.UUID | None = None
    session_id: str = ""
    address: str = ""
    branch_id: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where the present request comes from: a digest of its session, the remote address, the person's branch."""

    session_id: str = ""
    address: str = ""
    branch_id: uuid.UUID | None = None


_present: ContextVar[Occasion] = ContextVar("occasion", default=Occasion())  # noqa: B039 - frozen


def present_occasion() -> Occasion:
    """Return the occasion at hand; an empty one for an ordinary save."""
    return _present.get()


@contextmanager
def on_occasion(**changes: Any) -> Iterator[Occasion]:
    """Let the block happen on the present occasion with `changes` (`reason`, `batch_id` …)."""
    token = _present.set(replace(_present.get(), **changes))
    try:
        yield _present.get()
    finally:
        _present.reset(token)
