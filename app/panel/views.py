"""The dispatcher: one set of addresses serves every declared record; a declaration is looked up, not routed."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, jsonify, redirect, render_template, request
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from app.access.step_up import require_step_up
from app.core import fields, storage
from app.core.declaration import Screen
from app.core.errors import Conflict, NotFound
from app.core.permissions import require
from app.panel import removing
from app.panel.addresses import COLUMNS
from app.panel.columns import read_key, record_url, title_of
from app.panel.current_branch import with_branch
from app.panel.detail_page import detail_page, groups_of
from app.panel.duplicating import may_duplicate
from app.panel.export_files import answer_export
from app.panel.export_page import export_page
from app.panel.exporting import wish_of
from app.panel.form_answers import answer_add, answer_duplicate, answer_edit, read_version
from app.panel.list_page import count_text, list_page, read_question
from app.panel.looking_through import note_shown
from app.panel.marks import is_pinned
from app.panel.picking import suggest
from app.panel.reading import exact_count
from app.panel.saved_views import default_view
from app.panel.signed_in import record_door, require_signed_in, screen_named
from app.panel.telling import tell_lookup, tell_print
from app.panel.trail import read_trail, trail_of_list, way_of
from app.panel.writing import find

INLINE_TYPES = {"image/jpeg", "image/png", "image/webp", "image/gif", "application/pdf"}


def screen_for(slice_name: str, noun: str, verb: str) -> Screen:
    """Return the screen, if the shop uses it and the person may do `verb` there; else raise."""
    require_signed_in()
    screen = screen_named(slice_name, noun)
    if verb not in screen.verbs:
        raise NotFound()
    require(screen.permission(verb))
    return screen


class RecordsView(BaseView):
    """Lists, forms, details and everything else that a declaration yields."""

    route_base = ""
    default_view = "list"

    @expose("/<slice_name>/<noun>/")
    @record_door("list")
    def list(self, slice_name: str, noun: str) -> Any:
        """The list: filtered, searched, sorted and paged as the address says."""
        screen = screen_for(slice_name, noun, "list")
        if not request.args and (view := default_view(screen)) is not None:
            return redirect(view.address())
        return _list_answer(screen, with_branch(screen, request.args))

    @expose("/<slice_name>/<noun>/trash")
    @record_door("delete")
    def trash(self, slice_name: str, noun: str) -> Any:
        """What was deleted and can be taken back."""
        screen = screen_for(slice_name, noun, "delete")
        if not screen.has_trash:
            raise NotFound()
        return _list_answer(screen, request.args, in_trash=True)

    @expose("/<slice_name>/<noun>/count")
    @record_door("list")
    def count(self, slice_name: str, noun: str) -> Any:
        """The exact number of rows, counted because somebody asked for it."""
        screen = screen_for(slice_name, noun, "list")
        in_trash = bool(request.args.get("trash")) and screen.has_trash
        question, _terms = read_question(screen, with_branch(screen, request.args), in_trash=in_trash)
        number = exact_count(question)
        return jsonify(count=number, text=count_text(number, cap=number))

    @expose("/<slice_name>/<noun>/export")
    @record_door("export")
    def export(self, slice_name: str, noun: str) -> Any:
        """What an export is to hold and as which kind of file."""
        screen = screen_for(slice_name, noun, "export")
        require_step_up()
        return render_template("export.html", page=export_page(screen, with_branch(screen, request.args)))

    @expose("/<slice_name>/<noun>/export.<kind>")
    @record_door("export")
    def exported(self, slice_name: str, noun: str, kind: str) -> Any:
        """The list as asked for, as CSV, XLSX or JSON, told to the journal before it leaves."""
        screen = screen_for(slice_name, noun, "export")
        require_step_up()
        question, _terms = read_question(screen, with_branch(screen, request.args))
        wish = wish_of(
            screen, request.args.get("which", ""), request.args.get("form", ""), request.args.get(COLUMNS, "")
        )
        return answer_export(question, wish, kind, request.args)

    @expose("/<slice_name>/<noun>/pick")
    @record_door("list")
    def pick(self, slice_name: str, noun: str) -> Any:
        """Suggestions for a picker."""
        screen = screen_for(slice_name, noun, "list")
        found = suggest(screen, request.args.get("q", ""))
        return jsonify(items=[{"token": one.token, "title": one.title, "note": one.note} for one in found])

    @expose("/<slice_name>/<noun>/add", methods=["GET", "POST"])
    @record_door("add")
    def add(self, slice_name: str, noun: str) -> Any:
        """The form for a new record."""
        screen = screen_for(slice_name, noun, "add")
        return answer_add(screen)

    @expose("/<slice_name>/<noun>/<token>/duplicate", methods=["GET", "POST"])
    @record_door("add", "show")
    def duplicate(self, slice_name: str, noun: str, token: str) -> Any:
        """The form for a new record that begins as a copy of this one."""
        screen = screen_for(slice_name, noun, "add")
        screen_for(slice_name, noun, "show")
        return answer_duplicate(screen, read_key(screen, token))

    @expose("/<slice_name>/<noun>/<token>")
    @record_door("show")
    def show(self, slice_name: str, noun: str, token: str) -> Any:
        """One record."""
        screen = screen_for(slice_name, noun, "show")
        record = find(screen, read_key(screen, token), in_trash=None)
        page = detail_page(screen, record)
        way = way_of(screen, request.args, record)
        return render_template("detail.html", page=page, pinned=is_pinned(screen, page.token), way=way)

    @expose("/<slice_name>/<noun>/<token>/print")
    @record_door("show")
    def print_view(self, slice_name: str, noun: str, token: str) -> Any:
        """One record for paper."""
        screen = screen_for(slice_name, noun, "show")
        find(screen, read_key(screen, token), in_trash=None, names=())
        tell_print(screen, token)
        record = find(screen, read_key(screen, token), in_trash=None)
        return render_template("print.html", page=detail_page(screen, record))

    @expose("/<slice_name>/<noun>/<token>/preview")
    @record_door("show")
    def preview(self, slice_name: str, noun: str, token: str) -> Any:
        """The few fields that the list's drawer shows."""
        screen = screen_for(slice_name, noun, "show")
        names = screen.preview or screen.columns
        record = find(screen, read_key(screen, token), in_trash=None, names=names)
        in_trash = screen.has_trash and record.deleted_at is not None
        return render_template(
            "preview.html",
            screen=screen,
            title=title_of(screen, record),
            url=record_url(screen, record),
            may_duplicate=may_duplicate(screen) and not in_trash,
            groups=groups_of(screen, record, names),
        )

    @expose("/<slice_name>/<noun>/<token>/edit", methods=["GET", "POST"])
    @record_door("edit")
    def edit(self, slice_name: str, noun: str, token: str) -> Any:
        """The form for a record, saved only if nobody changed it in the meantime."""
        screen = screen_for(slice_name, noun, "edit")
        return answer_edit(screen, read_key(screen, token))

    @expose("/<slice_name>/<noun>/<token>/delete", methods=["POST"])
    @record_door("delete")
    def delete(self, slice_name: str, noun: str, token: str) -> AnyResponse:
        """Move to the trash, or delete for good what has none."""
        screen = screen_for(slice_name, noun, "delete")
        removed = removing.remove(screen, read_key(screen, token))
        undo = f"undo:{removed.url}/restore" if screen.has_trash else "success"
        flash(_("“%(title)s” is deleted.", title=removed.title), undo)
        trail = read_trail(screen, request.args)
        return redirect(trail.back_url() if trail else screen.path)

    @expose("/<slice_name>/<noun>/<token>/restore", methods=["POST"])
    @record_door("delete")
    def restore(self, slice_name: str, noun: str, token: str) -> AnyResponse:
        """Take back out of the trash."""
        screen = screen_for(slice_name, noun, "delete")
        restored = removing.restore(screen, read_key(screen, token))
        flash(_("“%(title)s” is back.", title=restored.title), "success")
        return redirect(restored.url)

    @expose("/<slice_name>/<noun>/<token>/purge", methods=["POST"])
    @record_door("purge")
    def purge(self, slice_name: str, noun: str, token: str) -> AnyResponse:
        """Delete for good out of the trash."""
        screen = screen_for(slice_name, noun, "purge")
        require_step_up()
        removed = removing.purge(screen, read_key(screen, token))
        flash(_("“%(title)s” is gone for good.", title=removed.title), "success")
        trail = read_trail(screen, request.args)
        return redirect(trail.back_url() if trail else removed.url)

    @expose("/<slice_name>/<noun>/<token>/do/<name>", methods=["POST"])
    @record_door("show")
    def do(self, slice_name: str, noun: str, token: str, name: str) -> AnyResponse:
        """Take a step of the workflow or run a declared action; the command checks its own permission."""
        screen = screen_for(slice_name, noun, "show")
        key = read_key(screen, token)
        record = find(screen, key, names=())
        trail = read_trail(screen, request.args)
        url = record_url(screen, record) + (trail.suffix if trail else "")
        action = next((action for action in screen.actions if action.name == name), None)
        try:
            if action is not None:
                require(action.permission)
                action.run(key[0])
            elif screen.workflow is not None and screen.workflow_command is not None:
                screen.workflow_command(
                    key[0], screen.workflow.transition(name).name, read_version(request.form)
                )
            else:
                raise NotFound()
        except Conflict as conflict:
            flash(str(conflict), "warning")
        return redirect(url)

    @expose("/<slice_name>/<noun>/<token>/file/<name>")
    @record_door("show")
    def file(self, slice_name: str, noun: str, token: str, name: str) -> Any:
        """A record's file, to whoever may see the record."""
        upload = self._upload(slice_name, noun, token, name)
        response = Response(storage.open_upload(upload), mimetype=upload.media_type, direct_passthrough=True)
        placement = "inline" if upload.media_type in INLINE_TYPES else "attachment"
        response.headers.set("Content-Disposition", placement, filename=upload.file_name)
        response.headers["Content-Length"] = str(upload.size)
        response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return response

    @expose("/<slice_name>/<noun>/<token>/thumb/<name>")
    @record_door("show")
    def thumb(self, slice_name: str, noun: str, token: str, name: str) -> Any:
        """A record's picture, small."""
        upload = self._upload(slice_name, noun, token, name)
        return Response(storage.thumbnail(upload), mimetype="image/webp")

    def _upload(self, slice_name: str, noun: str, token: str, name: str) -> Any:
        screen = screen_for(slice_name, noun, "show")
        entry = screen.fields.get(name)
        if not isinstance(entry, fields.File) or entry.masked:
            raise NotFound()
        record = find(screen, read_key(screen, token), in_trash=None, names=())
        upload = getattr(record, name)
        if upload is None:
            raise NotFound()
        return upload


def _list_answer(
    screen: Screen, arguments: MultiDict[str, str], *, in_trash: bool = False
) -> tuple[str, int]:
    tell_lookup("list", arguments.get("q", ""))
    page = list_page(screen, arguments, in_trash=in_trash)
    trail = trail_of_list(arguments, in_trash=in_trash)
    answer = render_template("list.html", page=page, trail=trail), 422 if page.problem else 200
    note_shown(screen, (row.token for row in page.rows))
    return answer
