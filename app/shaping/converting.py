"""Converting: a field of another kind is made beside the old one and filled from it; the old one is parked.

Nothing is lost whatever fits or not: the old values stay where they are, and a report names what did not fit. The old
field is read and written as ever until the very end. So the records are gone through once, then those that were
changed meanwhile; the last of them in the transaction in which both fields change places, for which the writers of the
old field wait (`fence`).
"""

from __future__ import annotations

import datetime
import time
import uuid
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, select
from sqlalchemy.exc import OperationalError

from app.access.version import bump_version
from app.core import fields
from app.core.choices import Option
from app.core.clock import utc_now
from app.core.database import db
from app.core.errors import Invalid
from app.core.fields import Field, FieldProblem
from app.core.fields.options import MOST_OPTIONS
from app.core.jobs import RunningJob
from app.core.keys import encode_token
from app.core.locking import lock
from app.core.permissions import require
from app.core.transaction import transaction
from app.core.words import OwnWords
from app.shaping import works
from app.shaping.altering import altering
from app.shaping.checking import check_columns, check_options, extensible_screen
from app.shaping.definitions import find_field, new_code, read_definitions
from app.shaping.emptying import clear_out
from app.shaping.errors import TableInUse
from app.shaping.kinds import SEARCHABLE, SORTABLE, WITH_OPTIONS, columns_of, field_of, indexes_of
from app.shaping.models import LONGEST_LABEL, Kind, ShapingField, State
from app.shaping.plans import NO_WORDS, FieldPlan, plan_of, write_plan
from app.shaping.rights import FIELD_CHANGE
from app.shaping.stored import Stored, holds_more_than, side_by_side, table_name
from app.shaping.sweeping import sweep
from app.shaping.work_models import ShapingWork, Task, WorkState

CHUNK = 500
# So many of the last changed records are left to the transaction in which the fields change places.
MOST_AT_LAST = 5_000
MOST_PASSES = 5
# By how much the clocks of machines that write the same records may differ.
CLOCKS_DIFFER = datetime.timedelta(seconds=10)
TRIES, WAIT_SECONDS = 25, 0.2
# Why the journal has no entry for each record: the old values stay, in a field of their own.
WHY = "values taken over into a field of another kind"
# Which kinds a field's values may be read as; links and files are nothing else.
KINDS: dict[Kind, tuple[Kind, ...]] = {
    Kind.TEXT: (Kind.LONG_TEXT, Kind.NUMBER, Kind.MONEY, Kind.DATE, Kind.CHOICE, Kind.CHOICES, Kind.ANSWER),
    Kind.LONG_TEXT: (Kind.TEXT,),
    Kind.NUMBER: (Kind.TEXT, Kind.MONEY),
    Kind.MONEY: (Kind.TEXT, Kind.NUMBER),
    Kind.DATE: (Kind.TEXT,),
    Kind.CHOICE: (Kind.TEXT, Kind.CHOICES),
    Kind.CHOICES: (Kind.TEXT, Kind.LONG_TEXT),
    Kind.ANSWER: (Kind.TEXT,),
}


def convert_field(field_id: uuid.UUID, kind: Kind) -> tuple[uuid.UUID, uuid.UUID | None]:
    """Begin to make a field of `kind` out of this one; return the work and the job that a worker does it by.

    With few records it is done when this returns, and there is no job. Raises `Invalid` when the kinds don't go
    together, `StillInUse` while something else is being done to the field.
    """
    require(FIELD_CHANGE)
    row = find_field(field_id)
    extensible_screen(row.screen)
    before, screen_name = plan_of(row), row.screen
    if row.state is not State.ACTIVE or kind not in KINDS.get(row.kind, ()):
        raise Invalid({"kind": _("Please choose one of the list.")})
    wanted = _plan(before, kind)
    with altering() as tables:
        works.require_idle(field_id)
        definitions = read_definitions()
        check_columns(screen_name, [wanted], definitions)
        sweep(tables, definitions)
        code, table_ = new_code(definitions.used | works.reserved_codes()), table_name(screen_name)
        is_long = holds_more_than(table_, works.MOST_AT_ONCE)
        db.session.rollback()
        tables.add_columns(table_, columns_of(f"x_{code}", wanted))
        with transaction():
            bump_version()
            work = works.begin(Task.CONVERT, screen_name, field_id, is_long=is_long, code=code, plan=wanted)
            work_id = work.id
    return work_id, works.carry_on(work_id)


