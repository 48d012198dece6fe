"""Origins: rows for an import that come out of another program's table instead of a file, read key by key.

They are read through the table's screen as the person sees it: rows out of reach, hidden and masked fields stay out.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Table
from sqlalchemy import inspect as inspect_mapper
from sqlalchemy.exc import DBAPIError
from werkzeug.datastructures import MultiDict

from app.core import fields
from app.core.declaration import Screen
from app.core.errors import Invalid, KebuError
from app.core.kernel import kernel
from app.core.outside import outside_of
from app.core.permissions import granted
from app.panel.columns import token_of
from app.panel.exporting import text_of, without_mark
from app.panel.importing.errors import NotCopyable, SourceAway
from app.panel.list_page import read_question
from app.panel.ordering import OLDEST_FIRST
from app.panel.reading import Question, Reader

log = logging.getLogger(__name__)
# What lists are asked besides conditions: a copy takes all rows that meet them, in the order of the key.
_NO_CONDITION = frozenset({"q", "sort", "columns", "after", "before", "csrf_token", "view"})
_NEEDED = ("list", "export")
_ZERO_DATE = re.compile(r"0000-00-00([ T]00:00:00(\.0+)?)?")
# Half a surrogate pair, or the sign that adopted columns write it with, stands where bytes are no text.
_HALVES = re.compile(r"[\ud800-\udfff␛]")
UNREADABLE_SIGN = "\ufffd"
Remembered = Callable[[str, Sequence[str]], Mapping[str, str]]


@dataclass(frozen=True)
class Column:
    """A column of a copy: what it is called, and the fields whose texts make it, with blanks between them."""

    label: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Origin:
    """What is copied: the screen of the table, a list's conditions as they stand in its address, and the columns.

    `few` says that the first look showed all rows, so that somebody can wait for them.
    """

    screen: str
    arguments: tuple[tuple[str, str], ...]
    columns: tuple[Column, ...]
    few: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the origin as it is kept."""
        columns = [[column.label, list(column.names)] for column in self.columns]
        return {
            "screen": self.screen,
            "arguments": [list(pair) for pair in self.arguments],
            "columns": columns,
            "few": self.few,
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Origin:
        """Return a kept origin."""
        columns = tuple(Column(label, tuple(names)) for label, names in kept["columns"])
        arguments = tuple((name, value) for name, value in kept["arguments"])
        return cls(kept["screen"], arguments, columns, kept["few"])


def conditions_in(arguments: MultiDict[str, str]) -> tuple[tuple[str, str], ...]:
    """Return those of a list's arguments that say which rows it holds."""
    pairs = arguments.items(multi=True)
    return tuple((name, value) for name, value in pairs if name not in _NO_CONDITION and value)


def is_outside(screen: Screen) -> bool:
    """Say whether a screen shows rows of another program's table."""
    return bool(outside_of(inspect_mapper(screen.model).local_table))


def require_copyable(screen: Screen) -> None:
    """Raise `NotCopyable` for rows of our own, and where no key tells rows apart: it could not be gone on with."""
    if not is_outside(screen):
        raise NotCopyable(_("These records are in Kebu already."))
    if not isinstance(inspect_mapper(screen.model).local_table, Table):
        raise NotCopyable(
            _(
                "Nothing tells the rows of this table apart, so a copy could neither be gone on with nor be "
                "repeated. Declare a key for it first."
            )
        )


def may_copy(screen: Screen, may: Callable[[str], bool] = granted) -> bool:
    """Say whether a person may take rows out of a table."""
    return all(verb in screen.verbs and may(screen.permission(verb)) for verb in _NEEDED)


def copied_fields(screen: Screen) -> list[fields.Field]:
    """Return the fields that can be copied by whoever is present: no masked ones, no files."""
    kept = (each for each in screen.fields.values() if not each.masked)
    return [each for each in kept if not isinstance(each, fields.File) and not each.multiple]


def source_of(origin: Origin, may: Callable[[str], bool] = granted) -> Screen:
    """Return the screen that is copied from; raise `SourceAway`, or `Invalid` for what the person may not copy."""
    screen = kernel().screens.get(origin.screen)
    if screen is None:
        raise SourceAway()
    if not may_copy(screen, may):
        raise Invalid({"": _("You may not take rows out of this table any more.")})
    able = {each.name for each in copied_fields(screen)}
    for column in origin.columns:
        if not set(column.names) <= able:
            raise Invalid({"": _("“%(name)s” can't be copied any more.", name=column.label)})
    return screen


def question_of(screen: Screen, origin: Origin) -> Question:
    """Return the question whose rows are copied, the oldest key first; raise `Invalid` for conditions of the past."""
    question, _terms = read_question(screen, MultiDict(origin.arguments))
    return Question(screen, question.conditions, order=OLDEST_FIRST, where=question.where)


def rows_after(
    screen: Screen, origin: Origin, place: str, most: int, remembered: Remembered
) -> tuple[list[list[str]], str]:
    """Return the next rows as cells, the row's token first, and the place behind them, '' at the end.

    `remembered(screen, tokens)` says which rows of a table have become records: links lead to those. Raises
    `SourceAway`.
    """
    names = [name for column in origin.columns for name in column.names]
    reader = Reader(question_of(screen, origin), list(dict.fromkeys(names)), page_size=most)
    try:
        page = reader.page(after=place)
    except Invalid:
        raise  # a condition of the list is no condition any more
    except (DBAPIError, KebuError) as error:
        log.warning("A table can't be copied from: %s", type(error).__name__)
        raise SourceAway() from None
    linked = {name: _linked(screen.fields[name], page.records, remembered) for name in dict.fromkeys(names)}
    cells = [
        [
            token_of(screen, record),
            *(
                " ".join(
                    filter(None, (_cell(screen.fields[name], record, linked[name]) for name in column.names))
                )
                for column in origin.columns
            ),
        ]
        for record in page.records
    ]
    return cells, page.next


def _linked(entry: fields.Field, records: Sequence[Any], remembered: Remembered) -> Mapping[str, str]:
    """Return by the token of a linked row the token of the record that it has become."""
    target = kernel().screens.get(entry.to) if isinstance(entry, fields.Link) else None
    if target is None:
        return {}
    rows = [row for record in records if (row := getattr(record, entry.name)) is not None]
    return remembered(target.name, [token_of(target, row) for row in rows])


def _cell(entry: fields.Field, record: Any, linked: Mapping[str, str]) -> str:
    value = getattr(record, entry.name)
    if linked and value is not None:
        target = kernel().screens[entry.to]  # type: ignore[attr-defined]
        if (found := linked.get(token_of(target, value))) is not None:
            return found
    text = _HALVES.sub(UNREADABLE_SIGN, text_of(entry, record))
    if _ZERO_DATE.fullmatch(text):
        return ""  # how MySQL writes that there is no date
    # The reader of cells takes off the sign that makes a formula harmless; these texts have none.
    return f"'{text}" if without_mark(text) != text else text
