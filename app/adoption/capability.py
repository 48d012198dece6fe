"""Adoption: screens, rights and a journal for databases that the shop already has."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.adoption import models  # noqa: F401 - the tables of the declaration
from app.core.capability import Capability

CAPABILITY = Capability(
    "adoption", _l("Databases"), needs=("access", "panel", "journal"), icon="database", order=895
)
