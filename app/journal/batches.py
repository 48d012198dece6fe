"""Batches: everything that one import or bulk edit did, taken back chunk by chunk, resumable after a kill."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.core.database import db
from app.core.errors import Forbidden, NotFound
from app.core.keys import uuid7
from app.core.occasion import on_occasion
from app.core.permissions import require
from app.core.transaction import transaction
from app.journal.reading import batch, tally
from app.journal.undoing import (
    NotUndoable,
    Outcome,
    Undone,
    confined,
    is_undoable,
    may_undo,
    require_undo,
    take_back,
    within_reach,
)

UNDO_BATCH_PERMISSION = "journal:batch:undo"
CHUNK = 500
MOST_NAMED = 100


@dataclass(frozen=True)
class Progress:
    """How far the undo of `batch_id` is: under which batch its changes are written, after which entry it goes on.

    `left` names the first hundred records that were not put back.
    """

    batch_id: uuid.UUID
    into: uuid.UUID
    total: int
    done: int = 0
    after: uuid.UUID | None = None
    finished: bool = False
    outcomes: Mapping[Outcome, int] = field(default_factory=dict)
    left: tuple[Undone, ...] = ()

    def state(self) -> dict[str, Any]:
        """Return this as JSON, for a job's resume point."""
        return {
            "batch": str(self.batch_id),
            "into": str(self.into),
            "total": self.total,
            "done": self.done,
            "after": str(self.after) if self.after else None,
            "finished": self.finished,
            "outcomes": {outcome.value: count for outcome, count in self.outcomes.items()},
            "left": [[one.subject, one.record, one.outcome.value] for one in self.left],
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Progress:
        """Return what `state` was made of."""
        return cls(
            uuid.UUID(state["batch"]),
            uuid.UUID(state["into"]),
            state["total"],
            state["done"],
            uuid.UUID(state["after"]) if state["after"] else None,
            state["finished"],
            {Outcome(name): count for name, count in state["outcomes"].items()},
            tuple(Undone(subject, record, Outcome(outcome)) for subject, record, outcome in state["left"]),
        )


def begin_undo(batch_id: uuid.UUID) -> Progress:
    """Return the beginning of a batch's undo; raise `NotFound`, `NotUndoable` or `Forbidden`."""
    counts = tally(batch_id)
    if not counts:
        raise NotFound()
    require(UNDO_BATCH_PERMISSION)
    for each in counts:
        if not is_undoable(each.subject, each.verb):
            raise NotUndoable()
        if not may_undo(each.subject, each.verb):
            raise Forbidden()
    _require_reach(batch_id, confined(each.subject for each in counts))
    return Progress(batch_id, uuid7(), sum(each.count for each in counts))


def _require_reach(batch_id: uuid.UUID, subjects: Collection[str]) -> None:
    """Raise `Forbidden` unless all that a batch did in these tables lies within the present person's reach.

    Half a batch is not taken back: whoever sees all of it would find it taken back already.
    """
    after, more = None, bool(subjects)
    while more:
        page = batch(batch_id, after, CHUNK, subjects=subjects)
        if len(within_reach(page.entries)) < len(page.entries):
            raise Forbidden()
        after, more = page.next, page.next is not None


def undo_chunk(progress: Progress, *, checked: bool = True) -> Progress:
    """Take the next changes of the batch back, within the open transaction, and return how far it is then.

    Permissions are asked of every entry, so a right lost meanwhile stops the undo at a whole chunk; `checked`
    False is for the program itself, which clears away what it could not finish.
    """
    page = batch(progress.batch_id, progress.after, CHUNK)
    if checked:
        require_undo(page.entries)
        if len(within_reach(page.entries)) < len(page.entries):
            raise Forbidden()
    with on_occasion(batch_id=progress.into, undoes_id=progress.batch_id):
        undone = take_back(page.entries)
    outcomes = Counter(progress.outcomes)
    outcomes.update(each.outcome for each in undone)
    left = [each for each in undone if each.outcome is not Outcome.RESTORED]
    return Progress(
        progress.batch_id,
        progress.into,
        progress.total,
        progress.done + len(undone),
        page.next,
        page.next is None,
        dict(outcomes),
        (*progress.left, *left)[:MOST_NAMED],
    )


def undo_batch(batch_id: uuid.UUID) -> Progress:
    """Take a whole batch back, in transactions of five hundred changes, and return what came of it.

    Stopped half-way it can be called again: what is back already is found changed since and left alone.
    """
    progress = begin_undo(batch_id)
    db.session.rollback()
    while not progress.finished:
        with transaction():
            progress = undo_chunk(progress)
    return progress


def clear_unfinished(batch_id: uuid.UUID) -> None:
    """Take back what the program itself did in a batch that was to be whole and can't be."""
    progress = Progress(batch_id, uuid7(), 0)
    db.session.rollback()
    while not progress.finished:
        with transaction():
            progress = undo_chunk(progress, checked=False)
