"""What people shows on home pages: numbers, lists and a table; each leads to the list that it counts."""

from __future__ import annotations

import datetime

from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.core.declaration import Card, Figure, HomeList, SmallRow, SmallTable
from app.core.kernel import kernel
from app.core.keys import encode_token
from app.core.record import actor_id
from app.core.shop import today
from app.people.models import UNSETTLED
from app.people.services import (
    CONTACT_OVERSEE,
    capped_count,
    contacts_due,
    customers_in_use,
    customers_since,
    due_and_overdue,
    workloads,
)

SETTLE_WITHIN_DAYS = 7
MOST_COLLEAGUES = 8
_WORK = ("people:contact.state", "people:contact.due_on", "people:contact.owner")


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


def _due(owner_id: int | None) -> Figure:
    """Return how many contacts, one person's or all, must be settled today, those overdue included."""
    day = today()
    due, overdue, more = due_and_overdue(contacts_due(day, owner_id), day)
    note = (
        ngettext(
            "%(count)s of them overdue", "%(count)s of them overdue", overdue, count=count_text(overdue, more)
        )
        if overdue
        else ""
    )
    tone = "bad" if overdue else "warning" if due else "good"
    return Figure(count_text(due, more), note=note, address=_due_address(day, owner_id), tone=tone)


def _due_address(day: datetime.date, owner_id: int | None) -> str:
    owner = "" if owner_id is None else f"&f.owner={encode_token([owner_id])}"
    states = "&".join(f"f.state={state.value}" for state in UNSETTLED)
    return f"/people/contact/?{states}{owner}&f.due_on.to={day.isoformat()}&sort=due_on"


def own_due_contacts() -> Figure:
    """Return how many of the person's own contacts must be settled today."""
    return _due(actor_id())


def all_due_contacts() -> Figure:
    """Return how many contacts must be settled today, whoever takes care of them."""
    return _due(None)


def colleagues_work() -> list[SmallRow]:
    """Return for whom most contacts wait today."""
    day = today()
    called = kernel().screens["access:person"].called
    return [
        SmallRow(
            (
                called(load.name) if load.name else str(_("Nobody yet")),
                count_text(load.due, False),
                count_text(load.overdue, False),
            ),
            address=_due_address(day, load.owner_id) if load.owner_id else "",
        )
        for load in workloads(day, MOST_COLLEAGUES)
    ]


def _next_contacts() -> list[tuple[str, str]]:
    last = today() + datetime.timedelta(days=SETTLE_WITHIN_DAYS)
    states = [("f.state", state.value) for state in UNSETTLED]
    return [*states, ("f.due_on.to", last.isoformat()), ("sort", "due_on")]


HOME_LISTS = (
    HomeList(
        "own_contacts",
        _l("My contacts to settle next"),
        "people:contact:list",
        screen="people:contact",
        arguments=_next_contacts,
        own="owner",
        is_work=True,
        order=10,
    ),
    HomeList(
        "contacts",
        _l("Everybody's contacts to settle next"),
        CONTACT_OVERSEE,
        screen="people:contact",
        arguments=_next_contacts,
        order=30,
    ),
)
HOME_TABLES = (
    SmallTable(
        "workloads",
        _l("Who has how much to do"),
        CONTACT_OVERSEE,
        heads=(_l("Colleague"), _l("Due"), _l("Overdue")),
        load=colleagues_work,
        order=40,
        speaks_of=_WORK,
    ),
)
CARDS = (
    Card(
        "own_due",
        _l("My contacts to settle today"),
        "people:contact:list",
        load=own_due_contacts,
        order=10,
        speaks_of=_WORK,
    ),
    Card(
        "due",
        _l("Contacts to settle today"),
        CONTACT_OVERSEE,
        load=all_due_contacts,
        order=20,
        speaks_of=("people:contact.state", "people:contact.due_on"),
    ),
    Card(
        "new_customers",
        _l("New this month"),
        "people:customer:add",
        load=new_customers,
        order=40,
        speaks_of=("people:customer.created_at",),
    ),
    Card("customers", _l("Customers"), "people:customer:list", load=all_customers, order=50),
)
