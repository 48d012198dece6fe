"""Files: a report's answer as JSON, CSV, XLSX or a page by itself, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import secrets
import tempfile
from collections.abc import Iterator
from decimal import Decimal
from typing import IO, Any

from flask import render_template
from flask_babel import get_locale
from flask_babel import gettext as _

from app.access.language import html_language
from app.core.errors import NotFound
from app.core.transaction import transaction
from app.insight.figures import bar_chart
from app.insight.happenings import TAKEN
from app.insight.reports import Result
from app.insight.telling import cell_text, sentence, span_text
from app.journal.happenings import record
from app.panel.export_files import ExportFile, finished, mark_of, spooled
from app.panel.exporting import disarmed
from app.panel.sheet_writing import SheetWriter

FORMATS = ("json", "csv", "xlsx", "html")
TAKEN_FROM_PAGES = ("csv", "xlsx")


def report_file(result: Result, kind: str, mark: str = "") -> IO[bytes]:
    """Return the answer in one of `FORMATS`, in a temporary file that is gone once closed."""
    match kind:
        case "json":
            return spooled([json.dumps(document(result), ensure_ascii=False, indent=1), "\n"])
        case "csv":
            return spooled(_csv(result))
        case "xlsx":
            return _xlsx(result, mark)
        case "html":
            return spooled([page_by_itself(result)])
    raise NotFound()


def taken_file(result: Result, kind: str) -> ExportFile:
    """Return the answer as a download that the journal knows of; raise `NotFound` for other kinds of files."""
    if kind not in TAKEN_FROM_PAGES:
        raise NotFound()
    number = secrets.token_hex(5)
    file = report_file(result, kind, mark_of(number))
    taken = finished(file, f"{result.name}-{number}.{kind}", kind, len(result.rows))
    try:
        with transaction():
            facts = {"report": result.name, "source": result.wish.source, "format": kind, **taken.facts}
            record(TAKEN.name, facts=facts)
    except BaseException:
        file.close()
        raise
    return taken


def document(result: Result) -> dict[str, Any]:
    """Return the answer as JSON carries it; money and quantities are decimal texts, days are ISO 8601."""
    span = result.wish.span
    return {
        "name": result.name,
        "source": result.wish.source,
        "currency": result.currency,
        "period": {
            "from": span.since.isoformat() if span.since else None,
            "to": span.until.isoformat() if span.until else None,
        },
        "filter": {
            **({"branch": result.wish.branch} if result.wish.branch else {}),
            **dict(result.wish.parameters),
        },
        "rows": [{name: _plain(value) for name, value in row.items()} for row in result.rows],
        "totals": {name: _plain(value) for name, value in result.totals.items()},
    }


def page_by_itself(result: Result) -> str:
    """Return the answer as an HTML document that needs no other file."""
    locale = get_locale()
    return render_template(
        "insight/report_file.html",
        result=result,
        chart=bar_chart(result) if result.name == "revenue" else "",
        sentence=sentence(result),
        span=span_text(result),
        cell=lambda column, value: cell_text(result, column, value),
        html_lang=html_language(str(locale)) if locale else "en",
    )


def _plain(value: Any) -> Any:
    return f"{value:f}" if isinstance(value, Decimal) else value


def _heads(result: Result) -> list[str]:
    return [
        f"{column.label} ({result.currency})" if column.kind == "money" and result.currency else column.label
        for column in result.columns
    ]


def _lines(result: Result) -> Iterator[list[Any]]:
    for row in (*result.rows, {result.columns[0].name: _("All"), **result.totals}):
        yield [row.get(column.name, "") for column in result.columns]


def _csv(result: Result) -> Iterator[str]:
    buffer = io.StringIO()
    buffer.write("\ufeff")
    writer = csv.writer(buffer)
    writer.writerow([disarmed(head) for head in _heads(result)])
    for line in _lines(result):
        writer.writerow([disarmed(value) if isinstance(value, str) else _plain(value) for value in line])
    yield buffer.getvalue()


def _xlsx(result: Result, mark: str) -> IO[bytes]:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - handed to the caller, who closes it
    try:
        with SheetWriter(file, result.title, _heads(result), mark) as sheet:
            for line in _lines(result):
                sheet.write(line)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file
