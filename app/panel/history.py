"""The history: what the journal tells of one record or one batch, as a page of entries in the person's language."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import format_decimal
from flask_babel import gettext as _

from app.core import fields
from app.core.declaration import Screen
from app.core.errors import NotFound, UnreadableToken
from app.core.keys import decode_token, encode_token
from app.core.outside import subject_of
from app.core.permissions import granted
from app.journal import reading
from app.journal.batches import UNDO_BATCH_PERMISSION, Progress
from app.journal.jobs import batch_address
from app.journal.models import JournalEntry, Verb
from app.journal.undoing import Outcome, Undone, confined, may_see, may_undo, screen_of
from app.journal.values import decode, load
from app.panel.batch_reach import entries_within_reach, sums_within_reach
from app.panel.columns import Key, record_url, title_of, titles_of, token_of
from app.panel.past_values import PastChange, Titles, changes_of
from app.panel.people import Names, names_behind, who_did

# What the person waits for while it is taken back; measured at 0.8 ms a change.
# More than this is handed to a worker.
MOST_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class PastEntry:
    """One entry: when, who, what; `title` and `url` name the record where the page is about many."""

    key: str
    moment: str
    who: str
    verb: str
    tone: str
    changes: tuple[PastChange, ...]
    reason: str = ""
    batch_url: str = ""
    undo_url: str = ""
    is_undo: bool = False
    is_taken_back: bool = False
    title: str = ""
    url: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """A record's history, newest first; `older_url` leads to what happened before."""

    screen: Screen
    title: str
    url: str
    entries: tuple[PastEntry, ...]
    older_url: str = ""


@dataclass(frozen=True, slots=True)
class BatchPage:
    """One batch: what it did in numbers (`counts`), its newest entries, and whether it can be taken back as one.

    `hidden` counts what the person may not see; `left` are the records that an undo left alone, with the reason.
    """

    title: str
    moment: str
    who: str
    counts: tuple[str, ...]
    entries: tuple[PastEntry, ...]
    hidden: str = ""
    older_url: str = ""
    undo_url: str = ""
    undo_question: str = ""
    taken_back_url: str = ""


@dataclass(frozen=True, slots=True)
class UndonePage:
    """What came of a batch's undo: numbers by outcome, and the records that were left alone (title, url, why, tone)."""

    counts: tuple[tuple[str, str, str], ...]
    left: tuple[tuple[str, str, str, str], ...]
    more: str
    batch_url: str
    undo_url: str


def read_place(text: str) -> uuid.UUID | None:
    """Return the entry that an address goes on after; None at the beginning. Raises `UnreadableToken`."""
    if not text:
        return None
    parts = decode_token(text)
    if len(parts) != 1 or not isinstance(parts[0], uuid.UUID):
        raise UnreadableToken()
    return parts[0]


def history_page(screen: Screen, record: Any, before: str) -> HistoryPage:
    """Return one page of a record's history, beginning after the entry `before`."""
    subject, token = subject_of(screen.model), token_of(screen, record)
    page = reading.history(subject, token, read_place(before))
    undone = reading.taken_back(subject, token, page.entries)
    titles = Titles.of((screen, entry) for entry in page.entries)
    names = names_behind(page.entries)
    url = record_url(screen, record)
    return HistoryPage(
        screen,
        title_of(screen, record),
        url,
        tuple(_entry(screen, entry, titles, names, undone) for entry in page.entries),
        f"{url}/history?before={encode_token([page.next])}" if page.next else "",
    )


def _entry(
    screen: Screen,
    entry: JournalEntry,
    titles: Titles,
    names: Names,
    undone: Iterable[uuid.UUID] = (),
    *,
    undoable: bool = True,
    title: str = "",
    url: str = "",
) -> PastEntry:
    is_taken_back = entry.id in undone
    may = undoable and not is_taken_back and may_undo(entry.subject, entry.verb, entry.attributes)
    return PastEntry(
        key=encode_token([entry.id]),
        moment=fields.Moment("moment", "").display(entry.moment),
        who=who_did(entry, names),
        verb=str(entry.verb.label),
        tone=entry.verb.tone,
        changes=changes_of(screen, entry, titles),
        reason=entry.reason if undoable else "",
        batch_url=batch_address(entry.batch_id) if entry.batch_id is not None and undoable else "",
        undo_url=f"/journal/entry/{encode_token([entry.id])}/undo" if may else "",
        is_undo=entry.undoes_id is not None,
        is_taken_back=is_taken_back,
        title=title,
        url=url,
    )


def plain_entry(entry: JournalEntry, names: Names, **told: Any) -> PastEntry:
    """Return an entry of the whole journal, which leads to no undo; `told` are further attributes."""
    return PastEntry(
        key=encode_token([entry.id]),
        moment=fields.Moment("moment", "").display(entry.moment),
        who=who_did(entry, names),
        reason=entry.reason,
        batch_url=batch_address(entry.batch_id) if entry.batch_id is not None else "",
        is_undo=entry.undoes_id is not None,
        **told,
    )


# --- A batch -------------------------------------------------------------------------------------------


