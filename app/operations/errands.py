"""Errands: small work that one worker at a time does under a lease, taken only when there is something to do."""

from __future__ import annotations

import logging
import secrets
import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from flask_babel import force_locale
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from app.core.database import db
from app.core.jobs import Errand, LeaseLost
from app.core.remembering import remembering
from app.core.shop import shop
from app.core.transaction import transaction
from app.operations.leases import HeldLease, take_lease

log = logging.getLogger("kebu.jobs")


@dataclass(frozen=True, slots=True)
class HeldErrand:
    """An errand in the hands of this worker: what its function is given (`core.jobs.Hold`)."""

    lease: HeldLease
    seconds: float
    stopping: Callable[[], bool]

    @property
    def epoch(self) -> int:
        """The lease's epoch, higher for each worker that takes it."""
        return self.lease.epoch

    def renew(self) -> None:
        """Prolong the lease within the open transaction; raise `LeaseLost` when it is another worker's by now."""
        self.lease.renew(self.seconds)


class ErrandRunner:
    """One worker's part in one errand; `beat` comes from another thread than `look`, because work may take long."""

    def __init__(self, errand: Errand, holder: str, seconds: float, stopping: Callable[[], bool]) -> None:
        """Prepare to run `errand` under the name of this worker."""
        self.errand = errand
        self.holder = holder
        self.seconds = seconds
        self.stopping = stopping
        self._held: HeldLease | None = None
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """The errand's name, which is also its lease's."""
        return self.errand.name

    def look(self) -> None:
        """Do what is due, unless another worker is at it."""
        due = self.errand.is_due()
        db.session.rollback()
        lease = take_lease(self.name, self.holder, self.seconds) if due else None
        if lease is None:
            return
        self._hold(lease)
        try:
            with remembering(), force_locale(shop().language):
                self.errand.run(HeldErrand(lease, self.seconds, self.stopping))
        except LeaseLost:
            log.warning("another worker has taken over %s", self.name)
        except SQLAlchemyError:
            raise  # the worker rests before it asks the database again
        except Exception as error:  # noqa: BLE001 - a worker goes on, and what people are called stays out of the log
            _note_incident(self.name, error)
        finally:
            db.session.rollback()
            self._hold(None)
            self._give_back(lease)

    def beat(self) -> None:
        """Prolong the lease while work is under way."""
        with self._lock:
            lease = self._held
        if lease is None:
            return
        try:
            with transaction():
                lease.renew(self.seconds)
        except LeaseLost:
            log.info("%s is another worker's by now", self.name)
        except OperationalError as error:
            log.warning("no heartbeat for %s (%s)", self.name, type(error.orig).__name__)

    def _hold(self, lease: HeldLease | None) -> None:
        with self._lock:
            self._held = lease

    def _give_back(self, lease: HeldLease) -> None:
        try:
            lease.give_back()
        except LeaseLost:
            log.info("%s is another worker's by now", self.name)


def _note_incident(name: str, error: Exception) -> None:
    number = secrets.token_hex(4)
    places = "".join(traceback.format_tb(error.__traceback__))
    log.error("incident %s in %s: %s\n%s", number, name, type(error).__name__, places)
