"""The addresses at which views of a list are saved, changed, shared, pinned and deleted."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, redirect, render_template, request
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from app.access.addresses import safe_next
from app.core.database import db
from app.core.declaration import Screen
from app.core.errors import Conflict, Invalid, NotFound, UnreadableToken
from app.core.fields.base import half_width
from app.core.keys import decode_token, encode_token
from app.panel.addresses import address, read_query
from app.panel.saved_view_commands import (
    ViewDraft,
    change_view,
    choose,
    delete_view,
    find_view,
    may_change,
    replace_arguments,
    roles_of_view,
    save_view,
)
from app.panel.saved_view_models import View, Visibility
from app.panel.saved_view_pages import view_form, views_path
from app.panel.saved_views import SavedView, kept_pairs, views_on
from app.panel.signed_in import record_door
from app.panel.speech import mid_sentence
from app.panel.views import screen_for

FIRST_PLACE = 100
# What each deed of the menu decides for the person alone.
_DEEDS = {
    "pin": {"pinned": True},
    "unpin": {"pinned": False},
    "open": {"default": True},
    "close": {"default": False},
}


class SavedViewsView(BaseView):
    """Views of one list; whoever may see the list may keep views of their own."""

    route_base = "/views"
    default_view = "add"

    @expose("/<slice_name>/<noun>/add", methods=["GET", "POST"])
    @record_door("list")
    def add(self, slice_name: str, noun: str) -> Any:
        """The form that gives what the list asks a name."""
        screen = screen_for(slice_name, noun, "list")
        if request.method == "GET":
            return _add_form(screen, ViewDraft("", position=FIRST_PLACE), _query(request.args))
        query = request.form.get("arguments", "")
        try:
            draft = _read_draft(request.form)
            view = save_view(screen, draft, kept_pairs(read_query(query)))
        except Invalid as refusal:
            db.session.rollback()
            return _add_form(screen, _as_typed(request.form), query, refusal.errors), 422
        flash(_("The view “%(name)s” is saved.", name=view.name), "success")
        return redirect(_mine(screen, view.id).address(), 303)

    @expose("/<slice_name>/<noun>/<token>/edit", methods=["GET", "POST"])
    @record_door("list")
    def edit(self, slice_name: str, noun: str, token: str) -> Any:
        """The form that renames, shares, pins and orders a view."""
        screen = screen_for(slice_name, noun, "list")
        key = _key(token)
        view = find_view(screen, key)
        if not may_change(view):
            raise NotFound
        if request.method == "GET":
            return _edit_form(screen, view, _draft_of(screen, view))
        try:
            change_view(screen, key, _version(request.form), _read_draft(request.form))
        except (Invalid, Conflict) as refusal:
            db.session.rollback()
            errors = refusal.errors if isinstance(refusal, Invalid) else {"": refusal.message}
            page = _edit_form(screen, find_view(screen, key), _as_typed(request.form), errors)
            return page, refusal.status
        saved = _mine(screen, key)
        flash(_("The view “%(name)s” is saved.", name=saved.name), "success")
        return redirect(saved.address(), 303)

    @expose("/<slice_name>/<noun>/<token>/replace", methods=["POST"])
    @record_door("list")
    def replace(self, slice_name: str, noun: str, token: str) -> AnyResponse:
        """Let the view ask what the list asks now."""
        screen = screen_for(slice_name, noun, "list")
        try:
            view = replace_arguments(screen, _key(token), kept_pairs(request.args))
        except Invalid as refusal:
            flash(" ".join(str(text) for text in refusal.errors.values()), "warning")
            return redirect(address(screen.path, request.args), 303)
        flash(_("The view “%(name)s” is saved.", name=view.name), "success")
        return redirect(_mine(screen, view.id).address(), 303)

    @expose("/<slice_name>/<noun>/<token>/choose", methods=["POST"])
    @record_door("list")
    def choose(self, slice_name: str, noun: str, token: str) -> AnyResponse:
        """Keep the view in one's own menu, or open the list with it; or no longer."""
        screen = screen_for(slice_name, noun, "list")
        decided = _DEEDS.get(request.form.get("deed", ""))
        if decided is None:
            raise NotFound
        view = choose(screen, _key(token), **decided)
        return redirect(safe_next(request.form.get("next"), _mine(screen, view.id).address()), 303)

    @expose("/<slice_name>/<noun>/<token>/delete", methods=["POST"])
    @record_door("list")
    def delete(self, slice_name: str, noun: str, token: str) -> AnyResponse:
        """Delete the view for all who have it."""
        screen = screen_for(slice_name, noun, "list")
        name = delete_view(screen, _key(token))
        flash(_("The view “%(name)s” is deleted.", name=name), "success")
        return redirect(screen.path, 303)