def batch_page(batch_id: uuid.UUID, before: str) -> BatchPage:
    """Return the page of a batch, limited to what the person may see; raise `NotFound` when that is nothing."""
    tallies = reading.tally(batch_id)
    seen = [each for each in tallies if (screen := screen_of(each.subject)) is not None and may_see(screen)]
    if not seen:
        raise NotFound()
    subjects = sorted({each.subject for each in seen})
    page = entries_within_reach(batch_id, read_place(before), subjects)
    if not page.entries and not before:
        raise NotFound()
    sums = sums_within_reach(batch_id, seen)
    pairs = [(screen, entry) for entry in page.entries if (screen := screen_of(entry.subject)) is not None]
    total = sum(each.count for each in tallies)
    names = names_behind(page.entries)
    newest = page.entries[0] if page.entries else None
    taken_back = reading.taken_back_by(batch_id)
    may = (
        granted(UNDO_BATCH_PERMISSION)
        and taken_back is None
        and sums.whole
        and all(may_undo(each.subject, each.verb) for each in tallies)
    )
    url = batch_address(batch_id)
    return BatchPage(
        title=_batch_title(newest),
        moment=fields.Moment("moment", "").display(newest.moment) if newest else "",
        who=who_did(newest, names) if newest else "",
        counts=(
            *(_tally_words(each) for each in sums.known),
            *(_uncounted_words(each) for each in sums.unknown),
        ),
        entries=_batch_entries(pairs, names),
        hidden=_hidden_words([each for each in tallies if each not in seen]),
        older_url=f"{url}?before={encode_token([page.next])}" if page.next else "",
        undo_url=f"{url}/undo" if may else "",
        undo_question=str(_("Take back all %(count)s changes?", count=format_decimal(total))),
        taken_back_url=batch_address(taken_back) if taken_back is not None else "",
    )


def _batch_title(newest: JournalEntry | None) -> str:
    if newest is not None and newest.reason:
        return newest.reason
    is_undo = newest is not None and newest.undoes_id is not None
    return str(_("Undo of a batch") if is_undo else _("Changes made together"))


def _hidden_words(unseen: Sequence[reading.Tally]) -> str:
    """Return how much the person has no right to see; of records out of reach not even the number is told."""
    narrowed = confined(each.subject for each in unseen)
    count = sum(each.count for each in unseen if each.subject not in narrowed)
    return str(_("%(count)s more that you may not see", count=format_decimal(count))) if count else ""


def _uncounted_words(each: reading.Tally) -> str:
    screen = screen_of(each.subject)
    name = str(screen.plural) if screen is not None else each.subject
    return str(_("%(records)s: %(verb)s", records=name, verb=each.verb.label))


def _tally_words(each: reading.Tally) -> str:
    screen = screen_of(each.subject)
    name = str(screen.plural) if screen is not None else each.subject
    return str(
        _(
            "%(records)s: %(count)s × %(verb)s",
            records=name,
            count=format_decimal(each.count),
            verb=each.verb.label,
        )
    )


def _batch_entries(pairs: Sequence[tuple[Screen, JournalEntry]], names: Names) -> tuple[PastEntry, ...]:
    titles = Titles.of(pairs)
    called = _record_titles((entry.subject, entry.record) for _screen, entry in pairs)
    found = []
    for screen, entry in pairs:
        title = called.get((entry.subject, entry.record), "")
        url = f"{screen.path}{entry.record}" if title else ""
        found.append(
            _entry(
                screen,
                entry,
                titles,
                names,
                undoable=False,
                title=title or _last_title(screen, entry),
                url=url,
            )
        )
    return tuple(found)


def _record_titles(records: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Return what records are called now, by table and token, with one statement a table; gone ones are left out."""
    keys: dict[str, dict[Key, str]] = {}
    for subject, token in records:
        keys.setdefault(subject, {})[decode_token(token)] = token
    found = {}
    for subject, tokens in keys.items():
        screen = screen_of(subject)
        if screen is not None:
            for key, title in titles_of(screen, list(tokens)).items():
                found[subject, tokens[key]] = title
    return found


def _last_title(screen: Screen, entry: JournalEntry) -> str:
    values = load(entry.after) or load(entry.before) or {}
    if screen.hides_title:
        return screen.called(entry.record)
    return screen.called(decode(values.get(screen.title)))


def undone_page(progress: Progress) -> UndonePage:
    """Return what came of a batch's undo."""
    called = _record_titles((each.subject, each.record) for each in progress.left)
    left = sum(count for outcome, count in progress.outcomes.items() if outcome is not Outcome.RESTORED)
    more = left - len(progress.left)
    restored = progress.outcomes.get(Outcome.RESTORED, 0)
    into = batch_address(progress.into)
    return UndonePage(
        counts=tuple(
            (str(outcome.label), format_decimal(progress.outcomes[outcome]), outcome.tone)
            for outcome in Outcome
            if progress.outcomes.get(outcome)
        ),
        left=tuple(_left(each, called) for each in progress.left),
        more=str(_("and %(count)s more", count=format_decimal(more))) if more > 0 else "",
        batch_url=into if restored else "",
        undo_url=f"{into}/undo" if restored else "",
    )


def _left(each: Undone, called: Mapping[tuple[str, str], str]) -> tuple[str, str, str, str]:
    screen = screen_of(each.subject)
    title = called.get((each.subject, each.record), "")
    url = f"{screen.path}{each.record}" if screen is not None and title else ""
    label = str(screen.label) if screen is not None else each.subject
    return title or label, url, str(each.outcome.label), each.outcome.tone


def place_after_undo(entry: JournalEntry, *, restored: bool) -> str:
    """Return the address to show after an undo: the record's history, or the list where the record is not there."""
    screen = screen_of(entry.subject)
    if screen is None:
        return "/"
    gone = entry.verb is (Verb.ADDED if restored else Verb.DELETED) and not (restored and screen.has_trash)
    return screen.path if gone else f"{screen.path}{entry.record}#history"
