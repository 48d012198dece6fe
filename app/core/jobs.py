"""Jobs: work that outlives a request; slices declare kinds, the operations slice keeps the rows and runs them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from app.core.errors import KebuError


class JobCancelled(KebuError):
    """Somebody asked the job to stop; raised at a point where stopping leaves nothing half done."""


class LeaseLost(KebuError):
    """Another worker has taken the job over; whatever this one still wants to write is void."""


class RunningJob(Protocol):
    """What a job's function is given.

    `arguments` are what it was asked for; `state` is what `keep` saved last, empty on the first try: after a
    kill the function is called again and goes on from there, so every chunk is written together with its state.
    """

    id: uuid.UUID
    arguments: Mapping[str, Any]
    state: Mapping[str, Any]

    def check(self) -> None:
        """Raise `JobCancelled` or `LeaseLost` when the work should end; called between chunks."""

    def keep(self, state: Mapping[str, Any], done: int, total: int) -> None:
        """Save the resume point and progress within the open transaction; `LeaseLost` when the job is another's."""

    def finish(self, result: Mapping[str, Any]) -> None:
        """Save what came out within the open transaction, for the job's page and whoever asked."""


@dataclass(frozen=True)
class JobKind:
    """A kind of job: its name (`panel:import`), what people call it, the right to start it, and its function.

    `address(job_id, result)` leads from the job's page to what it made, '' for nowhere.
    """

    name: str
    label: Any
    permission: str
    run: Callable[[RunningJob], None]
    address: Callable[[uuid.UUID, Mapping[str, Any]], str] = lambda _job, _result: ""
