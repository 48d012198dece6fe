"""Revealing: one masked value shown to one person for a reason, which the journal keeps; the value it does not."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.access.present import present_person_id
from app.access.reveals import REVEAL, count_reveal
from app.core import fields
from app.core.choices import Choices
from app.core.deadlock import again_after_deadlock
from app.core.declaration import Screen
from app.core.errors import Forbidden, Invalid, NotFound
from app.core.fields import clean_line
from app.core.permissions import granted
from app.core.transaction import command
from app.panel.columns import Key, token_of
from app.panel.telling import tell_reveal
from app.panel.words_of import words_of
from app.panel.writing import find

LONGEST_WORDS = 200


class Reason(Choices):
    """Why somebody needs to read a value that is masked to him."""

    CALL_BACK = "call_back", _l("The customer asks for a call back")
    DELIVERY = "delivery", _l("Something is to be delivered")
    COUNTER = "counter", _l("Checked at the counter, with the customer there")
    OTHER = "other", _l("Something else")


def may_reveal(screen: Screen, entry: fields.Field) -> bool:
    """Say whether the present person may have this field's values shown one by one."""
    return (
        entry.masked
        and not isinstance(entry, fields.File)
        and granted(screen.permission("show"))
        and granted(REVEAL)
    )


def revealable(screen: Screen, name: str) -> fields.Field:
    """Return the masked field of this name; raise `NotFound` for any that is none, `Forbidden` without the right."""
    entry = screen.fields.get(name)
    if entry is None or not entry.masked or isinstance(entry, fields.File):
        raise NotFound()
    if not granted(REVEAL):
        raise Forbidden()
    return entry


def reveal(screen: Screen, key: Key, name: str, reason: str, words: str) -> str:
    """Return the value of a masked field in words, once the reveal is counted and written down.

    Raises `Invalid` without a reason, `EnoughRevealed` beyond the shop's daily number, `NotFound` for a record out of
    reach or a field that is hidden.
    """
    entry = revealable(screen, name)
    why, said = _read_reason(reason, words)
    find(screen, key, in_trash=None, names=())
    return again_after_deadlock(lambda: _reveal(screen, key, entry, why, said))


def _read_reason(reason: str, words: str) -> tuple[Reason, str]:
    said = clean_line(words)[:LONGEST_WORDS]
    if reason not in set(Reason):
        raise Invalid({"reason": _("Please say why you need it.")})
    if reason == Reason.OTHER and not said:
        raise Invalid({"words": _("Please say why you need it.")})
    return Reason(reason), said


@command(REVEAL)
def _reveal(screen: Screen, key: Key, entry: fields.Field, reason: Reason, words: str) -> str:
    person_id = present_person_id()
    if person_id is None:
        raise Forbidden()
    count_reveal(person_id)
    record: Any = find(screen, key, in_trash=None, names=(entry.name,))
    tell_reveal(screen, token_of(screen, record), entry.name, reason.value, words)
    return words_of(entry.unmasked(), getattr(record, entry.name))
