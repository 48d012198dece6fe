"""The import wizard's later pages as view models: progress, what would become of the rows, corrections, the result."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _

from app.core.declaration import Screen
from app.core.kernel import kernel
from app.core.permissions import granted
from app.journal.batches import UNDO_BATCH_PERMISSION
from app.panel.importing.mapping import KEY
from app.panel.importing.models import RUNNING, Import, ImportState, Mode
from app.panel.importing.pages import Choices, import_url, title_of
from app.panel.importing.workfile import WorkFile

CORRECTED_ROWS = 10
LONGEST_EDITED = 2_000
_CELL = re.compile(r"c\.([0-9]{1,9})\.([0-9]{1,4})")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a refused row that can be corrected."""

    name: str
    label: str
    text: str
    error: bool = False
    is_fixed: bool = False


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A refused row with its reasons and its cells."""

    number: int
    reasons: tuple[str, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """How many rows met one fate."""

    label: str
    number: str
    tone: str = "neutral"


@dataclass(frozen=True, slots=True)
class ProgressPage:
    """An import that runs, was checked, is finished or was stopped."""

    screen: Any
    title: str
    url: str
    file_name: str
    state: str
    state_label: str
    tone: str
    counts: tuple[Count, ...]
    done: int
    total: int
    progress_text: str
    message: str = ""
    rows: tuple[RefusedRow, ...] = ()
    next_url: str = ""
    first_url: str = ""
    modes: Choices = ()
    can_write: bool = False
    can_undo: bool = False
    can_go_on: bool = False
    has_refused: bool = False
    refused_kinds: tuple[str, ...] = ()
    list_url: str = ""
    step: int = 3


def progress_page(screen: Screen, item: Import, after: int = 0) -> ProgressPage:
    """Return the page of an import past its columns; refused rows from behind row `after`."""
    url = import_url(screen, item)
    state = item.state
    rows: list[tuple[int, list[str], list[str]]] = []
    shows_rows = state in (ImportState.CHECKED, ImportState.FAILED, ImportState.DONE)
    if shows_rows and (item.refused or state is ImportState.FAILED):
        with WorkFile.opened(kernel().home, item.id) as work:
            rows = work.refused(after, CORRECTED_ROWS + 1)
    shown = rows[:CORRECTED_ROWS]
    blocked = item.refused > item.totals
    return ProgressPage(
        screen,
        title_of(screen),
        url,
        item.name,
        state.value,
        str(state.label),
        state.tone,
        counts_of(item),
        item.done,
        item.total,
        progress_text(item),
        item.message or "",
        tuple(_refused_row(screen, item, row, is_fixed=state is ImportState.DONE) for row in shown),
        f"{url}?after={shown[-1][0]}#rows" if len(rows) > CORRECTED_ROWS else "",
        f"{url}#rows" if after else "",
        tuple((mode.value, str(mode.label)) for mode in Mode if mode is Mode.ACCEPTED or not blocked),
        can_write=state is ImportState.CHECKED and item.inserted + item.updated > 0,
        can_undo=granted(UNDO_BATCH_PERMISSION)
        and (state is ImportState.DONE or (state is ImportState.STOPPED and item.position > 0)),
        can_go_on=state is ImportState.STOPPED,
        has_refused=bool(rows),
        refused_kinds=("xlsx", "csv") if item.layout.kind == "xlsx" else ("csv", "xlsx"),
        list_url=screen.path,
        step=4 if state in (ImportState.DONE, ImportState.UNDONE, ImportState.WRITING) else 3,
    )


def counts_of(item: Import) -> tuple[Count, ...]:
    """Return the counts as the page shows them: what will happen before it is written, what has happened after."""
    is_past = item.state in (ImportState.DONE, ImportState.UNDONE, ImportState.WRITING, ImportState.STOPPED)
    words = (
        (_("added"), _("changed"), _("unchanged"), _("refused"))
        if is_past
        else (_("to be added"), _("to be changed"), _("the same already"), _("refused"))
    )
    numbers = (item.inserted, item.updated, item.same, item.refused)
    tones = ("good", "info", "neutral", "bad" if item.refused else "neutral")
    return tuple(
        Count(word, str(format_decimal(number)), tone)
        for word, number, tone in zip(words, numbers, tones, strict=True)
    )


def progress_text(item: Import) -> str:
    """Return how far a running import is, in words."""
    if item.state not in RUNNING:
        return ""
    if not item.total:
        return _("Reading the file …")
    done, number = format_decimal(item.done), format_decimal(item.total)
    return str(
        ngettext(
            "%(done)s of %(number)s row", "%(done)s of %(number)s rows", item.total, done=done, number=number
        )
    )


def _refused_row(
    screen: Screen, item: Import, row: tuple[int, list[str], list[str]], *, is_fixed: bool
) -> RefusedRow:
    number, texts, reasons = row
    cells = []
    for at, use in enumerate(item.mapping.uses):
        if not use.field:
            continue
        text = texts[at] if at < len(texts) else ""
        label = str(screen.fields[use.field].label) if use.field in screen.fields else KEY
        at_fault = any(
            reason.startswith(_("%(label)s: %(message)s", label=label, message="")) for reason in reasons
        )
        too_long = len(text) > LONGEST_EDITED
        shown = text[:LONGEST_EDITED] + "…" if too_long else text
        cells.append(Cell(f"c.{number}.{at}", item.headers[at], shown, at_fault, is_fixed or too_long))
    return RefusedRow(number, tuple(reasons), tuple(cells))


def read_corrections(form: Mapping[str, str]) -> dict[int, dict[int, str]]:
    """Return the corrected cells of a form, by row and column."""
    found: dict[int, dict[int, str]] = {}
    for name, text in form.items():
        if match := _CELL.fullmatch(name):
            found.setdefault(int(match[1]), {})[int(match[2])] = text
    return found
