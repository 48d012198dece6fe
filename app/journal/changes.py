"""Changes: what one transaction has done so far, folded to one change a record and occasion."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from app.core.occasion import Occasion
from app.journal.models import Verb

if TYPE_CHECKING:
    from app.journal.about import Whom

Encoded = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Change:
    """One record before and after, by attribute: those that differ, or all when it came (no `before`) or went.

    `about` is the person whom the record tells of.
    """

    subject: str
    record: str
    before: Encoded | None
    after: Encoded | None
    actor_id: int | None = None
    occasion: Occasion = field(default_factory=Occasion)
    about: Whom | None = None

    @property
    def kind(self) -> str:
        """No happening."""
        return ""

    @property
    def verb(self) -> Verb:
        """What happened, in one word."""
        if self.before is None:
            return Verb.ADDED
        if self.after is None:
            return Verb.DELETED
        if "deleted_at" in self.after:
            return Verb.RESTORED if self.after["deleted_at"] is None else Verb.TRASHED
        return Verb.CHANGED


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happened and is no change of a record: its declared kind and the facts."""

    kind: str
    subject: str
    record: str
    facts: Mapping[str, Any]
    actor_id: int | None
    occasion: Occasion
    branch_id: uuid.UUID | None = None
    about: Whom | None = None
    before: Encoded | None = None

    @property
    def verb(self) -> Verb:
        """That it happened."""
        return Verb.HAPPENED

    @property
    def after(self) -> Mapping[str, Any]:
        """The facts."""
        return self.facts


def fold(first: Change, then: Change) -> Change | None:
    """Return two changes of one record as one; None when the second took the first back altogether."""
    if first.before is None:
        return None if then.after is None else replace(first, after={**(first.after or {}), **then.after})
    if first.after is None:
        return _differing(replace(first, after=then.after))
    before = {**(then.before or {}), **first.before}
    if then.after is None:
        return replace(first, before=before, after=None)
    return _differing(replace(first, before=before, after={**first.after, **then.after}))


def _differing(change: Change) -> Change | None:
    before, after = change.before or {}, change.after or {}
    names = [name for name in (before | after) if before.get(name) != after.get(name)]
    if not names:
        return None
    return replace(
        change,
        before={name: before.get(name) for name in names},
        after={name: after.get(name) for name in names},
    )


class Pending:
    """The changes of an open transaction in their order; a savepoint's go or stay with the savepoint."""

    def __init__(self) -> None:
        self._changes: list[Change | Happening | None] = []
        self._latest: dict[tuple[str, str], int] = {}

    def __len__(self) -> int:
        return len(self._changes)

    def __iter__(self) -> Iterator[Change | Happening]:
        return (change for change in self._changes if change is not None)

    def add(self, change: Change | Happening) -> None:
        """Take up one more, a change folded into the record's last one if that was made on the same occasion."""
        if isinstance(change, Happening):
            self._changes.append(change)
            return
        key = (change.subject, change.record)
        place = self._latest.get(key)
        last = self._changes[place] if place is not None else None
        if (
            place is None
            or not isinstance(last, Change)
            or (last.occasion, last.actor_id) != (change.occasion, change.actor_id)
        ):
            self._latest[key] = len(self._changes)
            self._changes.append(change)
            return
        folded = fold(last, change)
        self._changes[place] = folded
        if folded is None:
            del self._latest[key]
