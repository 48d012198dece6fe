"""Arranging: which blocks of the home page a person sees, and in which order; kept as one line of the account."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self, TypeVar

from flask_login import current_user

from app.access.accounts import prefer

MOST_NAMES = 200
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Arrangement:
    """A person's own order of block names and those that are hidden; what it doesn't name keeps its declared place."""

    order: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()

    @classmethod
    def read(cls, text: str | None) -> Self:
        """Return what `text` of the account says; nothing arranged where there is none."""
        kept = json.loads(text) if text else {}
        return cls(tuple(kept.get("order", ())), frozenset(kept.get("hidden", ())))

    def text(self) -> str | None:
        """Return what the account keeps; None when nothing is arranged."""
        if not self.order and not self.hidden:
            return None
        return json.dumps(
            {"order": self.order[:MOST_NAMES], "hidden": sorted(self.hidden)[:MOST_NAMES]},
            separators=(",", ":"),
        )

    def sorted(self, blocks: Iterable[tuple[str, T]]) -> list[tuple[str, T]]:
        """Return named blocks, given in declared order, in the person's order; unknown ones stay behind the rest."""
        places = {name: place for place, name in enumerate(self.order)}
        return sorted(blocks, key=lambda block: places.get(block[0], len(places)))

    def moved(self, names: Sequence[str], name: str, step: int) -> Self:
        """Return the arrangement in which `name` stands one place further up (-1) or down (1) among `names`."""
        others = [each for each in self.order if each not in names]
        order = list(names)
        if name in order and 0 <= (to := order.index(name) + step) < len(order):
            order.insert(to, order.pop(order.index(name)))
        return replace(self, order=(*order, *others))

    def showing(self, names: Sequence[str], shown: Iterable[str]) -> Self:
        """Return the arrangement in which, of `names`, exactly those `shown` are seen."""
        return replace(self, hidden=(self.hidden - set(names)) | (set(names) - set(shown)))


def own_arrangement() -> Arrangement:
    """Return how the present person arranged the home page; no statement, as it comes with the account."""
    return Arrangement.read(current_user.home)


def keep(arrangement: Arrangement) -> None:
    """Keep how the present person arranged the home page."""
    prefer(home=arrangement.text())


def kept_fields(form: Any) -> tuple[frozenset[str], str, int]:
    """Return what the arranging form says: the names shown, and which name moves by how much ('' and 0 for none)."""
    direction, _colon, name = form.get("move", "")[:200].partition("|")
    step = {"up": -1, "down": 1}.get(direction, 0)
    return frozenset(form.getlist("shown")), name if step else "", step
