"""Timekeeping: one worker opens the periods of recurring work, and each period is opened once."""

from __future__ import annotations

import datetime
import logging

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from app.core.database import db
from app.core.jobs import LeaseLost, RecurringJob
from app.core.kernel import kernel
from app.core.transaction import transaction
from app.operations.clock import read_database_clock
from app.operations.leases import HeldLease, is_held, take_lease
from app.operations.models import Slot
from app.operations.services import put_job

TIMEKEEPER = "timekeeper"
log = logging.getLogger("kebu.jobs")


class Timekeeper:
    """The worker's part in keeping time: nothing while another worker has the lease."""

    def __init__(self, holder: str, lease_seconds: float) -> None:
        """Prepare to keep time under the name of this worker."""
        self.holder = holder
        self.lease_seconds = lease_seconds
        self._lease: HeldLease | None = None
        self._opened: dict[str, datetime.datetime] = {}

    def tick(self) -> None:
        """Renew or take the lease and open what is due; called several times in the life of a lease."""
        if self._lease is None:
            self._lease = take_lease(TIMEKEEPER, self.holder, self.lease_seconds)
        if self._lease is None:
            return
        try:
            with transaction():
                self._lease.renew(self.lease_seconds)
            self._open_slots(self._lease)
        except LeaseLost:
            self._lease = None

    def leave(self) -> None:
        """Give the lease back, so that another worker keeps time at once."""
        lease, self._lease = self._lease, None
        if lease is not None:
            try:
                lease.give_back()
            except LeaseLost:
                log.info("another worker keeps time already")

    def _open_slots(self, lease: HeldLease) -> None:
        now = read_database_clock()
        for work in kernel().recurring:
            slot = work.slot(now)
            if self._opened.get(work.kind) != slot:
                self._open(lease, work, slot)
                self._opened[work.kind] = slot

    def _open(self, lease: HeldLease, work: RecurringJob, slot: datetime.datetime) -> None:
        known = select(Slot.id).where(Slot.name == work.kind, Slot.slot == slot).limit(1)
        if db.session.scalar(known) is not None:
            return
        try:
            with transaction():
                lease.renew(self.lease_seconds)
                job_id = put_job(work.kind, {}, None)
                db.session.execute(insert(Slot).values(name=work.kind, slot=slot, job_id=job_id))
        except IntegrityError:
            log.info("the period of %s has been opened by another worker", work.kind)


def a_worker_lives() -> bool:
    """Say whether some worker has been heard of within the life of a lease."""
    return is_held(TIMEKEEPER)
