"""The page on which somebody says why a masked value is needed, and sees it."""

from __future__ import annotations

from typing import Any

from flask import jsonify, make_response, render_template, request
from flask_appbuilder import BaseView, expose

from app.access.reveals import REVEAL, EnoughRevealed
from app.core.errors import Invalid
from app.panel.columns import read_key, record_url, title_of
from app.panel.revealing import Reason, reveal, revealable
from app.panel.signed_in import record_door
from app.panel.views import screen_for
from app.panel.writing import find

BY_SCRIPT = "fetch"


class RevealView(BaseView):
    """Revealing one value."""

    route_base = ""
    default_view = "ask"

    @expose("/<slice_name>/<noun>/<token>/reveal/<name>")
    @record_door("show", also=REVEAL)
    def ask(self, slice_name: str, noun: str, token: str, name: str) -> Any:
        """Ask for the reason."""
        screen = screen_for(slice_name, noun, "show")
        entry = revealable(screen, name)
        record = find(screen, read_key(screen, token), in_trash=None, names=(name,))
        return _page(screen, entry, record, {})

    @expose("/<slice_name>/<noun>/<token>/reveal/<name>", methods=["POST"])
    @record_door("show", also=REVEAL)
    def show(self, slice_name: str, noun: str, token: str, name: str) -> Any:
        """Show the value, after it was written down who sees it and why."""
        screen = screen_for(slice_name, noun, "show")
        entry, key = revealable(screen, name), read_key(screen, token)
        try:
            value = reveal(screen, key, name, request.form.get("reason", ""), request.form.get("words", ""))
        except (Invalid, EnoughRevealed) as refusal:
            errors = refusal.errors if isinstance(refusal, Invalid) else {"": refusal.message}
            if _is_by_script():
                return _kept(jsonify(errors={at: str(text) for at, text in errors.items()}), refusal.status)
            record = find(screen, key, in_trash=None, names=(name,))
            return _page(screen, entry, record, errors, status=refusal.status)
        if _is_by_script():
            return _kept(jsonify(value=value))
        return _page(screen, entry, find(screen, key, in_trash=None, names=(name,)), {}, value=value)


def _is_by_script() -> bool:
    return request.headers.get("X-Requested-With") == BY_SCRIPT


def _page(
    screen: Any, entry: Any, record: Any, errors: Any, *, value: str | None = None, status: int = 200
) -> Any:
    url = record_url(screen, record)
    # An account's row version would be a form's; here nothing is saved.
    variables = {
        "screen": screen,
        "label": str(entry.label),
        "title": title_of(screen, record),
        "mask": entry.mask(getattr(record, entry.name)),
        "back_url": url,
        "action": f"{url}/reveal/{entry.name}",
        "reasons": [(each.value, str(each.label)) for each in Reason],
        "chosen": request.form.get("reason", ""),
        "words": request.form.get("words", "")[:200],
        "errors": {at: str(text) for at, text in errors.items()},
        "value": value,
    }
    template = "_reveal_form.html" if _is_by_script() else "reveal.html"
    return _kept(render_template(template, **variables), status)


def _kept(answer: Any, status: int = 200) -> Any:
    """Return an answer that no browser or proxy keeps."""
    response = make_response(answer, status)
    response.headers["Cache-Control"] = "no-store"
    return response
