"""What a form is answered with: its page, messages beside the fields, both versions, or what was saved."""

from __future__ import annotations

from typing import Any

from flask import flash, jsonify, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.core.declaration import Screen
from app.core.errors import Invalid, KebuError
from app.panel.columns import Key, record_url, title_of
from app.panel.current_branch import with_branch
from app.panel.draft_keys import kept_draft
from app.panel.duplicating import Copied, copied
from app.panel.form_page import conflict_page, form_page
from app.panel.pages import FormPage
from app.panel.tickets import read_ticket
from app.panel.trail import Way, way_of
from app.panel.writing import Draft, Stale, add_once, find, read_form, save

# A form that does not say which version it started from is as good as a stale one.
NO_VERSION = -1
# A fingerprint and a name for each of some three hundred inputs.
LONGEST_BASE = 20_000
# What form.js says of itself: it goes to the next page by itself and shows a refusal beside what was typed.
BY_SCRIPT = "form"


def answer_add(screen: Screen) -> Any:
    """Answer with the form for a new record, or with what came of sending it."""
    if request.method == "GET":
        return _form(form_page(screen, prefill=_with_home_branch(screen)))
    return _added(screen)


def answer_duplicate(screen: Screen, key: Key) -> Any:
    """Answer with the form for a new record filled like the one with `key`; sent, it is as good as any new one's."""
    if request.method == "GET":
        copy = copied(screen, find(screen, key))
        return _form(form_page(screen, None, Draft(raw=copy.raw)), copy=copy)
    try:
        copy = copied(screen, find(screen, key))
    except KebuError:
        # Gone meanwhile: what was typed is a record of its own right.
        return _added(screen)
    return _added(screen, copy)


def answer_edit(screen: Screen, key: Key) -> Any:
    """Answer with the form for a record, or with what came of sending it."""
    record = find(screen, key)
    # The neighbours are those of the place where the record stood before it was saved.
    way = way_of(screen, request.args, record, "/edit")
    if request.method == "GET":
        return _form(form_page(screen, record), way=way)
    draft = read_form(screen, request.form, request.files, record)
    base = request.form.get("base", "")[:LONGEST_BASE]
    version = read_version(request.form)
    try:
        record = save(screen, draft, key, NO_VERSION if version is None else version)
    except Stale as stale:
        return _conflict(screen, stale.record, draft, base, way)
    except Invalid as refusal:
        page = form_page(screen, find(screen, key), draft, errors=refusal.errors, base=base)
        return _form(page, 422, way=way)
    return _saved(screen, record, way)


def read_version(form: MultiDict[str, str]) -> int | None:
    """Return the version that a form started from; None where it names none."""
    text = form.get("row_version", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _added(screen: Screen, copy: Copied | None = None) -> Any:
    draft = read_form(screen, request.form, request.files)
    ticket = request.form.get("ticket", "")
    try:
        record = add_once(screen, draft, read_ticket(screen, ticket))
    except Stale as stale:
        return _conflict(screen, stale.record, draft, "")
    except Invalid as refusal:
        page = form_page(screen, None, draft, errors=refusal.errors, ticket=ticket)
        return _form(page, 422, copy=copy)
    return _saved(screen, record)


def _form(
    page: FormPage, status: int = 200, *, way: Way | None = None, copy: Copied | None = None
) -> tuple[str, int]:
    action = copy.url if copy else page.action
    kept = kept_draft(action)
    return render_template("form.html", page=page, way=way, copy=copy, action=action, kept=kept), status


def _conflict(screen: Screen, record: Any, draft: Draft, base: str, way: Way | None = None) -> Any:
    return _form(conflict_page(screen, record, draft, base), 409, way=way)


def _saved(screen: Screen, record: Any, way: Way | None = None) -> Any:
    flash(_("“%(title)s” is saved.", title=title_of(screen, record)), "success")
    url = record_url(screen, record) + (way.suffix if way else "")
    if way and way.next and request.form.get("then") == "next":
        url = way.next
    if request.headers.get("X-Requested-With") == BY_SCRIPT:
        # A redirect would be followed by the script itself, and the page's messages shown to nobody.
        return jsonify(url=url)
    return redirect(url)


def _with_home_branch(screen: Screen) -> MultiDict[str, str]:
    """Return what the address suggests for a new record; the branch at hand where it says nothing."""
    return with_branch(screen, request.args, parameter="branch")
