"""The small posts by which records are pinned, unpinned and remembered as opened."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _

from app.access.addresses import safe_next
from app.core.declaration import Screen
from app.panel import marks
from app.panel.columns import read_key, title_of, token_of
from app.panel.errors import TooManyPins
from app.panel.signed_in import record_door
from app.panel.views import screen_for
from app.panel.writing import find


class MarksView(BaseView):
    """Pins and memories of the person at the screen; each asks for the right to see the record."""

    route_base = "/marks"
    default_view = "pin"

    @expose("/<slice_name>/<noun>/<token>/pin", methods=["POST"])
    @record_door("show")
    def pin(self, slice_name: str, noun: str, token: str) -> Any:
        """Keep a record at hand."""
        screen, record = _record(slice_name, noun, token)
        title = title_of(screen, record)
        try:
            marks.pin(screen, token_of(screen, record))
        except TooManyPins as refusal:
            flash(str(refusal), "warning")
        else:
            flash(_("“%(title)s” is pinned.", title=title), "success")
        return _back(screen, token)

    @expose("/<slice_name>/<noun>/<token>/unpin", methods=["POST"])
    @record_door("show")
    def unpin(self, slice_name: str, noun: str, token: str) -> Any:
        """Stop keeping a record at hand."""
        screen, record = _record(slice_name, noun, token)
        title = title_of(screen, record)
        marks.unpin(screen, token_of(screen, record))
        flash(_("“%(title)s” is no longer pinned.", title=title), "success")
        return _back(screen, token)

    @expose("/<slice_name>/<noun>/<token>/up", methods=["POST"])
    @record_door("show")
    def up(self, slice_name: str, noun: str, token: str) -> Any:
        """Move a pinned record one place up."""
        return _moved(slice_name, noun, token, -1)

    @expose("/<slice_name>/<noun>/<token>/down", methods=["POST"])
    @record_door("show")
    def down(self, slice_name: str, noun: str, token: str) -> Any:
        """Move a pinned record one place down."""
        return _moved(slice_name, noun, token, 1)

    @expose("/<slice_name>/<noun>/<token>/opened", methods=["POST"])
    @record_door("show")
    def opened(self, slice_name: str, noun: str, token: str) -> Any:
        """Remember that a record was opened; sent by the page once it stands, so that no page waits for it."""
        screen, record = _record(slice_name, noun, token)
        marks.note_opened(screen, token_of(screen, record))
        return "", 204


def _record(slice_name: str, noun: str, token: str) -> tuple[Screen, Any]:
    screen = screen_for(slice_name, noun, "show")
    return screen, find(screen, read_key(screen, token), names=())


def _moved(slice_name: str, noun: str, token: str, step: int) -> Any:
    screen, record = _record(slice_name, noun, token)
    marks.move_pin(screen, token_of(screen, record), step)
    return _back(screen, token)


def _back(screen: Screen, token: str) -> Any:
    return redirect(safe_next(request.form.get("next"), screen.path + token))
