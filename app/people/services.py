"""The verbs of people: steps of a contact, and the questions that forms and the home page ask."""

from __future__ import annotations

import datetime
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, case, func, select

from app.access.models import Person
from app.core.clock import local_to_utc
from app.core.database import db
from app.core.errors import Conflict, TransitionRefused
from app.core.locking import lock
from app.core.record import actor_id
from app.core.shop import shop
from app.core.transaction import command
from app.people.models import UNSETTLED, Contact, Customer
from app.people.workflows import CONTACT_WORKFLOW

CONTACT_STEP = "people:contact:step"
CONTACT_OVERSEE = "people:contact:oversee"
COUNT_CAP = 10_000

# Who takes care of a contact, and when it is due.
DueContacts = Select[int | None, datetime.date | None]


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


@command(CONTACT_STEP)
def hand_over_contact(contact_id: uuid.UUID, owner: Person) -> Contact:
    """Let `owner` take care of a contact from now on, and return it.

    Raises `NotFound` without such a contact, `TransitionRefused` when it is settled: nobody has to take care of it.
    """
    contact = lock(Contact, [contact_id])[contact_id]
    if contact.state not in UNSETTLED:
        raise TransitionRefused()
    contact.owner = owner
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


def contacts_due(day: datetime.date, owner_id: int | None = None) -> DueContacts:
    """Return the SELECT of owner and due date of the unsettled contacts due on `day` or before; one owner's or all."""
    due = select(Contact.owner_id, Contact.due_on).where(
        Contact.state.in_(UNSETTLED), Contact.due_on <= day, Contact.deleted_at.is_(None)
    )
    return due if owner_id is None else due.where(Contact.owner_id == owner_id)


def due_and_overdue(rows: DueContacts, day: datetime.date, cap: int = COUNT_CAP) -> tuple[int, int, bool]:
    """Return how many of `contacts_due` there are, how many are overdue on `day`, and whether there are more."""
    due = rows.limit(cap + 1).subquery()
    overdue = func.coalesce(func.sum(case((due.c.due_on < day, 1), else_=0)), 0)
    count, late = db.session.execute(select(func.count(), overdue).select_from(due)).one()
    return min(count, cap), min(int(late), cap), count > cap


@dataclass(frozen=True, slots=True)
class Workload:
    """What waits for one colleague: `owner_id` None stands for contacts that nobody takes care of."""

    owner_id: int | None
    name: str
    due: int
    overdue: int


def workloads(day: datetime.date, most: int, cap: int = COUNT_CAP) -> list[Workload]:
    """Return for whom most contacts wait on `day`, the most loaded first; one statement over `cap` contacts at most."""
    due = contacts_due(day).limit(cap).subquery()
    count, overdue = func.count(), func.sum(case((due.c.due_on < day, 1), else_=0))
    query = (
        select(due.c.owner_id, Person.full_name, count, overdue)
        .select_from(due)
        .outerjoin(Person, Person.id == due.c.owner_id)
        .group_by(due.c.owner_id, Person.full_name)
        .order_by(count.desc(), due.c.owner_id)
        .limit(most)
    )
    return [
        Workload(number, name or "", all_, int(late))
        for number, name, all_, late in db.session.execute(query)
    ]
