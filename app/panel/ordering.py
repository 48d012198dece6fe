"""Sort orders: what `sort=source,-name` means, which orders a list has, and which is nearest to one that it hasn't."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

from flask_babel import gettext as _

from app.core.declaration import MOST_ORDERED, Screen
from app.core.errors import Invalid

LONGEST = 300


class By(NamedTuple):
    """One field to sort by (`id` is the key, in which records were added) and its direction."""

    name: str
    descending: bool = False


Order = tuple[By, ...]
NEWEST_FIRST: Order = (By("id", descending=True),)
OLDEST_FIRST: Order = (By("id"),)


def parse_order(text: str) -> Order:
    """Return what `source,-name` says, whether or not any list can be sorted so."""
    parts = text.split(",", MOST_ORDERED)
    return tuple(By(part.removeprefix("-"), part.startswith("-")) for part in parts)


def order_text(order: Order) -> str:
    """Return the order as it stands in an address."""
    return ",".join(f"-{name}" if descending else name for name, descending in order)


def names_of(order: Order) -> tuple[str, ...]:
    """Return the fields of an order, without their directions."""
    return tuple(by.name for by in order)


def offered(screen: Screen) -> list[tuple[str, ...]]:
    """Return the fields of every order that the list has, in whatever directions."""
    return [("id",), *((name,) for name in screen.sorts), *screen.orders]


def mixtures(names: Sequence[str]) -> list[Order]:
    """Return the orders by these fields in every mixture of directions."""
    return [tuple(map(By, names, downwards)) for downwards in product([False, True], repeat=len(names))]


def is_offered(screen: Screen, names: Sequence[str]) -> bool:
    """Say whether an index has just these columns and then the key, so that any page of the order costs the same."""
    if len(names) == 1:
        return names[0] == "id" or names[0] in screen.sorts
    return tuple(names) in screen.orders


def read_order(screen: Screen, text: str) -> Order:
    """Return the order that `sort=…` asks for, the list's own for ''; raise `Invalid` with the reason why not."""
    order = parse_order(text[:LONGEST] or screen.sort)
    names = names_of(order)
    if is_offered(screen, names):
        return order
    raise Invalid({"sort": _why_not(screen, names)})


def nearest_order(screen: Screen, text: str) -> Order | None:
    """Return the order of the list that keeps most of an order that it hasn't: the same first fields, or None."""
    order = parse_order(text[:LONGEST])
    for length in range(len(order) - 1, 0, -1):
        if is_offered(screen, names_of(order[:length])):
            return order[:length]
    longer = led_by(screen, order[0].name)
    return None if longer is None else (order[0], *longer[1:])


def led_by(screen: Screen, name: str) -> Order | None:
    """Return the shortest order whose first field this is, upwards; None when there is none."""
    names = (name,) if is_offered(screen, (name,)) else None
    led = names or next((each for each in screen.orders if each[0] == name), None)
    return None if led is None else tuple(By(each) for each in led)


def why_not_together(screen: Screen, names: Sequence[str]) -> str:
    """Return why fields of the list can't be sorted by together, and which can."""
    together = [in_words(screen, each) for each in screen.orders]
    reason = _(
        "The list can't be sorted by “%(fields)s”: only an index over them all keeps a long list fast.",
        fields=in_words(screen, names),
    )
    if not together:
        return reason
    offers = _("What goes together: %(orders)s.", orders="; ".join(f"“{each}”" for each in together))
    return f"{reason} {offers}"


def in_words(screen: Screen, names: Sequence[str]) -> str:
    """Return the fields as people say them: “Branch, then Full name”."""
    words = str(screen.fields[names[0]].label)
    for name in names[1:]:
        words = _("%(first)s, then %(next)s", first=words, next=screen.fields[name].label)
    return words


def _why_not(screen: Screen, names: Sequence[str]) -> str:
    sortable = {name for each in offered(screen) for name in each} - {"id"}
    unknown = [name for name in names if name not in sortable and (name != "id" or len(names) > 1)]
    if len(names) > MOST_ORDERED:
        return _("A list is sorted by %(most)d fields at most.", most=MOST_ORDERED)
    if unknown:
        return _("This list can't be sorted by “%(name)s”.", name=unknown[0][:40])
    if len(set(names)) < len(names):
        return _("A sort order names each field once.")
    return why_not_together(screen, names)