def _plan(before: FieldPlan, kind: Kind) -> FieldPlan:
    settings = replace(
        before.settings,
        default=(),
        options=before.settings.options if kind in WITH_OPTIONS else (),
        places=2 if kind is Kind.NUMBER else 0,
        unit=NO_WORDS,
    )
    return replace(
        before,
        kind=kind,
        settings=settings,
        is_unique=False,
        sortable=before.sortable and kind in SORTABLE,
        searchable=before.searchable and kind in SEARCHABLE,
    )


def convert(work_id: uuid.UUID, job: RunningJob) -> None:
    """Do what is left of a conversion."""
    _settle_options(work_id)
    conversion = _Conversion(work_id, job)
    if conversion.phase == "begun":
        conversion.begin()
    if conversion.phase == "copy":
        conversion.go_through()
        conversion.make_indexes()
        conversion.settle("again")
    for _pass in range(MOST_PASSES):
        if conversion.go_through() <= MOST_AT_LAST:
            break
        conversion.settle("again")
    conversion.change_places()


def _settle_options(work_id: uuid.UUID) -> None:
    """Let a field of choices offer every text that there is; raise `Invalid` when they are too many or none."""
    work = works.find_work(work_id)
    wanted, old = work.wanted, find_field(work.subject_id)
    if wanted.kind not in WITH_OPTIONS or wanted.settings.options or old.kind in WITH_OPTIONS:
        db.session.rollback()
        return
    options = tuple(_options(Stored.of(old)))
    with transaction():
        plan = replace(wanted, settings=replace(wanted.settings, options=options))
        works.held(work_id, "begun", None).plan = plan.as_text()


def _options(old: Stored) -> list[Option]:
    """Return an option for each different text; raise `Invalid` when there are too many to be choices."""
    (column,) = old.columns
    options: list[Option] = []
    texts = db.session.scalars(
        select(column).where(old.is_filled).distinct().order_by(column).limit(MOST_OPTIONS + 1)
    ).all()
    if len(texts) > MOST_OPTIONS:
        raise Invalid(
            {"": _("There are more than %(most)d different texts: too many for choices.", most=MOST_OPTIONS)}
        )
    if not texts:
        raise Invalid({"": _("There is no text yet that choices could be made of.")})
    taken: set[str] = set()
    # What is longer than a choice's name may be does not fit and is told so.
    for text in (each for each in texts if len(each) <= LONGEST_LABEL):
        code = new_code(taken)
        taken.add(code)
        options.append(Option(code, OwnWords(text, text)))
    check_options(options)
    return options


