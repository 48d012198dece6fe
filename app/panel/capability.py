"""The panel's manifest: the generator itself, which every declared record goes through."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from app.access.memory import Remembered
from app.core.capability import Capability
from app.core.permissions import Permission
from app.panel import assets, looking_through, reach
from app.panel.builder_views import BuilderView
from app.panel.bulk.running import BULK_JOB
from app.panel.bulk.views import BulkView
from app.panel.cell_views import CellView
from app.panel.column_views import ColumnsView
from app.panel.draft_keys import DraftsView
from app.panel.frame import frame
from app.panel.history_pages import HistoryView
from app.panel.home import HomeView
from app.panel.importing.copy_views import CopyView
from app.panel.importing.job import IMPORT_JOB
from app.panel.importing.views import ImportView
from app.panel.importing.views import install as install_imports
from app.panel.journal_page import JournalView
from app.panel.mark_pages import MarksView
from app.panel.palette import PaletteView
from app.panel.rest import RestView
from app.panel.rest_once import DAILY_FORGETTING, FORGETTING
from app.panel.reveal_views import RevealView
from app.panel.role_sight_views import RoleSightView
from app.panel.saved_view_commands import SHARE
from app.panel.saved_view_views import SavedViewsView
from app.panel.saved_views import MOST_PEOPLE
from app.panel.shortcuts import SHORTCUTS
from app.panel.speech import rendered, speak
from app.panel.telling import HAPPENINGS
from app.panel.views import RecordsView


def install(app: Flask) -> None:
    """Register the home page and the dispatcher, and give templates the frame."""
    assets.install(app)
    reach.install(app.extensions["kebu"])
    app.extensions[looking_through.EXTENSION] = looking_through.LookingThrough()
    app.extensions["kebu_menus"] = {}
    app.extensions["kebu_commands"] = {}
    app.extensions["kebu_views"] = Remembered(MOST_PEOPLE)
    app.jinja_env.globals["frame"] = frame
    app.jinja_env.globals["zip"] = zip
    app.jinja_env.globals["shortcuts"] = SHORTCUTS
    # A box's template sees its own variables alone, so that slices can't trip over each other's names.
    app.jinja_env.globals["render_box"] = lambda box: rendered(app, box.template, box.variables)
    speak(app)
    builder = app.extensions["appbuilder"]
    builder.add_view_no_menu(HomeView)
    builder.add_view_no_menu(PaletteView)
    builder.add_view_no_menu(MarksView)
    builder.add_view_no_menu(DraftsView)
    builder.add_view_no_menu(RestView)
    builder.add_view_no_menu(ImportView)
    builder.add_view_no_menu(CopyView)
    builder.add_view_no_menu(BulkView)
    builder.add_view_no_menu(ColumnsView)
    builder.add_view_no_menu(CellView)
    builder.add_view_no_menu(RecordsView)
    builder.add_view_no_menu(HistoryView)
    builder.add_view_no_menu(RevealView)
    builder.add_view_no_menu(JournalView)
    install_imports(app)
    builder.add_view_no_menu(BuilderView)
    builder.add_view_no_menu(SavedViewsView)
    builder.add_view_no_menu(RoleSightView)


CAPABILITY = Capability(
    "panel",
    _l("Panel"),
    needs=("journal", "access"),
    order=0,
    permissions=(Permission(SHARE, _l("Share views of lists with roles or everybody")),),
    jobs=(IMPORT_JOB, BULK_JOB, FORGETTING),
    recurring=(DAILY_FORGETTING,),
    happenings=HAPPENINGS,
    install=install,
)
