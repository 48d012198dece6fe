"""Reading posted rows: which record each one is, what was touched, and whether the person may do that."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from app.core.declaration import Screen
from app.core.errors import Forbidden, KebuError
from app.core.fields.base import FieldProblem
from app.panel.form_inputs import default_raw
from app.panel.rows.tables import MOST_SHOWN, RowTable, tables_of
from app.panel.tickets import read_ticket
from app.panel.writing import Draft, digest, editable_fields, read_form

MOST_NEW = 50
# As many empty rows as a person without scripts can fill in at once.
BLANK = 3
TICKET = "rows"
# A row that does not say which version it started from is as good as a stale one.
NO_VERSION = -1
LONGEST_BASE = 5_000
_NUMBER = re.compile(r"(\d{1,3})\.(.+)", re.ASCII | re.DOTALL)
# The last ten bits of a key that a ticket stands for are the row's number.
_NUMBERS = 1023


class TooManyRows(KebuError):
    """A form brings more rows than any form that was shown can have."""

    status = 413
    code = "too-many-rows"
    message = _l("These are more rows than one form takes. Save some first, or import them from a file.")


@dataclass
class Row:
    """One posted row: the record it is about (none for a new one) and what was typed into it.

    `problem` is what stands in the way of the whole row; `conflict` says that somebody else changed its record.
    """

    number: int
    form: MultiDict[str, str]
    files: Mapping[str, Any]
    token: str = ""
    record: Any = None
    draft: Draft = field(default_factory=Draft)
    version: int = NO_VERSION
    removed: bool = False
    blank: bool = False
    problem: Any = ""
    conflict: bool = False

    @property
    def is_touched(self) -> bool:
        """Whether saving has anything to do here."""
        if self.blank or (self.removed and self.record is None):
            return False
        return bool(self.removed or self.draft.values or self.draft.errors or self.problem or not self.token)

    @property
    def is_faulty(self) -> bool:
        """Whether something in it must be put right first."""
        return bool(self.is_touched and (self.problem or (self.draft.errors and not self.removed)))

    @property
    def base(self) -> str:
        """The fingerprints of what the row started from."""
        return self.form.get("base", "")[:LONGEST_BASE]


@dataclass
class PostedTable:
    """The rows of one table as they were posted, and the ticket under which new ones are added once."""

    table: RowTable
    rows: list[Row]
    ticket: str = ""

    def key_of(self, row: Row) -> uuid.UUID | None:
        """Return the key that a new row's record gets, the same each time the form is sent."""
        ticket = read_ticket(self.table.screen, self.ticket, TICKET)
        return uuid.UUID(int=ticket.int & ~_NUMBERS | row.number) if ticket is not None else None


def read_tables(
    screen: Screen, record: Any, form: MultiDict[str, str], files: MultiDict[str, Any]
) -> list[PostedTable]:
    """Read the rows of every table in the form of `screen`; what belongs to no such table is ignored."""
    return [_read_table(table, record, form, files) for table in tables_of(screen)]


def _read_table(
    table: RowTable, record: Any, form: MultiDict[str, str], files: MultiDict[str, Any]
) -> PostedTable:
    texts, uploads = _by_number(table.prefix, form), _by_number(table.prefix, files)
    if len({*texts, *uploads}) > MOST_SHOWN + MOST_NEW + BLANK:
        raise TooManyRows()
    empty: MultiDict[str, str] = MultiDict()
    rows = [_row(number, texts.get(number, empty), uploads.get(number, {})) for number in sorted(texts)]
    records = table.named(record, [row.token for row in rows])
    for row in rows:
        row.record = records.get(row.token)
        _read(table, row)
    return PostedTable(table, rows, form.get(f"{table.prefix}ticket", ""))


def _by_number(prefix: str, posted: MultiDict[str, Any]) -> dict[int, MultiDict[str, Any]]:
    """Return what was posted for each row, under the names that a form of its own would use."""
    found: dict[int, MultiDict[str, Any]] = {}
    for name, value in posted.items(multi=True):
        match = _NUMBER.fullmatch(name.removeprefix(prefix)) if name.startswith(prefix) else None
        if match is not None and int(match[1]) <= _NUMBERS:
            found.setdefault(int(match[1]), MultiDict()).add(match[2], value)
    return found


def _row(number: int, form: MultiDict[str, str], files: Mapping[str, Any]) -> Row:
    version = form.get("row_version", "")
    known = version.isascii() and version.isdecimal() and len(version) < 10
    row = Row(number, form, files, form.get("id", ""), version=int(version) if known else NO_VERSION)
    row.removed = bool(form.get("remove"))
    return row


def _read(table: RowTable, row: Row) -> None:
    if row.token:
        _read_known(table, row)
        return
    row.blank = row.removed or _is_blank(table, row)
    if row.blank:
        row.draft.raw = _raw(table, row)
        return
    if not table.can_add:
        raise Forbidden()
    row.draft = read_form(table.screen, row.form, row.files, None, table.names)
    _fill_the_rest(table, row.draft)


def _read_known(table: RowTable, row: Row) -> None:
    row.draft.raw = _raw(table, row)
    if row.removed and not table.can_remove:
        raise Forbidden()
    if not table.can_edit and any(name in row.form or row.files.get(name) for name in table.names):
        raise Forbidden()
    if row.record is None:
        # Whoever removes it here, too, wants the same as whoever removed it there.
        row.problem = "" if row.removed else vanished()
    elif table.can_edit and not row.removed:
        row.draft = read_form(table.screen, row.form, row.files, row.record, table.names)


def vanished() -> str:
    """Return what is said of a row whose record is not, or no longer, one of this form's."""
    return _("This row is gone: somebody deleted it or gave it to another record. Remove it here.")


def _raw(table: RowTable, row: Row) -> dict[str, list[str]]:
    return {name: row.form.getlist(name) for name in table.names}


def _is_blank(table: RowTable, row: Row) -> bool:
    """Say whether a new row holds nothing but what it was offered with."""
    if any(upload.filename for upload in row.files.values()) or any(
        row.form.get(f"{name}.kept") for name in table.names
    ):
        return False
    return all(_is_as_offered(table, name, row.form.getlist(name)) for name in table.names)


def _is_as_offered(table: RowTable, name: str, raw: list[str]) -> bool:
    if not any(text.strip() for text in raw):
        return True
    return digest(raw) == digest(default_raw(table.screen, table.screen.fields[name]))


def _fill_the_rest(table: RowTable, draft: Draft) -> None:
    """Give the fields of a new record that do not stand in the row what they begin with in its own form."""
    for entry in editable_fields(table.screen, new=True):
        if entry.name in table.names or entry.name == table.panel.via or not entry.default:
            continue
        try:
            draft.values.setdefault(entry.name, entry.parse(entry.default))
        except FieldProblem:
            continue
