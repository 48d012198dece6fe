"""The verb `journal`: walk every chain and name the first bad entry, or anchor the chains' heads."""

from __future__ import annotations

import argparse
import datetime
import json
import sys
import time

from app import create_app
from app.cli.serving import load_settings
from app.core import schema
from app.core.database import db
from app.journal.anchoring import anchor, anchors_now
from app.journal.archiving import Broken, archive, archive_faults, look
from app.journal.checking import check_all
from app.journal.verifying import Verdict
from config import KnownFailure, Settings

EXIT_TAMPERED = 1


class JournalError(KnownFailure):
    """The journal can't be archived as asked."""


def run(options: argparse.Namespace) -> int:
    """Verify or anchor; 1 when a chain is not whole."""
    settings = load_settings(options)
    _refuse_old_database(settings)
    app = create_app(settings)
    with app.app_context():
        if options.action == "archive":
            return _archive(options.before or "", go=options.go)
        return _anchor(as_json=options.json) if options.action == "anchor" else _verify(as_json=options.json)


def _refuse_old_database(settings: Settings) -> None:
    found = schema.state(settings.database_url)
    schema.refuse_unusable(found)
    if found.status is not schema.Status.CURRENT:
        raise schema.SchemaError("The database is not up to date; run `python3 run.py migrate`.")


def _anchor(*, as_json: bool) -> int:
    with db.engine.connect() as connection:
        lines = anchor(connection)
    if as_json:
        print(json.dumps({"anchors": [json.loads(line) for line in lines]}))
    else:
        print("\n".join(lines) if lines else "Nothing has changed since the last anchor.")
    return 0


def _archive(before: str, *, go: bool) -> int:
    """Tell what would go to an archive, and with `go` move it there."""
    try:
        day = datetime.datetime.combine(datetime.date.fromisoformat(before), datetime.time(), datetime.UTC)
    except ValueError:
        raise JournalError("Say --before with a day, such as 2024-01-01.") from None
    with db.engine.connect() as connection:
        found = look(connection, day)
    for each in found:
        print(f"{each.chain}: {each.count} entries, up to place {each.place}")
        if go:
            try:
                print(f"  moved to {archive(each)}")
            except Broken as broken:
                raise JournalError(f"Nothing of this chain was moved: {broken}.") from None
    if found and not go:
        print("Nothing was changed; add --go to move them.")
    elif not found:
        print("There is nothing that old.")
    return 0


def _verify(*, as_json: bool) -> int:
    started = time.monotonic()
    verdict = check_all(db.engine)
    with db.engine.connect() as connection:
        heads = [(each.chain, each.place, each.mac) for each in anchors_now(connection)]
        verdict.faults += archive_faults(connection)
    if as_json:
        print(json.dumps(_document(verdict, heads)))
    else:
        _tell(verdict, heads, time.monotonic() - started)
    return 0 if verdict.is_whole else EXIT_TAMPERED


def _document(verdict: Verdict, heads: list[tuple[str, int, str]]) -> dict[str, object]:
    return {
        "whole": verdict.is_whole,
        "rows": verdict.rows,
        "faults": [{"chain": each.chain, "place": each.place, "why": each.why} for each in verdict.faults],
        "heads": [{"chain": chain, "place": place, "mac": mac} for chain, place, mac in heads],
    }


def _tell(verdict: Verdict, heads: list[tuple[str, int, str]], seconds: float) -> None:
    for chain, place, mac in heads:
        print(f"{chain}  {place}  {mac}")
    for fault in verdict.faults:
        print(f"Bad: chain {fault.chain or '-'}, place {fault.place}: {fault.why}", file=sys.stderr)
    rate = f" ({verdict.rows / seconds:,.0f} a second)" if seconds > 0 and verdict.rows else ""
    words = "is whole" if verdict.is_whole else "is NOT whole"
    print(f"The journal {words}: {verdict.rows} entries in {len(heads)} chains{rate}.")
