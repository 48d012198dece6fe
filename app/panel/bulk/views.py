"""The addresses of bulk edits, below each screen's own: ask, look, do, and what came of it."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, jsonify, redirect, render_template, request
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from app.core.database import db
from app.core.declaration import Screen
from app.core.errors import Invalid, NotFound
from app.core.keys import decode_token, encode_token
from app.panel.addresses import address
from app.panel.bulk.models import BulkEdit
from app.panel.bulk.offers import DO, EDIT
from app.panel.bulk.pages import ask_page, outlook_page, progress_text, result_page
from app.panel.bulk.running import AlreadyStarted, go_on, look, start, stop
from app.panel.bulk.wishes import MOST_CHOSEN, Scope, Wish, action_of, bulk_fields, read_wish, require_wish
from app.panel.current_branch import with_branch
from app.panel.reading import capped_count
from app.panel.signed_in import record_door
from app.panel.tickets import new_bulk_ticket, read_ticket
from app.panel.views import screen_for

LONGEST_NUMBER = 10


class BulkView(BaseView):
    """Many rows at once."""

    route_base = ""
    default_view = "ask"

    @expose("/<slice_name>/<noun>/bulk", methods=["GET", "POST"])
    @record_door("list")
    def ask(self, slice_name: str, noun: str) -> Any:
        """Say what to do to the chosen rows or to all that the list finds; `bulk.step` is how far one is."""
        screen = screen_for(slice_name, noun, "list")
        scope, wish = _scope(screen), _wish(screen, request.form)
        if wish.what:
            require_wish(screen, wish.what)
        step = request.form.get("bulk.step", "")
        try:
            count = len(scope.chosen) or capped_count(scope.question(screen))
        except Invalid as refusal:
            # The list says as well what is wrong with its address.
            flash(" ".join(str(message) for message in refusal.errors.values()), "warning")
            return redirect(address(screen.path + ("trash" if scope.in_trash else ""), scope.pairs))
        try:
            if step not in ("look", "do") and not _is_settled(screen, wish):
                return render_template("bulk/ask.html", page=ask_page(screen, scope, count, wish))
            draft = read_wish(screen, wish)
            if draft.errors:
                raise Invalid(draft.errors)
            if step == "do":
                return _do(screen, scope, wish)
            page = outlook_page(screen, scope, wish, look(screen, scope, wish), new_bulk_ticket(screen))
            return render_template("bulk/outlook.html", page=page)
        except Invalid as refusal:
            return _asked_again(screen, scope, count, wish, refusal)

    @expose("/<slice_name>/<noun>/bulk/<token>")
    @record_door("list")
    def show(self, slice_name: str, noun: str, token: str) -> Any:
        """What came of a bulk edit, or how far it is."""
        item = _find(screen_for(slice_name, noun, "list"), token)
        return render_template("bulk/result.html", page=result_page(item))

    @expose("/<slice_name>/<noun>/bulk/<token>/state")
    @record_door("list")
    def state(self, slice_name: str, noun: str, token: str) -> Any:
        """How far a bulk edit is, for the page that waits."""
        item = _find(screen_for(slice_name, noun, "list"), token)
        return jsonify(state=item.state.value, done=item.done, total=item.total, text=progress_text(item))

    @expose("/<slice_name>/<noun>/bulk/<token>/stop", methods=["POST"])
    @record_door("list")
    def stop(self, slice_name: str, noun: str, token: str) -> AnyResponse:
        """End a bulk edit behind its present chunk."""
        item = _find(screen_for(slice_name, noun, "list"), token)
        key = item.id
        stop(key)
        return redirect(request.path.removesuffix("/stop"))

    @expose("/<slice_name>/<noun>/bulk/<token>/go-on", methods=["POST"])
    @record_door("list")
    def go_on(self, slice_name: str, noun: str, token: str) -> AnyResponse:
        """Go on with a stopped bulk edit."""
        item = _find(screen_for(slice_name, noun, "list"), token)
        key = item.id
        go_on(key)
        return redirect(request.path.removesuffix("/go-on"))


def _do(screen: Screen, scope: Scope, wish: Wish) -> AnyResponse:
    key = read_ticket(screen, request.form.get("bulk.ticket", ""), "bulk")
    if key is None:
        raise NotFound()
    try:
        start(screen, scope, wish, key)
    except AlreadyStarted as known:
        # A second click or a reload: the page of the first says what became of it.
        flash(str(known), "info")
    return redirect(f"{screen.path}bulk/{encode_token((key,))}")


def _asked_again(screen: Screen, scope: Scope, count: int, wish: Wish, refusal: Invalid) -> Any:
    """Answer with the form, all that was typed and what is wrong with it."""
    page = ask_page(screen, scope, count, wish, refusal.errors)
    return render_template("bulk/ask.html", page=page), 422


def _asks(screen: Screen, wish: Wish) -> bool:
    return wish.what == EDIT or (wish.what.startswith(DO) and bool(action_of(screen, wish.what).fields))


def _is_settled(screen: Screen, wish: Wish) -> bool:
    """Say whether it is clear what is wanted: the trash needs no values, nor does an action without inputs."""
    return bool(wish.what) and not _asks(screen, wish)


def _scope(screen: Screen) -> Scope:
    in_trash = bool(request.args.get("trash")) and screen.has_trash
    if in_trash:
        require_wish(screen, "restore")
    arguments = request.args if in_trash else with_branch(screen, request.args)
    chosen = request.form.getlist("bulk.row")
    if request.form.get("bulk.all"):
        chosen = []
    elif len(chosen) > MOST_CHOSEN:
        raise Invalid({"": _("At most %(most)d rows can be chosen one by one.", most=MOST_CHOSEN)})
    scope = Scope.of(arguments, in_trash=in_trash)
    return Scope(scope.arguments, in_trash, tuple(dict(map(_chosen, chosen)).items()))


def _chosen(text: str) -> tuple[str, int | None]:
    token, _dot, version = text.partition(".")
    known = version.isascii() and version.isdecimal() and len(version) < LONGEST_NUMBER
    return token, int(version) if known else None


def _wish(screen: Screen, form: MultiDict[str, str]) -> Wish:
    what = form.get("bulk.what", "")
    if what.startswith(DO):
        names = [entry.name for entry in action_of(screen, what).fields]
        return Wish(what, {}, {name: form.getlist(name) for name in names if name in form})
    if what != EDIT:
        return Wish(what)
    names = [entry.name for entry in bulk_fields(screen) if form.get(f"op.{entry.name}")]
    return Wish(
        what, {name: form[f"op.{name}"] for name in names}, {name: form.getlist(name) for name in names}
    )


def _find(screen: Screen, token: str) -> BulkEdit:
    """Return a bulk edit of this screen, to whoever may do the same; raise `NotFound` or `Forbidden`."""
    parts = decode_token(token)
    item = db.session.get(BulkEdit, parts[0]) if isinstance(parts[0], uuid.UUID) else None
    if item is None or item.screen != screen.name:
        raise NotFound()
    require_wish(screen, item.wish.what)
    return item
