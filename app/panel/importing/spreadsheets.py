"""XLSX: the cells of one sheet as texts, row by row, whatever its size.

openpyxl reads the small parts (which sheets there are, which formats mean dates). Its own row reader keeps an element
for every row and every text in memory, so cells and texts are read here by an event parser instead.
"""

from __future__ import annotations

import datetime
import re
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from xml.parsers import expat

from defusedxml import DefusedXmlException
from flask_babel import gettext as _
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.stylesheet import apply_stylesheet
from openpyxl.utils.datetime import from_excel
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.xml.constants import SHARED_STRINGS

from app.panel.importing.delimiters import LONGEST_CELL
from app.panel.importing.errors import Unreadable
from app.panel.importing.spool import Spool

MOST_ENTRIES = 5_000
MOST_UNPACKED_BYTES = 2 * 1024 * 1024 * 1024
SUSPICIOUS_BYTES = 50 * 1024 * 1024
MOST_RATIO = 150
MOST_SMALL_PART_BYTES = 16 * 1024 * 1024
MOST_COLUMNS = 1_024
_CHUNK = 65_536
_BIG_PARTS = re.compile(r"xl/(worksheets/[^/]+|sharedstrings\.xml|media/.*|embeddings/.*)", re.IGNORECASE)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_REFERENCE = re.compile(r"\$?([A-Z]{1,3})\$?[0-9]*")
_BROKEN = (
    zipfile.BadZipFile, InvalidFileException, zlib.error,
    expat.ExpatError, DefusedXmlException, ValueError, KeyError, IndexError,
    OSError, EOFError, NotImplementedError, RuntimeError, TypeError, AttributeError, SyntaxError, OverflowError,
)  # fmt: skip


def damaged() -> Unreadable:
    """Return the refusal of a workbook whose inside is not what it should be."""
    return Unreadable(_("This XLSX file is damaged. Open it in a spreadsheet program and save it anew."))


def refuse_oversized(path: Path) -> None:
    """Raise `Unreadable` for a package that is no workbook, unpacks to more than is bearable or is damaged."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except _BROKEN as error:
        raise damaged() from error
    names = {entry.filename for entry in entries}
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise Unreadable(_("This is a packed file but no XLSX workbook."))
    unpacked = sum(entry.file_size for entry in entries)
    packed = max(1, sum(entry.compress_size for entry in entries))
    is_bomb = unpacked > SUSPICIOUS_BYTES and unpacked / packed > MOST_RATIO
    small = [entry.file_size for entry in entries if not _BIG_PARTS.fullmatch(entry.filename)]
    too_large = unpacked > MOST_UNPACKED_BYTES or max(small, default=0) > MOST_SMALL_PART_BYTES
    if len(entries) > MOST_ENTRIES or is_bomb or too_large:
        raise Unreadable(
            _("This workbook unpacks to more than can be read. Save the one sheet you need as CSV.")
        )


class _Package(ExcelReader):
    """openpyxl's reader as far as it reads small parts: sheets and formats, no cells and no texts."""

    def __init__(self, file: IO[bytes]) -> None:
        # By the open file, because openpyxl judges a path by its suffix and stored files have none.
        super().__init__(file, read_only=True, keep_links=False, data_only=True)
        self.read_manifest()
        self.read_workbook()
        apply_stylesheet(self.archive, self.wb)


@dataclass(frozen=True)
class _Formats:
    """Which cell formats show a number as a date or a time, and the day that counts as zero."""

    dates: frozenset[int]
    spans: frozenset[int]
    epoch: datetime.datetime


class Workbook:
    """An open workbook: its visible sheets' names and their rows."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        try:
            self._package = _Package(self._file)
            book = self._package.wb
            self._formats = _Formats(
                frozenset(book._date_formats),  # noqa: SLF001 - openpyxl keeps them nowhere else
                frozenset(book._timedelta_formats),  # noqa: SLF001
                book.epoch,
            )
            self._parts = {
                str(sheet.name): str(relation.target)
                for sheet, relation in self._package.parser.find_sheets()
                if relation.target in self._package.valid_files and "worksheet" in relation.Type
                and sheet.state == "visible"
            }  # fmt: skip
        except _BROKEN as error:
            self._file.close()
            raise damaged() from error
        if not self._parts:
            self._file.close()
            raise Unreadable(_("This workbook has no sheet with cells."))

    @property
    def sheets(self) -> tuple[str, ...]:
        """The names of the visible sheets, in order."""
        return tuple(self._parts)

    def rows(self, sheet: str) -> Generator[tuple[int, list[str]], None, None]:
        """Yield number and cells of each row that is not blank; raise `Unreadable` when the sheet is damaged."""
        try:
            with Spool(self._texts()) as texts, self._package.archive.open(self._parts[sheet]) as part:
                reader = _SheetReader(texts, self._formats)
                for _chunk in _parsed(part, reader.start, reader.end, reader.text):
                    yield from reader.finished
                    reader.finished.clear()
        except Unreadable:
            raise
        except _BROKEN as error:
            raise damaged() from error

    def _texts(self) -> Iterator[str]:
        kind = self._package.package.find(SHARED_STRINGS)
        if kind is None:
            return
        with self._package.archive.open(kind.PartName[1:]) as part:
            reader = _TextsReader()
            for _chunk in _parsed(part, reader.start, reader.end, reader.text):
                yield from reader.finished
                reader.finished.clear()

    def close(self) -> None:
        """Let go of the file."""
        self._package.archive.close()
        self._file.close()


def _parsed(part: IO[bytes], start: Callable[..., Any], end: Callable[..., Any], text: Any) -> Iterator[None]:
    """Feed an XML part to the handlers chunk by chunk; a document type, which no workbook has, is refused."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = text, _refuse_doctype
    while chunk := part.read(_CHUNK):
        parser.Parse(chunk, False)
        yield
    parser.Parse(b"", True)
    yield


