"""Sorting as people do it: what a press on a column's head asks for, with Shift and without, and the menu beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from app.core.declaration import MOST_ORDERED, Screen
from app.panel.ordering import (
    NEWEST_FIRST,
    OLDEST_FIRST,
    By,
    Order,
    in_words,
    is_offered,
    led_by,
    names_of,
)
from app.panel.pages import SortChoice, SortLine, SortMenu


@dataclass(frozen=True)
class Sorting:
    """The order of a list, and the ways from it to others; `url` gives the address of the list in an order."""

    screen: Screen
    order: Order
    url: Callable[[Order], str]

    def head(self, name: str) -> dict[str, Any]:
        """Return what a column's head shows of the order and where it leads, by the names of `pages.Column`."""
        alone, further = self._pressed(name), self._added(name)
        if alone is None and further is None and not self._is_in(name):
            words = _(
                "The list can't be sorted by this: the column has no index. Ask whoever runs Kebu for one."
            )
            return {"why_not": words}
        place = names_of(self.order).index(name) if self._is_in(name) else -1
        return {
            "sort_url": self.url(alone or further or self.order),
            "more_url": self.url(further) if further and further != alone else "",
            "note": self._note(name, alone, further),
            "direction": ("desc" if self.order[place].descending else "asc") if place >= 0 else "",
            "number": place + 1 if len(self.order) > 1 else 0,
            "is_primary": place == 0,
        }

    def menu(self) -> SortMenu:
        """Return the menu of orders: what is in force, what can be added to it, and what else there is."""
        further = [(name, order) for name in self.screen.fields if (order := self._longer(name))]
        others = [
            *((_("Newest first"), NEWEST_FIRST), (_("Oldest first"), OLDEST_FIRST)),
            *((in_words(self.screen, (name,)), (By(name),)) for name in self.screen.sorts),
            *((in_words(self.screen, names), tuple(map(By, names))) for names in self.screen.orders),
        ]
        return SortMenu(
            now=tuple(self._line(place) for place in range(len(self.order))),
            further=tuple(
                SortChoice(str(self.screen.fields[name].label), self.url(each)) for name, each in further
            ),
            others=tuple(
                SortChoice(words, self.url(each)) for words, each in others if not self._is_now(each)
            ),
        )

    def _line(self, place: int) -> SortLine:
        by = self.order[place]
        if by.name == "id":
            words = _("Newest first") if by.descending else _("Oldest first")
            return SortLine(words, "desc" if by.descending else "asc", self.url(self._turned("id")))
        rest = self._without(by.name)
        return SortLine(
            str(self.screen.fields[by.name].label),
            "desc" if by.descending else "asc",
            self.url(self._turned(by.name)),
            self.url(rest) if rest else "",
        )

    def _is_in(self, name: str) -> bool:
        return name in names_of(self.order)

    def _is_now(self, order: Order) -> bool:
        return order == self.order or (order[0].name != "id" and names_of(order) == names_of(self.order))

    def _pressed(self, name: str) -> Order | None:
        """Return the order that a plain press asks for: by this field, the other way round if it is so already."""
        led = led_by(self.screen, name)
        if led is None or self.order[0].name != name:
            return led
        return (
            self._turned(name) if names_of(led) == names_of(self.order) else (self._turned(name)[0], *led[1:])
        )

    def _added(self, name: str) -> Order | None:
        """Return the order that a press with Shift asks for: this field too, then downwards, then no longer."""
        if self.order[0].name == "id":
            return self._pressed(name)
        if not self._is_in(name):
            return self._longer(name)
        descending = self.order[names_of(self.order).index(name)].descending
        return (self._without(name) if descending else None) or self._turned(name)

    def _longer(self, name: str) -> Order | None:
        longer = (*self.order, By(name))
        return longer if len(longer) > 1 and is_offered(self.screen, names_of(longer)) else None

    def _turned(self, name: str) -> Order:
        return tuple(By(by.name, not by.descending) if by.name == name else by for by in self.order)

    def _without(self, name: str) -> Order | None:
        rest = tuple(by for by in self.order if by.name != name)
        return rest if rest and is_offered(self.screen, names_of(rest)) else None

    def _note(self, name: str, alone: Order | None, further: Order | None) -> str:
        if self._is_in(name):
            return _("With Shift: turn round or leave out") if len(self.order) > 1 else ""
        if alone is not None and len(alone) > 1:
            return _("Sorts by “%(fields)s”", fields=in_words(self.screen, names_of(alone)))
        if self.order[0].name == "id":
            return ""
        if further is not None:
            return _("With Shift: sort by this too")
        if len(self.order) == MOST_ORDERED:
            return _("A list is sorted by %(most)d fields at most.", most=MOST_ORDERED)
        together = in_words(self.screen, (*names_of(self.order), name))
        return _("No index covers “%(fields)s”, so this can't be added to the order.", fields=together)
