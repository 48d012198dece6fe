"""Starting: what a person does with an import, from the file to the result; each verb asks who is asking."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO

from flask_babel import gettext as _
from sqlalchemy import select

from app.core import storage
from app.core.clock import utc_now
from app.core.database import db
from app.core.declaration import Screen
from app.core.errors import Forbidden, NotFound
from app.core.fields.base import FieldProblem
from app.core.file_types import CSV, XLSX
from app.core.jobs import JobCancelled
from app.core.kernel import kernel
from app.core.keys import uuid7
from app.core.locking import lock
from app.core.permissions import granted
from app.core.record import actor_id
from app.core.transaction import transaction
from app.core.upload import Upload
from app.journal.batches import undo_batch
from app.panel.importing import running, workfile
from app.panel.importing.copied import forget_copied
from app.panel.importing.errors import NotNow, Unreadable
from app.panel.importing.heads import find_header, headers_of, shape_of
from app.panel.importing.here import HereAndNow
from app.panel.importing.mapping import Confidence, checked, propose
from app.panel.importing.mapping import Mapping as Plan
from app.panel.importing.models import RUNNING, Import, ImportShape, ImportState, Mode
from app.panel.importing.origins import may_copy
from app.panel.importing.reading import (
    Layout,
    Row,
    changed,
    recognise,
    refuse_other_kinds,
    sample_of,
)
from app.panel.importing.workfile import WorkFile

JOB = "panel:import"
SMALL_ROWS = 500
SMALL_BYTES = 200_000
SWEPT_AT_ONCE = 20
_EDITABLE = (ImportState.UPLOADED, ImportState.CHECKED, ImportState.FAILED, ImportState.STOPPED)


def media_type_of(path: Path, _file_name: str) -> str:
    """Return CSV or XLSX for an uploaded table; raise `FieldProblem` with what it is instead."""
    with path.open("rb") as file:
        head = file.read(4096)
    try:
        refuse_other_kinds(head)
    except Unreadable as refusal:
        raise FieldProblem(refusal.message) from refusal
    return XLSX if head.startswith(b"PK\x03\x04") else CSV


def receive(screen: Screen, stream: IO[bytes], file_name: str, limit_bytes: int) -> uuid.UUID:
    """Keep a file as a new import of the person's and return its key; raise `Unreadable` or `FieldProblem`."""
    forget_old()
    upload = storage.store(stream, file_name, (CSV, XLSX), limit_bytes, find=media_type_of)
    try:
        layout, headers, rows = look_at(screen, storage.path_of(kernel().home, upload.id))
    except BaseException:
        storage.remove(upload)
        raise
    mapping, _sure = suggest(screen, headers, rows)
    item = Import(id=uuid7(), screen=screen.name, upload=upload, batch_id=uuid7())
    item.describe(layout, headers, mapping)
    key = item.id
    with transaction():
        db.session.add(item)
    return key


def look_at(
    screen: Screen, path: Path, layout: Layout | None = None
) -> tuple[Layout, tuple[str, ...], list[Row]]:
    """Return how a file is best read, the names of its columns and its first rows below them."""
    layout = layout or recognise(path)
    rows = sample_of(path, layout)
    if not layout.header_row:
        layout = replace(layout, header_row=find_header(screen, rows))
    headers = headers_of(rows, layout.header_row)
    below = [row for row in rows if row[0] > layout.header_row]
    if not below:
        raise Unreadable(_("This file has heads but no rows below them."))
    return layout, headers, below


def suggest(screen: Screen, headers: Sequence[str], rows: Sequence[Row]) -> tuple[Plan, list[Confidence]]:
    """Return what was chosen the last time for such columns, else what their names say, and how sure that is."""
    mapping, sure = propose(screen, headers, [cells for _number, cells in rows[:50]])
    kept = db.session.scalar(
        select(ImportShape).where(ImportShape.shape == shape_of(screen, headers)).limit(1)
    )
    if kept is None or mapping.exact or len(kept.mapping.uses) != len(headers):
        return mapping, sure
    remembered = kept.mapping
    return remembered, ["remembered" if use.field else "" for use in remembered.uses]


