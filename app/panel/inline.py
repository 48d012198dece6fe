"""Which fields of a list can be changed where they stand: those that one small input is enough for."""

from __future__ import annotations

from app.core import fields
from app.core.declaration import Screen
from app.panel.writing import editable_fields

_TOO_LARGE = (fields.File, fields.Links, fields.ManyChoices, fields.LongText)


def inline_fields(screen: Screen) -> list[fields.Field]:
    """Return the fields that can be changed in the list; who may edit the record may change them."""
    return [entry for entry in editable_fields(screen) if not isinstance(entry, _TOO_LARGE)]
