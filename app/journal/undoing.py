"""Undoing: one change or a whole batch taken back by new changes, each of which is written down like any other.

A record is put back only while it still holds what the change left there; what others have done since stays.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.exc import StaleDataError

from app.core.choices import Choices
from app.core.database import db, is_broken_rule
from app.core.declaration import Screen
from app.core.errors import Conflict, Forbidden, NotFound
from app.core.kernel import kernel
from app.core.keys import KeyPart, decode_token, encode_token
from app.core.occasion import on_occasion
from app.core.outside import subject_of
from app.core.permissions import granted
from app.core.reach import present_reach
from app.core.transaction import command
from app.journal.models import JournalEntry, Verb
from app.journal.putting_back import Rows, Unfit, put_back
from app.journal.reading import entry_of

# What a person must be allowed to do to a record to take such a change of it back.
_NEEDS: dict[Verb, tuple[str, ...]] = {
    Verb.ADDED: ("delete",),
    Verb.CHANGED: ("edit",),
    Verb.TRASHED: ("delete",),
    Verb.RESTORED: ("delete",),
    Verb.DELETED: ("add", "delete"),
    Verb.HAPPENED: (),
}

# PostgreSQL numbers some keys of other programs always by itself, and takes back none that it once gave.
_ALWAYS_NUMBERED = "428C9"


class Outcome(Choices):
    """What became of one record when its change was to be taken back."""

    RESTORED = "restored", _l("Taken back"), "good"
    CHANGED_SINCE = "changed_since", _l("Changed since, left alone"), "warning"
    GONE = "gone", _l("No longer there"), "neutral"
    REFUSED = "refused", _l("Refused by a rule of the record"), "bad"


class NotUndoable(Conflict):
    """This kind of record has no way back by the journal."""

    code = "not-undoable"
    message = _l("Changes of this kind can't be taken back here.")


Models = Mapping[str, type[Any]]


@dataclass(frozen=True, slots=True)
class Undone:
    """One record of an undo and what became of it."""

    subject: str
    record: str
    outcome: Outcome


def screen_of(subject: str) -> Screen | None:
    """Return the screen in use whose records lie in the table `subject`; the first one declared, if several."""
    for screen in kernel().screens.values():
        if subject_of(screen.model) == subject:
            return screen
    return None


def may_see(screen: Screen) -> bool:
    """Say whether the present person may see what happened to the records of a screen."""
    return all(verb in screen.verbs and granted(screen.permission(verb)) for verb in ("show", "history"))


def is_undoable(subject: str, verb: Verb) -> bool:
    """Say whether such a change can be taken back at all, whoever asks."""
    screen = screen_of(subject)
    return (
        screen is not None
        and verb is not Verb.HAPPENED
        and bool(getattr(screen.model, "__undoable__", True))
        and all(each in screen.verbs for each in _NEEDS[verb])
    )


def may_undo(subject: str, verb: Verb, attributes: Iterable[str] = ()) -> bool:
    """Say whether the present person may take back such a change of these attributes."""
    screen = screen_of(subject)
    if screen is None or not is_undoable(subject, verb) or not may_see(screen):
        return False
    needs = {screen.permission(each) for each in _NEEDS[verb]}
    changed = set(attributes)
    if verb is Verb.CHANGED and screen.workflow is not None and screen.workflow.attribute in changed:
        # A state changes by its steps alone; to take a step back is to take one.
        alone = changed == {screen.workflow.attribute}
        needs = (set() if alone else needs) | {screen.workflow_permission}
    if verb is Verb.CHANGED and changed & _hidden(screen):
        return False
    return all(granted(each) for each in needs)


def _hidden(screen: Screen) -> set[str]:
    """Return the attributes of the fields that the present person may not know of: nobody changes those unseen."""
    declared = kernel().declared_screens[screen.name].fields
    gone = [declared[name] for name in declared.keys() - screen.fields.keys()]
    return {name for each in gone for name in (each.name, each.column, f"{each.name}_currency")}


class _OfRecord(Protocol):
    """What tells of one record: its table and its token."""

    @property
    def subject(self) -> str: ...
    @property
    def record(self) -> str: ...


_E = TypeVar("_E", bound=_OfRecord)


def within_reach(entries: Sequence[_E]) -> list[_E]:
    """Return those entries whose record the present person reaches; one statement for each confined table."""
    conditions = present_reach().conditions
    confined: dict[str, set[tuple[KeyPart, ...]]] = {}
    for entry in entries:
        screen = screen_of(entry.subject)
        if entry.record and screen is not None and screen.model in conditions:
            confined.setdefault(entry.subject, set()).add(decode_token(entry.record))
    reached = {subject: _reached(subject, keys) for subject, keys in confined.items()}
    return [
        entry
        for entry in entries
        if entry.subject not in reached or not entry.record or entry.record in reached[entry.subject]
    ]


def confined(subjects: Iterable[str]) -> set[str]:
    """Return those of these tables of which the present person does not reach every record."""
    conditions = present_reach().conditions
    return {
        each for each in subjects if (screen := screen_of(each)) is not None and screen.model in conditions
    }


def _reached(subject: str, keys: set[tuple[KeyPart, ...]]) -> set[str]:
    model = _model_of(subject)
    (column,) = (getattr(model, part.key) for part in model.__mapper__.primary_key)
    wanted = [key[0] for key in keys]
    found = db.session.scalars(select(column).where(column.in_(wanted)).limit(len(wanted)))
    return {encode_token([key]) for key in found}


def require_undo(entries: Iterable[JournalEntry]) -> None:
    """Raise `NotUndoable` or `Forbidden` unless the present person may take all of these back."""
    # Ten thousand entries of a batch are mostly of one kind.
    for subject, verb, attributes in {(each.subject, each.verb, each.attributes) for each in entries}:
        if not is_undoable(subject, verb):
            raise NotUndoable()
        if not may_undo(subject, verb, attributes):
            raise Forbidden()


@command(None)
def undo_entry(entry_id: uuid.UUID) -> Undone:
    """Take one change back; raise `NotFound`, `NotUndoable` or `Forbidden`.

    It needs the history and, by what was done, the right to edit, to delete (adding, the trash), or to add and
    delete (deletion for good): each entry's own permission is asked here.
    """
    entry = entry_of(entry_id)
    require_undo([entry])
    if not within_reach([entry]):
        raise NotFound
    with on_occasion(undoes_id=entry.id):
        (undone,) = take_back([entry])
    return undone


def take_back(entries: Sequence[JournalEntry]) -> list[Undone]:
    """Take changes back in the given order (newest first), within the open transaction and occasion.

    All at once where the database agrees; one by one where it refuses some.
    """
    models = {subject: _model_of(subject) for subject in {entry.subject for entry in entries}}
    try:
        with db.session.begin_nested():
            return _together(entries, models)
    except (DBAPIError, StaleDataError) as error:
        _only_rules(error)
    return [undone for entry in entries for undone in _alone(entry, models)]


def _alone(entry: JournalEntry, models: Models) -> list[Undone]:
    try:
        with db.session.begin_nested():
            return _together([entry], models)
    except (DBAPIError, StaleDataError) as error:
        _only_rules(error)
    return [Undone(entry.subject, entry.record, Outcome.REFUSED)]


def _only_rules(error: DBAPIError | StaleDataError) -> None:
    always_numbered = getattr(getattr(error, "orig", None), "sqlstate", "") == _ALWAYS_NUMBERED
    if isinstance(error, DBAPIError) and not is_broken_rule(error) and not always_numbered:
        raise error


def _together(entries: Sequence[JournalEntry], models: Models) -> list[Undone]:
    undone: list[Undone] = []
    for run in _runs(entries):
        rows = Rows.read([(models[entry.subject], entry) for entry in run])
        undone += [
            Undone(entry.subject, entry.record, _one(rows, models[entry.subject], entry)) for entry in run
        ]
        db.session.flush()
    return undone


def _one(rows: Rows, model: type[Any], entry: JournalEntry) -> Outcome:
    try:
        found = put_back(rows, model, entry)
    except Unfit:
        return Outcome.REFUSED
    return Outcome(found)


def _model_of(subject: str) -> type[Any]:
    screen = screen_of(subject)
    if screen is None:
        raise NotUndoable()
    return screen.model


def _runs(entries: Sequence[JournalEntry]) -> Iterable[list[JournalEntry]]:
    """Yield entries in runs that touch no record twice, so that each run sees what the one before it did."""
    run: list[JournalEntry] = []
    seen: set[tuple[str, str]] = set()
    for entry in entries:
        if (entry.subject, entry.record) in seen:
            yield run
            run, seen = [], set()
        run.append(entry)
        seen.add((entry.subject, entry.record))
    if run:
        yield run
