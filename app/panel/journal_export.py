"""The journal as a file: what a search found, in the words of its page, bounded, marked, and itself written down."""

from __future__ import annotations

import csv
import io
import json
import secrets
from collections.abc import Iterator, Sequence
from typing import Any

from flask_babel import gettext as _

from app.core.errors import Invalid, NotFound
from app.core.keys import encode_token
from app.core.transaction import transaction
from app.journal.happenings import record
from app.journal.models import JournalEntry
from app.journal.searching import Search, search
from app.journal.undoing import within_reach
from app.panel.export_files import ExportFile, finished, spooled
from app.panel.exporting import Tally, disarmed
from app.panel.history import PastEntry
from app.panel.journal_entries import past_entries
from app.panel.past_values import PastChange

MOST_ENTRIES = 50_000
ENTRIES_AT_ONCE = 500
KINDS = ("csv", "json")


class TooMany(Invalid):
    """More was found than one file holds; nothing was written."""

    def __init__(self) -> None:
        super().__init__(
            {"": _("More than %(most)d entries were found. Choose fewer days.", most=MOST_ENTRIES)}
        )


def journal_file(wish: Search, kind: str, by: Sequence[str]) -> ExportFile:
    """Return what a search finds, newest first, as a `csv` or `json` file that the journal knows of.

    `by` names what was searched by. Values are those that the person may see on the page. Raises `TooMany`, and
    `NotFound` for another kind of file.
    """
    if kind not in KINDS:
        raise NotFound()
    tally = Tally()
    file = spooled((_csv if kind == "csv" else _json)(_rows(wish, tally)))
    taken = finished(file, f"journal-{secrets.token_hex(5)}.{kind}", kind, tally.rows)
    try:
        with transaction():
            record("journal:exported", facts={"by": list(by), **taken.facts})
    except BaseException:
        taken.file.close()
        raise
    return taken


def _rows(wish: Search, tally: Tally) -> Iterator[dict[str, Any]]:
    """Yield an entry after the other, so many at a time; raise `TooMany`."""
    before = None
    while True:
        page = search(wish, before, ENTRIES_AT_ONCE)
        entries = tuple(within_reach(page.entries))
        for entry, shown in zip(entries, past_entries(entries), strict=True):
            tally.rows += 1
            if tally.rows > MOST_ENTRIES:
                raise TooMany
            yield _row(entry, shown)
        if page.next is None:
            return
        before = page.next


def _row(entry: JournalEntry, shown: PastEntry) -> dict[str, Any]:
    return {
        "moment": entry.moment.isoformat(),
        "who": shown.who,
        "account": entry.actor_id,
        "what": shown.verb,
        "kind": entry.kind or entry.verb.value,
        "subject": entry.subject,
        "record": entry.record,
        "reason": shown.reason,
        "changes": [_change(each) for each in shown.changes],
        "chain": entry.chain,
        "place": entry.place,
        "address": entry.address,
        "session": entry.session_id,
        "branch": encode_token([entry.branch_id]) if entry.branch_id else "",
        "batch": encode_token([entry.batch_id]) if entry.batch_id else "",
        "seal": entry.mac,
    }


def _change(each: PastChange) -> dict[str, str]:
    return {"field": each.label, "before": each.before, "after": each.after}


def _csv(rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    heads: list[str] = []
    for row in rows:
        if not heads:
            heads = list(row)
            writer.writerow(heads)
        changes = "\n".join(f"{each['field']}: {each['before']} → {each['after']}" for each in row["changes"])
        values = {**row, "changes": changes}
        writer.writerow(["" if value is None else disarmed(str(value)) for value in values.values()])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()


def _json(rows: Iterator[dict[str, Any]]) -> Iterator[str]:
    yield "["
    for number, row in enumerate(rows):
        yield ("\n" if number == 0 else ",\n") + json.dumps(row, ensure_ascii=False)
    yield "\n]\n"
