"""The manifest of operations: jobs with their pages, and the worker that runs them."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from app.core.capability import Capability
from app.core.declaration import MenuPage
from app.core.kernel import Kernel
from app.core.permissions import Permission
from app.operations.check_job import CARD, EVERY_NIGHT, NIGHTLY, PAGE, TURNED_RED
from app.operations.check_pages import CheckView
from app.operations.checks import advisories, answers, files, settings, tables, work
from app.operations.checkup import RUN
from app.operations.clearing import CLEARING, DAILY_CLEARING
from app.operations.pages import ALL_JOBS, JobsView
from app.operations.services import CANCEL_ALL, LIST_ALL, put_job
from app.operations.timekeeping import a_worker_lives


def install(app: Flask) -> None:
    """Take in what other slices ask for, tell the health check about the worker, and show the pages."""
    kernel: Kernel = app.extensions["kebu"]
    kernel.enqueue = put_job
    kernel.health["worker"] = lambda: "alive" if a_worker_lives() else "absent"
    for view in (JobsView, CheckView):
        app.extensions["appbuilder"].add_view_no_menu(view)


CAPABILITY = Capability(
    "operations",
    _l("Background work"),
    needs=("journal", "access", "panel"),
    icon="hourglass-split",
    order=950,
    pages=(
        MenuPage(_l("Everybody's jobs"), ALL_JOBS, LIST_ALL, "hourglass-split"),
        MenuPage(_l("Check-up"), PAGE, RUN, "clipboard2-pulse"),
    ),
    cards=(CARD,),
    permissions=(
        Permission(LIST_ALL, _l("See everybody's jobs")),
        Permission(CANCEL_ALL, _l("Cancel other people's jobs")),
        Permission(RUN, _l("See the check-up")),
    ),
    jobs=(CLEARING, NIGHTLY),
    recurring=(DAILY_CLEARING, EVERY_NIGHT),
    happenings=(TURNED_RED,),
    checks=(
        *settings.CHECKS,
        *answers.CHECKS,
        *files.CHECKS,
        *tables.CHECKS,
        *work.CHECKS,
        *advisories.CHECKS,
    ),
    install=install,
)
