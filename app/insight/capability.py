"""The manifest of insight: reports on facts, and the page of revenue."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from app.core.capability import Capability
from app.core.declaration import MenuPage
from app.core.permissions import Permission
from app.insight.books import SEE
from app.insight.happenings import TAKEN
from app.insight.pages import PATH, RevenueView


def install(app: Flask) -> None:
    """Show the pages."""
    app.extensions["appbuilder"].add_view_no_menu(RevenueView)


CAPABILITY = Capability(
    "insight",
    _l("Reports"),
    needs=("journal", "access", "panel"),
    icon="graph-up",
    order=700,
    pages=(MenuPage(_l("Revenue"), PATH, SEE, "bar-chart"),),
    permissions=(Permission(SEE, _l("See reports")),),
    happenings=(TAKEN,),
    install=install,
)
