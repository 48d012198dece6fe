"""Entries of the whole journal as the auditor's page and its files show them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import format_decimal
from flask_babel import gettext as _

from app.core.declaration import Screen
from app.core.happenings import HappeningKind
from app.journal.happenings import kinds
from app.journal.models import JournalEntry, Verb
from app.journal.undoing import may_see, screen_of
from app.journal.values import decode, load
from app.panel.history import PastEntry, plain_entry
from app.panel.past_values import NONE, PastChange, Titles, changes_of
from app.panel.people import names_behind
from app.panel.revealing import Reason

_OF_FIELDS = frozenset({"field", "columns", "filters"})


def past_entries(entries: Sequence[JournalEntry]) -> tuple[PastEntry, ...]:
    """Return the entries in words, in their order; values only of records that the person may see."""
    pairs = [(screen, each) for each in entries if (screen := screen_of(each.subject)) is not None]
    seen = [(screen, each) for screen, each in pairs if may_see(screen) and each.verb is not Verb.HAPPENED]
    titles = Titles.of(seen)
    screens = {each.id: screen for screen, each in pairs}
    shown = {each.id: changes_of(screen, each, titles) for screen, each in seen}
    names = names_behind(entries)
    found = []
    for each in entries:
        screen = screens.get(each.id)
        kind = kinds().get(each.kind)
        label = str(screen.label) if screen is not None else each.subject
        found.append(
            plain_entry(
                each,
                names,
                verb=str(kind.label) if kind is not None else each.kind or str(each.verb.label),
                tone=kind.tone if kind is not None else each.verb.tone,
                changes=_facts(each, kind, screen) if each.kind else shown.get(each.id, ()),
                title=label,
                url=f"{screen.path}{each.record}"
                if screen is not None and each.record and may_see(screen)
                else "",
                place=f"{each.chain} {format_decimal(each.place or 0)} · {each.address}".rstrip(" ·"),
            )
        )
    return tuple(found)


def _facts(entry: JournalEntry, kind: HappeningKind | None, screen: Screen | None) -> tuple[PastChange, ...]:
    if entry.unreadable:
        return (PastChange(str(_("Values")), NONE, str(_("erased")), is_new=True),)
    facts = load(entry.after) or {}
    # What an older program told may be declared no more.
    names, words = (kind.facts, kind.words) if kind is not None else ({}, {})
    return tuple(
        PastChange(str(names.get(name, name)), NONE, _fact(name, value, words, screen), is_new=True)
        for name, value in facts.items()
        if value != []
    )


def _fact(name: str, value: Any, words: Mapping[str, object], screen: Screen | None) -> str:
    """Return a fact in words; what a person does not see of a record keeps its name alone."""
    found = decode(value)
    said = [_said(name, each, words, screen) for each in (found if isinstance(found, list) else [found])]
    return ", ".join(said)


def _said(name: str, value: Any, words: Mapping[str, object], screen: Screen | None) -> str:
    if name in _OF_FIELDS and screen is not None and value in screen.fields:
        return str(screen.fields[value].label)
    if name == "reason" and value in set(Reason):
        return str(Reason(value).label)
    if isinstance(value, bool):
        return str(_("Yes")) if value else str(_("No"))
    return in_words(str(value), words)


def in_words(stored: str, words: Mapping[str, object]) -> str:
    """Return `stored` as `words` call it, whole or word by word; what they don't know stays as it is."""
    if stored in words:
        return str(words[stored])
    return " + ".join(str(words.get(each, each)) for each in stored.split(" "))
