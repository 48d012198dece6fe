"""Changing: one chunk of rows under one wish, each row changed, left as it is, or refused with its reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from app.core import fields
from app.core.database import db
from app.core.declaration import Screen
from app.core.errors import Invalid, KebuError
from app.core.keys import decode_token
from app.panel.bulk.offers import EDIT, RESTORE, TRASH
from app.panel.bulk.wishes import ADD, REMOVE, SET, Scope, Wish, action_of, read_wish
from app.panel.cells import cell_of
from app.panel.columns import Key, any_key, key_columns, key_of, title_of, token_of
from app.panel.loading import loading, loading_whole
from app.panel.pages import Cell
from app.panel.reading import Page, Reader, alive
from app.panel.refusals import refusal_of
from app.panel.showing import hidden_names
from app.panel.writing import Draft, apply_rules, assign, raw_of

CHUNK = 500
Kind = Literal["changed", "same", "refused"]
_REFUSALS = (IntegrityError, DataError, OperationalError, StaleDataError)


@dataclass
class Verdict:
    """What becomes of one row: its fields before and after, or why it stays as it is."""

    token: str
    title: str
    kind: Kind = "changed"
    version: int | None = None
    reasons: list[str] = field(default_factory=list)
    before: dict[str, Cell] = field(default_factory=dict)
    after: dict[str, Cell] = field(default_factory=dict)


@dataclass
class Task:
    """A wish on the records of a scope; all of it happens inside the open transaction."""

    screen: Screen
    scope: Scope
    wish: Wish

    @cached_property
    def draft(self) -> Draft:
        """The wish's values, read in this transaction; raise `Invalid` for what can no longer be read."""
        draft = read_wish(self.screen, self.wish)
        if draft.errors:
            raise Invalid(draft.errors)
        return draft

    @property
    def shown(self) -> list[fields.Field]:
        """The fields whose values before and after say what happens; a command may change the state and the inputs."""
        if self.wish.what == EDIT:
            names = list(self.wish.operations)
        elif self.wish.what in (TRASH, RESTORE):
            names = []
        else:
            names = [
                self.screen.state,
                *(each.name for each in action_of(self.screen, self.wish.what).fields),
            ]
        return [self.screen.fields[name] for name in names if name in self.screen.fields]

    def page(self, after: str = "", until: str = "") -> Page:
        """Return the keys of the next rows, up to the one of token `until`, and the cursor behind them."""
        question = self.scope.question(self.screen)
        if until:
            # Of a key in several parts the first one is bound: those are no keys that grow.
            first = key_columns(self.screen)[0] <= decode_token(until)[0]
            question = replace(question, conditions=(*question.conditions, first))
        return Reader(question, (), CHUNK).page(after)

    def chunk(self, keys: Sequence[Key]) -> list[Verdict]:
        """Change the records with these keys, in their order, and say what became of each."""
        records = self._load(keys)
        wanted = self.scope.keys(self.screen)
        if self.wish.what in (EDIT, TRASH, RESTORE):
            try:
                with db.session.begin_nested(), db.session.no_autoflush:
                    verdicts = [self._put(record, wanted) for record in records]
                    db.session.flush()
            except _REFUSALS:
                verdicts = [self._alone(key, wanted) for key in keys]
        else:
            verdicts = [self._alone(key, wanted) for key in keys]
        return verdicts

    def _load(self, keys: Sequence[Key]) -> list[Any]:
        screen = self.screen
        options = [*loading_whole(screen), *loading(screen, tuple(screen.fields))[1:]]
        query = select(screen.model).options(*options).where(any_key(screen, keys))
        query = query.where(*alive(screen, in_trash=self.scope.in_trash)).limit(len(keys))
        query = query.execution_options(populate_existing=True)
        found = {key_of(screen, record): record for record in db.session.scalars(query).unique()}
        return [found[key] for key in keys if key in found]

    def _alone(self, key: Key, wanted: dict[Key, Any]) -> Verdict:
        """Change one record within a savepoint, so that a refusal touches no other."""
        records = self._load([key])
        if not records:
            return _gone(wanted, key)
        verdict = self._verdict(records[0], wanted)
        try:
            with db.session.begin_nested():
                self._change(records[0], verdict)
                db.session.flush()
        except StaleDataError:
            self._refuse(verdict, [str(_("Someone else changed this record at the same moment."))])
        except (IntegrityError, DataError, OperationalError) as error:
            self._refuse(verdict, self._reasons(refusal_of(error, self.screen)))
        except KebuError as refusal:
            self._refuse(verdict, self._reasons(getattr(refusal, "errors", {"": refusal})))
        return verdict

    def _put(self, record: Any, wanted: dict[Key, Any]) -> Verdict:
        verdict = self._verdict(record, wanted)
        self._change(record, verdict)
        return verdict

    def _verdict(self, record: Any, wanted: dict[Key, Any]) -> Verdict:
        version = getattr(record, "row_version", None)
        verdict = Verdict(token_of(self.screen, record), title_of(self.screen, record), version=version)
        looked_at = wanted.get(key_of(self.screen, record), ("", None))[1]
        if looked_at is not None and version is not None and looked_at != version:
            self._refuse(verdict, [str(_("Someone changed this record after you looked at it."))])
        return verdict

    def _refuse(self, verdict: Verdict, reasons: list[str]) -> None:
        verdict.kind, verdict.reasons, verdict.after = "refused", reasons, {}

    def _reasons(self, errors: Any) -> list[str]:
        found = []
        for name, message in errors.items():
            entry = self.screen.fields.get(name)
            label = _("%(label)s: %(message)s", label=entry.label, message=message) if entry else message
            found.append(str(label))
        return found

    # --- One record --------------------------------------------------------------------------------

    def _change(self, record: Any, verdict: Verdict) -> None:
        """Do what is wished to one record, unless it is refused already; fill in the verdict."""
        if verdict.kind == "refused":
            return
        verdict.before = self._cells(record)
        if self.wish.what == EDIT:
            if not self._edit(record, verdict):
                return
        elif self.wish.what == TRASH:
            record.move_to_trash()
        elif self.wish.what == RESTORE:
            record.restore()
        else:
            version = getattr(record, "row_version", None)
            action_of(self.screen, self.wish.what).run(
                key_of(self.screen, record)[0], dict(self.draft.values)
            )
            db.session.flush()
            if version is not None and record.row_version == version:
                verdict.kind = "same"
        verdict.after = self._cells(record)

    def _cells(self, record: Any) -> dict[str, Cell]:
        return {entry.name: cell_of(self.screen, entry, record) for entry in self.shown}

    def _edit(self, record: Any, verdict: Verdict) -> bool:
        """Give the fields their values, or refuse; say whether the record took them."""
        draft = Draft(values={name: self._value(name, record) for name in self.wish.operations})
        hidden = self._hidden(record, draft)
        apply_rules(self.screen, record, draft)
        for name in self.wish.operations:
            if self.screen.fields[name].required and draft.values[name] in (None, [], ()):
                draft.errors[name] = _("Please fill this in.")
        for name in hidden:
            draft.errors[name] = _("This does not apply, given the record's other values.")
        if draft.errors:
            self._refuse(verdict, self._reasons(draft.errors))
            return False
        differing = {name: value for name, value in draft.values.items() if getattr(record, name) != value}
        if not differing:
            verdict.kind = "same"
        assign(record, differing)
        return True

    def _hidden(self, record: Any, draft: Draft) -> set[str]:
        """Return which of the changed fields don't show, given what else stands in the record then."""

        def raw(entry: fields.Field) -> Sequence[str]:
            if entry.name in draft.values and not isinstance(entry, fields.Link | fields.Links):
                return entry.raw(draft.values[entry.name])
            return raw_of(entry, record)

        return hidden_names(self.screen, raw) & draft.values.keys()

    def _value(self, name: str, record: Any) -> Any:
        """Return what a field is to hold then: the new value, or the old ones with some more or fewer."""
        operation, value, old = self.wish.operations[name], self.draft.values[name], getattr(record, name)
        entry = self.screen.fields[name]
        if operation not in (ADD, REMOVE):
            same = operation == SET and isinstance(entry, fields.Links) and set(old) == set(value)
            return old if same else value
        present = list(old or ())
        if operation == ADD:
            changed = [*present, *(each for each in value if each not in present)]
        else:
            changed = [each for each in present if each not in value]
        if isinstance(entry, fields.ManyChoices):
            places = {option.value: place for place, option in enumerate(entry.choices)}
            return tuple(sorted(changed, key=lambda key: places.get(key, len(places)))) or None
        return changed


def _gone(wanted: dict[Key, Any], key: Key) -> Verdict:
    """Return the verdict on a chosen record that is no longer where it was."""
    token = wanted[key][0] if key in wanted else ""
    return Verdict(token, "—", "refused", reasons=[str(_("This record is no longer there."))])


def missing(task: Task, found: Sequence[Key]) -> list[Verdict]:
    """Return refusals for the chosen records that the list no longer finds."""
    wanted = task.scope.keys(task.screen)
    return [_gone(wanted, key) for key in wanted if key not in set(found)]
