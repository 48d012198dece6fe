"""The import wizard's addresses, below each screen's own: who may import there, and nobody else, comes in."""

from __future__ import annotations

import io
import uuid
from typing import Any

from flask import (
    Flask,
    Response,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    stream_with_context,
)
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from app.core.declaration import Screen
from app.core.errors import Invalid, NotFound
from app.core.fields.base import FieldProblem
from app.core.file_types import XLSX
from app.core.keys import decode_token, encode_token
from app.core.permissions import require
from app.panel.importing import starting
from app.panel.importing.errors import Unreadable
from app.panel.importing.models import Import, ImportState, Mode
from app.panel.importing.pages import columns_page, read_plan, upload_page
from app.panel.importing.progress_pages import progress_page, progress_text, read_corrections
from app.panel.importing.refused_file import refused_csv, refused_xlsx
from app.panel.signed_in import record_door
from app.panel.views import screen_for

LARGEST_PASTE = 5_000_000
MOST_FORM_PARTS = 20_000
PASTED_NAME = "pasted.csv"
_UPLOADS = "ImportView.upload"


def install(app: Flask) -> None:
    """Let signed-in people send a file of an import's size; everything else keeps the ordinary limit."""

    def allow_large_files() -> None:
        if request.endpoint != _UPLOADS or request.method != "POST" or not current_user.is_authenticated:
            return
        request.max_content_length = _limit_bytes() + 1024 * 1024
        request.max_form_memory_size = LARGEST_PASTE

    # Before all others: the check of the CSRF token reads the whole form.
    app.before_request_funcs.setdefault(None, []).insert(0, allow_large_files)


def _limit_bytes() -> int:
    limit: int = current_app.config["KEBU_SETTINGS"].import_limit_mb
    return limit * 1024 * 1024


def _screen(slice_name: str, noun: str) -> Screen:
    screen = screen_for(slice_name, noun, "import")
    # Whoever imports learns which records there are already.
    require(screen.permission("list"))
    return screen


def _key(token: str) -> uuid.UUID:
    parts = decode_token(token)
    if len(parts) != 1 or not isinstance(parts[0], uuid.UUID):
        raise NotFound()
    return parts[0]


def _url(screen: Screen, key: uuid.UUID) -> str:
    return f"{screen.path}import/{encode_token((key,))}"


