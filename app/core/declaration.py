"""Declarations: what a slice says about its records; the panel makes every page, permission and address from it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

from flask_babel import gettext as _

from app.core.cutting import cut_names, cut_parts
from app.core.errors import ProgrammingError
from app.core.fields import Field
from app.core.limits import Sight
from app.core.permissions import RECORD_VERBS, record_permissions
from app.core.workflow import Workflow

MOST_ORDERED = 3


@dataclass(frozen=True)
class Group:
    """A heading and the fields below it, in the form and on the detail page."""

    label: Any
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Search:
    """How the quick search looks at one indexed column.

    `prefix` compares the beginning, `exact` the whole; `prepare` turns what was typed into what the column
    keeps and returns None when the column can't match at all (letters against a phone number).
    `of` names the field whose value the column holds in another form, where it is not the field's own. Where that field
    is masked, whole values alone are compared; `ends_shown` says of a column that it holds just what the mask shows.
    """

    column: str
    _: KW_ONLY
    of: str = ""
    ends_shown: bool = False
    mode: Literal["prefix", "exact"] = "prefix"
    prepare: Callable[[str], str | None] = str.strip


@dataclass(frozen=True)
class Unique:
    """No two records have the same in `field`; `message` says so beside it, `in_trash` when the other one is deleted.

    The database keeps the rule too, by a unique index; this is how it is told before it is broken: by one
    statement for a form and one for every few hundred rows of an import.
    """

    field: str
    message: Any
    in_trash: Any = ""


@dataclass(frozen=True)
class Action:
    """A button on the detail page that calls a command; `possible(record)` says whether it is offered."""

    name: str
    label: Any
    permission: str
    run: Callable[[Any], None]
    possible: Callable[[Any], bool] = lambda _record: True
    confirm: Any = ""
    tone: str = "secondary"


@dataclass(frozen=True)
class BulkAction:
    """Something done to many records at once, by a command that takes them one by one.

    `run(key, values)` is called for each record within the open transaction of its chunk; what it raises as a
    `KebuError` refuses that record alone, with its message as the reason. `fields` are asked before and arrive in
    `values` by name, links as records.
    """

    name: str
    label: Any
    permission: str
    run: Callable[[Any, dict[str, Any]], Any]
    _: KW_ONLY
    fields: tuple[Field, ...] = ()
    icon: str = "check2-square"


@dataclass(frozen=True)
class Screen:
    """One kind of record and everything the panel needs to know about it; `slice:noun` is its name everywhere.

    `columns` are the list's fields, `sorts` the sortable ones (each needs an index whose last column is the
    key), `orders` fields that can be sorted by together, first to last (each needs an index over just these columns
    and then the key, which serves any directions), `sort` the order at first (`-` for descending), `search` the quick
    search, `filters` the filterable fields, `title` the attribute that names a record to people, `facts` up to two
    fields a phone's card shows.
    `verbs` may leave out what no person ever does here (a record that commands alone create has no `add`).
    `workflow_command(key, step, row_version)` is the command behind the workflow's buttons.
    `rules(record, values)` returns field messages for rules that span fields; it never raises and asks the database
    nothing, because an import calls it for every row: what must not occur twice is declared as `unique`.
    `natural_key` names the fields by which people tell records apart (phone, number; `owner+name` means both): by
    them an import finds the records that are there already and those that a cell refers to.
    `not_duplicated` names further fields that a duplicate does not begin with: those that are unique, files, the
    state and a natural key of one field never are.
    `bulk_actions` are offered for chosen rows of the list, beside editing and the trash.
    `follows` names links without whose record one is out of reach too: a pet goes with its owner. `shared` says of
    people that a shop may show them in all branches, whoever they belong to.
    `extensible` lets a manager add fields of the shop's own. `found_everywhere` says whether the search over all
    screens and the palette look here too, one statement a screen at every key stroke.
    """

    slice: str
    noun: str
    model: type[Any]
    label: Any
    plural: Any
    groups: tuple[Group, ...]
    columns: tuple[str, ...]
    _: KW_ONLY
    title: str = "name"
    follows: tuple[str, ...] = ()
    shared: bool = False
    icon: str = "card-list"
    facts: tuple[str, ...] = ()
    state: str = ""
    sorts: tuple[str, ...] = ()
    orders: tuple[tuple[str, ...], ...] = ()
    sort: str = "-id"
    search: tuple[Search, ...] = ()
    search_hint: Any = ""
    filters: tuple[str, ...] = ()
    preview: tuple[str, ...] = ()
    verbs: tuple[str, ...] = RECORD_VERBS
    workflow: Workflow | None = None
    workflow_permission: str = ""
    workflow_command: Callable[[Any, str, int | None], Any] | None = None
    actions: tuple[Action, ...] = ()
    bulk_actions: tuple[BulkAction, ...] = ()
    rules: Callable[[Any | None, dict[str, Any]], dict[str, Any]] | None = None
    unique: tuple[Unique, ...] = ()
    natural_key: tuple[str, ...] = ()
    not_duplicated: tuple[str, ...] = ()
    prepare_new: Callable[[dict[str, Any]], None] | None = None
    empty: Any = ""
    in_menu: bool = True
    order: int = 100
    extensible: bool = False
    found_everywhere: bool = True
    fields: dict[str, Field] = field(init=False)

    def __post_init__(self) -> None:
        fields = {entry.name: entry for group in self.groups for entry in group.fields}
        object.__setattr__(self, "fields", fields)
        if not self.has_trash:
            object.__setattr__(self, "verbs", tuple(verb for verb in self.verbs if verb != "purge"))
        keys = (part for entry in self.natural_key for part in entry.split("+"))
        rules = (rule.field for rule in self.unique)
        ordered = (name for order in self.orders for name in order)
        named = (
            *self.columns,
            *self.filters,
            *self.facts,
            *self.preview,
            *self.sorts,
            *ordered,
            *self.not_duplicated,
            *keys,
            *rules,
            *(search.of or search.column for search in self.search),
            *self.follows,
        )
        unknown = [name for name in named if name not in fields and name != "id"]
        if unknown:
            raise ProgrammingError(f"{self.name}: undeclared fields {sorted(set(unknown))}")
        if sum(len(group.fields) for group in self.groups) != len(fields):
            raise ProgrammingError(f"{self.name}: a field is declared twice")
        if any(not 1 < len(set(order)) == len(order) <= MOST_ORDERED for order in self.orders):
            raise ProgrammingError(f"{self.name}: an order names two or three fields, each once")

    @property
    def name(self) -> str:
        """`slice:noun`."""
        return f"{self.slice}:{self.noun}"

    @property
    def path(self) -> str:
        """The address under which the screen's pages live, `/slice/noun/`."""
        return f"/{self.slice}/{self.noun}/"

    @cached_property
    def permissions(self) -> tuple[str, ...]:
        """Every permission of this screen, the workflow's and actions' included."""
        extra = [action.permission for action in self.actions]
        extra += [action.permission for action in self.bulk_actions]
        extra += [self.workflow_permission] if self.workflow_permission else []
        return tuple(dict.fromkeys((*record_permissions(self.name, self.verbs), *extra)))

    @property
    def has_trash(self) -> bool:
        """Whether records go to the trash before they go."""
        return hasattr(self.model, "deleted_at")

    def permission(self, verb: str) -> str:
        """Return the permission name of `verb` here."""
        return f"{self.name}:{verb}"

    @property
    def hides_title(self) -> bool:
        """Whether somebody may not know what records are called here, so that a code stands for them."""
        return self.title == "id"

    def called(self, value: Any) -> str:
        """Return a record's title, from what stands in its title attribute, as whoever is present may read it."""
        if self.hides_title:
            code = hashlib.sha256(str(value).encode()).hexdigest()[:6]
            return str(_("%(kind)s %(code)s", kind=self.label, code=code))
        entry = self.fields.get(self.title)
        return (entry.display(value) if entry is not None and entry.masked else str(value or "")) or "—"

    def limited(self, sights: Mapping[str, Sight]) -> Screen:
        """Return this screen as somebody sees it to whom these fields are masked or hidden.

        A hidden field is named nowhere any more. A masked one keeps its place, but nothing filters or sorts by it, and
        the quick search finds its whole values alone: nobody guesses a number digit by digit.
        """
        hidden = {name for name, sight in sights.items() if sight is Sight.HIDDEN and name in self.fields}
        closed = hidden | {name for name, sight in sights.items() if sight is Sight.MASKED}
        if not closed & set(self.fields):
            return self
        return replace(self, **cut_names(self, hidden, closed), **cut_parts(self, hidden, closed))

    def extended(self, extension: Extension, **changes: Any) -> Screen:
        """Return this screen with the shop's own fields behind the declared ones, and with `changes`."""
        return replace(
            self,
            **changes,
            groups=(*self.groups, *extension.groups),
            columns=(*self.columns, *extension.columns),
            filters=(*self.filters, *extension.filters),
            sorts=(*self.sorts, *extension.sorts),
            search=(*self.search, *extension.search),
        )


