"""View models: all a template is given, already permitted, formatted and translated. Templates decide nothing.

Those of forms are in `form_models`.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, NamedTuple


class Cell(NamedTuple):
    """One value as a person reads it.

    `kind` is text, link, tags, state, image, file, number, money, date or longtext; `url` where it leads,
    `tone` a state's colour, `title` the exact form on hover, `items` the tags (text, url pairs).
    """

    text: str
    kind: str = "text"
    url: str = ""
    tone: str = ""
    title: str = ""
    items: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """A list column's head: `direction` is asc, desc or ''; `sort_url` is empty when it can't be sorted by.

    `why_not` then says why. `more_url` is where a press with Shift leads, which sorts by this too; `note` says so, or
    why not. `number` is the place in an order of several fields, else 0. `is_editable` says that its cells can be
    changed in the list, `width` is in CSS pixels, 0 for as wide as needed. `role` is title (the cell that leads to the
    record), fact (a phone shows it below the title), state or ''.
    """

    name: str
    label: str
    align: str = "start"
    sort_url: str = ""
    direction: str = ""
    role: str = ""
    why_not: str = ""
    more_url: str = ""
    note: str = ""
    number: int = 0
    is_primary: bool = False
    is_editable: bool = False
    width: int = 0

    @property
    def mark(self) -> str:
        """The class of the column's cells: first letter of the role, `e` for numbers."""
        return " ".join(filter(None, (self.role[:1], "e" if self.align == "end" else "")))


class Row(NamedTuple):
    """One row: its cells by column, its facts, and those facts and the state that only a phone shows beside them."""

    token: str
    url: str
    title: str
    cells: tuple[Cell, ...]
    facts: tuple[Cell, ...] = ()
    more: tuple[Cell, ...] = ()


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter in force, in words, and the address without it."""

    label: str
    text: str
    remove_url: str


@dataclass(frozen=True, slots=True)
class FilterInput:
    """One filter that can be set: `kind` is text, choice, yesno, daterange, numberrange, link.

    `name` is the query parameter (`f.source`; ranges use `name.from`, `name.to`); `values` what is in force;
    `choices` value/label pairs; `selected` token/title pairs of a link; `pick_url` its suggestions.
    """

    name: str
    label: str
    kind: str
    values: tuple[str, ...] = ()
    low: str = ""
    high: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    selected: tuple[tuple[str, str], ...] = ()
    pick_url: str = ""


class SortLine(NamedTuple):
    """One field of the order in force: the address with it turned round, and without it ('' where that is no order)."""

    label: str
    direction: str
    turn_url: str
    remove_url: str = ""


class SortChoice(NamedTuple):
    """An order that can be had, and the list's address in it."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class SortMenu:
    """The order in force field by field, the fields that can be added to it, and the orders there are besides."""

    now: tuple[SortLine, ...]
    further: tuple[SortChoice, ...] = ()
    others: tuple[SortChoice, ...] = ()


@dataclass(frozen=True, slots=True)
class BulkChoice:
    """One thing that can be done to the chosen rows: the value that a button sends, its words, icon and tone."""

    value: str
    label: str
    icon: str
    tone: str = "secondary"


@dataclass(frozen=True, slots=True)
class ViewTab:
    """One view of a list and its address; `note` says who else sees it or that the list opens with it."""

    name: str
    url: str
    is_current: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class ViewBar:
    """The views of a list, and what can be done with the one in force or with what is asked without one.

    An address that is empty is not offered; `deed_url` takes the deeds (value, words, icon) of one's own menu.
    """

    tabs: tuple[ViewTab, ...]
    is_changed: bool = False
    new_url: str = ""
    replace_url: str = ""
    edit_url: str = ""
    delete_url: str = ""
    delete_question: str = ""
    deed_url: str = ""
    deeds: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ListPage:
    """The list, the trash and every related list; `problem` says which wishes of the address were left out."""

    screen: Any
    title: str
    path: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    query: str = ""
    search_hint: str = ""
    can_search: bool = False
    chips: tuple[Chip, ...] = ()
    filters: tuple[FilterInput, ...] = ()
    hidden: tuple[tuple[str, str], ...] = ()
    count_text: str = ""
    count_url: str = ""
    first_url: str = ""
    previous_url: str = ""
    next_url: str = ""
    add_url: str = ""
    export_url: str = ""
    import_url: str = ""
    trash_url: str = ""
    back_url: str = ""
    clear_url: str = ""
    builder_url: str = ""
    columns_url: str = ""
    bulk_url: str = ""
    bulk: tuple[BulkChoice, ...] = ()
    sorting: SortMenu | None = None
    in_trash: bool = False
    can_restore: bool = False
    can_purge: bool = False
    empty_text: str = ""
    notice: str = ""
    problem: str = ""
    views: ViewBar | None = None

    @property
    def narrowing(self) -> tuple[Hashable, ...]:
        """All that the line of search and filters shows while nothing is sought or filtered."""
        offered = (self.path, self.filters, self.hidden, self.search_hint, self.can_search)
        return (
            *offered,
            self.clear_url,
            self.builder_url,
            self.export_url,
            self.import_url,
            self.trash_url,
            self.in_trash,
            self.columns_url,
            self.bulk_url,
            self.sorting,
        )

    @property
    def marks(self) -> tuple[str, ...]:
        """The class of each column's cells."""
        return tuple(column.mark for column in self.columns)


@dataclass(frozen=True, slots=True)
class DetailItem:
    """A label and its value on the detail page; a masked one may be revealed at `reveal_url`."""

    label: str
    cell: Cell
    reveal_url: str = ""


@dataclass(frozen=True, slots=True)
class DetailGroup:
    """A heading and its items; empty values are left out."""

    label: str
    items: tuple[DetailItem, ...]


@dataclass(frozen=True, slots=True)
class Button:
    """A step of the workflow or a command; posts to `url`, asks `confirm` first when it is set."""

    name: str
    label: str
    url: str
    tone: str = "secondary"
    confirm: str = ""


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab of the detail page: a related list."""

    key: str
    label: str
    list: ListPage
    count_text: str = ""
    add_url: str = ""
    all_url: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """A panel offered by another slice, rendered by its own template with its own variables."""

    label: str
    template: str
    variables: dict[str, Any]
    place: str = "side"


@dataclass(frozen=True, slots=True)
class DetailPage:
    """One record: groups, tabs, panels and what can be done with it."""

    screen: Any
    title: str
    token: str
    groups: tuple[DetailGroup, ...]
    state: Cell | None = None
    picture: Cell | None = None
    tabs: tuple[Tab, ...] = ()
    boxes: tuple[Box, ...] = ()
    buttons: tuple[Button, ...] = ()
    edit_url: str = ""
    duplicate_url: str = ""
    delete_url: str = ""
    restore_url: str = ""
    purge_url: str = ""
    print_url: str = ""
    history_url: str = ""
    list_url: str = ""
    delete_confirm: str = ""
    in_trash: bool = False
    created: str = ""
    changed: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class MenuItem:
    """One entry of the sidebar; `keys` go there (`g c`), `add_url` and `add_label` add such a record.

    `views` are the list's views that the person keeps in the menu.
    """

    label: str
    url: str
    icon: str = ""
    active: bool = False
    keys: str = ""
    add_url: str = ""
    add_label: str = ""
    views: tuple[MenuItem, ...] = ()


@dataclass(frozen=True, slots=True)
class MenuSection:
    """A capability's heading and entries in the sidebar."""

    label: str
    icon: str
    items: tuple[MenuItem, ...]
