"""Running: the two passes over an import's rows, one that only looks and one that writes, each resumable.

Both go through the rows by the same planner. The pass that writes commits a chunk together with its position and
counts, so a process killed at any moment goes on exactly behind the last committed chunk, and new records have keys
that follow from import and row: the result is that of an undisturbed run, to the key.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from app.core.database import db
from app.core.declaration import Screen
from app.core.errors import Invalid, KebuError, NotFound
from app.core.jobs import JobCancelled, RunningJob
from app.core.kernel import kernel
from app.core.keys import encode_token
from app.core.locking import lock
from app.core.occasion import on_occasion
from app.core.permissions import granted
from app.core.shop import settled_shop
from app.core.transaction import transaction
from app.journal.batches import clear_unfinished
from app.panel.importing.copied import Memory
from app.panel.importing.dates import settle_dates
from app.panel.importing.errors import NotNow, SourceAway, Unreadable
from app.panel.importing.mapping import Mapping
from app.panel.importing.models import Import, ImportState, Mode
from app.panel.importing.planning import CHUNK, Planner, Verdict
from app.panel.importing.reading import Row
from app.panel.importing.staging import stage
from app.panel.importing.workfile import WorkFile
from app.panel.refusals import refusal_of
from app.panel.telling import tell_import
from app.panel.writing import assign

MOST_AT_ONCE = 5_000
May = Callable[[str], bool]


class _Refused(Exception):
    """A row is refused while all or none are wanted."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        super().__init__("a row is refused")


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of rows so far; `totals` of the refused ones are lines of totals."""

    insert: int = 0
    update: int = 0
    same: int = 0
    refused: int = 0
    totals: int = 0

    @classmethod
    def of(cls, item: Import) -> Counts:
        """Return the counts that an import has kept."""
        return cls(item.inserted, item.updated, item.same, item.refused, item.totals)

    def plus(self, verdicts: Sequence[Verdict]) -> Counts:
        """Return the counts with these rows among them."""
        kinds = [verdict.kind for verdict in verdicts]
        return Counts(
            self.insert + kinds.count("insert"),
            self.update + kinds.count("update"),
            self.same + kinds.count("same"),
            self.refused + kinds.count("refused"),
            self.totals + sum(1 for verdict in verdicts if verdict.is_total),
        )

    def keep(self, item: Import, position: int) -> None:
        """Save the counts and the position on the import's row."""
        item.inserted, item.updated, item.same = self.insert, self.update, self.same
        item.refused, item.totals, item.position = self.refused, self.totals, position


def run(job: RunningJob) -> None:
    """Check or write an import as a job: `import` names it, `step` is `check` or `write`."""
    key = uuid.UUID(str(job.arguments["import"]))
    (check if job.arguments["step"] == "check" else write)(key, job, granted)


def screen_of(item: Import) -> Screen:
    """Return the screen whose records an import makes; raise `NotFound` when the shop no longer uses it."""
    screen = kernel().screens.get(item.screen)
    if screen is None:
        raise NotFound()
    return screen


# --- The pass that looks ------------------------------------------------------------------------------


def check(key: uuid.UUID, job: RunningJob, may: May = granted) -> None:
    """Plan every row and keep the counts and the refused rows; nothing is written to any record."""
    with settled_shop(), _stopping(key), WorkFile.opened(kernel().home, key) as work:
        item = _begun(key, ImportState.CHECKING, (ImportState.CHECKING,))
        screen = screen_of(item)
        planner = Planner(screen, _prepared(item, work, job, may), work, may, _memory_of(item))
        counts, position, total = Counts.of(item), item.position, item.total
        work.begin_pass(position)
        while rows := work.chunk(position, CHUNK):
            job.check()
            verdicts = planner.plan(rows)
            counts, position = counts.plus(verdicts), rows[-1][0]
            _note(work, screen, verdicts)
            with transaction():
                counts.keep(_locked(key), position)
                job.keep({"position": position}, _handled(counts), total)
            db.session.expunge_all()
        with transaction():
            _locked(key).state = ImportState.CHECKED
            job.finish(_result(screen, key))


def _prepared(item: Import, work: WorkFile, job: RunningJob, may: May) -> Mapping:
    """Return the mapping with its dates' styles settled, once all rows are in the work file."""
    if not work.is_staged:
        stage(item, work, job, may)
        item = _load(item.id)
    mapping, count = settle_dates(screen_of(item), item.mapping, work.rows()), work.count()
    if item.total != count:
        key = item.id
        with transaction():
            _locked(key).total = count
        db.session.refresh(item)
    return mapping


# --- The pass that writes -----------------------------------------------------------------------------