def _refuse_doctype(*_arguments: Any) -> None:
    raise damaged()


def _local(name: str) -> str:
    return name.rpartition(":")[2]


class _TextCollector:
    """Collects what stands in `<t>` and `<v>`; readings beside the text (`<rPh>`) are not part of it."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length = 0
        self._open = False
        self._aside = 0

    def begin(self) -> None:
        """Forget the last text."""
        self._pieces, self._length, self._open, self._aside = [], 0, False, 0

    def enter(self, name: str) -> None:
        """Note that an element begins."""
        if name == "rPh":
            self._aside += 1
        elif name in ("t", "v") and not self._aside:
            self._open = True

    def leave(self, name: str) -> None:
        """Note that an element ends."""
        if name == "rPh":
            self._aside -= 1
        elif name in ("t", "v"):
            self._open = False

    def text(self, data: str) -> None:
        """Take a piece of character data."""
        if self._open:
            self._length += len(data)
            if self._length > LONGEST_CELL:
                raise Unreadable(_("A cell of this workbook holds more than sixteen million characters."))
            self._pieces.append(data)

    def plain(self) -> str:
        """Return what was collected."""
        return "".join(self._pieces)

    def unescaped(self) -> str:
        """Return what was collected, with the signs that XML can't carry put back."""
        joined = self.plain()
        return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), joined) if "_x" in joined else joined


class _TextsReader:
    """The shared texts, one after the other."""

    def __init__(self) -> None:
        self.finished: list[str] = []
        self._collector = _TextCollector()
        self.text = self._collector.text

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        if (local := _local(name)) == "si":
            self._collector.begin()
        else:
            self._collector.enter(local)

    def end(self, name: str) -> None:
        if (local := _local(name)) == "si":
            self.finished.append(self._collector.unescaped())
        else:
            self._collector.leave(local)


class _SheetReader:
    """The rows of a sheet: numbers, dates, texts and truths as one would type them."""

    def __init__(self, texts: Spool, formats: _Formats) -> None:
        self.finished: list[tuple[int, list[str]]] = []
        self._texts, self._formats = texts, formats
        self._collector = _TextCollector()
        self.text = self._collector.text
        self._row = self._column = 0
        self._cells: list[str] = []
        self._kind, self._style = "n", 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = _local(name)
        if local == "row":
            self._row = int(attributes.get("r", self._row + 1))
            self._cells, self._column = [], 0
        elif local == "c":
            match = _REFERENCE.match(attributes.get("r", ""))
            self._column = _column_number(match[1]) if match else self._column + 1
            self._kind, self._style = attributes.get("t", "n"), int(attributes.get("s", 0))
            self._collector.begin()
        else:
            self._collector.enter(local)

    def end(self, name: str) -> None:
        local = _local(name)
        if local == "c":
            self._place(self._value())
        elif local == "row":
            if any(cell and not cell.isspace() for cell in self._cells):
                self.finished.append((self._row, self._cells))
        else:
            self._collector.leave(local)

    def _place(self, text: str) -> None:
        if not text:
            return
        if self._column > MOST_COLUMNS:
            raise Unreadable(_("This sheet has more than %(most)d columns.", most=MOST_COLUMNS))
        self._cells += [""] * (self._column - len(self._cells))
        self._cells[self._column - 1] = text

    def _value(self) -> str:
        if self._kind in ("inlineStr", "str"):
            return self._collector.unescaped()
        plain = self._collector.plain()
        if not plain or self._kind == "e":
            return plain
        if self._kind == "s":
            return self._texts[int(plain)]
        if self._kind == "b":
            return "TRUE" if plain.strip() == "1" else "FALSE"
        if self._kind == "d":
            return plain.replace("T", " ")
        return self._number(plain)

    def _number(self, plain: str) -> str:
        if self._style in self._formats.dates and (moment := self._moment(float(plain))):
            return moment
        return number_text(plain)

    def _moment(self, serial: float) -> str:
        """Return a date or time as one types it; '' for a number outside the calendar."""
        try:
            value = from_excel(serial, self._formats.epoch, timedelta=self._style in self._formats.spans)
        except (OverflowError, ValueError):
            return ""
        if isinstance(value, datetime.datetime):
            value = (value + datetime.timedelta(milliseconds=500)).replace(microsecond=0)
            return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(sep=" ")
        return str(value)


def number_text(plain: str) -> str:
    """Return a stored number as the sheet shows it: fifteen digits, and whole ones without a point.

    What has more digits than that lost some when it was typed; it keeps its exponent, by which this can be seen.
    """
    if plain.isascii() and plain.isdigit() and len(plain) <= 15:
        return plain
    number = float(plain)
    if number == int(number) and abs(number) < 1e15:
        return str(int(number))
    shown = f"{number:.15g}"
    if "e" in shown and abs(number) < 1:
        return f"{number:.20f}".rstrip("0")
    return shown.upper()


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number