@dataclass(frozen=True)
class Extension:
    """The fields that a shop added to a declared screen, and where they take part."""

    groups: tuple[Group, ...]
    columns: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    sorts: tuple[str, ...] = ()
    search: tuple[Search, ...] = ()


@dataclass(frozen=True)
class MenuPage:
    """A page that a slice makes itself (roles, profile of the shop) and that stands in the menu."""

    label: Any
    path: str
    permission: str
    icon: str = "card-list"


@dataclass(frozen=True)
class RelatedPanel:
    """A tab on the detail page of screen `on`: the records of `screen` whose link field `via` points to it.

    With `inputs` they are also rows in the form of the record they belong to, added, changed and removed by whoever
    may do that on their own screen, and saved with it in one transaction; `inputs` names the fields in a row.
    """

    on: str
    label: Any
    _: KW_ONLY
    screen: str
    via: str
    columns: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    order: int = 100


@dataclass(frozen=True)
class Panel:
    """A box that an upper slice offers on the detail page of screen `on`.

    `load(record)` returns the template's variables or None to show nothing; it runs only with `permission`.
    """

    on: str
    label: Any
    _: KW_ONLY
    permission: str
    template: str
    load: Callable[[Any], dict[str, Any] | None]
    place: Literal["side", "top"] = "side"
    order: int = 100


