"""File types: what a stored file is, found in its bytes; its name and what the browser claims decide nothing."""

from __future__ import annotations

import codecs
import re
import zipfile
import zlib
from pathlib import Path

PDF = "application/pdf"
JPEG = "image/jpeg"
PNG = "image/png"
WEBP = "image/webp"
GIF = "image/gif"
PLAIN = "text/plain"
CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

# The first suffix is the one that a name without a fitting one gets.
SUFFIXES = {
    PDF: (".pdf",),
    JPEG: (".jpg", ".jpeg"),
    PNG: (".png",),
    WEBP: (".webp",),
    GIF: (".gif",),
    PLAIN: (".txt", ".text", ".log", ".md"),
    CSV: (".csv",),
    XLSX: (".xlsx",),
    DOCX: (".docx",),
}
# What people call the types.
NAMES = {
    PDF: "PDF",
    JPEG: "JPEG",
    PNG: "PNG",
    WEBP: "WebP",
    GIF: "GIF",
    PLAIN: "TXT",
    CSV: "CSV",
    XLSX: "XLSX",
    DOCX: "DOCX",
}

MOST_PACKED_ENTRIES = 5_000
MOST_UNPACKED_BYTES = 300 * 1024 * 1024

_HEADS = (
    (b"%PDF-", PDF),
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
)
_OFFICE = (("xl/workbook.xml", XLSX), ("word/document.xml", DOCX))
_MARKUP = re.compile(rb"^\s*<(\?xml|!doctype|!--|html|svg|script|head|body|iframe)", re.IGNORECASE)
_NOT_IN_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def find_type(path: Path, file_name: str) -> str | None:
    """Return the media type of the file at `path`, None for one that is not on the list of known ones.

    Tables and plain texts have the same bytes; only between these two `file_name` decides.
    """
    with path.open("rb") as file:
        head = file.read(2048)
    for start, media_type in _HEADS:
        if head.startswith(start):
            return media_type
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head.startswith(b"PK\x03\x04"):
        return _office_type(path)
    if head and _is_text(path):
        return CSV if file_name.lower().endswith(".csv") else PLAIN
    return None


def _office_type(path: Path) -> str | None:
    """Return the type of an office document without macros that unpacks to a bearable size."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            names = {entry.filename for entry in entries}
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, NotImplementedError, IndexError):
        return None
    unpacked = sum(entry.file_size for entry in entries)
    has_macros = any(name.lower().endswith("vbaproject.bin") for name in names)
    if len(entries) > MOST_PACKED_ENTRIES or unpacked > MOST_UNPACKED_BYTES or has_macros:
        return None
    if "[Content_Types].xml" not in names:
        return None
    return next((media_type for name, media_type in _OFFICE if name in names), None)


def _is_text(path: Path) -> bool:
    """Say whether the whole file is text in UTF-8 or GB18030, and not a page that a browser would run."""
    with path.open("rb") as file:
        if _MARKUP.match(file.read(1024).removeprefix(codecs.BOM_UTF8)):
            return False
    return any(_decodes(path, encoding) for encoding in ("utf-8", "gb18030"))


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as file:
            while chunk := file.read(65_536):
                if _NOT_IN_TEXT.search(chunk):
                    return False
                decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
