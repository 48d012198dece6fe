"""Names of staff behind the stamps of a record."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from app.access.models import Person
from app.core.database import db
from app.core.kernel import kernel


def person_names(ids: Iterable[int | None]) -> dict[int, str]:
    """Return full names by account number with one statement; unknown numbers are left out."""
    wanted = {number for number in ids if number is not None}
    if not wanted:
        return {}
    query = (
        select(Person.id, Person.first_name, Person.last_name).where(Person.id.in_(wanted)).limit(len(wanted))
    )
    # What a role may read of colleagues' names counts for every stamp too.
    called = kernel().screens["access:person"].called
    return {
        row.id: called(" ".join(part for part in (row.first_name, row.last_name) if part))
        for row in db.session.execute(query)
    }


def person_name(number: int | None) -> str:
    """Return one full name, '' for nobody."""
    return person_names([number]).get(number, "") if number is not None else ""
