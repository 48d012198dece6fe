"""The pages of the import wizard, made of an import and its rows: file, columns, check, result."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from sqlalchemy import select

from app.core import fields, storage
from app.core.database import db
from app.core.declaration import Screen
from app.core.kernel import kernel
from app.core.keys import encode_token
from app.core.permissions import granted
from app.core.record import actor_id
from app.journal.batches import UNDO_BATCH_PERMISSION
from app.panel.importing.delimiters import DELIMITERS
from app.panel.importing.encodings import NAMES
from app.panel.importing.mapping import KEY, Confidence, Use, keys_of, targets
from app.panel.importing.mapping import Mapping as Plan
from app.panel.importing.models import RUNNING, Import, ImportState, Mode
from app.panel.importing.page_models import (
    Cell,
    Choices,
    ColumnLine,
    ColumnsPage,
    Constant,
    Count,
    Listed,
    ProgressPage,
    RefusedRow,
    UploadPage,
)
from app.panel.importing.reading import Layout, Row, sample_of
from app.panel.importing.starting import suggest
from app.panel.importing.workfile import WorkFile
from app.panel.speech import mid_sentence

EXAMPLES = 3
PREVIEW_ROWS = 5
PREVIEW_COLUMNS = 12
CORRECTED_ROWS = 10
LONGEST_EDITED = 2_000
MOST_LISTED = 5

_CELL = re.compile(r"c\.([0-9]{1,9})\.([0-9]{1,4})")


def import_url(screen: Screen, item: Import) -> str:
    """Return the address of an import's page."""
    return f"{screen.path}import/{encode_token((item.id,))}"


def upload_page(screen: Screen, limit_mb: int, problem: str = "", pasted: str = "") -> UploadPage:
    """Return the first page, with the person's last imports of this kind of record."""
    mine = select(Import).where(Import.screen == screen.name, Import.created_by == actor_id())
    items = db.session.scalars(mine.order_by(Import.id.desc()).limit(MOST_LISTED)).all()
    return UploadPage(
        screen,
        title_of(screen),
        f"{screen.path}import",
        screen.path,
        tuple(
            Listed(item.upload.file_name, import_url(screen, item), str(item.state.label), item.state.tone)
            for item in items
        ),
        problem,
        pasted,
        limit_mb,
    )


def title_of(screen: Screen) -> str:
    """Return the heading of all pages."""
    return _("Import %(plural)s", plural=mid_sentence(screen.plural))


def columns_page(
    screen: Screen, item: Import, plan: Plan | None = None, errors: Mapping[str, Any] | None = None
) -> ColumnsPage:
    """Return the page of the columns, as proposed or as the person last sent it."""
    layout, headers, mapping = item.layout, item.headers, plan or item.mapping
    sample = sample_of(storage.path_of(kernel().home, item.upload_id), layout)
    rows = [row for row in sample if row[0] > layout.header_row]
    proposed, sure = suggest(screen, headers, rows)
    confidences = [
        sure[at] if use.field == proposed.uses[at].field else "" for at, use in enumerate(mapping.uses)
    ]
    errors = dict(errors or {})
    lines = [
        _column_line(
            screen, (at, header), use, [cells[at] for _number, cells in rows if at < len(cells)], sureness
        )
        for at, (header, use, sureness) in enumerate(zip(headers, mapping.uses, confidences, strict=True))
    ]
    return ColumnsPage(
        screen,
        title_of(screen),
        import_url(screen, item),
        item.upload.file_name,
        layout.kind == "xlsx",
        **_layout_choices(layout),
        header_row=layout.header_row,
        preview_heads=headers[:PREVIEW_COLUMNS],
        preview=_preview(rows, len(headers)),
        more_columns=max(0, len(headers) - PREVIEW_COLUMNS),
        columns=tuple(_with_error(line, errors) for line in lines),
        targets=(
            *((entry.name, _target_label(entry)) for entry in targets(screen)),
            (KEY, _("Key of the record")),
        ),
        styles=(
            ("auto", _("find out")),
            ("month_first", _("month first: 3/25/2026")),
            ("day_first", _("day first: 25/3/2026")),
        ),
        key=mapping.key,
        keys=_key_choices(screen),
        clear=mapping.clear,
        is_exact=mapping.exact,
        constants=_constants(screen, mapping, errors),
        errors=tuple(str(message) for name, message in errors.items()),
    )


