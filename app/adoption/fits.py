"""Fits: how one column of an adopted table is mapped, shown and edited, or why it is only looked at."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field, replace
from typing import Any, TypeAlias

from flask_babel import lazy_gettext as _l
from sqlalchemy.types import TypeEngine

from app.adoption.fields import ExactLongText, ExactText
from app.core.fields import Field

COMPUTED = _l("The database computes this value.")
NUMBERED = _l("The database numbers new rows itself.")
RENEWED = _l("The database sets this itself whenever the row changes.")
FOR_SEARCH = _l("This is an index for searching, which the database makes out of other columns.")
SHAPE = _l("Kebu shows shapes on a map as text and can't change them yet.")
COMPOSED = _l("This value is made up of several parts, which Kebu shows but can't change yet.")
INTERNAL = _l("The database uses this type for its own purposes.")
UNKNOWN = _l("Kebu does not know this type, so it shows the value and leaves it as it is.")
ROUNDING = _l("The database rounds this number to whole tens or hundreds, so Kebu leaves it as it is.")

_ARGUMENTS = re.compile(r"\(([^()]*)\)")
FieldClass: TypeAlias = type[Field]
# A line of this many characters is still one that people type as a line.
LONGEST_LINE = 255


@dataclass(frozen=True, slots=True)
class Fit:
    """What is made of a column: `type` maps it, `field_class` with `settings` shows and edits it.

    `reason` says to people why a column is not `writable`. `searchable` columns are texts that a quick search may
    compare, `sortable` ones have an order in the database, `filterable` ones can be asked for by the operators of
    their field. `large` values (files) are not to be loaded for lists.
    """

    type: TypeEngine[Any]
    field_class: FieldClass
    settings: Mapping[str, Any] = field(default_factory=dict)
    _: KW_ONLY
    reason: Any = ""
    sortable: bool = True
    searchable: bool = False
    filterable: bool = True
    large: bool = False

    @property
    def writable(self) -> bool:
        """Whether a person may change the values."""
        return not self.reason

    def field(self, name: str, label: Any, **flags: Any) -> Field:
        """Return the field of this column; `flags` are any of the field's own (`help`, `personal`, `required` …)."""
        return self.field_class(name, label, **{"read_only": not self.writable, **self.settings, **flags})

    def as_line(self) -> Fit:
        """Return the fit with one line for a text that may be long; line breaks then stand as pictures (␊)."""
        return replace(self, field_class=ExactText) if self.field_class is ExactLongText else self

    def read_only(self, reason: Any) -> Fit:
        """Return the fit of a column that is only looked at."""
        return replace(self, reason=reason)


@dataclass(frozen=True, slots=True)
class TypeName:
    """A type as the database writes it, taken apart: `numeric(10,2) unsigned` is numeric, (10, 2), unsigned."""

    name: str
    arguments: tuple[int, ...] = ()
    unsigned: bool = False

    @classmethod
    def of(cls, text: str) -> TypeName:
        """Return the name of a type's text in lower case, without schema, arguments and what else stands behind."""
        found = _ARGUMENTS.search(text)
        parts = re.findall(r"-?\d+", found[1]) if found else []
        words = _ARGUMENTS.sub(" ", text.lower()).replace('"', "").split()
        attributes = {"unsigned", "signed", "zerofill"}
        name = " ".join(word for word in words if word not in attributes)
        return cls(name.rpartition(".")[2], tuple(int(part) for part in parts), "unsigned" in words)

    def argument(self, place: int, otherwise: int) -> int:
        """Return the number at `place` between the brackets, or `otherwise`."""
        return self.arguments[place] if place < len(self.arguments) else otherwise


def text_fit(kind: TypeEngine[Any], length: int, **settings: Any) -> Fit:
    """Return the fit of a text of at most `length` characters (0: any number)."""
    is_line = 0 < length <= LONGEST_LINE
    chosen = ExactText if is_line else ExactLongText
    return Fit(kind, chosen, {"max_length": length, **settings}, searchable=True)
