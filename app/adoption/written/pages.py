"""The pages of a declaration's file: take it along, bring one, see what it would change, and say yes."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, render_template, request
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

from app.access.doors import door
from app.adoption.declaring import ADOPT
from app.adoption.models import AdoptedSource
from app.adoption.written.applying import Outcome, export, preview, take_in
from app.adoption.written.errors import Problem, UnknownNames, Unreadable, WrongFile
from app.core.database import db
from app.core.errors import NotFound

PAGE = "/adoption/file/"
# What a form carries from the preview to the yes; larger files are for the terminal.
MOST_ON_A_PAGE = 400_000
MOST_SHOWN = 500


class FileView(BaseView):
    """What is said of an adopted database, as a file."""

    route_base = "/adoption/file"
    default_view = "show"

    @expose("/<code>")
    @door(ADOPT)
    def show(self, code: str) -> Any:
        """Take the file along, or bring one."""
        return _page(_source(code))

    @expose("/<code>/download")
    @door(ADOPT)
    def download(self, code: str) -> Any:
        """The file."""
        response = Response(export(_source(code).code), mimetype="application/yaml")
        response.headers.set("Content-Disposition", "attachment", filename=f"{code}.yaml")
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    @expose("/<code>/preview", methods=["POST"])
    @door(ADOPT)
    def preview(self, code: str) -> Any:
        """What a file would change."""
        source = _source(code)
        data = _posted()
        if isinstance(data, Problem):
            return _page(source, problems=(data,)), 422
        return _answer(source, data, lambda skip: preview(code, data, skip_unknown=skip))

    @expose("/<code>/apply", methods=["POST"])
    @door(ADOPT)
    def apply(self, code: str) -> Any:
        """Take the file's word."""
        _source(code)
        data = _pasted()
        skip = request.form.get("skip_unknown") == "1"
        try:
            outcome = take_in(code, data, skip_unknown=skip)
        except (WrongFile, Unreadable) as refusal:
            db.session.rollback()
            return _page(_source(code), data, problems=refusal.problems), 422
        flash(
            ngettext("%(num)d change taken in.", "%(num)d changes taken in.", len(outcome.changes)), "success"
        )
        return redirect(f"{PAGE}{code}")


def _source(code: str) -> AdoptedSource:
    source = db.session.scalar(select(AdoptedSource).where(AdoptedSource.code == code).limit(1))
    if source is None:
        raise NotFound
    return source


def _posted() -> bytes | Problem:
    file = request.files.get("file")
    data = file.stream.read(MOST_ON_A_PAGE + 1) if file is not None and file.filename else b""
    if not data:
        data = _pasted()
    if not data.strip():
        return Problem(0, _("Choose a file, or paste what stands in it."))
    if len(data) > MOST_ON_A_PAGE:
        return Problem(0, _("This file is too large for a page. Take it in with the verb adopt --import."))
    return data


def _pasted() -> bytes:
    # Browsers send line ends of their own.
    return request.form.get("text", "").replace("\r\n", "\n").encode(errors="replace")


def _answer(source: AdoptedSource, data: bytes, look: Any) -> Any:
    unknown: tuple[Problem, ...] = ()
    try:
        outcome: Outcome = look(False)
    except UnknownNames as refusal:
        unknown, outcome = refusal.problems, look(True)
    except (WrongFile, Unreadable) as refusal:
        return _page(source, data, problems=refusal.problems), 422
    return render_template(
        "adoption/file_preview.html",
        code=source.code,
        title=_("What the file would change in %(name)s", name=str(source.label)),
        changes=outcome.changes[:MOST_SHOWN],
        count=len(outcome.changes),
        unknown=unknown,
        text=data.decode("utf-8-sig"),
    )


def _page(source: AdoptedSource, data: bytes = b"", *, problems: tuple[Problem, ...] = ()) -> str:
    return render_template(
        "adoption/file.html",
        code=source.code,
        title=_("%(name)s as a file", name=str(source.label)),
        problems=problems,
        text=data.decode(errors="replace"),
    )
