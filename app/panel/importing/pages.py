"""The pages of the import wizard as view models: file, columns, check, result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from app.core import fields, storage
from app.core.database import db
from app.core.declaration import Screen
from app.core.kernel import kernel
from app.core.keys import encode_token
from app.core.record import actor_id
from app.panel.importing.delimiters import DELIMITERS
from app.panel.importing.encodings import NAMES
from app.panel.importing.mapping import KEY, Confidence, Use, keys_of, targets
from app.panel.importing.mapping import Mapping as Plan
from app.panel.importing.models import Import
from app.panel.importing.reading import Layout, Row, sample_of
from app.panel.importing.starting import suggest
from app.panel.speech import mid_sentence

EXAMPLES = 3
PREVIEW_ROWS = 5
PREVIEW_COLUMNS = 12
MOST_LISTED = 5

Choices = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """One of the person's earlier imports."""

    file_name: str
    url: str
    state: str
    tone: str


@dataclass(frozen=True, slots=True)
class UploadPage:
    """Where a file is chosen or a table pasted."""

    screen: Any
    title: str
    action: str
    back_url: str
    earlier: tuple[Listed, ...] = ()
    problem: str = ""
    pasted: str = ""
    limit_mb: int = 0
    step: int = 1


@dataclass(frozen=True, slots=True)
class ColumnLine:
    """One column of the file: what it is called, what stands in it, which field it fills and how sure that is."""

    at: int
    header: str
    examples: tuple[str, ...]
    field: str
    confidence: str
    tone: str
    dates: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Constant:
    """A required field that no column fills: what it is to be for every row."""

    name: str
    label: str
    value: str
    choices: Choices = ()
    error: str = ""


@dataclass(frozen=True, slots=True)
class ColumnsPage:
    """What was recognised about the file, and which column fills which field."""

    screen: Any
    title: str
    url: str
    file_name: str
    is_workbook: bool
    encoding: str
    encodings: Choices
    delimiter: str
    delimiters: Choices
    sheet: str
    sheets: Choices
    header_row: int
    preview_heads: tuple[str, ...]
    preview: tuple[tuple[int, tuple[str, ...]], ...]
    more_columns: int
    columns: tuple[ColumnLine, ...]
    targets: Choices
    styles: Choices
    key: str
    keys: Choices
    clear: bool
    is_exact: bool
    constants: tuple[Constant, ...]
    copied: bool
    errors: tuple[str, ...] = ()
    step: int = 2


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
            Listed(item.name, import_url(screen, item), str(item.state.label), item.state.tone)
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
    # The first column of a copy is the row's own key, by which it is found again: nobody chooses anything for it.
    keyed = int(item.origin_json is not None)
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
        item.name,
        layout.kind == "xlsx",
        **_layout_choices(layout),
        header_row=layout.header_row,
        preview_heads=headers[keyed : PREVIEW_COLUMNS + keyed],
        preview=_preview([(number - keyed, cells[keyed:]) for number, cells in rows], len(headers) - keyed),
        more_columns=max(0, len(headers) - keyed - PREVIEW_COLUMNS),
        columns=tuple(_with_error(line, errors) for line in lines[keyed:]),
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
        copied=bool(keyed),
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
