"""Acting: the program works on somebody's behalf, with no more rights than that person has now."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask import has_request_context
from flask_babel import force_locale
from sqlalchemy import select

from app.access.errors import AccountClosed
from app.access.grants import grants_of
from app.access.language import FALLBACK, is_offered
from app.access.models import Person
from app.access.present import Acting, acting_now
from app.access.shop import load_shop
from app.core.database import db
from app.core.errors import ProgrammingError
from app.core.occasion import on_occasion
from app.core.remembering import forget, remembering


@contextmanager
def acting_as(person_id: int, language: str = "") -> Iterator[None]:
    """Run the block with the rights, language, branch and stamps of this person; raise `AccountClosed`.

    Works within an application context and outside requests. `language` is what the person read when asking;
    by default the account's, else the shop's. What was looked up is remembered until `still_acting` is called.
    """
    if has_request_context():
        raise ProgrammingError("within a request its own person is present")
    with remembering():
        person = _open_account(person_id)
        chosen = next(filter(is_offered, (language, person.language or "", load_shop().language)), FALLBACK)
        token = acting_now.set(Acting(person_id, chosen, person.branch_id))
        try:
            with on_occasion(actor_id=person_id, branch_id=person.branch_id), force_locale(chosen):
                grants_of(person_id)
                yield
        finally:
            acting_now.reset(token)


def still_acting() -> None:
    """Look rights and shop up anew from here on; raise `AccountClosed` if the person's account is closed by now."""
    forget()
    acting = acting_now.get()
    if acting is not None:
        _open_account(acting.person_id)
        load_shop()
        grants_of(acting.person_id)


def _open_account(person_id: int) -> Person:
    query = select(Person).where(Person.id == person_id, Person.active.is_(True)).limit(1)
    person: Person | None = db.session.scalar(query)
    if person is None:
        raise AccountClosed()
    return person