@dataclass(frozen=True)
class HomeBlock:
    """What home pages are made of: `name` (unique in its slice) is how a person's own arrangement remembers it.

    Only people who hold `permission` get it; so a home page differs by role without naming any. `order` is where
    it stands until a person arranges their own. `speaks_of` names the fields (`people:contact.due_on`) that decide
    what it counts or shows: who does not see one of them as it is does not get the block.
    """

    name: str
    label: Any
    permission: str
    _: KW_ONLY
    order: int = 100
    speaks_of: tuple[str, ...] = ()


@dataclass(frozen=True)
class HomeList(HomeBlock):
    """A few rows on the home page: the beginning of a list of `screen` as its address asks for it.

    `arguments()` are the list's own (`f.state`, `sort` …), so that “show all” leads to exactly these rows and more.
    `own` names the link field that must point to the present person, for lists of what is theirs to do.
    A list with `is_work` is what the phone's bottom bar leads to; the first that a person may see counts.
    """

    _: KW_ONLY
    screen: str
    arguments: Callable[[], Sequence[tuple[str, str]]]
    own: str = ""
    is_work: bool = False


@dataclass(frozen=True)
class Figure:
    """One number on the home page: its text, a line of explanation, the page behind it and its tone.

    A shop whose figures are all 0 is new and is shown its first steps; a figure that `counts` nothing has no say in it.
    """

    text: str
    note: str = ""
    address: str = ""
    tone: str = "neutral"
    counts: bool = True


@dataclass(frozen=True)
class Card(HomeBlock):
    """A number on the home page; `load()` asks the database once."""

    _: KW_ONLY
    load: Callable[[], Figure]


@dataclass(frozen=True)
class SmallRow:
    """One row of a small table: a text for each column, and the page behind the row."""

    texts: tuple[str, ...]
    address: str = ""


@dataclass(frozen=True)
class SmallTable(HomeBlock):
    """A table of a few summed rows on the home page; `load()` asks the database once and gives at most a dozen."""

    _: KW_ONLY
    heads: tuple[Any, ...]
    load: Callable[[], Sequence[SmallRow]]


def fields_of(groups: Sequence[Group]) -> list[Field]:
    """Return the fields of all groups in order."""
    return [entry for group in groups for entry in group.fields]
