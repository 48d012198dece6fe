"""The page of the check-up: what is red, what is yellow, what is well, and what to do."""

from __future__ import annotations

from typing import Any

from flask import render_template
from flask_appbuilder import BaseView, expose
from flask_babel import format_datetime

from app.access.doors import door
from app.core.checks import Light
from app.core.clock import utc_now
from app.operations.checkup import RUN, run_checks

_TONES = {Light.RED: "bad", Light.YELLOW: "warning", Light.GREEN: "good"}


class CheckView(BaseView):
    """The check-up, run while the page is made."""

    route_base = "/check"
    default_view = "show"

    @expose("/")
    @door(RUN)
    def show(self) -> Any:
        """Every check and what it found just now."""
        results = run_checks()
        return render_template(
            "operations/check.html",
            results=results,
            tones=_TONES,
            red=sum(each.light is Light.RED for each in results),
            yellow=sum(each.light is Light.YELLOW for each in results),
            moment=format_datetime(utc_now(), "short"),
        )
