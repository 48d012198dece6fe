"""The base of adopted fields: values that a column is not made for are written in quotes and read back exactly.

`parse(raw(value)) == value` holds for every value that the column can hold; see `app.adoption.notation` for how an odd
one is written.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from flask_babel import gettext as _

from app.adoption.notation import UnreadableNotation, read_odd, readable, write_odd
from app.core import fields
from app.core.fields.base import FieldProblem
from app.core.masking import NOTHING_SHOWN

WHOLE = re.compile(r"[+-]?\d{1,40}")
# Both say the same in a CSV file of PostgreSQL.
EMPTY = '""'
_UNITS = ("B", "kB", "MB", "GB")


def in_quotes(text: str) -> Any:
    """Return the odd value that a text in quotes or behind ␛ means, None for any other; raise `FieldProblem`."""
    try:
        return read_odd(text)
    except UnreadableNotation as error:
        raise FieldProblem(_("This can't be read. Leave it as it was, or write a plain value.")) from error


def shown(value: Any) -> str:
    """Return an odd value as a person reads it: a text as it is, bytes by their size."""
    if isinstance(value, bytes):
        return size_words(len(value))
    return readable(str(value))


def size_words(count: int) -> str:
    """Return 812 B, 12.3 kB or 4 MB for a number of bytes."""
    size, unit = float(count), 0
    while size >= 1000 and unit < len(_UNITS) - 1:
        size, unit = size / 1000, unit + 1
    return f"{size:.3g} {_UNITS[unit]}" if size < 1000 else f"{size:.0f} {_UNITS[unit]}"


@dataclass(frozen=True)
class Faithful(fields.Field):
    """Stands before a field type: values that are none of its `kinds` are written in quotes and read back exactly.

    SQLite puts any value in any column, and every database has dates that Python has not.
    """

    kinds: ClassVar[tuple[type, ...]] = ()

    def is_odd(self, value: Any) -> bool:
        """Say whether a value is none that the field is made for."""
        return value is not None and not isinstance(value, self.kinds)

    def parse(self, raw: Sequence[str]) -> Any:
        odd = in_quotes(raw[0]) if raw else None
        return super().parse(raw) if odd is None else odd

    def raw(self, value: Any) -> list[str]:
        return [write_odd(value)] if self.is_odd(value) else super().raw(value)

    def display(self, value: Any) -> str:
        return shown(value) if self.is_odd(value) else super().display(value)

    def export(self, value: Any) -> str:
        return write_odd(value) if self.is_odd(value) else super().export(value)

    def to_json(self, value: Any) -> Any:
        return write_odd(value) if self.is_odd(value) else super().to_json(value)

    def mask_filled(self, value: Any) -> str:
        return NOTHING_SHOWN if self.is_odd(value) else super().mask_filled(value)
