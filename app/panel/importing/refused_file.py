"""The refused rows as a file of the shape that came in, reasons beside them, to be mended and imported again."""

from __future__ import annotations

import csv
import io
import tempfile
import uuid
from collections.abc import Iterator, Sequence
from typing import IO

from flask_babel import gettext as _

from app.core.kernel import kernel
from app.panel.exporting import disarmed, without_mark
from app.panel.importing.workfile import WorkFile
from app.panel.sheet_writing import SheetWriter

ROWS_IN_CHUNK = 200


def refused_csv(key: uuid.UUID, headers: Sequence[str]) -> Iterator[str]:
    """Yield the refused rows as CSV with a byte-order mark, in chunks."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    writer.writerow([disarmed(text) for text in _heads(headers)])
    with WorkFile.opened(kernel().home, key) as work:
        for count, row in enumerate(_rows(work, len(headers)), start=1):
            # A cell that is disarmed already must not get a second apostrophe each time it goes round.
            writer.writerow([disarmed(without_mark(text)) for text in row])
            if count % ROWS_IN_CHUNK == 0:
                yield buffer.getvalue()
                buffer.seek(0)
                buffer.truncate()
    yield buffer.getvalue()


def refused_xlsx(key: uuid.UUID, headers: Sequence[str]) -> IO[bytes]:
    """Return the refused rows as a workbook in a temporary file."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - handed to the caller, who closes it
    with (
        WorkFile.opened(kernel().home, key) as work,
        SheetWriter(file, _("Refused rows"), _heads(headers)) as sheet,
    ):
        for row in _rows(work, len(headers)):
            sheet.write(row)
    file.seek(0)
    return file


def _heads(headers: Sequence[str]) -> list[str]:
    return [*headers, _("Row in the file"), _("Why it was refused")]


def _rows(work: WorkFile, width: int) -> Iterator[list[str]]:
    for number, cells, reasons in work.every_refused():
        padded = [*cells[:width], *[""] * (width - len(cells))]
        yield [*padded, str(number), " ".join(reasons)]
