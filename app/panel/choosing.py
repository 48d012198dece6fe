"""Choosing: the options of every field type that has some, as value and words."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext as _

from app.core import fields

Pairs = tuple[tuple[str, str], ...]


def choices_of(entry: fields.Field, kept: Iterable[str] = ()) -> Pairs:
    """Return what a form offers; retired options only where they are among `kept`."""
    if isinstance(entry, fields.OneChoice | fields.ManyChoices):
        return tuple((option.value, str(option.label)) for option in entry.offered(kept))
    if isinstance(entry, fields.Answer):
        return ("1", _("Yes")), ("0", _("No"))
    if isinstance(entry, fields.Choice):
        return tuple((member.value, str(member.label)) for member in entry.choices)
    return ()


def all_choices_of(entry: fields.Field) -> Pairs:
    """Return what can be filtered by: every option that a record may have, and yes and no."""
    if isinstance(entry, fields.OneChoice | fields.ManyChoices):
        return tuple((option.value, str(option.label)) for option in entry.choices)
    if isinstance(entry, fields.YesNo):
        return ("1", _("Yes")), ("0", _("No"))
    return choices_of(entry)
