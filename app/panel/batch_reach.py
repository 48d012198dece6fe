"""Batch reach: of what a batch did, what the present person reaches: neither a row of the rest shows nor its number."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from app.journal import reading
from app.journal.models import JournalEntry
from app.journal.reading import PAGE_SIZE, EntryPage, Tally
from app.journal.undoing import confined, within_reach

MOST_COUNTED = 2_000
# Entries that are looked at for one page, as nobody knows how many of them lie within reach.
LOOK, MOST_LOOKS = 250, 20


@dataclass(frozen=True)
class Sums:
    """What a batch did in numbers: `known` where they were counted within reach, `unknown` where it was too much.

    `whole` says that all of it lies within reach.
    """

    known: tuple[Tally, ...]
    unknown: tuple[Tally, ...] = ()
    whole: bool = True


def sums_within_reach(batch_id: uuid.UUID, tallies: Sequence[Tally]) -> Sums:
    """Return the numbers of a batch as the present person may know them; one more read for who is confined."""
    narrowed = confined(each.subject for each in tallies)
    if not narrowed:
        return Sums(tuple(tallies))
    free = [each for each in tallies if each.subject not in narrowed]
    rest = [each for each in tallies if each.subject in narrowed]
    touched = reading.touched(batch_id, narrowed, MOST_COUNTED)
    if touched is None:
        return Sums(tuple(free), tuple(rest), whole=False)
    reached = within_reach(touched)
    counts = Counter((each.subject, each.verb) for each in reached)
    counted = [Tally(each.subject, each.verb, counts[each.subject, each.verb]) for each in rest]
    known = (*free, *(each for each in counted if each.count))
    return Sums(known, whole=len(reached) == len(touched))


def entries_within_reach(
    batch_id: uuid.UUID, before: uuid.UUID | None, subjects: Collection[str]
) -> EntryPage:
    """Return one page of what a batch did in these tables, full if so much lies within reach."""
    if not confined(subjects):
        return reading.batch(batch_id, before, subjects=subjects)
    found: list[JournalEntry] = []
    after = before
    for _look in range(MOST_LOOKS):
        page = reading.batch(batch_id, after, LOOK, subjects=subjects)
        found += within_reach(page.entries)
        after = page.next
        if after is None or len(found) > PAGE_SIZE:
            break
    if len(found) > PAGE_SIZE:
        return EntryPage(found[:PAGE_SIZE], found[PAGE_SIZE - 1].id)
    return EntryPage(found, after)
