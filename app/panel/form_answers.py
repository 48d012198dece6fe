"""What a form is answered with: its page or the fragment in a drawer, messages beside the fields, or what was saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, jsonify, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.core.declaration import Screen
from app.core.errors import Invalid, KebuError
from app.panel.columns import Key, record_url, title_of, token_of
from app.panel.current_branch import with_branch
from app.panel.draft_keys import kept_draft
from app.panel.duplicating import Copied, copied
from app.panel.form_models import FormPage
from app.panel.form_page import conflict_page, form_page, row_conflict_page
from app.panel.rows.reading import PostedTable, read_tables
from app.panel.rows.saving import RowConflict, RowRefused, Wish, save_with_rows
from app.panel.tickets import read_ticket
from app.panel.trail import Way, way_of
from app.panel.writing import Draft, Stale, find, read_form

# A form that does not say which version it started from is as good as a stale one.
NO_VERSION = -1
# A fingerprint and a name for each of some three hundred inputs.
LONGEST_BASE = 20_000
DRAWER = "drawer"
# What form.js says of itself: it goes to the next page by itself and shows a refusal beside what was typed.
BY_SCRIPT = "form"


def answer_add(screen: Screen) -> Any:
    """Answer with the form for a new record, or with what came of sending it."""
    if request.method == "GET":
        return _form(form_page(screen, prefill=_with_home_branch(screen), place=_place()))
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
        return _form(form_page(screen, record, place=_place()), way=way)
    draft = read_form(screen, request.form, request.files, record)
    posted = _posted_rows(screen, record)
    base = request.form.get("base", "")[:LONGEST_BASE]
    read = read_version(request.form)
    version = NO_VERSION if read is None else read

    def same_again(errors: Mapping[str, Any]) -> FormPage:
        # What others save while this form is corrected is still found when it comes back: its version stays.
        stands = find(screen, key)
        kept: dict[str, Any] = {"base": base, "version": str(version), "place": _place(), "posted": posted}
        return form_page(screen, stands, draft, errors=errors, **kept)

    try:
        record = save_with_rows(Wish(screen, draft, posted, key, version))
    except Stale as stale:
        return _conflict(screen, stale.record, draft, base, posted, way=way)
    except RowConflict as conflict:
        conflict.row.conflict = True
        return _form(row_conflict_page(same_again({}), conflict.row, posted), 409, way=way)
    except Invalid as refusal:
        return _form(same_again(_own_errors(refusal, draft)), 422, way=way)
    return _saved(screen, record, way)


def _added(screen: Screen, copy: Copied | None = None) -> Any:
    draft = read_form(screen, request.form, request.files)
    posted = _posted_rows(screen, None)
    ticket = request.form.get("ticket", "")
    try:
        record = save_with_rows(Wish(screen, draft, posted, new_key=read_ticket(screen, ticket)))
    except Stale as stale:
        return _conflict(screen, stale.record, draft, "", posted)
    except Invalid as refusal:
        errors = _own_errors(refusal, draft)
        page = form_page(screen, None, draft, errors=errors, ticket=ticket, place=_place(), posted=posted)
        return _form(page, 422, copy=copy)
    return _saved(screen, record)


def _posted_rows(screen: Screen, record: Any) -> list[PostedTable]:
    return [] if _place() else read_tables(screen, record, request.form, request.files)


def _own_errors(refusal: Invalid, draft: Draft) -> Mapping[str, Any]:
    """Return the messages to the record itself; those to a row stand in the row."""
    return draft.errors if isinstance(refusal, RowRefused) else refusal.errors


def read_version(form: MultiDict[str, str]) -> int | None:
    """Return the version that a form started from; None where it names none."""
    text = form.get("row_version", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _place() -> str:
    return DRAWER if request.values.get("in") == DRAWER else ""


def _form(
    page: FormPage, status: int = 200, *, way: Way | None = None, copy: Copied | None = None
) -> tuple[str, int]:
    action = copy.url if copy else page.action
    # In a drawer the form is a part of another page, which goes on when the drawer closes.
    template, kept = ("form_drawer.html", None) if page.place else ("form.html", kept_draft(action))
    return render_template(template, page=page, way=way, copy=copy, action=action, kept=kept), status


def _conflict(
    screen: Screen,
    record: Any,
    draft: Draft,
    base: str,
    posted: list[PostedTable],
    *,
    way: Way | None = None,
) -> tuple[str, int]:
    page = conflict_page(screen, record, draft, base, place=_place(), posted=posted)
    return _form(page, 409, way=way)


def _saved(screen: Screen, record: Any, way: Way | None = None) -> Any:
    title = title_of(screen, record)
    message = _("“%(title)s” is saved.", title=title)
    if _place():
        return jsonify(token=token_of(screen, record), title=title, message=message)
    flash(message, "success")
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
