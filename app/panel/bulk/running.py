"""Running: a look at the first rows that changes nothing, and the chunks that change all of them, each committed whole.

A chunk is written together with the cursor behind it and the counts, so that a process killed at any moment goes on
exactly behind the last committed chunk.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.database import db
from app.core.declaration import Screen
from app.core.errors import Conflict, NotFound
from app.core.jobs import JobCancelled, JobKind, RunningJob, enqueue
from app.core.kernel import kernel
from app.core.keys import encode_token, uuid7
from app.core.locking import lock
from app.core.occasion import on_occasion
from app.core.transaction import transaction
from app.panel.bulk.changing import CHUNK, Task, Verdict, missing
from app.panel.bulk.models import BulkEdit, BulkState
from app.panel.bulk.offers import EDIT, RESTORE, TRASH
from app.panel.bulk.wishes import Scope, Wish, action_of, permission_of, require_wish
from app.panel.columns import key_of, token_of
from app.panel.importing.here import HereAndNow
from app.panel.ordering import NEWEST_FIRST
from app.panel.reading import COUNT_CAP, Question, Reader, capped_count, exact_count

MOST_AT_ONCE = 500
JOB = "panel:bulk"


class AlreadyStarted(Conflict):
    """The same bulk edit was asked for before; its page says what became of it."""

    code = "already-started"
    message = _l("This was started already.")


@dataclass(frozen=True)
class Outlook:
    """What a bulk edit would do: how many rows there are, and what would become of the first `looked_at`."""

    count: int
    verdicts: Sequence[Verdict]

    @property
    def is_whole(self) -> bool:
        """Whether every row was looked at."""
        return self.count <= len(self.verdicts)


class _OnlyLooking(Exception):
    """Undoes the transaction in which a bulk edit was tried."""


def look(screen: Screen, scope: Scope, wish: Wish) -> Outlook:
    """Do the first chunk and take it back: what it says is what the same rules and the database will say.

    Raises `Invalid` for a list or a value that can't be read.
    """
    task = Task(screen, scope, wish)
    verdicts: list[Verdict] = []
    try:
        with transaction():
            keys = [key_of(screen, row) for row in task.page().records]
            verdicts += task.chunk(keys)
            verdicts += missing(task, keys)
            raise _OnlyLooking
    except _OnlyLooking:
        db.session.expunge_all()
    count = len(verdicts)
    if not scope.chosen and count >= CHUNK:
        count = capped_count(scope.question(screen))
    return Outlook(count, verdicts)


# --- Doing it -----------------------------------------------------------------------------------------


def start(screen: Screen, scope: Scope, wish: Wish, key: uuid.UUID) -> None:
    """Begin the bulk edit `key` and do it here, or hand it to a worker when it is long; raise `AlreadyStarted`."""
    require_wish(screen, wish.what)
    question = scope.question(screen)
    total = len(scope.chosen) or capped_count(question)
    if total > COUNT_CAP:
        total = exact_count(question)
    until = _last(question)
    with transaction():
        if db.session.get(BulkEdit, key) is not None:
            raise AlreadyStarted()
        item = BulkEdit(id=key, screen=screen.name, total=total, until=until)
        item.describe(scope, wish)
        db.session.add(item)
        if is_long := total > MOST_AT_ONCE and kernel().enqueue is not None:
            enqueue(JOB, {"bulk": str(key)}, key=str(key))
    if not is_long:
        run(HereAndNow(uuid7(), {"bulk": str(key)}, {}))


def go_on(key: uuid.UUID) -> None:
    """Go on with a bulk edit that was stopped; raise `Conflict` when it wasn't."""
    with transaction():
        item = lock(BulkEdit, [key])[key]
        if item.state is not BulkState.STOPPED:
            raise Conflict()
        item.state = BulkState.RUNNING
        if is_long := kernel().enqueue is not None:
            enqueue(JOB, {"bulk": str(key)}, key=f"{key}:{item.row_version}")
    if not is_long:
        run(HereAndNow(uuid7(), {"bulk": str(key)}, {}))


