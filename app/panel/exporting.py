"""Exports: the list as asked for, as CSV, XLSX or JSON, for people or for reading back, piecewise and safe to open.

Memory does not grow with the number of rows. For people, choices, links and heads are words of their language; for
machines, heads are the names of fields and values are exact, so that an import of such a file changes nothing.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any, Literal

from app.core import fields
from app.core.declaration import Screen
from app.core.kernel import kernel
from app.panel.column_layout import layout_of
from app.panel.columns import title_of, token_maker, token_of
from app.panel.reading import Question, Reader
from app.panel.sheet_writing import SheetWriter

Form = Literal["person", "machine"]
KEY = "id"
ROWS_IN_CHUNK = 500
_BYTE_ORDER_MARK = "\ufeff"
# What spreadsheets take for the beginning of a formula, full-width signs included (OWASP, “CSV injection”). An
# apostrophe before it disarms it; text that has apostrophes there already gets one more, so that one can be taken off.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_MARKED = re.compile(r"''*[=+\-@\t\r\n＝＋－＠]")
_PLAIN_NUMBERS = (fields.WholeNumber, fields.Quantity, fields.Money, fields.Date, fields.Moment)


@dataclass(frozen=True)
class Wish:
    """What an export is to hold: `names` of the fields in order, and for whom it is."""

    names: tuple[str, ...]
    form: Form = "person"


def wish_of(screen: Screen, which: str, form: str, columns: str = "") -> Wish:
    """Return the wish for the columns as `shown`, else for all; for a `machine`, else for a person.

    `columns` are those that the list's address names; without them the list shows the person's own.
    """
    names = layout_of(screen, columns).names if which == "shown" else tuple(screen.fields)
    kept = tuple(name for name in names if not isinstance(screen.fields[name], fields.Image))
    return Wish(kept, "machine" if form == "machine" else "person")


@dataclass
class Tally:
    """How many records an export has written so far."""

    rows: int = 0


class _Table:
    """The heads and rows of an export as texts; `tally` counts the rows."""

    def __init__(self, question: Question, wish: Wish, tally: Tally | None = None) -> None:
        self.screen, self.wish, self._question = question.screen, wish, question
        self._tally = tally or Tally()
        self.entries = [self.screen.fields[name] for name in wish.names]
        self._token = token_maker(self.screen)
        self.is_exact = wish.form == "machine"

    def heads(self) -> list[str]:
        """Return the first row."""
        if self.is_exact:
            return [KEY, *(entry.name for entry in self.entries)]
        return [str(entry.label) for entry in self.entries]

    def records(self) -> Iterator[Any]:
        """Yield the records, fetched in batches."""
        for record in Reader(self._question, [entry.name for entry in self.entries]).every():
            self._tally.rows += 1
            yield record

    def texts(self, record: Any) -> list[str]:
        """Return a record's row."""
        if self.is_exact:
            key = self._token(record)
            return [key, *(machine_text(entry, getattr(record, entry.name)) for entry in self.entries)]
        return [text_of(entry, record) for entry in self.entries]

    def cells(self, record: Any) -> list[Any]:
        """Return a record's row for a workbook."""
        if self.is_exact:
            # Marked as in a CSV, so that reading back need not know which kind of file it was.
            return [disarmed(text) for text in self.texts(record)]
        return [_cell(entry, record) for entry in self.entries]


def csv_lines(question: Question, wish: Wish | None = None, tally: Tally | None = None) -> Iterator[str]:
    """Yield the question's rows as CSV text with a byte-order mark (Excel needs it for Chinese), in chunks.

    A text that a spreadsheet would run as a formula is disarmed by a leading apostrophe; numbers stay numbers.
    """
    table = _Table(question, wish or wish_of(question.screen, "all", "person"), tally)
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write(_BYTE_ORDER_MARK)
    writer.writerow([disarmed(head) for head in table.heads()])
    entries = [*([None] if table.is_exact else []), *table.entries]
    for number, record in enumerate(table.records(), start=1):
        row = zip(entries, table.texts(record), strict=True)
        writer.writerow([text if entry is None else safe(entry, text) for entry, text in row])
        if number % ROWS_IN_CHUNK == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def json_chunks(question: Question, wish: Wish, tally: Tally | None = None) -> Iterator[str]:
    """Yield the question's rows as one JSON list of objects, in chunks; `machine` values are those of the REST API."""
    table = _Table(question, wish, tally)
    heads = table.heads()
    yield "["
    pieces: list[str] = []
    for number, record in enumerate(table.records(), start=1):
        values = (
            _json_values(table, record)
            if table.is_exact
            else dict(zip(heads, table.texts(record), strict=True))
        )
        pieces.append(("" if number == 1 else ",") + "\n" + json.dumps(values, ensure_ascii=False))
        if number % ROWS_IN_CHUNK == 0:
            yield "".join(pieces)
            pieces.clear()
    yield "".join(pieces) + "\n]\n"