class ImportView(BaseView):
    """File, columns, check, result."""

    route_base = ""
    default_view = "upload"

    @expose("/<slice_name>/<noun>/import", methods=["GET", "POST"])
    @record_door("import", "list")
    def upload(self, slice_name: str, noun: str) -> Any:
        """Choose a file or paste a table."""
        screen = _screen(slice_name, noun)
        limit_mb = _limit_bytes() // (1024 * 1024)
        if request.method == "GET":
            return render_template("import/upload.html", page=upload_page(screen, limit_mb))
        pasted = request.form.get("pasted", "")
        file = request.files.get("file")
        try:
            if file is not None and file.filename:
                key = starting.receive(screen, file.stream, file.filename, _limit_bytes())
            elif pasted.strip():
                stream = io.BytesIO(pasted.encode("utf-8", "replace"))
                key = starting.receive(screen, stream, PASTED_NAME, _limit_bytes())
            else:
                raise Unreadable(_("Please choose a file or paste a table."))
        except (Unreadable, FieldProblem) as refusal:
            page = upload_page(screen, limit_mb, str(refusal), pasted)
            return render_template("import/upload.html", page=page), 422
        return redirect(_url(screen, key))

    @expose("/<slice_name>/<noun>/import/<token>")
    @record_door("import", "list")
    def show(self, slice_name: str, noun: str, token: str) -> Any:
        """Where an import stands."""
        screen = _screen(slice_name, noun)
        item = starting.find(screen, _key(token))
        after = request.args.get("after", "0")
        return _answer(
            screen, item, int(after) if after.isascii() and after.isdigit() and len(after) < 10 else 0
        )

    @expose("/<slice_name>/<noun>/import/<token>/columns", methods=["GET", "POST"])
    @record_door("import", "list")
    def columns(self, slice_name: str, noun: str, token: str) -> Any:
        """Choose which column fills which field, and check all rows."""
        screen = _screen(slice_name, noun)
        item = starting.find(screen, _key(token))
        if request.method == "GET":
            return render_template("import/columns.html", page=columns_page(screen, item))
        plan = read_plan(screen, item, request.form)
        try:
            starting.choose(screen, item.id, plan)
        except Invalid as refusal:
            item = starting.find(screen, _key(token))
            page = columns_page(screen, item, plan, refusal.errors)
            return render_template("import/columns.html", page=page), 422
        return redirect(_url(screen, _key(token)))

    @expose("/<slice_name>/<noun>/import/<token>/layout", methods=["POST"])
    @record_door("import", "list")
    def layout(self, slice_name: str, noun: str, token: str) -> Any:
        """Read the file another way."""
        screen = _screen(slice_name, noun)
        key = _key(token)
        try:
            starting.relayout(screen, key, request.form)
        except Unreadable as refusal:
            flash(str(refusal), "danger")
        return redirect(_url(screen, key) + "/columns")

    @expose("/<slice_name>/<noun>/import/<token>/corrections", methods=["POST"])
    @record_door("import", "list")
    def corrections(self, slice_name: str, noun: str, token: str) -> AnyResponse:
        """Put other texts into refused rows and check again."""
        screen = _screen(slice_name, noun)
        starting.correct(screen, _key(token), read_corrections(request.form))
        return redirect(_url(screen, _key(token)))

    @expose("/<slice_name>/<noun>/import/<token>/write", methods=["POST"])
    @record_door("import", "list")
    def write(self, slice_name: str, noun: str, token: str) -> AnyResponse:
        """Write the accepted rows, or all of them."""
        screen = _screen(slice_name, noun)
        mode = Mode.ALL if request.form.get("mode") == Mode.ALL.value else Mode.ACCEPTED
        starting.start(screen, _key(token), mode)
        return redirect(_url(screen, _key(token)))

    @expose("/<slice_name>/<noun>/import/<token>/stop", methods=["POST"])
    @record_door("import", "list")
    def stop(self, slice_name: str, noun: str, token: str) -> AnyResponse:
        """Stop a running import."""
        screen = _screen(slice_name, noun)
        starting.stop(screen, _key(token))
        return redirect(_url(screen, _key(token)))

    @expose("/<slice_name>/<noun>/import/<token>/go-on", methods=["POST"])
    @record_door("import", "list")
    def go_on(self, slice_name: str, noun: str, token: str) -> AnyResponse:
        """Go on with a stopped import."""
        screen = _screen(slice_name, noun)
        starting.go_on(screen, _key(token))
        return redirect(_url(screen, _key(token)))

    @expose("/<slice_name>/<noun>/import/<token>/undo", methods=["POST"])
    @record_door("import", "list")
    def undo(self, slice_name: str, noun: str, token: str) -> AnyResponse:
        """Take an import back as one."""
        screen = _screen(slice_name, noun)
        starting.undo(screen, _key(token))
        return redirect(_url(screen, _key(token)))

    @expose("/<slice_name>/<noun>/import/<token>/discard", methods=["POST"])
    @record_door("import", "list")
    def discard(self, slice_name: str, noun: str, token: str) -> AnyResponse:
        """Forget an import and its file."""
        screen = _screen(slice_name, noun)
        starting.discard(screen, _key(token))
        return redirect(f"{screen.path}import")

    @expose("/<slice_name>/<noun>/import/<token>/state")
    @record_door("import", "list")
    def state(self, slice_name: str, noun: str, token: str) -> Any:
        """How far an import is, for the page that waits."""
        screen = _screen(slice_name, noun)
        item = starting.find(screen, _key(token))
        return jsonify(state=item.state.value, done=item.done, total=item.total, text=progress_text(item))

    @expose("/<slice_name>/<noun>/import/<token>/refused.csv")
    @record_door("import", "list")
    def refused(self, slice_name: str, noun: str, token: str) -> Any:
        """The refused rows as CSV."""
        screen = _screen(slice_name, noun)
        item = starting.find(screen, _key(token))
        chunks = stream_with_context(refused_csv(item.id, item.headers))
        return _download(Response(chunks, mimetype="text/csv"), screen, "csv")

    @expose("/<slice_name>/<noun>/import/<token>/refused.xlsx")
    @record_door("import", "list")
    def refused_workbook(self, slice_name: str, noun: str, token: str) -> Any:
        """The refused rows as a workbook."""
        screen = _screen(slice_name, noun)
        item = starting.find(screen, _key(token))
        file = refused_xlsx(item.id, item.headers)
        return _download(Response(file, mimetype=XLSX, direct_passthrough=True), screen, "xlsx")


def _download(response: Response, screen: Screen, suffix: str) -> Response:
    name = f"{screen.slice}-{screen.noun}-refused.{suffix}"
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    return response


def _answer(screen: Screen, item: Import, after: int) -> Any:
    if item.state is ImportState.UPLOADED:
        return render_template("import/columns.html", page=columns_page(screen, item))
    return render_template("import/progress.html", page=progress_page(screen, item, after))
