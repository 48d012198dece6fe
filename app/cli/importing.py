"""The verb `import`: a table from a file becomes records, for scripts and for files too large for a browser."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import uuid
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask_babel import force_locale
from sqlalchemy import select

from app import create_app
from app.cli.serving import load_settings, prepare_database, prepare_home
from app.core.database import db
from app.core.declaration import Screen
from app.core.errors import Invalid
from app.core.kernel import kernel
from app.core.shop import shop
from app.core.transaction import transaction
from app.core.upload import Upload
from app.panel.importing import starting
from app.panel.importing.heads import shape_of
from app.panel.importing.mapping import checked, read_map
from app.panel.importing.models import Import, ImportState, Mode
from app.panel.importing.workfile import WorkFile
from config import KnownFailure

EXIT_REFUSED = 1
LARGEST_BYTES = 8 * 1024 * 1024 * 1024
_FATES = ("insert", "update", "same", "refused")


class ImportFailure(KnownFailure):
    """The import can't begin: what was asked for is not there or can't be read."""


def may_everything(_permission: str) -> bool:
    """Whoever may start verbs on this machine has its database in hand anyway."""
    return True


def run(options: argparse.Namespace) -> int:
    """Import the file; return 0 when every row was accepted, 1 when some were refused."""
    settings = load_settings(options)
    prepare_home(settings.home)
    prepare_database(settings)
    app = create_app(settings)
    with app.app_context(), _speaking(options.language):
        screen = screen_named(options.screen)
        key = unfinished(screen, options.file)
        if key is None or options.dry_run:
            key = begin(screen, options)
        try:
            return carry_out(key, options)
        finally:
            db.session.rollback()


def _speaking(language: str | None) -> Any:
    chosen = {"zh": "zh_Hans"}.get(language or "", language) or shop().language
    return force_locale(chosen) if chosen else nullcontext()


def screen_named(name: str) -> Screen:
    """Return the screen that `slice.noun` names, if its records can be imported."""
    screen = kernel().screens.get(name.replace(".", ":"))
    if screen is None or "import" not in screen.verbs:
        able = ", ".join(
            sorted(key.replace(":", ".") for key, one in kernel().screens.items() if "import" in one.verbs)
        )
        raise ImportFailure(f"Nothing called {name} can be imported; there are {able}.")
    return screen


def unfinished(screen: Screen, path: Path) -> uuid.UUID | None:
    """Return the import of this very file that was killed while it was written, to go on with."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    query = (
        select(Import.id)
        .join(Upload, Import.upload_id == Upload.id)
        .where(
            Import.screen == screen.name,
            Import.created_by.is_(None),
            Import.state == ImportState.WRITING,
            Upload.sha256 == digest,
        )
    )
    return db.session.scalar(query.order_by(Import.id.desc()).limit(1))


def begin(screen: Screen, options: argparse.Namespace) -> uuid.UUID:
    """Take the file in, map its columns and check every row; return the import's key."""
    try:
        with options.file.open("rb") as stream:
            key = starting.receive(screen, stream, options.file.name, LARGEST_BYTES)
        map_columns(screen, key, options)
    except Invalid as refusal:
        raise ImportFailure(" ".join(str(message) for message in refusal.errors.values())) from refusal
    told = None if options.json else _tell("Checking")
    starting.work(key, "check", may_everything, told)
    item = db.session.get_one(Import, key, populate_existing=True)
    if item.state is ImportState.FAILED:
        reason = item.message or ""
        starting.forget(key)
        raise ImportFailure(reason)
    return key


def map_columns(screen: Screen, key: uuid.UUID, options: argparse.Namespace) -> None:
    """Settle which column fills which field: as proposed, as the map says, and by the key that was asked for."""
    item = db.session.get_one(Import, key)
    mapping = item.mapping
    if options.map is not None:
        mapping = read_map(screen, item.headers, read_json(options.map), mapping)
    if options.key is not None:
        mapping = replace(mapping, key="" if options.key == "none" else options.key)
    mapping = checked(screen, mapping)
    shape = shape_of(screen, item.headers)
    with transaction():
        item = db.session.get_one(Import, key)
        item.describe(item.layout, item.headers, mapping)
        item.begin(ImportState.CHECKING)
        if not mapping.exact and options.map is not None:
            starting.remember(shape, mapping)


def read_json(path: Path) -> Any:
    """Return what a JSON file holds."""
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ImportFailure(f"{path} is no JSON file in UTF-8.") from error


def carry_out(key: uuid.UUID, options: argparse.Namespace) -> int:
    """Write what was checked, unless only a look was asked for; print what came out."""
    item = db.session.get_one(Import, key, populate_existing=True)
    is_blocked = options.mode == Mode.ALL.value and item.refused > item.totals
    if item.state is ImportState.CHECKED and not options.dry_run and not is_blocked:
        with transaction():
            item = db.session.get_one(Import, key)
            item.begin(ImportState.WRITING)
            item.mode = Mode(options.mode)
        item = db.session.get_one(Import, key)
    if item.state is ImportState.WRITING:
        starting.work(key, "write", may_everything, None if options.json else _tell("Writing"))
        item = db.session.get_one(Import, key, populate_existing=True)
    counts = dict(zip(_FATES, (item.inserted, item.updated, item.same, item.refused), strict=True))
    if item.state is not ImportState.DONE and not options.dry_run:
        counts.update(insert=0, update=0)
    with WorkFile.opened(kernel().home, key) as work:
        (print_json if options.json else print_words)(
            counts, work, was_written=item.state is ImportState.DONE
        )
    starting.forget(key)
    return EXIT_REFUSED if counts["refused"] else 0


def print_json(counts: dict[str, int], work: WorkFile, *, was_written: bool) -> None:  # noqa: ARG001 - the other's shape
    """Print the counts and every refused row as one JSON object, row by row."""
    head = json.dumps(counts)[:-1]
    sys.stdout.write(f'{head}, "rows": [')
    for count, (number, _cells, reasons) in enumerate(work.every_refused()):
        sys.stdout.write(
            (", " if count else "") + json.dumps({"row": number, "reasons": reasons}, ensure_ascii=False)
        )
    sys.stdout.write("]}\n")
    sys.stdout.flush()


def print_words(counts: dict[str, int], work: WorkFile, *, was_written: bool) -> None:
    """Print the refused rows and the counts for people."""
    for number, _cells, reasons in work.every_refused():
        print(f"{number}: {' '.join(reasons)}")
    told = ", ".join(f"{fate} {number}" for fate, number in counts.items())
    print(f"{'Imported' if was_written else 'Nothing was written'}: {told}", flush=True)


def _tell(what: str) -> Any:
    def told(done: int, total: int) -> None:
        if sys.stderr.isatty():
            print(
                f"\r{what}: {done} / {total}", end="\n" if done >= total else "", file=sys.stderr, flush=True
            )

    return told
