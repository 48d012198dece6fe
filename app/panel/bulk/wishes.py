"""Wishes: what a bulk edit is to do, to which records, and the right that it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.core import fields
from app.core.declaration import BulkAction, Group, Screen
from app.core.errors import Invalid, NotFound
from app.core.fields.base import FieldProblem
from app.core.permissions import require
from app.panel.addresses import ALL_BRANCHES
from app.panel.bulk.offers import DO, EDIT, RESTORE, TRASH
from app.panel.columns import Key, any_key, read_key
from app.panel.link_values import resolve_links
from app.panel.list_page import read_question
from app.panel.ordering import OLDEST_FIRST
from app.panel.reading import SEARCH_CAP, Question, capped_count
from app.panel.where import PARAMETER
from app.panel.writing import Draft, editable_fields, read_form

MOST_CHOSEN = 500
# What may be done to a field: to give a value, take all away, or add and take away some of many.
SET, EMPTY, ADD, REMOVE, YES, NO = "set", "empty", "add", "remove", "yes", "no"


@dataclass(frozen=True)
class Scope:
    """Which records: those `chosen` by token, each with the version that was looked at, or all that a list finds."""

    arguments: tuple[tuple[str, str], ...] = ()
    in_trash: bool = False
    chosen: tuple[tuple[str, int | None], ...] = ()

    @classmethod
    def of(cls, arguments: MultiDict[str, str], *, in_trash: bool = False) -> Scope:
        """Return the scope of a list's address: what narrows it, not how it is sorted or shown."""
        kept = [
            (name, value)
            for name, value in arguments.items(multi=True)
            if (name in ("q", PARAMETER) or name.startswith("f.")) and (value or name == ALL_BRANCHES)
        ]
        return cls(tuple(kept), in_trash)

    @property
    def pairs(self) -> MultiDict[str, str]:
        """The list's arguments."""
        return MultiDict(self.arguments)

    def keys(self, screen: Screen) -> dict[Key, tuple[str, int | None]]:
        """Return the chosen records' tokens and versions by key; raise `NotFound` for what names none."""
        return {read_key(screen, token): (token, version) for token, version in self.chosen}

    def question(self, screen: Screen) -> Question:
        """Return the question that finds the records in the order of their keys; raise `Invalid`.

        What a change does to a row never moves it before or behind the cursor, as keys stay.
        """
        if self.chosen:
            named = any_key(screen, list(self.keys(screen)))
            return Question(screen, conditions=(named,), order=OLDEST_FIRST, in_trash=self.in_trash)
        question, _terms = read_question(screen, self.pairs, in_trash=self.in_trash)
        question = replace(question, order=OLDEST_FIRST)
        if question.text and capped_count(question) >= SEARCH_CAP:
            # A search stops looking at so many; "all" would not be all of them.
            raise Invalid({"q": _("Very many match this search. Type more of it, or filter instead.")})
        return question

    def to_json(self) -> dict[str, Any]:
        """Return this as plain JSON."""
        return {"arguments": self.arguments, "trash": self.in_trash, "chosen": self.chosen}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Scope:
        """Return what `to_json` was given."""
        pairs = tuple((name, value) for name, value in document["arguments"])
        chosen = tuple((token, version) for token, version in document["chosen"])
        return cls(pairs, document["trash"], chosen)


@dataclass(frozen=True)
class Wish:
    """What is done: `edit`, `trash`, `restore` or `do:<action>`, with the raw texts of fields by name.

    For an edit `operations` says by field what happens to it.
    """

    what: str
    operations: Mapping[str, str] = field(default_factory=dict)
    raw: Mapping[str, list[str]] = field(default_factory=dict)

    @property
    def form(self) -> MultiDict[str, str]:
        """The raw texts as a form sends them."""
        return MultiDict([(name, text) for name, texts in self.raw.items() for text in texts])

    def to_json(self) -> dict[str, Any]:
        """Return this as plain JSON."""
        return {"what": self.what, "operations": dict(self.operations), "raw": dict(self.raw)}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Wish:
        """Return what `to_json` was given."""
        return cls(document["what"], document["operations"], document["raw"])


def action_of(screen: Screen, what: str) -> BulkAction:
    """Return the declared action that `do:<name>` names; raise `NotFound`."""
    for action in screen.bulk_actions:
        if what == DO + action.name:
            return action
    raise NotFound()


def permission_of(screen: Screen, what: str) -> str:
    """Return the right that a wish needs besides listing; raise `NotFound` where it can't be done at all."""
    if what.startswith(DO):
        return action_of(screen, what).permission
    verb = "edit" if what == EDIT else "delete"
    if verb not in screen.verbs or what not in (EDIT, TRASH, RESTORE):
        raise NotFound()
    if what in (TRASH, RESTORE) and not screen.has_trash:
        raise NotFound()
    return screen.permission(verb)


def require_wish(screen: Screen, what: str) -> None:
    """Raise `Forbidden` or `NotFound` unless the present person may do this to the screen's records."""
    require(screen.permission("list"))
    require(permission_of(screen, what))


# --- Editing fields ---------------------------------------------------------------------------------


def bulk_fields(screen: Screen) -> list[fields.Field]:
    """Return the fields that can be given one value in many records: no files, and nothing that must be unique.

    Nor what is masked: which records the look calls unchanged would tell their values.
    """
    unique = {rule.field for rule in screen.unique}
    return [
        entry
        for entry in editable_fields(screen)
        if not isinstance(entry, fields.File) and entry.name not in unique and not entry.masked
    ]


def operations_of(entry: fields.Field) -> tuple[str, ...]:
    """Return what can be done to a field in many records at once."""
    if isinstance(entry, fields.YesNo) and not isinstance(entry, fields.Answer):
        return YES, NO
    several = (ADD, REMOVE) if entry.multiple else ()
    return (*several, SET) if entry.required else (*several, SET, EMPTY)


def action_form(screen: Screen, action: BulkAction) -> Screen:
    """Return a screen of an action's own inputs, to be read and shown like any form's."""
    groups = (Group("", action.fields),)
    return Screen(screen.slice, screen.noun, screen.model, screen.label, screen.plural, groups, ())


def read_wish(screen: Screen, wish: Wish) -> Draft:
    """Return the values of a wish, with links as records, and the messages for what can't be read."""
    if wish.what.startswith(DO):
        return read_form(action_form(screen, action_of(screen, wish.what)), wish.form, {})
    draft = Draft(raw={name: list(texts) for name, texts in wish.raw.items()})
    if wish.what != EDIT:
        return draft
    entries = {entry.name: entry for entry in bulk_fields(screen)}
    for name, operation in wish.operations.items():
        entry = entries.get(name)
        if entry is None or operation not in operations_of(entry):
            raise NotFound()
        try:
            draft.values[name] = _value(entry, operation, draft.raw.get(name, []))
        except FieldProblem as problem:
            draft.errors[name] = problem.message
    if not wish.operations:
        draft.errors[""] = _("Choose at least one field to change.")
    resolve_links(screen, draft, None)
    return draft


def _value(entry: fields.Field, operation: str, raw: list[str]) -> Any:
    if operation in (YES, NO):
        return operation == YES
    if operation == EMPTY:
        return entry.parse([])
    value = entry.parse(raw)
    if value in (None, [], ()):
        raise FieldProblem(_("Please fill this in."))
    return value
