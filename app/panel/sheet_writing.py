"""XLSX as it is written: one row after the other straight into the packed file, so that memory stays flat.

A workbook of plain cells is a few small XML parts and one part a sheet (ECMA-376). Texts stand in their cells, marked
as texts: no cell is a formula, whatever it begins with.
"""

from __future__ import annotations

import datetime
import re
import zipfile
from collections.abc import Sequence
from decimal import Decimal
from types import TracebackType
from typing import IO, Any, Self
from xml.sax.saxutils import escape

MOST_ROWS = 1_048_576
LONGEST_TEXT = 32_767
_BATCH_BYTES = 65_536
_EPOCH = datetime.date(1899, 12, 30)
_HEAD_STYLE, _DATE_STYLE = 1, 2
# What XML can't carry, and what would be read as an escape: both are written as `_x….` (ECMA-376, ST_Xstring).
_SPECIAL = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff\ud800-\udfff]|_(?=x[0-9A-Fa-f]{4}_)")
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\'\x00-\x1f]")
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PROPERTIES = (
    f'<Relationship Id="properties" Type="{_PACKAGE}/relationships/metadata/core-properties"'
    ' Target="docProps/core.xml"/>'
)
# A page's footer holds 255 characters, doubled ampersands included.
LONGEST_FOOTER = 120
_DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}">'
    '<numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/></font><font><b/><sz val="11"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="3"><xf/><xf fontId="1" applyFont="1"/><xf numFmtId="164" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    "</styleSheet>"
)


class SheetWriter:
    """A workbook being written: heads first, then rows; finished when its block ends.

    `mark` stands below each printed page and among the file's properties.
    """

    def __init__(self, file: IO[bytes], title: str, heads: Sequence[str], mark: str = "") -> None:
        self._mark = mark
        self._archive = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=3)
        self._title = _NOT_IN_NAMES.sub(" ", title).strip()[:25] or "Sheet"
        self._heads = [(head, _HEAD_STYLE) for head in heads]
        self._part: IO[bytes] | None = None
        self._pieces: list[str] = []
        self._size = self._row = self._sheets = 0

    def __enter__(self) -> Self:
        self._begin_sheet()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end_sheet()
        if error is None:
            self._write_package()
        self._archive.close()

    def write(self, cells: Sequence[Any]) -> None:
        """Write a row of texts, numbers and days."""
        if self._row >= MOST_ROWS:
            self._end_sheet()
            self._begin_sheet()
        self._write([(cell, 0) for cell in cells])

    def _begin_sheet(self) -> None:
        self._sheets += 1
        self._row = 0
        self._part = self._archive.open(f"xl/worksheets/sheet{self._sheets}.xml", "w", force_zip64=True)
        pane = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
        view = f'<sheetViews><sheetView workbookViewId="0">{pane}</sheetView></sheetViews>'
        self._put(f'{_DECLARATION}<worksheet xmlns="{_MAIN}">{view}<sheetData>')
        self._write(self._heads)

    def _end_sheet(self) -> None:
        if self._part is not None:
            self._put(f"</sheetData>{_footer(self._mark)}</worksheet>")
            self._flush()
            self._part.close()
            self._part = None

    def _write(self, cells: Sequence[tuple[Any, int]]) -> None:
        self._row += 1
        parts = "".join(
            _cell(f"{letters(at)}{self._row}", value, style) for at, (value, style) in enumerate(cells)
        )
        self._put(f'<row r="{self._row}">{parts}</row>')

    def _put(self, text: str) -> None:
        self._pieces.append(text)
        self._size += len(text)
        if self._size > _BATCH_BYTES:
            self._flush()

    def _flush(self) -> None:
        assert self._part is not None, "a sheet is open"
        self._part.write("".join(self._pieces).encode("utf-8"))
        self._pieces, self._size = [], 0

    def _write_package(self) -> None:
        numbers = range(1, self._sheets + 1)
        names = [self._title if number == 1 else f"{self._title} {number}" for number in numbers]
        quote = {'"': "&quot;"}
        sheets = "".join(
            f'<sheet name="{escape(name, quote)}" sheetId="{number}" r:id="rId{number}"/>'
            for number, name in zip(numbers, names, strict=True)
        )
        targets = [("worksheet", f"worksheets/sheet{number}.xml") for number in numbers] + [
            ("styles", "styles.xml")
        ]
        types = [("workbook.xml", "sheet.main"), *((target, kind) for kind, target in targets)]
        parts = {
            "[Content_Types].xml": _content_types(types),
            "_rels/.rels": _relationships([("officeDocument", "xl/workbook.xml")], _PROPERTIES),
            "docProps/core.xml": _properties(self._mark),
            "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}"><sheets>{sheets}</sheets></workbook>',
            "xl/_rels/workbook.xml.rels": _relationships(targets),
            "xl/styles.xml": _STYLES,
        }
        for name, text in parts.items():
            self._archive.writestr(name, _DECLARATION + text)


def _footer(mark: str) -> str:
    """Return what is printed below each page; an ampersand would begin a code (ECMA-376, 18.3.1.46)."""
    line = f"&L{mark[:LONGEST_FOOTER].replace('&', '&&')}"
    return f"<headerFooter><oddFooter>{escape(line)}</oddFooter></headerFooter>" if mark else ""


def _properties(mark: str) -> str:
    names = f'xmlns:cp="{_PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    return f"<cp:coreProperties {names}><dc:description>{escape(mark)}</dc:description></cp:coreProperties>"


def _relationships(targets: Sequence[tuple[str, str]], more: str = "") -> str:
    entries = "".join(
        f'<Relationship Id="rId{number}" Type="{_RELATIONS}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, start=1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{entries}{more}</Relationships>'


def _content_types(parts: Sequence[tuple[str, str]]) -> str:
    entries = "".join(
        f'<Override PartName="/xl/{name}" ContentType="{_TYPE}.{kind}+xml"/>' for name, kind in parts
    )
    packed = "application/vnd.openxmlformats-package.relationships+xml"
    default = f'<Default Extension="rels" ContentType="{packed}"/>'
    core = "application/vnd.openxmlformats-package.core-properties+xml"
    entries += f'<Override PartName="/docProps/core.xml" ContentType="{core}"/>'
    return f'<Types xmlns="{_PACKAGE}/content-types">{default}{entries}</Types>'


def letters(at: int) -> str:
    """Return what a spreadsheet calls the column at this place: A, B … AA."""
    found, number = "", at + 1
    while number:
        number, rest = divmod(number - 1, 26)
        found = chr(65 + rest) + found
    return found


def _cell(place: str, value: Any, style: int) -> str:
    if isinstance(value, datetime.date):
        return f'<c r="{place}" s="{_DATE_STYLE}"><v>{(value - _EPOCH).days}</v></c>'
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        value = f"{value:f}" if isinstance(value, Decimal) else str(value)
        # A spreadsheet keeps fifteen digits; a longer number stays whole as a text.
        if sum(sign.isdigit() for sign in value) <= 15:
            return f'<c r="{place}"><v>{value}</v></c>'
    if value == "":
        return ""
    if len(value) > LONGEST_TEXT:
        value = value[: LONGEST_TEXT - 1] + "…"
    marked = f' s="{style}"' if style else ""
    return f'<c r="{place}" t="inlineStr"{marked}><is><t xml:space="preserve">{_text(value)}</t></is></c>'


def _text(value: str) -> str:
    shown = _SPECIAL.sub(lambda match: f"_x{ord(match[0]):04X}_", value) if _SPECIAL.search(value) else value
    return escape(shown)
