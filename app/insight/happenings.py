"""What the journal is told of reports."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.happenings import HappeningKind

TAKEN = HappeningKind(
    "insight:taken",
    _l("Took a report out as a file"),
    "warning",
    {
        "report": _l("Report"),
        "source": _l("Book"),
        "format": _l("Format"),
        "file": _l("File"),
        "rows": _l("Rows"),
        "sha256": "SHA-256",
    },
)
