"""Exports: the list as asked for, streamed as CSV that spreadsheets open correctly and safely."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from app.core import fields
from app.core.declaration import Screen
from app.core.kernel import kernel
from app.panel.columns import title_of
from app.panel.reading import Question, Reader

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_BYTE_ORDER_MARK = "\ufeff"
ROWS_IN_CHUNK = 500


def csv_lines(question: Question) -> Iterator[str]:
    """Yield the question's rows as CSV text with a byte-order mark (Excel needs it for Chinese), in chunks.

    Memory does not grow with the number of rows. A text that a spreadsheet would run as a formula is
    disarmed by a leading apostrophe (OWASP, “CSV injection”); numbers stay numbers.
    """
    screen = question.screen
    entries = [screen.fields[name] for name in exported_names(screen)]
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write(_BYTE_ORDER_MARK)
    # A heading may be a manager's own words.
    writer.writerow([_disarmed(str(entry.label)) for entry in entries])
    for number, record in enumerate(Reader(question, [entry.name for entry in entries]).every(), start=1):
        writer.writerow([safe(entry, text_of(entry, record)) for entry in entries])
        if number % ROWS_IN_CHUNK == 0:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def exported_names(screen: Screen) -> tuple[str, ...]:
    """Return the fields an export carries: all but pictures."""
    return tuple(entry.name for entry in screen.fields.values() if not isinstance(entry, fields.Image))


def text_of(entry: fields.Field, record: Any) -> str:
    """Return the field's text in an export: names for links and choices, exact forms for the rest."""
    value = getattr(record, entry.name)
    if value is None:
        return ""
    if isinstance(entry, fields.Link | fields.Links):
        target = kernel().screens.get(entry.to)
        each = value if isinstance(value, list) else [value]
        return "; ".join(title_of(target, one) for one in each) if target else ""
    if isinstance(entry, fields.Choice | fields.OneChoice | fields.YesNo):
        return entry.display(value)
    return entry.export(value)


def safe(entry: fields.Field, text: str) -> str:
    """Return `text` so that no spreadsheet takes it for a formula."""
    if isinstance(entry, fields.WholeNumber | fields.Quantity | fields.Money | fields.Date | fields.Moment):
        return text
    if isinstance(entry, fields.Phone) and text[:1] == "+" and text[1:].isdigit():
        return text
    return _disarmed(text)


def _disarmed(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
