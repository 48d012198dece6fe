"""The import as a job, for files that are too large to be waited for."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core.jobs import JobKind
from app.panel.importing.running import run
from app.panel.importing.starting import JOB


def address_of(_job: uuid.UUID, result: Mapping[str, Any]) -> str:
    """Return the address of the import that a job worked on."""
    return str(result.get("address", ""))


# Each screen has a permission of its own; who began the import held it, and the planner asks for every row again.
IMPORT_JOB = JobKind(JOB, _l("Import"), "", run, address_of)
