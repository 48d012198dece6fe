"""The journal's kind of job: undoing a batch that is too large for somebody to wait for."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Mapping
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from app.core.clock import utc_now
from app.core.database import db
from app.core.jobs import JobKind, RecurringJob, RunningJob
from app.core.keys import encode_token
from app.core.transaction import transaction
from app.journal.anchoring import anchor
from app.journal.archiving import archive, finish_archives, look
from app.journal.batches import UNDO_BATCH_PERMISSION, Progress, begin_undo, undo_chunk
from app.journal.checking import check_new


def batch_address(batch_id: uuid.UUID) -> str:
    """Return the address of a batch's page."""
    return f"/journal/batch/{encode_token([batch_id])}"


def run_undo(job: RunningJob) -> None:
    """Undo the batch `arguments["batch"]`; goes on where a killed run stopped, as each chunk carries its state."""
    progress = Progress.from_state(job.state) if job.state else begin_undo(uuid.UUID(job.arguments["batch"]))
    while not progress.finished:
        job.check()
        with transaction():
            progress = undo_chunk(progress)
            job.keep(progress.state(), progress.done, progress.total)
    with transaction():
        job.finish(progress.state())


def _result_address(_job: uuid.UUID, result: Mapping[str, Any]) -> str:
    return batch_address(uuid.UUID(result["into"])) if result.get("outcomes", {}).get("restored") else ""


UNDO_BATCH = JobKind(
    "journal:undo_batch", _l("Undo of a batch"), UNDO_BATCH_PERMISSION, run_undo, _result_address
)


def run_anchoring(job: RunningJob) -> None:
    """Walk what is new of every chain, keep how far they are whole, and anchor their heads."""
    verdict = check_new(db.engine)
    with transaction():
        lines = anchor(db.session.connection())
        job.finish({"rows": verdict.rows, "faults": len(verdict.faults), "anchors": len(lines)})


def anchor_at_the_end() -> None:
    """Anchor the heads as the worker ends."""
    with db.engine.connect() as connection:
        anchor(connection)


def _anchored(result: Mapping[str, Any]) -> str:
    if result.get("faults"):
        return str(_("The journal was tampered with. Run `journal verify` to see where."))
    return str(_("The journal is whole and its ends are anchored."))


ANCHORING = JobKind(
    "journal:anchoring", _l("Check and anchor the journal"), "", run_anchoring, summary=_anchored
)


def run_retention(job: RunningJob) -> None:
    """Move what is older than the shop keeps at hand to signed files, chain by chain; whole months at a time."""
    years, moved = current_app.config["KEBU_SETTINGS"].journal_years, 0
    with db.engine.connect() as connection:
        found = look(connection, keeps_since(utc_now(), years)) if years else []
    finish_archives()
    for old in found:
        job.check()
        archive(old)
        moved += old.count
    with transaction():
        job.finish({"moved": moved})


def keeps_since(now: datetime.datetime, years: int) -> datetime.datetime:
    """Return the moment from which entries stay: the beginning of this month, so many years ago."""
    return datetime.datetime(now.year - years, now.month, 1, tzinfo=datetime.UTC)


def _retained(result: Mapping[str, Any]) -> str:
    moved = int(result.get("moved", 0))
    return (
        ngettext("%(num)d entry went to an archive.", "%(num)d entries went to an archive.", moved)
        if moved
        else str(_("Nothing is old enough for an archive."))
    )


RETENTION = JobKind("journal:retention", _l("Archive the journal"), "", run_retention, summary=_retained)
DAILY_RETENTION = RecurringJob(RETENTION.name, every=datetime.timedelta(days=1))
HOURLY_ANCHORING = RecurringJob(ANCHORING.name, every=datetime.timedelta(hours=1))
