"""The verbs of people: steps of a contact, and the questions that forms and the home page ask."""

from __future__ import annotations

import datetime
import uuid
from typing import Any

from sqlalchemy import Select, func, select

from app.access.models import Person
from app.core.clock import local_to_utc
from app.core.database import db
from app.core.errors import Conflict
from app.core.locking import lock
from app.core.record import actor_id
from app.core.shop import shop
from app.core.transaction import command
from app.people.models import UNSETTLED, Contact, Customer
from app.people.workflows import CONTACT_WORKFLOW

CONTACT_STEP = "people:contact:step"
COUNT_CAP = 10_000


@command(CONTACT_STEP)
def take_contact_step(contact_id: uuid.UUID, step: str, row_version: int | None = None) -> Contact:
    """Take `step` (start, finish, drop, reopen) with a contact and return it.

    Raises `NotFound` without such a contact, `Conflict` when it no longer is the version that the person saw,
    `TransitionRefused` when its state does not allow the step.
    """
    contact = lock(Contact, [contact_id])[contact_id]
    if row_version is not None and contact.row_version != row_version:
        raise Conflict()
    CONTACT_WORKFLOW.apply(contact, step)
    return contact


def give_an_owner(values: dict[str, Any]) -> None:
    """Let whoever records a contact take care of it unless `values` name somebody: no task is nobody's."""
    recorder = actor_id()
    if values.get("owner") is None and recorder is not None:
        values["owner"] = db.session.get(Person, recorder)


def capped_count(rows: Select[uuid.UUID], cap: int = COUNT_CAP) -> tuple[int, bool]:
    """Return how many keys `rows` selects, at most `cap`, and whether there are more.

    Costs at most `cap` rows however large the table is.
    """
    found = db.session.scalar(select(func.count()).select_from(rows.limit(cap + 1).subquery())) or 0
    return min(found, cap), found > cap


def customers_in_use() -> Select[uuid.UUID]:
    """Return the SELECT of all customers that are not in the trash."""
    return select(Customer.id).where(Customer.deleted_at.is_(None))


def customers_since(day: datetime.date) -> Select[uuid.UUID]:
    """Return the SELECT of the customers who were added on `day` (in the shop's zone) or later."""
    moment = local_to_utc(datetime.datetime.combine(day, datetime.time()), shop().zone)
    return customers_in_use().where(Customer.created_at >= moment)


def contacts_due(day: datetime.date) -> Select[uuid.UUID]:
    """Return the SELECT of the unsettled contacts that are due on `day` or before."""
    return select(Contact.id).where(
        Contact.state.in_(UNSETTLED), Contact.due_on <= day, Contact.deleted_at.is_(None)
    )