def write(key: uuid.UUID, job: RunningJob, may: May = granted) -> None:
    """Write the rows that are accepted; with `Mode.ALL` all of them or none.

    All-or-none of up to `MOST_AT_ONCE` rows is one transaction. More than that would keep everybody else waiting,
    so they are written in chunks like the rest, and the batch is undone if a row turns out to be refused after all.
    """
    with settled_shop(), _stopping(key), WorkFile.opened(kernel().home, key) as work:
        item = _begun(key, ImportState.WRITING, (ImportState.WRITING,))
        if not work.is_staged:
            raise NotNow()
        writer = _Writer(item, work, job, may)
        try:
            writer.run()
        except _Refused as refused:
            db.session.rollback()
            _give_up(key, work, writer.screen, refused.verdict)
            return
        with transaction():
            _locked(key).state = ImportState.DONE
            tell_import(writer.screen, {"import": str(key)})
            job.finish(_result(writer.screen, key))
        work.drop_rows()


class _Writer:
    """Writes the rows of one import from its position on."""

    def __init__(self, item: Import, work: WorkFile, job: RunningJob, may: May) -> None:
        self.screen = screen_of(item)
        self._key, self._work, self._job = item.id, work, job
        self._counts, self._position, self._total = Counts.of(item), item.position, item.total
        self._all, self._actor, self._batch = item.mode is Mode.ALL, item.created_by, item.batch_id
        self._reason = _("Import of %(file)s", file=item.name)
        at_once = self._all and item.total <= MOST_AT_ONCE
        self._chunks_in_one = max(1, -(-item.total // CHUNK)) if at_once else 1
        self._memory = _memory_of(item)
        self._planner = Planner(self.screen, _prepared(item, work, job, may), work, may, self._memory)
        db.session.rollback()

    def run(self) -> None:
        """Write all that is left."""
        self._work.begin_pass(self._position)
        with on_occasion(batch_id=self._batch, reason=self._reason, actor_id=self._actor):
            while self._work.chunk(self._position, 1):
                self._job.check()
                with transaction():
                    # Whoever holds the import's row writes it; a second worker waits here and then finds it done.
                    if _locked(self._key).position != self._position:
                        raise NotNow()
                    for _chunk in range(self._chunks_in_one):
                        self._write_chunk()
                    item = _locked(self._key)
                    self._counts.keep(item, self._position)
                    self._job.keep({"position": self._position}, _handled(self._counts), self._total)
                db.session.expunge_all()

    def _write_chunk(self) -> None:
        rows = self._work.chunk(self._position, CHUNK)
        if not rows:
            return
        verdicts = self._planner.plan(rows)
        try:
            with db.session.begin_nested(), db.session.no_autoflush:
                for verdict in verdicts:
                    self._put(verdict)
                db.session.flush()
                self._remember(verdicts)
        except (IntegrityError, DataError, OperationalError, StaleDataError):
            verdicts = [self._write_alone(verdict, row) for verdict, row in zip(verdicts, rows, strict=True)]
        refused = next((each for each in verdicts if each.kind == "refused" and not each.is_total), None)
        if refused is not None and self._all:
            raise _Refused(refused)
        self._counts, self._position = self._counts.plus(verdicts), rows[-1][0]
        _note(self._work, self.screen, verdicts)
        db.session.expunge_all()

    def _write_alone(self, verdict: Verdict, row: Row) -> Verdict:
        """Write one row of a chunk that the database refused, so that only the rows at fault stay out."""
        if verdict.kind == "refused":
            return verdict
        again = self._planner.plan([row])[0]
        try:
            with db.session.begin_nested(), db.session.no_autoflush:
                self._put(again)
                db.session.flush()
                self._remember([again])
        except (IntegrityError, DataError, OperationalError) as error:
            again.errors.update(refusal_of(error, self.screen))
            again.kind = "refused"
        except StaleDataError:
            again.errors[""] = _("Someone else changed this record at the same moment.")
            again.kind = "refused"
        return again

    def _put(self, verdict: Verdict) -> None:
        if verdict.kind == "update":
            assign(verdict.record, verdict.values)
        elif verdict.kind == "insert":
            values = dict(verdict.values)
            if self.screen.prepare_new is not None:
                self.screen.prepare_new(values)
            if hasattr(self.screen.model, "row_version"):
                values["id"] = self._key_of(verdict)
            db.session.add(self.screen.model(**values))

    def _key_of(self, verdict: Verdict) -> uuid.UUID:
        key: Any = verdict.key[0] if verdict.key is not None else key_for(self._key, verdict.number)
        return uuid.UUID(str(key))

    def _remember(self, verdicts: Sequence[Verdict]) -> None:
        """Keep with the records which rows of a copied table they are; a row copied meanwhile is refused here."""
        if self._memory is not None:
            kept = {each.origin: self._key_of(each) for each in verdicts if each.kind != "refused"}
            self._memory.keep(kept)


def _memory_of(item: Import) -> Memory | None:
    origin = item.origin
    return Memory(item.screen, origin.screen, item.id) if origin is not None else None


def key_for(import_id: uuid.UUID, number: int) -> uuid.UUID:
    """Return the key of the record that a row becomes: a UUIDv7 of the import's moment, rows in the file's order."""
    moment = import_id.int >> 80
    digest = hashlib.sha256(import_id.bytes + number.to_bytes(8, "big")).digest()
    tail = int.from_bytes(digest[:6], "big") & ((1 << 42) - 1)
    high, low = (number >> 20) & 0xFFF, number & 0xFFFFF
    return uuid.UUID(int=(moment << 80) | (0x7 << 76) | (high << 64) | (0b10 << 62) | (low << 42) | tail)


def _give_up(key: uuid.UUID, work: WorkFile, screen: Screen, verdict: Verdict) -> None:
    """Leave nothing of an import that was to be whole and can't be."""
    batch = _load(key).batch_id
    has_begun = _load(key).position > 0
    db.session.rollback()
    if has_begun and batch is not None:
        clear_unfinished(batch)
    reasons = " ".join(verdict.reasons(screen))
    with transaction():
        item = _locked(key)
        item.begin(ImportState.FAILED)
        item.message = _("Row %(number)d: %(reasons)s", number=verdict.number, reasons=reasons)[:300]
    work.begin_pass(0)
    work.note({}, {verdict.number: verdict.reasons(screen)})


# --- Around both --------------------------------------------------------------------------------------


@contextmanager
def _stopping(key: uuid.UUID) -> Iterator[None]:
    """Turn a wish to stop into a state from which one can go on; all-or-none leaves nothing behind."""
    try:
        yield
    except JobCancelled:
        db.session.rollback()
        item = _load(key)
        batch = item.batch_id
        takes_back = item.state is ImportState.WRITING and item.mode is Mode.ALL and item.position > 0
        db.session.rollback()
        if takes_back and batch is not None:
            clear_unfinished(batch)
        with transaction():
            item = lock(Import, [key])[key]
            if takes_back or item.state is ImportState.CHECKING:
                item.begin(ImportState.STOPPED)
            item.state, item.stop_wanted = ImportState.STOPPED, False
        raise
    except Unreadable as refusal:
        # Beyond what the sample showed, the file is damaged: an answer, not a failure.
        _settle(key, ImportState.FAILED, str(refusal))
    except SourceAway as refusal:
        # What was read of the table is kept; going on begins behind it.
        _settle(key, ImportState.STOPPED, str(refusal))
    except Invalid as refusal:
        # A field of the file was parked or made into another kind on the way.
        _settle(key, ImportState.STOPPED, " ".join(str(text) for text in refusal.errors.values()))
        raise
    except KebuError:
        raise  # another worker goes on with it, or it is not the time
    except Exception:
        _settle(key, ImportState.STOPPED, "")
        raise


def _settle(key: uuid.UUID, state: ImportState, message: str) -> None:
    """Leave an import in a state from which the person can go on."""
    db.session.rollback()
    with transaction():
        item = lock(Import, [key])[key]
        if item.state is ImportState.CHECKING:
            item.begin(state)
        item.state, item.message = state, message[:300] or None


def _note(work: WorkFile, screen: Screen, verdicts: Sequence[Verdict]) -> None:
    seen = {
        mark: verdict.number for verdict in verdicts if verdict.kind != "refused" for mark in verdict.marks
    }
    refused = {verdict.number: verdict.reasons(screen) for verdict in verdicts if verdict.kind == "refused"}
    work.note(seen, refused)


def _result(screen: Screen, key: uuid.UUID) -> dict[str, str]:
    return {"import": str(key), "address": f"{screen.path}import/{encode_token((key,))}"}


def _handled(counts: Counts) -> int:
    return counts.insert + counts.update + counts.same + counts.refused


def _begun(key: uuid.UUID, state: ImportState, allowed: Sequence[ImportState]) -> Import:
    """Return the import if it is in one of the states in which this pass may run."""
    item = _load(key)
    if item.state not in allowed:
        raise NotNow()
    if item.stop_wanted:
        raise JobCancelled()
    assert item.state is state, "a pass runs in its own state"
    return item


def _load(key: uuid.UUID) -> Import:
    item = db.session.get(Import, key, populate_existing=True)
    if item is None:
        raise NotFound()
    return item


def _locked(key: uuid.UUID) -> Import:
    """Return the import's row, locked until the end of the transaction; raise `JobCancelled` when it is to stop."""
    item = lock(Import, [key])[key]
    if item.stop_wanted:
        raise JobCancelled()
    return item
