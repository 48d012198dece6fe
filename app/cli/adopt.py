"""The verb `adopt`: look at a database that the shop already has, say what could be done with each table, and do it.

Looking needs no shop and writes nothing, neither there nor here. `--accept` writes into the shop alone.
"""

from __future__ import annotations

import argparse
import getpass
import json
import os
import sys
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from flask_babel import Babel, force_locale
from flask_babel import gettext as _
from flask_babel.speaklater import LazyString

from app import create_app
from app.adoption.connecting import BadAddress, open_adopted, parse
from app.adoption.declaring import Looked, Wish, holding_roles, look
from app.adoption.proposing.results import DatabaseProposal
from app.adoption.proposing.roles import RoleProposal
from app.adoption.reflecting import sketch
from app.adoption.sketches import DatabaseSketch, TableSketch
from app.adoption.verdicts import Kind, in_both_languages, verdict
from app.adoption.written.adopting import adopt_as_written
from app.cli import adopt_file
from app.cli.serving import load_settings, prepare_database, prepare_home
from app.core.database import db
from app.core.permissions import everything_granted
from app.translations import compile_catalogues
from config import ROOT, Settings

WIDEST_NAME = 48


def run(options: argparse.Namespace) -> int:
    """Print the verdict on every table and view; 0 whatever they are."""
    settings = load_settings(options)
    if options.export or (options.import_file and not options.accept):
        with _speaking(settings, options.language or _language_of_terminal()):
            return adopt_file.run(options, settings)
    # Read first: a file that is not there must not leave half the work done.
    words = adopt_file.read_file(options.import_file) if options.import_file else None
    with _speaking(settings, options.language or _language_of_terminal()):
        # Looking never needs to write, and what can't write can't break anything.
        address = _address(options, settings)
        engine = open_adopted(address, read_only=True)
        try:
            found = sketch(engine, options.schema)
            whole, proposed = look(engine, found) if options.accept or options.json else (found, None)
            used = holding_roles(engine, whole, proposed) if options.accept and proposed else frozenset()
        finally:
            engine.dispose()
        told = _as_json(found, proposed, options) if proposed and options.json else _as_text(found, options)
    code = ""
    if options.accept and proposed is not None:
        code = _accept(settings, options, (address, words), (whole, proposed, used))
    print(told)
    if code and not options.json:
        print(f"/{code}/")
    return 0


def _accept(
    settings: Settings,
    options: argparse.Namespace,
    given: tuple[str, bytes | None],
    looked: Looked,
) -> str:
    """Declare and publish everything as proposed; return the code under which the shop has it from now on.

    `given` are the address and, where a file counts more than the proposals, what stands in it.
    """
    address, words = given
    prepare_home(settings.home)
    prepare_database(settings)
    app = create_app(settings)
    with app.app_context():
        wish = Wish(parse(address), options.name or "", options.schema or "", read_only=options.read_only)
        # Whoever may start verbs on this machine has its database in hand anyway.
        with everything_granted():
            code = adopt_as_written(wish, looked, words, skip_unknown=options.skip_unknown)
        db.session.remove()
    return code


def _address(options: argparse.Namespace, settings: Settings) -> str:
    """Return the address: as an argument, from standard input, from the environment, or asked for without echo."""
    if options.url == "-":
        return sys.stdin.readline().strip()
    address = options.url or settings.adopt_url
    if address:
        return str(address)
    if not sys.stdin.isatty():
        raise BadAddress(
            _("Name the database: as an argument, as a line of standard input (-) or in KEBU_ADOPT_URL.")
        )
    return getpass.getpass(_("The database's address (not shown): ")).strip()


@contextmanager
def _speaking(settings: Settings, language: str) -> Iterator[None]:
    """Let texts be told in a language, also where there is no shop; nothing is left behind."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        cache = settings.home / "cache" / "translations"
        catalogues = compile_catalogues(
            ROOT / "translations", cache if cache.is_dir() else Path(folder) / "cache"
        )
        app = Flask("kebu")
        Babel(app, default_locale="en", default_translation_directories=str(catalogues))
        with app.app_context(), force_locale({"zh": "zh_Hans"}.get(language, language)):
            yield


def _language_of_terminal() -> str:
    spoken = next(
        (os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), ""
    )
    return "zh" if spoken.startswith("zh") else "en"


def _as_json(found: DatabaseSketch, proposed: DatabaseProposal, options: argparse.Namespace) -> str:
    tables = [_entry(found, table, options) for table in found.tables]
    roles = {each.role: _role(found, each) for each in proposed.roles if proposed.role(each.role) is each}
    return json.dumps(
        {"database": found.address, "tables": tables, "roles": roles}, ensure_ascii=False, indent=1
    )


def _role(found: DatabaseSketch, role: RoleProposal) -> dict[str, Any]:
    parent = role.parent
    return {
        "schema": role.schema or found.usual_schema,
        "table": role.table,
        "parent": {
            "schema": parent.schema or found.usual_schema,
            "table": parent.table,
            "on": [list(pair) for pair in parent.on],
        }
        if parent is not None
        else None,
        "columns": dict(role.columns),
        "filter": role.filter,
        "unit": role.unit,
        "currency": role.currency,
        "time_zone": role.time_zone,
        "refunds": role.refunds,
        "refund_filter": role.refund_filter,
        "epoch": role.epoch,
        "confidence": role.confidence,
        "reason": in_both_languages(LazyString(lambda: role.reason)),
    }


def _entry(found: DatabaseSketch, table: TableSketch, options: argparse.Namespace) -> dict[str, Any]:
    said = verdict(table, read_only=options.read_only)
    return {
        "schema": table.schema or found.usual_schema,
        "name": table.name,
        "kind": table.kind,
        "verdict": said.kind.value,
        "reason": in_both_languages(said.reason),
        "mend": in_both_languages(said.mend),
        "rows": table.rows,
    }


def _as_text(found: DatabaseSketch, options: argparse.Namespace) -> str:
    """Return a line per table with what it is, and below it the reason where it can't be edited."""
    words = {
        Kind.EDITABLE: _("editable"),
        Kind.READ_ONLY: _("read-only"),
        Kind.REFUSED: _("can't be adopted"),
    }
    named = [
        (_printable(f"{each.schema}.{each.name}" if each.schema else each.name), each)
        for each in found.tables
    ]
    width = min(WIDEST_NAME, max((_width(name) for name, _table in named), default=0))
    lines, counted = [found.address], Counter[Kind]()
    for name, table in named:
        said = verdict(table, read_only=options.read_only)
        counted[said.kind] += 1
        rows = "" if table.rows is None else f"{table.rows:,}"
        lines.append(f"{_padded(name, width)}  {rows:>13}  {words[said.kind]}")
        if said.kind is not Kind.EDITABLE:
            lines += [f"    {_printable(text)}" for text in (str(said.reason), str(said.mend)) if text]
    told = ", ".join(f"{counted[kind]} {words[kind]}" for kind in Kind)
    return "\n".join([*lines, told])


def _printable(text: str) -> str:
    """Return a text of somebody else's without what would move a terminal's cursor or colour it."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def _padded(text: str, width: int) -> str:
    return text + " " * max(0, width - _width(text))


def _width(text: str) -> int:
    """Return how many places a text takes on a terminal, where a Chinese sign takes two."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text)
