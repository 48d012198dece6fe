"""Leases: what one worker at a time may do, taken and renewed by conditional statements that meet one row or none."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from app.core.database import db
from app.core.jobs import LeaseLost
from app.core.transaction import transaction
from app.operations.clock import database_now
from app.operations.models import Lease
from app.operations.services import changed_rows


@dataclass(frozen=True, slots=True)
class HeldLease:
    """A lease that a worker held when it last looked; every use of it asks whether it still does."""

    name: str
    holder: str
    epoch: int

    def renew(self, seconds: float) -> None:
        """Prolong the lease inside the open transaction; raise `LeaseLost` when it is another's by now."""
        statement = (
            update(Lease)
            .where(Lease.name == self.name, Lease.holder == self.holder, Lease.epoch == self.epoch)
            .values(expires_at=database_now(seconds))
        )
        if changed_rows(statement) != 1:
            raise LeaseLost()

    def give_back(self) -> None:
        """Let the lease end now, so that the next worker need not wait for it."""
        with transaction():
            self.renew(0)


def take_lease(name: str, holder: str, seconds: float) -> HeldLease | None:
    """Take a lease that nobody has, with a higher epoch than ever before; None when somebody has it."""
    try:
        with transaction():
            epoch = db.session.scalar(select(Lease.epoch).where(Lease.name == name).limit(1))
            if epoch is None:
                row = {"name": name, "holder": holder, "epoch": 1, "expires_at": database_now(seconds)}
                db.session.execute(insert(Lease).values(row))
                return HeldLease(name, holder, 1)
            statement = (
                update(Lease)
                .where(Lease.name == name, Lease.epoch == epoch, Lease.expires_at <= database_now())
                .values(holder=holder, epoch=epoch + 1, expires_at=database_now(seconds))
            )
            return HeldLease(name, holder, epoch + 1) if changed_rows(statement) == 1 else None
    except IntegrityError:
        # Another worker made the row a moment before.
        return None


def is_held(name: str) -> bool:
    """Say whether somebody holds this lease now."""
    query = select(Lease.epoch).where(Lease.name == name, Lease.expires_at > database_now()).limit(1)
    return db.session.scalar(query) is not None
