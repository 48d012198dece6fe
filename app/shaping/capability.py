"""Shaping: a manager adds fields and whole record types, without code and without a restart."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from app.access.events import SampleClearing
from app.core.capability import Capability
from app.core.declaration import MenuPage
from app.core.kernel import Kernel
from app.core.permissions import Permission
from app.shaping import fence  # noqa: F401 - listens to the session
from app.shaping.handlers import empty_own_tables
from app.shaping.job import SHAPING_JOB
from app.shaping.pages import FieldsView, FieldView, ShapingView
from app.shaping.rights import FIELD_CHANGE, TYPE_CHANGE
from app.shaping.shapes import install_shaper, load_shapes
from app.shaping.sweeping import sweep_at_start
from app.shaping.type_pages import TypesView
from app.shaping.work_pages import WorkView


def install(app: Flask) -> None:
    """Answer the kernel's question for what managers made, and register their pages."""
    install_shaper(app)
    kernel: Kernel = app.extensions["kebu"]
    kernel.shapes = load_shapes
    builder = app.extensions["appbuilder"]
    for view in (ShapingView, FieldsView, FieldView, TypesView, WorkView):
        builder.add_view_no_menu(view)


CAPABILITY = Capability(
    "shaping",
    _l("Customise"),
    needs=("access", "panel"),
    icon="sliders",
    order=890,
    pages=(MenuPage(_l("Fields and record types"), "/shaping/", FIELD_CHANGE, "sliders"),),
    permissions=(
        Permission(FIELD_CHANGE, _l("Add and change fields of records")),
        Permission(TYPE_CHANGE, _l("Add and change record types")),
    ),
    jobs=(SHAPING_JOB,),
    handlers={SampleClearing: empty_own_tables},
    install=install,
    start=sweep_at_start,
)
