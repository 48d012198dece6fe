"""A field's value in words, for pages that set two of them side by side."""

from __future__ import annotations

from typing import Any

from app.core import fields
from app.core.kernel import kernel
from app.panel.columns import title_of


def words_of(entry: fields.Field, value: Any) -> str:
    """Return a field's value as people read it, linked records by their titles."""
    if value is None or entry.masked:
        return entry.mask(value)
    if isinstance(entry, fields.Link | fields.Links):
        target = kernel().screens[entry.to]
        each = value if isinstance(value, list) else [value]
        return ", ".join(sorted(title_of(target, one) for one in each))
    return entry.display(value)
