"""Adoption: screens, rights and a journal for databases that the shop already has."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from app.access.version import grow_with
from app.adoption import showing  # noqa: F401 - how values of adopted columns look in lists
from app.adoption.declaring import ADOPT
from app.adoption.guide_pages import PAGE, AdoptionView
from app.adoption.models import AdoptedColumn, AdoptedRole, AdoptedSource, AdoptedTable
from app.adoption.publishing import install_publisher
from app.core.capability import Capability
from app.core.declaration import MenuPage
from app.core.permissions import Permission

for _model in (AdoptedSource, AdoptedTable, AdoptedColumn, AdoptedRole):
    grow_with(_model)


def install(app: Flask) -> None:
    """Answer the kernel's question for what was adopted, and show the guided page."""
    install_publisher(app)
    app.extensions["appbuilder"].add_view_no_menu(AdoptionView)


CAPABILITY = Capability(
    "adoption",
    _l("Databases"),
    needs=("access", "panel", "journal", "shaping"),
    icon="database",
    order=895,
    pages=(MenuPage(_l("Databases"), PAGE, ADOPT, "database"),),
    permissions=(Permission(ADOPT, _l("Adopt databases and let go of them")),),
    install=install,
)
