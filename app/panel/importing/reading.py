"""Reading: a file as numbered rows of text cells, and what was recognised about it.

Only what stands in memory at a time is a row: a million of them cost no more than ten.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, Literal

from flask_babel import gettext as _

from app.panel.importing.delimiters import DELIMITERS, find_delimiter, rows_of_text
from app.panel.importing.encodings import NAMES, find_encoding, is_binary, lines_of
from app.panel.importing.errors import Unreadable
from app.panel.importing.spreadsheets import MOST_COLUMNS, Workbook, refuse_oversized

SAMPLE_LINES = 200
SAMPLE_ROWS = 1_000
_LONGEST_SAMPLE_LINE = 100_000
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PACKED = b"PK\x03\x04"
_OTHERS = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"{\\rtf")

Row = tuple[int, list[str]]


@dataclass(frozen=True)
class Layout:
    """How a file is to be read: as text in an encoding with a delimiter, or as one sheet of a workbook.

    `header_row` is the number of the row that names the columns, 0 when none does.
    """

    kind: Literal["text", "xlsx"]
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    header_row: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return the layout as it is kept."""
        return asdict(self)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> Layout:
        """Return a kept layout."""
        return cls(**{**kept, "sheets": tuple(kept.get("sheets", ()))})


def recognise(path: Path) -> Layout:
    """Return how the file at `path` is best read, its header row left open; raise `Unreadable` with what is wrong."""
    with path.open("rb") as file:
        head = file.read(4096)
    if not head.strip(b"\x00\t\r\n \xef\xbb\xbf\xff\xfe"):
        raise Unreadable(_("This file is empty."))
    refuse_other_kinds(head)
    if head.startswith(_PACKED):
        return _recognise_workbook(path)
    layout = with_encoding(path, find_encoding(path))
    _refuse_blank(path, layout)
    return layout


def refuse_other_kinds(head: bytes) -> None:
    """Raise `Unreadable` for what is not a table by its first bytes."""
    if head.startswith(_OLD_OFFICE):
        raise Unreadable(
            _(
                "This is an old .xls workbook, or one with a password. Open it and save it as .xlsx without a password."
            )
        )
    plain = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if plain.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta")):
        raise Unreadable(
            _("This is a web page with a table in it. Open it in a spreadsheet program and save it as .xlsx.")
        )
    if head.startswith(_OTHERS):
        raise Unreadable(_("This is no table. Possible are CSV and XLSX."))


def _recognise_workbook(path: Path) -> Layout:
    refuse_oversized(path)
    with closing(Workbook(path)) as book:
        for name in book.sheets:
            with closing(book.rows(name)) as rows:
                if next(rows, None) is not None:
                    return Layout("xlsx", sheet=name, sheets=book.sheets)
    raise Unreadable(_("This file is empty."))


def with_encoding(path: Path, encoding: str) -> Layout:
    """Return the layout of a text file read in `encoding`; its delimiter is found anew."""
    sample = [line[:_LONGEST_SAMPLE_LINE] for line in islice(lines_of(path, encoding), SAMPLE_LINES)]
    if any(is_binary(line) for line in sample):
        raise Unreadable(_("This is no table. Possible are CSV and XLSX."))
    return Layout("text", encoding=encoding, delimiter=find_delimiter(sample))


def _refuse_blank(path: Path, layout: Layout) -> None:
    with closing(rows_of(path, layout)) as rows:
        if next(rows, None) is None:
            raise Unreadable(_("This file is empty."))


def changed(path: Path, layout: Layout, wishes: dict[str, str]) -> Layout:
    """Return the layout with what a person chose instead; what is no possible choice is left as it was."""
    if layout.kind == "xlsx":
        return replace(
            layout, sheet=wishes.get("sheet", "") if wishes.get("sheet") in layout.sheets else layout.sheet
        )
    encoding, delimiter = wishes.get("encoding", ""), wishes.get("delimiter", "")
    if encoding in NAMES and encoding != layout.encoding:
        return with_encoding(path, encoding)
    return replace(layout, delimiter=delimiter if delimiter in DELIMITERS else layout.delimiter)


def rows_of(path: Path, layout: Layout) -> Generator[Row, None, None]:
    """Yield number and cells of every row that is not blank, blank cells at its end left out; raise `Unreadable`."""
    if layout.kind == "xlsx":
        with closing(Workbook(path)) as book:
            if layout.sheet not in book.sheets:
                raise Unreadable(_("This workbook has no sheet with cells."))
            yield from book.rows(layout.sheet)
        return
    for number, cells in rows_of_text(lines_of(path, layout.encoding), layout.delimiter):
        while cells and not cells[-1]:
            cells.pop()
        if len(cells) > MOST_COLUMNS:
            raise Unreadable(_("This sheet has more than %(most)d columns.", most=MOST_COLUMNS))
        yield number, cells


def sample_of(path: Path, layout: Layout) -> list[Row]:
    """Return the first rows, enough to see what the columns are."""
    with closing(rows_of(path, layout)) as rows:
        return list(islice(rows, SAMPLE_ROWS))
