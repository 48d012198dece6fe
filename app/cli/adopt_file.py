"""The verb `adopt` with a file: write what is said of an adopted database into one, or take one in."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from flask_babel import gettext as _
from sqlalchemy import select

from app import create_app
from app.adoption.models import AdoptedSource
from app.adoption.written.applying import Outcome, export, preview, take_in
from app.adoption.written.comparing import Change
from app.adoption.written.errors import UnknownDatabase
from app.adoption.written.reading import MOST_BYTES
from app.cli.serving import prepare_database, prepare_home
from app.core.database import db
from app.core.permissions import everything_granted
from config import KnownFailure, Settings

_SIGNS = {"added": "+", "changed": "~", "removed": "-"}


class UnclearDatabase(KnownFailure):
    """There are several adopted databases, or none, and nobody said which one is meant."""


def run(options: argparse.Namespace, settings: Settings) -> int:
    """Write or take in a declaration's file; 0 when done, also when there was nothing to change."""
    prepare_home(settings.home)
    prepare_database(settings)
    app = create_app(settings)
    # Whoever may start verbs on this machine has its database in hand anyway.
    with app.app_context(), everything_granted():
        if options.export:
            _write(export(options.export), options.url)
            return 0
        code = options.name or _only_one()
        data = read_file(options.import_file)
        if options.dry_run:
            outcome = preview(code, data, skip_unknown=options.skip_unknown)
        else:
            outcome = take_in(code, data, skip_unknown=options.skip_unknown)
        db.session.remove()
    print(told(outcome, dry=options.dry_run))
    return 0


def read_file(path: Path) -> bytes:
    """Return a file's bytes, one more than are allowed at most; `-` is standard input."""
    if str(path) == "-":
        return sys.stdin.buffer.read(MOST_BYTES + 1)
    with path.open("rb") as stream:
        return stream.read(MOST_BYTES + 1)


def told(outcome: Outcome, *, dry: bool) -> str:
    """Return a line for each change and each thing left out, and their number."""
    lines = [_line(each) for each in outcome.changes]
    lines += [f"! {each}" for each in outcome.skipped]
    count = len(outcome.changes)
    if not count:
        lines.append(_("Nothing to change."))
    else:
        lines.append(
            _("%(count)d changes; nothing was written.", count=count)
            if dry
            else _("%(count)d changes.", count=count)
        )
    return "".join(sign if sign.isprintable() or sign == "\n" else "?" for sign in "\n".join(lines))


def _line(change: Change) -> str:
    place = " ".join(each for each in (change.table, change.part, change.key) if each)
    values = f": {change.before or '-'} → {change.after or '-'}" if change.before or change.after else ""
    return f"{_SIGNS[change.sort]} {place}{values}"


def _write(data: bytes, target: str | None) -> None:
    if not target or target == "-":
        sys.stdout.write(data.decode())
        return
    path = Path(target)
    # Written beside it first: who is interrupted keeps the file that was there.
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_bytes(data)
    beside.replace(path)


def _only_one() -> str:
    codes = db.session.scalars(select(AdoptedSource.code).order_by(AdoptedSource.code).limit(20)).all()
    if not codes:
        raise UnknownDatabase
    if len(codes) > 1:
        raise UnclearDatabase(
            _("Say which database is meant, with --name: %(names)s.", names=", ".join(codes))
        )
    return str(codes[0])