def _key(token: str) -> uuid.UUID:
    parts = decode_token(token)
    if len(parts) != 1 or not isinstance(parts[0], uuid.UUID):
        raise NotFound
    return parts[0]


def _mine(screen: Screen, view_id: uuid.UUID) -> SavedView:
    """Return the view as the person has it now."""
    found = next((view for view in views_on(screen) if view.id == view_id), None)
    if found is None:
        raise NotFound
    return found


def _query(arguments: MultiDict[str, str]) -> str:
    return address("", MultiDict(kept_pairs(arguments))).removeprefix("?")


def _version(form: MultiDict[str, str]) -> int:
    text = form.get("row_version", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1


def _as_typed(form: MultiDict[str, str]) -> ViewDraft:
    """Return what a form says as far as it can be read; a place that is no number stays the first."""
    chosen = form.get("visibility", "")
    place = half_width(form.get("position", "")).strip()
    return ViewDraft(
        form.get("name", ""),
        Visibility(chosen) if chosen in {each.value for each in Visibility} else Visibility.OWN,
        tuple(_role_numbers(form.getlist("roles"))),
        int(place) if place.isascii() and place.isdecimal() and len(place) < 5 else FIRST_PLACE,
        is_pinned=bool(form.get("is_pinned")),
        is_default=bool(form.get("is_default")),
    )


def _read_draft(form: MultiDict[str, str]) -> ViewDraft:
    place = half_width(form.get("position", str(FIRST_PLACE))).strip()
    if not (place.isascii() and place.isdecimal() and len(place) < 5):
        raise Invalid({"position": _("This is not a whole number.")})
    return _as_typed(form)


def _role_numbers(tokens: list[str]) -> list[int]:
    numbers = []
    for token in tokens[:200]:
        try:
            parts = decode_token(token)
        except UnreadableToken:
            # No role has such a number, so none is meant; without any the form says so.
            continue
        numbers += [part for part in parts if type(part) is int]
    return numbers


def _draft_of(screen: Screen, view: View) -> ViewDraft:
    """Return a view as its form shows it: what holds for oneself, or for all who see it."""
    is_own, mine = view.visibility is Visibility.OWN, _mine(screen, view.id)
    return ViewDraft(
        view.name,
        view.visibility,
        tuple(roles_of_view(view.id)),
        view.position,
        is_pinned=mine.is_pinned if is_own else view.is_pinned,
        is_default=mine.is_default if is_own else view.is_default,
    )


def _add_form(screen: Screen, draft: ViewDraft, query: str, errors: Any = None) -> str:
    page = view_form(
        screen,
        draft,
        action=f"{views_path(screen)}add",
        back_url=address(screen.path, read_query(query)),
        title=_("Save a view of the %(records)s", records=mid_sentence(screen.plural)),
        hidden=(("arguments", query),),
        place=request.form.get("position", str(draft.position)),
        errors=errors,
    )
    return render_template("view_form.html", page=page)


def _edit_form(screen: Screen, view: View, draft: ViewDraft, errors: Any = None) -> str:
    page = view_form(
        screen,
        draft,
        action=f"{views_path(screen)}{encode_token([view.id])}/edit",
        back_url=_mine(screen, view.id).address(),
        title=_("View: %(name)s", name=view.name),
        hidden=(("row_version", str(view.row_version)),),
        place=request.form.get("position", str(draft.position)),
        errors=errors,
    )
    return render_template("view_form.html", page=page)
