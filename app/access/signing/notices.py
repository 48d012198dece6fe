"""Notices: what a person is told about the own account, by mail where that works."""

from __future__ import annotations

from app.access.events import SecurityMail
from app.access.language import FALLBACK, is_offered
from app.access.models import Person
from app.access.shop import load_shop
from app.access.signing.tokens import browser_in_words, remote_address
from app.core.events import publish


def language_of(person: Person) -> str:
    """Return the language in which a person is written to."""
    return next(filter(is_offered, (person.language or "", load_shop().language)), FALLBACK)


def notify(person: Person, kind: str) -> None:
    """Tell a person what happened to the account, inside the open transaction; people without address hear nothing."""
    if not person.address:
        return
    place = " · ".join(filter(None, (browser_in_words(), remote_address())))
    facts = {"place": place, "shop": load_shop().name}
    publish(SecurityMail(person.id, kind, language_of(person), person.address, facts))
