"""Tables as files, and their way through an import without a page."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from app.core.database import db
from app.core.kernel import kernel
from app.core.transaction import transaction
from app.panel.importing import starting
from app.panel.importing.mapping import Mapping
from app.panel.importing.models import Import, ImportState, Mode
from app.panel.importing.workfile import WorkFile

LARGEST = 64 * 1024 * 1024


def everything(_permission: str) -> bool:
    """Hold every permission."""
    return True


def csv_bytes(rows: Sequence[Sequence[str]], encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    """Return rows as CSV."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode(encoding)


def workbook(path: Path, rows: Sequence[Sequence[Any]], title: str = "Sheet") -> Path:
    """Save rows as XLSX and return the file."""
    book = Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(list(row))
    book.save(path)
    return path


@dataclass(frozen=True)
class Outcome:
    """What an import came to: its counts and, by row, the reasons of refusals."""

    key: uuid.UUID
    state: ImportState
    insert: int
    update: int
    same: int
    refused: int
    reasons: dict[int, list[str]]

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Inserted, updated, same, refused."""
        return self.insert, self.update, self.same, self.refused


def take_in(content: bytes, screen: str = "people:customer", name: str = "table.csv") -> uuid.UUID:
    """Receive a file as an import and return its key."""
    return starting.receive(kernel().screens[screen], io.BytesIO(content), name, LARGEST)


def checked(
    content: bytes,
    screen: str = "people:customer",
    may: Callable[[str], bool] = everything,
    **changes: Any,
) -> Outcome:
    """Receive a file, map its columns as proposed but for `changes`, and check every row."""
    import_key = take_in(content, screen)
    prepare(import_key, **changes)
    starting.work(import_key, "check", may)
    return outcome(import_key)


def prepare(import_key: uuid.UUID, /, **changes: Any) -> Mapping:
    """Settle the mapping and make an import ready to be checked."""
    with transaction():
        item = db.session.get_one(Import, import_key)
        mapping = replace(item.mapping, **changes)
        item.describe(item.layout, item.headers, mapping)
        item.begin(ImportState.CHECKING)
    return mapping


def written(key: uuid.UUID, mode: Mode = Mode.ACCEPTED, may: Callable[[str], bool] = everything) -> Outcome:
    """Write a checked import."""
    make_writable(key, mode)
    starting.work(key, "write", may)
    return outcome(key)


def make_writable(key: uuid.UUID, mode: Mode = Mode.ACCEPTED) -> None:
    """Put a checked import into the state in which it is written."""
    with transaction():
        item = db.session.get_one(Import, key)
        item.begin(ImportState.WRITING)
        item.mode = mode


def imported(content: bytes, screen: str = "people:customer", **changes: Any) -> Outcome:
    """Receive, check and write a file."""
    return written(checked(content, screen, **changes).key)


def outcome(key: uuid.UUID) -> Outcome:
    """Return where an import stands."""
    db.session.rollback()
    item = db.session.get_one(Import, key, populate_existing=True)
    with WorkFile.opened(kernel().home, key) as work:
        reasons = {number: texts for number, _cells, texts in work.every_refused()}
    found = Outcome(key, item.state, item.inserted, item.updated, item.same, item.refused, reasons)
    db.session.rollback()
    return found
