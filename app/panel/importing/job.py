"""The import as a job, for files that are too large to be waited for."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app.core.database import db
from app.core.jobs import JobKind
from app.panel.importing.models import Import
from app.panel.importing.running import run
from app.panel.importing.starting import JOB


def address_of(_job: uuid.UUID, result: Mapping[str, Any]) -> str:
    """Return the address of the import that a job worked on."""
    return str(result.get("address", ""))


def permission_of(arguments: Mapping[str, Any]) -> str:
    """Return the right that an import of its kind of record needs; one that nobody holds when the import is gone."""
    screen = db.session.scalar(
        select(Import.screen).where(Import.id == uuid.UUID(arguments["import"])).limit(1)
    )
    return f"{screen}:import" if screen else "panel:import:gone"


IMPORT_JOB = JobKind(JOB, _l("Import"), permission_of, run, address_of)