def stop(key: uuid.UUID) -> None:
    """End a bulk edit behind its present chunk; harmless when it has ended."""
    with transaction():
        item = lock(BulkEdit, [key])[key]
        if item.state is BulkState.RUNNING:
            item.state = BulkState.STOPPED


def _last(question: Question) -> str:
    """Return the token of the last row there is: what is added while a bulk edit runs is not its business."""
    rows = Reader(replace(question, order=NEWEST_FIRST), (), 1).page().records
    return token_of(question.screen, rows[0]) if rows else ""


def screen_of(item: BulkEdit) -> Screen:
    """Return the screen whose records a bulk edit is about; raise `NotFound` when the shop no longer uses it."""
    screen = kernel().screens.get(item.screen)
    if screen is None:
        raise NotFound()
    return screen


def run(job: RunningJob) -> None:
    """Do all chunks that are left; called off, what is done stays and can be gone on with."""
    key = uuid.UUID(str(job.arguments["bulk"]))
    try:
        while _step(key, job):
            db.session.expunge_all()
    except JobCancelled:
        db.session.rollback()
        with transaction():
            lock(BulkEdit, [key])[key].state = BulkState.STOPPED
        raise


def _step(key: uuid.UUID, job: RunningJob) -> bool:
    """Do the next chunk in one transaction; say whether there is more."""
    job.check()
    item = db.session.get(BulkEdit, key)
    if item is None:
        raise NotFound()
    screen, scope, wish, after = screen_of(item), item.scope, item.wish, item.after
    require_wish(screen, wish.what)
    task = Task(screen, scope, wish)
    with on_occasion(batch_id=key, reason=describe(screen, wish)), transaction():
        item = lock(BulkEdit, [key])[key]
        if item.state is not BulkState.RUNNING or item.after != after:
            # Another worker has done this chunk meanwhile, or all of them.
            return item.state is BulkState.RUNNING
        page = task.page(after, item.until)
        keys = [key_of(screen, row) for row in page.records]
        verdicts = task.chunk(keys)
        if scope.chosen:
            verdicts += missing(task, keys)
        _note(item, verdicts, page.next)
        if page.next:
            job.keep({"after": page.next}, item.done, max(item.total, item.done))
            return True
        item.state = BulkState.DONE
        job.finish({"bulk": str(key), "address": f"{screen.path}bulk/{encode_token((key,))}"})
    return False


def _note(item: BulkEdit, verdicts: Sequence[Verdict], after: str) -> None:
    kinds = [verdict.kind for verdict in verdicts]
    item.changed += kinds.count("changed")
    item.same += kinds.count("same")
    item.refused += kinds.count("refused")
    item.name_refused([(each.token, each.reasons) for each in verdicts if each.kind == "refused"])
    item.after = after


def describe(screen: Screen, wish: Wish) -> str:
    """Return in words what is done; the journal keeps it as the reason."""
    if wish.what == EDIT:
        labels = [str(screen.fields[name].label) for name in wish.operations if name in screen.fields]
        return str(_("Bulk edit: %(fields)s", fields=", ".join(labels)))
    if wish.what == TRASH:
        return str(_("Bulk edit: move to the trash"))
    if wish.what == RESTORE:
        return str(_("Bulk edit: put back"))
    return str(_("Bulk edit: %(fields)s", fields=action_of(screen, wish.what).label))


# --- As a job -----------------------------------------------------------------------------------------


def _permission(arguments: Mapping[str, Any]) -> str:
    """Return the right that a bulk edit needs; one that nobody holds when its record kind is gone."""
    key = uuid.UUID(str(arguments["bulk"]))
    item = db.session.scalar(select(BulkEdit).where(BulkEdit.id == key).limit(1))
    screen = kernel().screens.get(item.screen) if item is not None else None
    return (
        permission_of(screen, item.wish.what)
        if item is not None and screen is not None
        else "panel:bulk:gone"
    )


def _address(_job: uuid.UUID, result: Mapping[str, Any]) -> str:
    return str(result.get("address", ""))


BULK_JOB = JobKind(JOB, _l("Bulk edit"), _permission, run, _address)