def find(screen: Screen, key: uuid.UUID) -> Import:
    """Return an import of this screen that the person began; anybody else's is not there for them."""
    query = select(Import).where(
        Import.id == key, Import.screen == screen.name, Import.created_by == actor_id()
    )
    item = db.session.scalar(query.limit(1).execution_options(populate_existing=True))
    if item is None:
        raise NotFound()
    _require_source(item)
    return item


def _require_source(item: Import) -> None:
    """Whoever copies must still be allowed to take rows out of the table; one that is away hides nothing new."""
    source = kernel().screens.get(item.origin.screen) if item.origin is not None else None
    if source is not None and not may_copy(source):
        raise Forbidden()


def relayout(screen: Screen, key: uuid.UUID, wishes: Mapping[str, str]) -> None:
    """Read the file another way: `encoding`, `delimiter`, `sheet`, `header_row`; its columns are proposed anew."""
    item = find(screen, key)
    if item.origin is not None:
        # A table is read in one way only; its rows are read anew when they are checked.
        with transaction():
            _editable(key).state = ImportState.UPLOADED
        workfile.remove(kernel().home, key)
        return
    path = storage.path_of(kernel().home, item.upload_id)
    layout = changed(path, item.layout, dict(wishes))
    header = wishes.get("header_row", "")
    is_number = header.isascii() and header.isdigit() and len(header) < 8
    layout, headers, rows = look_at(screen, path, replace(layout, header_row=0))
    if is_number and int(header) != layout.header_row:
        layout = replace(layout, header_row=int(header))
        rows = sample_of(path, layout)
        headers = headers_of(rows, layout.header_row)
    mapping, _sure = suggest(screen, headers, [row for row in rows if row[0] > layout.header_row])
    with transaction():
        item = _editable(key)
        item.describe(layout, headers, mapping)
        item.state = ImportState.UPLOADED
    workfile.remove(kernel().home, key)


def choose(screen: Screen, key: uuid.UUID, mapping: Plan) -> None:
    """Keep what is to be done with the columns, remember it for files like this and begin the check."""
    item = find(screen, key)
    mapping = checked(screen, mapping)
    shape, layout, headers = shape_of(screen, item.headers), item.layout, item.headers
    with transaction():
        item = _editable(key)
        item.describe(layout, headers, mapping)
        item.begin(ImportState.CHECKING)
        if not mapping.exact:
            remember(shape, mapping)
    _go_on(key, "check", is_small(key))


def remember(shape: str, mapping: Plan) -> None:
    """Keep a choice for the next file of this shape, within the open transaction."""
    kept = db.session.scalar(select(ImportShape).where(ImportShape.shape == shape).limit(1).with_for_update())
    if kept is None:
        kept = ImportShape(shape=shape)
        db.session.add(kept)
    kept.keep(mapping)


def correct(screen: Screen, key: uuid.UUID, cells: Mapping[int, Mapping[int, str]]) -> None:
    """Put other texts into cells of refused rows, by row and column, and check the file anew."""
    find(screen, key)
    with WorkFile.opened(kernel().home, key) as work:
        rows = {}
        for number, changes in cells.items():
            found = work.chunk(number - 1, 1)
            if not found or found[0][0] != number:
                continue
            row = found[0][1]
            row += [""] * (max(changes, default=-1) + 1 - len(row))
            for at, text in changes.items():
                row[at] = text
            rows[number] = row
        work.correct(rows)
    recheck(key)


def recheck(key: uuid.UUID) -> None:
    """Check the file anew."""
    with transaction():
        _editable(key).begin(ImportState.CHECKING)
    _go_on(key, "check", is_small(key))


def start(screen: Screen, key: uuid.UUID, mode: Mode) -> None:
    """Begin to write; raise `NotNow` when all rows are wanted and some are refused."""
    find(screen, key)
    with transaction():
        item = _editable(key)
        if item.state is not ImportState.CHECKED or (mode is Mode.ALL and item.refused > item.totals):
            raise NotNow()
        total = item.total
        item.begin(ImportState.WRITING)
        item.mode = mode
    _go_on(key, "write", total <= SMALL_ROWS)


