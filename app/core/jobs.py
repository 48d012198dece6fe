"""Jobs: work that outlives a request; slices declare kinds, the operations slice keeps the rows and runs them."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from flask import current_app
from flask_babel import lazy_gettext as _l

from app.core.errors import KebuError, ProgrammingError
from app.core.keys import encode_token

JOBS = "/operations/job/"


class JobCancelled(KebuError):
    """Somebody asked the job to stop; raised at a point where stopping leaves nothing half done."""

    status = 409
    code = "job-cancelled"
    message = _l("The job was cancelled.")


class LeaseLost(KebuError):
    """Another worker has taken the job over; whatever this one still wants to write is void."""

    status = 409
    code = "lease-lost"
    message = _l("Another worker has taken this job over.")


class RunningJob(Protocol):
    """What a job's function is given.

    `arguments` are what it was asked for; `state` is what `keep` saved last, empty on the first try: after a
    kill the function is called again and goes on from there, so every chunk is written together with its state.
    """

    id: uuid.UUID
    arguments: Mapping[str, Any]
    state: Mapping[str, Any]

    def check(self) -> None:
        """Raise `JobCancelled` or `LeaseLost` when the work should end; called between chunks.

        What was remembered of rights and the shop is looked up anew after it, and the person must still be
        allowed to do this.
        """

    def keep(self, state: Mapping[str, Any], done: int, total: int) -> None:
        """Save the resume point and progress within the open transaction; `LeaseLost` when the job is another's.

        Called last in the transaction: from then on the job's row is locked. A `total` of 0 is not known yet.
        """

    def finish(self, result: Mapping[str, Any]) -> None:
        """Save what came out and end the job within the open transaction; nothing can be kept after it."""


@dataclass(frozen=True)
class JobKind:
    """A kind of job: its name (`panel:import`), what people call it, the right to start it, and its function.

    `permission` may be a function of the arguments, for work that each kind of record has a right of its own to;
    an empty one leaves the job to the program alone. The function runs with the rights and in the language
    of whoever asked; it may return without `finish` when there is nothing to tell.
    `address(job_id, result)` leads from the job's page to what it made, '' for nowhere; `summary(result)` says it
    in a sentence.
    """

    name: str
    label: Any
    permission: str | Callable[[Mapping[str, Any]], str]
    run: Callable[[RunningJob], None]
    address: Callable[[uuid.UUID, Mapping[str, Any]], str] = lambda _job, _result: ""
    summary: Callable[[Mapping[str, Any]], str] = lambda _result: ""

    def permission_for(self, arguments: Mapping[str, Any]) -> str:
        """Return the right that a person needs for such a job with these arguments."""
        return self.permission if isinstance(self.permission, str) else self.permission(arguments)


@dataclass(frozen=True)
class RecurringJob:
    """Work that the program starts by itself once in every period, however many workers there are.

    Periods are counted from the beginning of 1970 in UTC; what was missed while no worker ran is not made up for.
    """

    kind: str
    every: datetime.timedelta

    def slot(self, moment: datetime.datetime) -> datetime.datetime:
        """Return the beginning of the period that an aware `moment` lies in."""
        start = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
        return moment - (moment - start) % self.every


class Hold(Protocol):
    """The sole right to an errand, under a lease that ends when its worker falls silent.

    `epoch` is higher for each worker that takes it, so what one of a lower epoch left half done is nobody's.
    """

    @property
    def epoch(self) -> int:
        """The hold's number, higher than that of any hold before."""

    def renew(self) -> None:
        """Prolong the right within the open transaction; raise `LeaseLost` when it is another worker's by now."""

    def stopping(self) -> bool:
        """Say whether the worker has been told to end."""


@dataclass(frozen=True)
class Errand:
    """Small work that workers look for every second, one of them at a time, with no row for each look.

    `is_due()` reads whether there is anything to do; `run(hold)` does it, and opens transactions of its own.
    """

    name: str
    is_due: Callable[[], bool]
    run: Callable[[Hold], None]


Enqueue = Callable[[str, Mapping[str, Any], str | None], uuid.UUID]


def enqueue(kind: str, arguments: Mapping[str, Any], *, key: str | None = None) -> uuid.UUID:
    """Ask for a job of `kind` and return its key; it begins once the open transaction is committed.

    Without an open transaction it makes one. The same person asking for the same kind with the same `key` gets
    the same job, whatever has become of it. Raises `Forbidden` without the kind's permission. `arguments` are
    plain JSON.
    """
    provider: Enqueue | None = current_app.extensions["kebu"].enqueue
    if provider is None:
        raise ProgrammingError("no slice keeps jobs in this application")
    return provider(kind, arguments, key)


def job_address(job_id: uuid.UUID) -> str:
    """Return the address of a job's page."""
    return JOBS + encode_token([job_id])