def _layout_choices(layout: Layout) -> dict[str, Any]:
    names = {",": _("comma"), "\t": _("tab"), ";": _("semicolon"), "|": _("vertical bar")}
    return {
        "encoding": layout.encoding,
        "encodings": tuple(NAMES.items()),
        "delimiter": layout.delimiter,
        "delimiters": tuple((sign, names[sign]) for sign in DELIMITERS),
        "sheet": layout.sheet,
        "sheets": tuple((name, name) for name in layout.sheets),
    }


def _target_label(entry: fields.Field) -> str:
    return f"{entry.label} *" if entry.required else str(entry.label)


def _preview(rows: Sequence[Row], width: int) -> tuple[tuple[int, tuple[str, ...]], ...]:
    shown = min(width, PREVIEW_COLUMNS)
    return tuple(
        (number, tuple(_short(cells[at]) if at < len(cells) else "" for at in range(shown)))
        for number, cells in rows[:PREVIEW_ROWS]
    )


def _short(text: str, most: int = 40) -> str:
    line = " ".join(text[: most * 2].split())
    return line if len(line) <= most else line[: most - 1] + "…"


def _column_line(
    screen: Screen, named: tuple[int, str], use: Use, cells: Sequence[str], sure: Confidence
) -> ColumnLine:
    words = {"sure": _("sure"), "likely": _("please check"), "remembered": _("as the last time"), "": ""}
    tones = {"sure": "good", "likely": "warning", "remembered": "good", "": "neutral"}
    examples = tuple(dict.fromkeys(_short(cell) for cell in cells if cell.strip()))[:EXAMPLES]
    is_date = isinstance(screen.fields.get(use.field), fields.Date | fields.Moment)
    return ColumnLine(
        *named, examples, use.field, words[sure], tones[sure], dates=use.dates if is_date else ""
    )


def _with_error(line: ColumnLine, errors: Mapping[str, Any]) -> ColumnLine:
    return replace(line, error=str(errors.get(line.field, ""))) if line.field else line


def _key_choices(screen: Screen) -> Choices:
    labels = [
        (key, " + ".join(str(screen.fields[name].label) for name in key.split("+")))
        for key in keys_of(screen)
    ]
    return (*labels, (KEY, _("Key of the record")), ("", _("none: always add")))


def _constants(screen: Screen, mapping: Plan, errors: Mapping[str, Any]) -> tuple[Constant, ...]:
    """Return the fields that need the same for all rows: those required that no column fills, and those given."""
    by_column = {use.field for use in mapping.uses}
    return tuple(
        Constant(
            entry.name,
            str(entry.label),
            mapping.constants.get(entry.name, ""),
            tuple((member.value, str(member.label)) for member in entry.choices)
            if isinstance(entry, fields.Choice)
            else (),
            str(errors.get(f"constant.{entry.name}", "")),
        )
        for entry in targets(screen)
        if entry.name in mapping.constants or (entry.required and entry.name not in by_column)
    )


def read_plan(screen: Screen, item: Import, form: Mapping[str, str]) -> Plan:
    """Return the mapping that the columns' form asks for."""
    present = item.mapping
    uses = tuple(
        Use(form.get(f"use.{at}", ""), _style(form.get(f"dates.{at}", "auto")))
        for at in range(len(item.headers))
    )
    constants = {
        entry.name: text
        for entry in targets(screen)
        if (text := form.get(f"constant.{entry.name}", "").strip())
        and entry.name not in {use.field for use in uses}
    }
    return Plan(uses, form.get("key", ""), constants, bool(form.get("clear")), present.exact)


def _style(text: str) -> Any:
    return text if text in ("month_first", "day_first") else "auto"


# --- Check and result ---------------------------------------------------------------------------------


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
        item.upload.file_name,
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
