"""Encodings: which one a text file is written in, found in its bytes, and its lines as text without reading it whole.

The order is: a byte-order mark, strict UTF-8, UTF-16 without a mark (by the place of its NULs), GB18030, which is what
Chinese Excel writes. A file glued together of UTF-8 and GB18030 is read line by line, each for itself.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from flask_babel import gettext as _

from app.panel.importing.errors import Unreadable

MIXED = "mixed"
# What a person may choose instead of what was found, and what it is called.
NAMES = {
    "utf-8": "UTF-8",
    "gb18030": "GB18030 (GBK)",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16 LE",
    "utf-16-be": "UTF-16 BE",
    "big5": "Big5",
    MIXED: "UTF-8 + GB18030",
}
LONGEST_LINE = 32 * 1024 * 1024
_CHUNK = 65_536
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Chinese takes three bytes in UTF-8; that a line of GB18030 looks like that by chance is next to impossible.
_THREE_BYTES = re.compile(rb"[\xe3-\xe9][\x80-\xbf][\x80-\xbf]")
_NOT_IN_TEXT = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def find_encoding(path: Path) -> str:
    """Return the encoding of the text file at `path`, a key of `NAMES`; raise `Unreadable` when it is none of them."""
    with path.open("rb") as file:
        head = file.read(4096)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if (wide := _without_mark(head)) is not None:
        return wide
    if _decodes(path, "utf-8"):
        return "utf-8"
    return _chinese(path)


def _without_mark(head: bytes) -> str | None:
    """Return which UTF-16 this is: digits and commas have a NUL on one side, always the same."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    if even + odd < 2:
        return None
    return "utf-16-le" if not even else "utf-16-be" if not odd else None


def _chinese(path: Path) -> str:
    """Return GB18030, or `MIXED` when some lines are UTF-8 beyond doubt; name the line that is neither."""
    as_utf8 = as_gb = 0
    with path.open("rb") as file:
        for number, line in enumerate(_byte_lines(file), start=1):
            if line.isascii():
                continue
            if _is_utf8(line):
                as_utf8 += 1
            elif _decodes_bytes(line, "gb18030"):
                as_gb += 1
            else:
                raise Unreadable(
                    _(
                        "Line %(number)d is written in no encoding that we know. Save the file as CSV UTF-8 or "
                        "as XLSX.",
                        number=number,
                    )
                )
    return MIXED if as_utf8 and as_gb else "gb18030"


def _is_utf8(line: bytes) -> bool:
    return _THREE_BYTES.search(line) is not None and _decodes_bytes(line, "utf-8")


def _decodes_bytes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def lines_of(path: Path, encoding: str) -> Iterator[str]:
    """Yield the file's lines with their ends; raise `Unreadable` at one that is not in `encoding` or is endless."""
    if encoding == MIXED:
        with path.open("rb") as file:
            for raw in _byte_lines(file):
                yield raw.decode("utf-8" if _is_utf8(raw) or raw.isascii() else "gb18030")
        return
    name = "utf-8-sig" if encoding == "utf-8" else encoding
    with path.open(encoding=name, newline="") as text:
        number = 0
        try:
            while line := text.readline(LONGEST_LINE):
                number += 1
                if len(line) >= LONGEST_LINE:
                    raise _endless(number)
                yield line
        except (UnicodeDecodeError, UnicodeError) as error:
            raise Unreadable(
                _(
                    "After line %(number)d the file is not written in %(encoding)s. Choose another encoding.",
                    number=number,
                    encoding=NAMES[encoding],
                )
            ) from error


def _byte_lines(file: IO[bytes]) -> Iterator[bytes]:
    number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        if len(line) >= LONGEST_LINE:
            raise _endless(number)
        yield line


def _endless(number: int) -> Unreadable:
    return Unreadable(
        _(
            "Line %(number)d does not end: this is probably no table, or a quotation mark is missing.",
            number=number,
        )
    )


def is_binary(sample: str) -> bool:
    """Say whether decoded text holds signs that no table has."""
    return _NOT_IN_TEXT.search(sample) is not None
