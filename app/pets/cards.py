"""The number that pets shows on the home page."""

from __future__ import annotations

import datetime

from flask_babel import lazy_gettext as _l

from app.core.declaration import Card, Figure, HomeList
from app.core.shop import today
from app.people.cards import count_text
from app.people.services import capped_count
from app.pets.services import vaccinations_due

DUE_WITHIN_DAYS = 30


def due_vaccinations() -> Figure:
    """Return how many vaccinations are due from today on within `DUE_WITHIN_DAYS` days."""
    first = today()
    last = first + datetime.timedelta(days=DUE_WITHIN_DAYS)
    count, more = capped_count(vaccinations_due(first, last))
    address = (
        f"/pets/vaccination/?f.due_on.from={first.isoformat()}&f.due_on.to={last.isoformat()}&sort=due_on"
    )
    return Figure(count_text(count, more), address=address, tone="info" if count else "neutral")


def _next_vaccinations() -> list[tuple[str, str]]:
    return [("f.due_on.from", today().isoformat()), ("sort", "due_on")]


HOME_LISTS = (
    HomeList(
        "vaccinations",
        _l("Vaccinations due next"),
        "pets:vaccination:list",
        screen="pets:vaccination",
        arguments=_next_vaccinations,
        order=20,
    ),
)
CARDS = (
    Card(
        "due_vaccinations",
        _l("Vaccinations due within 30 days"),
        "pets:vaccination:list",
        load=due_vaccinations,
        order=30,
        speaks_of=("pets:vaccination.due_on",),
    ),
)
