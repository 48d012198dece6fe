"""Names of staff and of API keys behind the stamps of a record and the entries of its history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from flask_babel import gettext as _
from sqlalchemy import select

from app.access.api_keys.services import key_names
from app.access.models import Person
from app.core.database import db
from app.core.kernel import kernel
from app.journal.models import JournalEntry

# People by account number, API keys by what stands for a session in the journal.
Names = Mapping[int | str, str]


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


def names_behind(entries: Sequence[JournalEntry]) -> Names:
    """Return the names of the people behind entries and of the API keys that they were called with."""
    people = person_names(entry.actor_id for entry in entries)
    keys = key_names(entry.session_id for entry in entries)
    return dict((*people.items(), *keys.items()))


def who_did(entry: JournalEntry, names: Names) -> str:
    """Return who made an entry, such as “Wang Fang (by key ERP)”."""
    if entry.actor_id is None:
        return str(_("The program"))
    who = names.get(entry.actor_id) or _("Someone whose account is gone")
    key = names.get(entry.session_id)
    return str(_("%(who)s (by key %(key)s)", who=who, key=key) if key else who)