def go_on(screen: Screen, key: uuid.UUID) -> None:
    """Go on with an import that was stopped while it was written, or begin its check anew."""
    item = find(screen, key)
    if item.state is not ImportState.STOPPED:
        raise NotNow()
    if not item.position or not item.batch_id:
        recheck(key)
        return
    total = item.total
    with transaction():
        _editable(key).state = ImportState.WRITING
    _go_on(key, "write", total <= SMALL_ROWS)


def stop(screen: Screen, key: uuid.UUID) -> None:
    """Ask a running import to end behind its present chunk."""
    find(screen, key)
    with transaction():
        item = lock(Import, [key])[key]
        if item.state not in RUNNING:
            raise NotNow()
        item.stop_wanted = True


def undo(screen: Screen, key: uuid.UUID) -> None:
    """Take the whole import back: what it added goes, what it changed gets its former values."""
    item = find(screen, key)
    if item.batch_id is None or item.state not in (ImportState.DONE, ImportState.STOPPED):
        raise NotNow()
    batch = item.batch_id
    db.session.rollback()
    undo_batch(batch)
    with transaction():
        lock(Import, [key])[key].state = ImportState.UNDONE
        forget_copied(key)


def discard(screen: Screen, key: uuid.UUID) -> None:
    """Forget an import that is not running, with its file; records it made stay."""
    if find(screen, key).state in RUNNING:
        raise NotNow()
    forget(key)


def forget(key: uuid.UUID) -> None:
    """Remove an import's row and its files."""
    with transaction():
        item = lock(Import, [key])[key]
        upload_id = item.upload_id
        _delete(item)
    _remove_files(key, upload_id)


def forget_old() -> None:
    """Forget imports that were begun more than a month ago, with their files: they hold people's data."""
    home = kernel().home
    workfile.sweep(home)
    oldest = utc_now() - datetime.timedelta(days=workfile.KEPT_DAYS)
    gone = []
    with transaction():
        old = select(Import).where(Import.created_at < oldest).order_by(Import.id).limit(SWEPT_AT_ONCE)
        for item in db.session.scalars(old).all():
            gone.append((item.id, item.upload_id))
            _delete(item)
    for key, upload_id in gone:
        _remove_files(key, upload_id)


def _delete(item: Import) -> None:
    upload = db.session.get(Upload, item.upload_id)
    db.session.delete(item)
    db.session.flush()
    if upload is not None:
        db.session.delete(upload)


def _remove_files(key: uuid.UUID, upload_id: uuid.UUID) -> None:
    workfile.remove(kernel().home, key)
    storage.remove_files(kernel().home, upload_id)


def _editable(key: uuid.UUID) -> Import:
    item = lock(Import, [key])[key]
    if item.state not in _EDITABLE:
        raise NotNow()
    return item


def is_small(key: uuid.UUID) -> bool:
    """Say whether an import's rows are checked while the person waits."""
    query = select(Import).join(Import.upload).where(Import.id == key).limit(1)
    item = db.session.scalar(query)
    if item is None:
        return True
    return item.origin.few if item.origin is not None else item.upload.size <= SMALL_BYTES


def _go_on(key: uuid.UUID, step: str, small: bool) -> None:
    """Do a step at once when it is small or nobody else would, else hand it to a worker."""
    enqueue = kernel().enqueue
    if not small and enqueue is not None:
        with transaction():
            enqueue(JOB, {"import": str(key), "step": step}, f"{key}:{step}:{uuid7()}")
        return
    work(key, step)


def work(
    key: uuid.UUID,
    step: str,
    may: Callable[[str], bool] = granted,
    told: Callable[[int, int], None] | None = None,
) -> None:
    """Do a step of an import here and now; that somebody stopped it is no failure."""
    db.session.rollback()
    job = HereAndNow.of(key, step, told)
    try:
        (running.check if step == "check" else running.write)(key, job, may)
    except JobCancelled:
        db.session.rollback()
