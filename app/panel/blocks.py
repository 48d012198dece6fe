"""The blocks of a home page: declared numbers, lists and tables, and the person's pinned records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from app.core.declaration import Card, HomeBlock, HomeList, SmallTable
from app.core.kernel import kernel
from app.core.keys import encode_token
from app.core.permissions import granted
from app.panel.addresses import address
from app.panel.arranging import own_arrangement
from app.panel.columns import column_of
from app.panel.list_page import readable_question, rows_of, shown_names
from app.panel.marks import marked
from app.panel.models import MarkKind
from app.panel.reading import Reader

ROWS_IN_LIST = 6
MOST_ROWS = 12


@dataclass(frozen=True, slots=True)
class HomeFigure:
    """One KPI card."""

    label: str
    text: str
    note: str
    address: str
    tone: str
    counts: bool


@dataclass(frozen=True, slots=True)
class RecordGroup:
    """A few records of one kind, and where all of them are: hits of a search, or a list on the home page."""

    label: str
    icon: str
    list_url: str
    items: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class TableBlock:
    """A small table: heads, and rows of texts with the address behind each ('' for none)."""

    label: str
    heads: tuple[str, ...]
    rows: tuple[tuple[tuple[str, ...], str], ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """A block that the present person may have: its full name, what it is called and how it is made."""

    name: str
    label: Any
    order: int
    make: Callable[[], Any]


def offered_cards() -> list[tuple[str, Offer]]:
    """Return the numbers that the present person may have, in the person's order."""
    declared = [(each.name, one) for each in kernel().enabled for one in each.cards if _allowed(one)]
    return _in_order([_offer(slice_name, card, partial(_figure, card)) for slice_name, card in declared])


def offered_blocks() -> list[tuple[str, Offer]]:
    """Return the lists and tables that the present person may have, pinned records included, in the person's order."""
    offers = [Offer("panel:pinned", _l("Pinned"), 0, _pinned)]
    for each in kernel().enabled:
        offers += [_offer(each.name, one, partial(_list, one)) for one in each.home_lists if _allowed(one)]
        offers += [_offer(each.name, one, partial(_table, one)) for one in each.home_tables if _allowed(one)]
    return _in_order(offers)


def shown(offers: list[tuple[str, Offer]]) -> tuple[Any, ...]:
    """Return the offers made up, without those that are hidden and those that have nothing to show."""
    hidden = own_arrangement().hidden
    made = (offer.make() for name, offer in offers if name not in hidden)
    return tuple(one for one in made if one is not None)


def work_list() -> tuple[str, str] | None:
    """Return address and path of the list of work that the present person begins with, or None."""
    declared = [one for each in kernel().enabled for one in each.home_lists if one.is_work and _allowed(one)]
    if not declared:
        return None
    first = min(declared, key=lambda one: one.order)
    path = kernel().screens[first.screen].path
    return _address(first, path), path


def _address(one: HomeList, path: str) -> str:
    """Return the address of the whole list that a home list is the beginning of."""
    own = [(f"f.{one.own}", encode_token([current_user.id]))] if one.own else []
    return address(path, MultiDict([*own, *one.arguments()]))


def _allowed(block: HomeBlock) -> bool:
    if isinstance(block, HomeList):
        screen = kernel().screens.get(block.screen)
        if (
            screen is None
            or not granted(screen.permission("list"))
            or not _filters(block) <= set(screen.filters)
        ):
            return False
    return granted(block.permission) and all(_sees(each) for each in block.speaks_of)


def _filters(one: HomeList) -> set[str]:
    """Return by which fields a home list chooses its rows: without them it would show others under its name."""
    asked = (name for name, _value in one.arguments())
    return {name.split(".")[1] for name in asked if name.startswith("f.")} | ({one.own} if one.own else set())


def _sees(path: str) -> bool:
    """Say whether the present person sees a field (`people:contact.due_on`) as it is: a number tells of it too."""
    name, _dot, field = path.rpartition(".")
    screen = kernel().screens.get(name)
    return screen is not None and field in screen.fields and not screen.fields[field].masked


def _offer(slice_name: str, block: HomeBlock, make: Callable[[], Any]) -> Offer:
    return Offer(f"{slice_name}:{block.name}", block.label, block.order, make)


def _in_order(offers: list[Offer]) -> list[tuple[str, Offer]]:
    declared = sorted(offers, key=lambda offer: offer.order)
    return own_arrangement().sorted((offer.name, offer) for offer in declared)


# --- How each kind is made: one statement each -----------------------------------------------------


def _figure(card: Card) -> HomeFigure:
    figure = card.load()
    return HomeFigure(str(card.label), figure.text, figure.note, figure.address, figure.tone, figure.counts)


def _list(one: HomeList) -> RecordGroup | None:
    screen = kernel().screens[one.screen]
    if one.own and one.own not in screen.fields:
        return None
    question, _terms, _wrong = readable_question(screen, MultiDict(one.arguments()), in_trash=False)
    if one.own:
        # Not by the list's own filter, which would look up what the person is called.
        own = column_of(screen, screen.fields[one.own]) == current_user.id
        question = replace(question, conditions=(own, *question.conditions))
    records = Reader(question, shown_names(screen), ROWS_IN_LIST).page().records
    items = tuple(
        {
            "title": row.title,
            "note": " · ".join(fact.text for fact in row.facts if fact.text),
            "url": row.url,
        }
        for row in rows_of(screen, screen.facts, records)
    )
    return RecordGroup(str(one.label), screen.icon, _address(one, screen.path), items) if items else None


def _table(table: SmallTable) -> TableBlock | None:
    rows = tuple((row.texts, row.address) for row in table.load()[:MOST_ROWS])
    return TableBlock(str(table.label), tuple(str(head) for head in table.heads), rows) if rows else None


def _pinned() -> RecordGroup | None:
    """Return the pinned records: one statement, and one more for each kind among them."""
    items = tuple(
        {"title": one.title, "note": str(one.screen.label), "url": one.url} for one in marked(MarkKind.PINNED)
    )
    return RecordGroup(_("Pinned"), "pin-angle", "", items) if items else None
