"""The manifest of the journal, which every other slice stands on."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from app.core.capability import Capability
from app.core.permissions import Permission
from app.journal.batches import UNDO_BATCH_PERMISSION
from app.journal.jobs import UNDO_BATCH
from app.journal.listening import keep_journal


def install(app: Flask) -> None:
    """Have every change of this application's records written down."""
    keep_journal(app)


CAPABILITY = Capability(
    "journal",
    _l("Journal"),
    icon="clock-history",
    order=0,
    permissions=(Permission(UNDO_BATCH_PERMISSION, _l("Undo many changes made together")),),
    jobs=(UNDO_BATCH,),
    install=install,
)