class _Conversion:
    """One conversion on its way: where it stands, and the two fields as they are stored."""

    def __init__(self, work_id: uuid.UUID, job: RunningJob) -> None:
        work = works.find_work(work_id)
        row = find_field(work.subject_id)
        self._id, self._job, self._old_id = work_id, job, row.id
        self.phase, self._after, self._since = work.phase, work.after, work.since
        self._plan, self._code = work.wanted, work.code
        before, table_ = plan_of(row), table_name(work.screen)
        self._table = table_
        self._old, self._new = side_by_side(
            Stored.named(table_, row.name, before), Stored.named(table_, f"x_{work.code}", self._plan)
        )
        self._old_field = field_of(row.name, before)
        self._new_field = field_of(f"x_{work.code}", replace(self._plan, required=False))
        db.session.rollback()

    def _held(self) -> ShapingWork:
        return works.held(self._id, self.phase, self._after)

    def begin(self) -> None:
        """Count what there is to do; from now on it is known who wrote when."""
        self.settle("copy", total=self._old.count())

    def settle(self, phase: str, total: int | None = None) -> None:
        """Begin a pass over the records, once everybody who was just writing the old field has ended."""
        with transaction():
            work = self._held()
            lock(ShapingField, [self._old_id])
            work.since = work.settled_at and work.settled_at - CLOCKS_DIFFER
            work.settled_at, work.phase, work.after = utc_now(), phase, None
            if total is not None:
                work.total = total
            self._since = work.since
        self.phase, self._after = phase, None

    def go_through(self) -> int:
        """Take over the value of each record of this pass, chunk by chunk; return how many there were."""
        count = 0
        while True:
            self._job.check()
            query = self._query(self._since, self._after)
            if self._since is not None:
                # Looked for outside the transaction: no index helps, and on SQLite nobody else could write meanwhile.
                keys = [row.id for row in db.session.execute(query)]
                query = self._query(self._since, self._after).where(self._old.rows.c.id.in_(keys))
            with transaction():
                work = self._held()
                rows = db.session.execute(query).all()
                if not rows:
                    return count
                self._take_over(work, rows)
                work.after = rows[-1].id
                if self.phase == "copy":
                    work.done += len(rows)
                self._job.keep({}, work.done, max(work.total, work.done))
                after = work.after
            self._after, count = after, count + len(rows)

    def _query(self, since: datetime.datetime | None, after: uuid.UUID | None) -> Select[Any]:
        rows = self._old.rows
        wanted = self._old.is_filled if since is None else rows.c.changed_at >= since
        query = select(rows.c.id, *self._old.columns).where(wanted).order_by(rows.c.id).limit(CHUNK)
        return query if after is None else query.where(rows.c.id > after)

    def _take_over(self, work: ShapingWork, rows: Iterable[Any]) -> None:
        values, left = {}, []
        for row in rows:
            value = self._old.value(row)
            try:
                values[row.id] = None if value is None else self._new_field.parse(self._texts(value))
            except FieldProblem:
                values[row.id] = None
                left.append(row.id)
        if self.phase == "copy":
            # There is nothing yet in the new field.
            values = {key: value for key, value in values.items() if value is not None}
        self._new.write(values, WHY)
        work.name(left)

    def _texts(self, value: Any) -> list[str]:
        """Return a value as it would be typed: choices by their names, or by key among the same ones."""
        old: Field = self._old_field
        if isinstance(old, fields.OneChoice):
            return [value if isinstance(self._new_field, fields.ManyChoices) else old.display(value)]
        if isinstance(old, fields.ManyChoices | fields.Answer):
            return [old.display(value)]
        return [old.export(value)]

    def make_indexes(self) -> None:
        """Make what the new field is sorted and searched by; a half-made index is made anew."""
        for index in indexes_of(self._code, self._plan):
            self._job.check()
            with altering() as tables:
                tables.make_index(self._table, index)

    def change_places(self) -> None:
        """Give the new field the old one's name and place, and park the old one under a name of its own."""
        fitted, left = self._new.count(), self._old.count(~self._new.is_filled)
        db.session.rollback()
        for tried in range(TRIES):
            self._job.check()
            try:
                with transaction():
                    self._change_places(fitted, left)
            except OperationalError as error:
                # Somebody who holds one of the last records waits for us: the database lets one of us go.
                db.session.rollback()
                if tried == TRIES - 1:
                    raise TableInUse() from error
                time.sleep(WAIT_SECONDS)
            else:
                return

    def _change_places(self, fitted: int, left: int) -> None:
        bump_version()
        old = lock(ShapingField, [self._old_id])[self._old_id]
        work = works.held(self._id, self.phase, self._after)
        self._take_the_last(work)
        new = ShapingField(screen=old.screen, code=self._code, position=old.position, state=State.ACTIVE)
        write_plan(new, self._plan)
        db.session.add(new)
        definitions = read_definitions()
        old.position = max(row.position for row in definitions.of(old.screen)) + 1
        old.state = State.PARKED
        _rename(old, old.label)
        for other in definitions.of(old.screen):
            settings = plan_of(other).settings
            if settings.when == old.name:
                other.settings = replace(settings, when=new.name).as_text()
        work.state, work.fitted, work.left_over = WorkState.DONE, fitted, left
        self._job.finish({"work": encode_token((self._id,)), "fitted": fitted, "left": left})

    def _take_the_last(self, work: ShapingWork) -> None:
        """Take over what was written since the last pass began; those who wrote the old field have committed."""
        since, after = work.settled_at and work.settled_at - CLOCKS_DIFFER, None
        while rows := db.session.execute(self._query(since, after)).all():
            self._take_over(work, rows)
            after = rows[-1].id


def discard(work_id: uuid.UUID, job: RunningJob) -> None:
    """Empty the column that a conversion had begun to fill; its name is never used again."""
    work = works.find_work(work_id)
    new = Stored.named(table_name(work.screen), f"x_{work.code}", work.wanted)
    plan, code = work.wanted, work.code
    db.session.rollback()
    clear_out(work_id, job, new)
    with transaction():
        bump_version()
        row = ShapingField(screen="", code=code, position=0, state=State.GONE)
        write_plan(row, plan)
        row.label_zh = row.label_en = row.help_zh = row.help_en = row.group_zh = row.group_en = (
            row.settings
        ) = ""
        db.session.add(row)
        db.session.delete(lock(ShapingWork, [work_id])[work_id])
        job.finish({})


def _rename(row: ShapingField, label: OwnWords) -> None:
    kind = str(row.kind.label)
    row.label_zh = f"{label.zh_Hans[:40]} ({kind})" if label.zh_Hans else ""
    row.label_en = f"{label.en[:40]} ({kind})" if label.en else ""
