"""Adoption: screens, rights and a journal for databases that the shop already has."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from app.access.version import grow_with
from app.adoption import showing  # noqa: F401 - how values of adopted columns look in lists
from app.adoption.copy_hints import copy_hints
from app.adoption.declaration_screens import PANELS, SCREENS
from app.adoption.declaring import ADOPT
from app.adoption.drift_noting import CHECK, LOOKING, ON_HOME
from app.adoption.drift_pages import DriftView
from app.adoption.guide_pages import PAGE, AdoptionView
from app.adoption.models import AdoptedColumn, AdoptedLook, AdoptedRole, AdoptedSource, AdoptedTable
from app.adoption.playing.pages import TableRoleRecordView, TableRolesView
from app.adoption.playing.screens import ROLE
from app.adoption.publishing import install_publisher
from app.adoption.written.pages import FileView
from app.core.capability import Capability
from app.core.declaration import MenuPage
from app.core.kernel import Kernel
from app.core.permissions import Permission

for _model in (AdoptedSource, AdoptedTable, AdoptedColumn, AdoptedRole, AdoptedLook):
    grow_with(_model)


def install(app: Flask) -> None:
    """Answer the kernel's questions for what was adopted, and show the pages."""
    install_publisher(app)
    kernel: Kernel = app.extensions["kebu"]
    kernel.copy_hints = copy_hints
    for view in (AdoptionView, TableRolesView, TableRoleRecordView, DriftView, FileView):
        app.extensions["appbuilder"].add_view_no_menu(view)


CAPABILITY = Capability(
    "adoption",
    _l("Databases"),
    needs=("access", "panel", "journal", "shaping"),
    icon="database",
    order=895,
    screens=(*SCREENS, ROLE),
    panels=PANELS,
    pages=(MenuPage(_l("Databases"), PAGE, ADOPT, "database"),),
    permissions=(Permission(ADOPT, _l("Adopt databases and let go of them")),),
    home_tables=(ON_HOME,),
    checks=(CHECK,),
    errands=(LOOKING,),
    install=install,
)
