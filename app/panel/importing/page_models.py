"""What the templates of the import wizard are given: file, columns, check, result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
    errors: tuple[str, ...] = ()
    step: int = 2


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
