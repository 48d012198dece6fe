"""View models of forms: inputs, the rows of records that belong to one, and both versions in a conflict."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from app.panel.pages import Cell, Column


class Fault(NamedTuple):
    """A message in a form: what it is about, the id of the element that it stands beside, and its words."""

    label: str
    anchor: str
    message: str


@dataclass(frozen=True, slots=True)
class FormField:
    """One input of a form with what stands in it.

    `widget` is text, textarea, number, quantity, money, date, datetime, select, ticks, checkbox, picker, file, image;
    `values` the texts to show (what was typed, after an error), `selected` token/title pairs of a picker,
    `attributes` further HTML attributes, `current` what is stored now (file or picture). While the input `when`
    holds none of `when_values`, this one does not show. `id` tells it apart where a page has several of the name.
    """

    name: str
    label: str
    widget: str
    values: tuple[str, ...] = ()
    help: str = ""
    error: str = ""
    required: bool = False
    multiple: bool = False
    placeholder: str = ""
    unit: str = ""
    accept: str = ""
    attributes: dict[str, str] = field(default_factory=dict)
    choices: tuple[tuple[str, str], ...] = ()
    selected: tuple[tuple[str, str], ...] = ()
    pick_url: str = ""
    add_url: str = ""
    current: Cell | None = None
    kept: str = ""
    when: str = ""
    when_values: tuple[str, ...] = ()
    id: str = ""


@dataclass(frozen=True, slots=True)
class FormGroup:
    """A heading and its inputs."""

    label: str
    fields: tuple[FormField, ...]


@dataclass(frozen=True, slots=True)
class RowInForm:
    """A record among the rows of a form: inputs under names with the row's `prefix`, or what it says where only shown.

    `number` is what people call the row; the hidden inputs `id`, `row_version` and `base` say which record it is and
    what the person started from. A row is `blank` while it waits to be filled in.
    """

    number: int
    prefix: str
    fields: tuple[FormField, ...] = ()
    texts: tuple[Cell, ...] = ()
    token: str = ""
    version: str = ""
    base: str = ""
    problem: str = ""
    blank: bool = False
    can_remove: bool = False
    removed: bool = False


@dataclass(frozen=True, slots=True)
class RowsInForm:
    """The records that belong to a form's record, one in each row; `all_url` lists them where they are too many."""

    key: str
    label: str
    heads: tuple[Column, ...]
    rows: tuple[RowInForm, ...]
    ticket: str = ""
    can_add: bool = False
    can_remove: bool = False
    most_new: int = 0
    more_text: str = ""
    all_url: str = ""

    @property
    def takes_files(self) -> bool:
        """Whether a row has an input for a file."""
        return any(f.widget in ("file", "image") for row in self.rows for f in row.fields)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What is wrong with rows and with their inputs, each called by its table, row and field."""
        found = []
        for row in self.rows:
            name = f"{self.label} {row.number}"
            if row.problem:
                found.append(Fault(name, f"row-{row.prefix}", row.problem))
            found += [
                Fault(f"{name} · {f.label}", f"f-{f.id or f.name}", f.error) for f in row.fields if f.error
            ]
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Difference:
    """One field in an edit conflict: what stands now, what the person wanted."""

    name: str
    label: str
    theirs: str
    yours: str
    prefix: str = ""

    @property
    def choice(self) -> str:
        """The name of the input that says which of the two stays."""
        return f"{self.prefix}use.{self.name}"


@dataclass(frozen=True, slots=True)
class FormPage:
    """The form to add or edit; with `differences` it is the conflict page (409) with both versions side by side.

    `version` and `base` travel as hidden inputs `row_version` and `base`: what the person started from. `ticket`
    (a hidden input of that name on a new record's form) makes a second click on Save find the first one's record.
    On the conflict page an input `use.<field>` with the value `theirs` keeps what stands now.
    A file kept over an error travels as `<field>.kept` (the field's `kept`).
    `tables` are the records that belong to this one and are written in the same form. `place` is where the form
    stands: a page of its own, or the drawer beside another form (hidden input `in`).
    """

    screen: Any
    title: str
    action: str
    back_url: str
    groups: tuple[FormGroup, ...]
    version: str = ""
    base: str = ""
    ticket: str = ""
    is_new: bool = True
    message: str = ""
    error_count: int = 0
    differences: tuple[Difference, ...] = ()
    changed_by: str = ""
    changed_at: str = ""
    multipart: bool = False
    tables: tuple[RowsInForm, ...] = ()
    place: str = ""
    title_input: str = ""

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Every message beside an input or a row, in order."""
        own = (
            Fault(f.label, f"f-{f.id or f.name}", f.error) for g in self.groups for f in g.fields if f.error
        )
        return (*own, *(fault for table in self.tables for fault in table.faults))
