"""The numbers that people shows on the home page; each leads to the list that it counts."""

from __future__ import annotations

import datetime

from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.declaration import Card, Figure, HomeList
from app.core.shop import today
from app.people.models import UNSETTLED
from app.people.services import capped_count, contacts_due, customers_in_use, customers_since

SETTLE_WITHIN_DAYS = 7


def count_text(count: int, more: bool) -> str:
    """Return a count in the person's language, with a plus sign when it was capped."""
    number = str(format_decimal(count))
    return _("%(number)s+", number=number) if more else number


def all_customers() -> Figure:
    """Return how many customers there are, capped."""
    return Figure(count_text(*capped_count(customers_in_use())), address="/people/customer/")


def new_customers() -> Figure:
    """Return how many customers were added since the first of this month."""
    first = today().replace(day=1)
    count, more = capped_count(customers_since(first))
    return Figure(
        count_text(count, more),
        note=_("since the first of the month"),
        address=f"/people/customer/?f.created_at.from={first.isoformat()}",
    )


def due_contacts() -> Figure:
    """Return how many contacts must be settled today, those overdue included."""
    day = today()
    due, more = capped_count(contacts_due(day))
    overdue, many = capped_count(contacts_due(day - datetime.timedelta(days=1)))
    note = (
        ngettext(
            "%(count)s of them overdue", "%(count)s of them overdue", overdue, count=count_text(overdue, many)
        )
        if overdue
        else ""
    )
    address = f"/people/contact/?f.state=open&f.state=in_progress&f.due_on.to={day.isoformat()}&sort=due_on"
    tone = "bad" if overdue else "warning" if due else "good"
    return Figure(count_text(due, more), note=note, address=address, tone=tone)


def _next_contacts() -> list[tuple[str, str]]:
    last = today() + datetime.timedelta(days=SETTLE_WITHIN_DAYS)
    states = [("f.state", state.value) for state in UNSETTLED]
    return [*states, ("f.due_on.to", last.isoformat()), ("sort", "due_on")]


HOME_LISTS = (HomeList(_l("Contacts to settle next"), "people:contact", _next_contacts, order=10),)
CARDS = (
    Card(_l("Customers"), permission="people:customer:list", load=all_customers, order=10),
    Card(_l("New this month"), permission="people:customer:list", load=new_customers, order=20),
    Card(_l("Contacts to settle today"), permission="people:contact:list", load=due_contacts, order=30),
)
