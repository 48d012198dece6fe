"""The manifest of the journal, which every other slice stands on."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from app.core.capability import Capability
from app.core.database import db
from app.core.happenings import HappeningKind
from app.core.kernel import Kernel
from app.core.permissions import Permission
from app.journal.batches import UNDO_BATCH_PERMISSION
from app.journal.checking import health
from app.journal.checks import CHECKS
from app.journal.converting import prepare
from app.journal.guarding import guard
from app.journal.jobs import (
    ANCHORING,
    DAILY_RETENTION,
    HOURLY_ANCHORING,
    RETENTION,
    UNDO_BATCH,
    anchor_at_the_end,
)
from app.journal.listening import keep_journal
from app.journal.searching import SEARCH_PERMISSION


def install(app: Flask) -> None:
    """Have every change of this application's records written down, and refuse what would pass by."""
    keep_journal(app)
    guard(db.engine)
    kernel: Kernel = app.extensions["kebu"]
    kernel.health["journal"] = health


# What was asked for: names of conditions, not their values.
_CONDITIONS = {
    "since": _l("From"),
    "until": _l("Until"),
    "who": _l("Person"),
    "what": _l("What happened"),
    "subject": _l("Kind of record"),
    "record": _l("Key of the record"),
    "batch": _l("Key of the batch"),
    "branch": _l("Branch"),
    "address": _l("Network address"),
}
_ASKED_BY = {"by": _l("By")}
_FILE = {"file": _l("File"), "rows": _l("Rows"), "sha256": "SHA-256"}
_MOVED = {"chain": _l("Chain"), "from": _l("From place"), "to": _l("To place"), "file": _l("File")}
HAPPENINGS = (
    HappeningKind("journal:read", _l("Read the journal"), "info", _ASKED_BY, _CONDITIONS),
    HappeningKind("journal:exported", _l("Exported the journal"), "warning", _ASKED_BY | _FILE, _CONDITIONS),
    HappeningKind("journal:archived", _l("Moved old entries to an archive"), "warning", _MOVED),
)

CAPABILITY = Capability(
    "journal",
    _l("Journal"),
    icon="clock-history",
    order=0,
    permissions=(
        Permission(UNDO_BATCH_PERMISSION, _l("Undo many changes made together")),
        Permission(SEARCH_PERMISSION, _l("Search the journal")),
    ),
    jobs=(UNDO_BATCH, ANCHORING, RETENTION),
    recurring=(HOURLY_ANCHORING, DAILY_RETENTION),
    happenings=HAPPENINGS,
    checks=CHECKS,
    install=install,
    prepare=prepare,
    stop=anchor_at_the_end,
)
