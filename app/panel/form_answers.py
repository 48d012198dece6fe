"""What a form is answered with: its page or the fragment in a drawer, messages beside the fields, or what was saved."""

from __future__ import annotations

from typing import Any

from flask import flash, jsonify, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.core.declaration import Screen
from app.core.errors import Invalid
from app.panel.columns import Key, record_url, title_of, token_of
from app.panel.current_branch import with_branch
from app.panel.form_page import conflict_page, form_page
from app.panel.pages import FormPage
from app.panel.tickets import read_ticket
from app.panel.writing import Draft, Stale, add_once, find, read_form, save

# A form that does not say which version it started from is as good as a stale one.
NO_VERSION = -1
# A fingerprint and a name for each of some three hundred inputs.
LONGEST_BASE = 20_000
DRAWER = "drawer"


def answer_add(screen: Screen) -> Any:
    """Answer with the form for a new record, or with what came of sending it."""
    if request.method == "GET":
        return _form(form_page(screen, prefill=_with_home_branch(screen), place=_place()))
    draft = read_form(screen, request.form, request.files)
    ticket = request.form.get("ticket", "")
    try:
        record = add_once(screen, draft, read_ticket(screen, ticket))
    except Stale as stale:
        return _conflict(screen, stale.record, draft, "")
    except Invalid as refusal:
        page = form_page(screen, None, draft, errors=refusal.errors, ticket=ticket, place=_place())
        return _form(page, 422)
    return _saved(screen, record)


def answer_edit(screen: Screen, key: Key) -> Any:
    """Answer with the form for a record, or with what came of sending it."""
    record = find(screen, key)
    if request.method == "GET":
        return _form(form_page(screen, record, place=_place()))
    draft = read_form(screen, request.form, request.files, record)
    base = request.form.get("base", "")[:LONGEST_BASE]
    version = read_version(request.form)
    try:
        record = save(screen, draft, key, NO_VERSION if version is None else version)
    except Stale as stale:
        return _conflict(screen, stale.record, draft, base)
    except Invalid as refusal:
        page = form_page(
            screen,
            find(screen, key),
            draft,
            errors=refusal.errors,
            base=base,
            # What others save while this form is corrected is still found when it comes back.
            version=str(NO_VERSION if version is None else version),
            place=_place(),
        )
        return _form(page, 422)
    return _saved(screen, record)


def read_version(form: MultiDict[str, str]) -> int | None:
    """Return the version that a form started from; None where it names none."""
    text = form.get("row_version", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _place() -> str:
    return DRAWER if request.values.get("in") == DRAWER else ""


def _form(page: FormPage, status: int = 200) -> tuple[str, int]:
    return render_template("form_drawer.html" if page.place else "form.html", page=page), status


def _conflict(screen: Screen, record: Any, draft: Draft, base: str) -> tuple[str, int]:
    return _form(conflict_page(screen, record, draft, base, place=_place()), 409)


def _saved(screen: Screen, record: Any) -> Any:
    title = title_of(screen, record)
    message = _("“%(title)s” is saved.", title=title)
    if _place():
        return jsonify(token=token_of(screen, record), title=title, message=message)
    flash(message, "success")
    return redirect(record_url(screen, record))


def _with_home_branch(screen: Screen) -> MultiDict[str, str]:
    """Return what the address suggests for a new record; the branch at hand where it says nothing."""
    return with_branch(screen, request.args, parameter="branch")
