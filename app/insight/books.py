"""Books: where facts come from, and who may have them added up."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, Table
from sqlalchemy.sql import visitors

from app.core.declaration import Screen
from app.core.errors import Forbidden, KebuError
from app.core.facts import FactProvider
from app.core.kernel import kernel
from app.core.limits import Sight, limits
from app.core.permissions import granted, require
from app.core.reach import present_reach
from app.insight.errors import FactNotProvided, SeesOnlyAPart, UnknownBook

SEE = "insight:report:see"
# Personal data that no fact carries: that it is hidden takes nothing from a sum.
_NEVER_ADDED_UP = frozenset({"contact", "health", "identity"})


@dataclass(frozen=True, slots=True)
class Book:
    """A book that some fact comes from, by its name and what people call it."""

    name: str
    label: str


def providers() -> tuple[FactProvider, ...]:
    """Return every fact of every book of the running program."""
    return tuple(provider for capability in kernel().everything for provider in capability.facts)


def books(fact: str) -> tuple[Book, ...]:
    """Return the books that provide `fact` and that the present person may have added up, in the order of the menu."""
    found = (each for each in providers() if each.fact == fact)
    return tuple(Book(each.book, str(each.book_label)) for each in found if _problem(each) is None)


def provider_of(book: str, fact: str) -> FactProvider:
    """Return who provides `fact` in `book`, for whoever sees all of it.

    Raises `Forbidden` or `SeesOnlyAPart` for others, `UnknownBook`, and `FactNotProvided`.
    """
    require(SEE)
    of_book = [each for each in providers() if each.book == book]
    if not of_book:
        raise UnknownBook
    found = next((each for each in of_book if each.fact == fact), None)
    if found is None:
        raise FactNotProvided
    if (problem := _problem(found)) is not None:
        raise problem
    return found


def names_of(book: str, fact: str) -> FactProvider | None:
    """Return who provides the names of customers or products in `book`; None where the person may not read them."""
    found = next((each for each in providers() if (each.book, each.fact) == (book, fact)), None)
    if found is None or _problem(found, told=frozenset({"identity"})) is not None:
        return None
    return found


def record_screen(provider: FactProvider) -> Screen | None:
    """Return the screen whose records the provider's keys name; None for one that the person does not see."""
    if not provider.screens or not granted(f"{provider.screens[0]}:show"):
        return None
    return kernel().screens.get(provider.screens[0])


def _problem(provider: FactProvider, told: Iterable[str] = ()) -> Forbidden | None:
    """Return why the present person is not answered from `provider`; `told` are classes of data it would tell."""
    screens = [kernel().screens.get(name) for name in provider.screens]
    if not granted(SEE) or not all(granted(f"{name}:list") for name in provider.screens) or None in screens:
        return Forbidden()
    if not screens and limits().key:
        # Whoever is limited in anything is not answered from what names no screens.
        return SeesOnlyAPart()
    reach = present_reach()
    hidden = any(_hides(screen, told) for screen in screens if screen is not None)
    narrowed = any(screen.model in reach.conditions for screen in screens if screen is not None)
    if hidden or narrowed or (reach.tables and _reads_any(provider, reach.tables)):
        return SeesOnlyAPart()
    return None


def _reads_any(provider: FactProvider, tables: Collection[Table]) -> bool:
    """Say whether a provider reads one of these tables; one that can't be read just now tells so when it is asked."""
    try:
        return not _tables(provider.select()).isdisjoint(tables)
    except KebuError:
        return False


def _hides(screen: Screen, told: Iterable[str]) -> bool:
    """Say whether a field of the screen that a sum may rest on, or of a class that is told, is not visible."""
    declared = kernel().declared_screens[screen.name].fields
    harmless = _NEVER_ADDED_UP - set(told)
    return any(
        sight is not Sight.VISIBLE and (name not in declared or declared[name].personal not in harmless)
        for name, sight in limits().sights.get(screen.name, {}).items()
    )


def _tables(statement: Select[Any]) -> frozenset[Table]:
    return frozenset(each for each in visitors.iterate(statement) if isinstance(each, Table))
