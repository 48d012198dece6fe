"""Staging: the rows of a file, or of the table that is copied from, come into the work file before they are planned.

A table is read behind the last key that was kept, so that a database which goes away in the middle, or a process that
dies, costs a chunk at most. Writing reads the work file alone: what was checked is what is written.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence

from app.core import storage
from app.core.database import db
from app.core.errors import NotFound
from app.core.fields import Link
from app.core.jobs import JobCancelled, RunningJob
from app.core.kernel import kernel
from app.core.transaction import transaction
from app.panel.importing.copied import tokens_of
from app.panel.importing.models import Import
from app.panel.importing.origins import Origin, rows_after, source_of
from app.panel.importing.reading import rows_of
from app.panel.importing.workfile import WorkFile
from app.panel.telling import tell_export

CHUNK = 500


def stage(item: Import, work: WorkFile, job: RunningJob, may: Callable[[str], bool]) -> None:
    """Bring all rows into the work file; raise `SourceAway`, `Invalid`, `Unreadable` or `JobCancelled`."""
    origin = item.origin
    if origin is not None:
        _copy_rows(item, origin, work, job, may)
        return
    path = storage.path_of(kernel().home, item.upload_id)
    if not path.is_file():
        raise NotFound()
    work.stage(row for row in rows_of(path, item.layout) if row[0] > item.layout.header_row)


def _copy_rows(
    item: Import, origin: Origin, work: WorkFile, job: RunningJob, may: Callable[[str], bool]
) -> None:
    key, target = item.id, item.screen
    place, number = work.place()
    while True:
        job.check()
        _refuse_if_stopped(key)
        # Asked anew for each chunk: rights, masks and the table itself may change meanwhile.
        screen = source_of(origin, may)
        rows, following = rows_after(screen, origin, place, CHUNK, records_for(target))
        # Nobody waits for what was read: the other database's transaction ends here.
        db.session.rollback()
        work.stage_part([(number + at, cells) for at, cells in enumerate(rows, start=1)], following)
        place, number = following, number + len(rows)
        if not place:
            break
        with transaction():
            job.keep({"position": 0}, number, 0)
    names = [name for column in origin.columns for name in column.names]
    tell_export(screen, "copy", dict(origin.arguments), dict.fromkeys(names), {"rows": number})
    work.finish_staging()


def records_for(target: str) -> Callable[[str, Sequence[str]], Mapping[str, str]]:
    """Return the function that finds the records which rows of a table have become, for links of screen `target`."""
    linked = {each.to for each in kernel().screens[target].fields.values() if isinstance(each, Link)}

    def remembered(source: str, tokens: Sequence[str]) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for name in sorted(linked & set(kernel().copy_targets)):
            found = {**tokens_of(name, source, tokens), **found}
        return found

    return remembered


def _refuse_if_stopped(key: uuid.UUID) -> None:
    item = db.session.get(Import, key, populate_existing=True)
    if item is None:
        raise NotFound()
    if item.stop_wanted:
        raise JobCancelled()