def _json_values(table: _Table, record: Any) -> dict[str, Any]:
    values: dict[str, Any] = {KEY: token_of(table.screen, record)}
    masked: dict[str, str] = {}
    for entry in table.entries:
        value = getattr(record, entry.name)
        if entry.masked:
            values[entry.name] = None
            masked[entry.name] = entry.mask(value)
        elif isinstance(entry, fields.Link | fields.Links):
            tokens = machine_text(entry, value).split(";") if value else []
            values[entry.name] = tokens if entry.multiple else tokens[0] if tokens else None
        else:
            values[entry.name] = entry.to_json(value)
    return {**values, "masked": masked} if masked else values


def xlsx_file(question: Question, wish: Wish, tally: Tally | None = None, mark: str = "") -> IO[bytes]:
    """Return the question's rows as an XLSX workbook in a temporary file, ready to be read and gone once closed.

    Cells are texts, never formulas; for people, numbers and days are real ones. Rows beyond what a sheet holds go on in
    another. `mark` says below each printed page, and among the file's properties, who took it out and when.
    """
    table = _Table(question, wish, tally)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - handed to the caller, who closes it
    try:
        with SheetWriter(file, str(table.screen.plural), table.heads(), mark) as sheet:
            for record in table.records():
                sheet.write(table.cells(record))
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def _cell(entry: fields.Field, record: Any) -> Any:
    """Return what stands in a cell for people: a number or a day as such, the rest as text."""
    value = getattr(record, entry.name)
    if value is None or entry.masked:
        return entry.mask(value)
    if isinstance(entry, fields.Money):
        return value.amount
    if isinstance(entry, fields.WholeNumber | fields.Quantity):
        return value
    if isinstance(entry, fields.Date) and value.year > 1900:
        return datetime.date(value.year, value.month, value.day)
    return text_of(entry, record)


def text_of(entry: fields.Field, record: Any) -> str:
    """Return the field's text for people: names for links and choices, exact forms for the rest."""
    value = getattr(record, entry.name)
    if value is None or entry.masked:
        return entry.mask(value)
    if isinstance(entry, fields.Link | fields.Links):
        target = kernel().screens.get(entry.to)
        each = value if isinstance(value, list) else [value]
        return "; ".join(title_of(target, one) for one in each) if target else ""
    if isinstance(entry, fields.Choice | fields.OneChoice | fields.YesNo):
        return entry.display(value)
    return entry.export(value)


def machine_text(entry: fields.Field, value: Any) -> str:
    """Return a value's exact text, which an import reads back: tokens for links, the field's own form for the rest."""
    if value is None or entry.masked:
        return entry.mask(value)
    if isinstance(entry, fields.Link | fields.Links):
        target = kernel().screens.get(entry.to)
        each = value if isinstance(value, list) else [value]
        return ";".join(token_of(target, one) for one in each) if target else ""
    return entry.export(value)


def safe(entry: fields.Field, text: str) -> str:
    """Return `text` so that no spreadsheet takes it for a formula; numbers, dates and phones are none anyway."""
    if isinstance(entry, _PLAIN_NUMBERS):
        return text
    is_foreign_phone = isinstance(entry, fields.Phone) and text[:1] == "+" and text[1:].isdigit()
    return text if is_foreign_phone else disarmed(text)


def disarmed(text: str) -> str:
    """Return `text` with an apostrophe before what would begin a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def without_mark(text: str) -> str:
    """Return what `disarmed` was given."""
    return text[1:] if _MARKED.match(text) else text
