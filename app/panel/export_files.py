"""Export files: each is written whole before it leaves, so that the journal can say what it is to the byte."""

from __future__ import annotations

import hashlib
import secrets
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import IO, Any

from flask import Response
from flask_babel import gettext as _

from app.access.present import present_person_id
from app.core.clock import utc_now
from app.core.errors import NotFound
from app.core.file_types import XLSX
from app.core.shop import shop
from app.panel.exporting import Tally, Wish, csv_lines, json_chunks, xlsx_file
from app.panel.people import person_name
from app.panel.reading import Question
from app.panel.telling import tell_export

MEDIA_TYPES = {"csv": "text/csv", "json": "application/json", "xlsx": XLSX}
_PIECE = 1 << 16


@dataclass(frozen=True)
class ExportFile:
    """A finished file, gone once closed; its name ends in a number of its own, `rows` are without the heads."""

    file: IO[bytes]
    name: str
    media_type: str
    rows: int
    size: int
    digest: str

    def response(self) -> Response:
        """Return the download; the file is closed once it is sent."""
        response = Response(self.file, mimetype=self.media_type, direct_passthrough=True)
        response.headers["Content-Length"] = str(self.size)
        response.headers["Content-Disposition"] = f"attachment; filename={self.name}"
        return response

    @property
    def facts(self) -> Mapping[str, Any]:
        """What the journal says of it."""
        return {"file": self.name, "rows": self.rows, "sha256": self.digest}


def answer_export(question: Question, wish: Wish, kind: str, asked: Mapping[str, str]) -> Response:
    """Return the download of the question's rows, told to the journal before it leaves."""
    taken = export_file(question, wish, kind)
    try:
        tell_export(question.screen, kind, asked, wish.names, taken.facts)
    except BaseException:
        taken.file.close()
        raise
    return taken.response()


def export_file(question: Question, wish: Wish, kind: str) -> ExportFile:
    """Return the question's rows as a `csv`, `json` or `xlsx` file; raise `NotFound` for any other kind."""
    if kind not in MEDIA_TYPES:
        raise NotFound()
    number, tally = secrets.token_hex(5), Tally()
    name = f"{question.screen.slice}-{question.screen.noun}-{number}.{kind}"
    if kind == "xlsx":
        file = xlsx_file(question, wish, tally, mark_of(number))
    else:
        file = spooled((csv_lines if kind == "csv" else json_chunks)(question, wish, tally))
    return finished(file, name, kind, tally.rows)


def mark_of(number: str) -> str:
    """Return the line that says who took a file out of which shop, when, and under which number."""
    moment = utc_now().astimezone(shop().zone).strftime("%Y-%m-%d %H:%M")
    return _(
        "%(shop)s · exported by %(name)s on %(moment)s · No. %(number)s",
        shop=shop().name,
        name=person_name(present_person_id()),
        moment=moment,
        number=number,
    )


def finished(file: IO[bytes], name: str, kind: str, rows: int) -> ExportFile:
    """Return a written file as one that can leave."""
    size, digest = _measured(file)
    return ExportFile(file, name, MEDIA_TYPES[kind], rows, size, digest)


def spooled(pieces: Iterable[str]) -> IO[bytes]:
    """Return the pieces of text written to a temporary file, at its beginning and gone once closed."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - handed to the caller, who closes it
    try:
        for piece in pieces:
            file.write(piece.encode("utf-8", "replace"))
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


def _measured(file: IO[bytes]) -> tuple[int, str]:
    """Return a file's size in bytes and its SHA-256 in hexadecimal, and go back to its beginning."""
    digest, size = hashlib.sha256(), 0
    while piece := file.read(_PIECE):
        digest.update(piece)
        size += len(piece)
    file.seek(0)
    return size, digest.hexdigest()
