"""The filter builder's address: shows the builder, takes its steps, and leads back to the filtered list."""

from __future__ import annotations

from typing import Any

from flask import Response, redirect, render_template, request
from flask_appbuilder import BaseView, expose

from app.core.errors import Invalid
from app.panel.addresses import address, read_query
from app.panel.builder_draft import Document, changed, normal, read_draft, without_blanks
from app.panel.builder_page import BuilderPage, builder_page
from app.panel.signed_in import record_door
from app.panel.views import screen_for
from app.panel.where import PARAMETER, Reading, Where, read_document

# A script asks with this header; it shows the builder in a sheet above the list.
_BY_SCRIPT = "X-Requested-With"
_GO_TO = "X-Go-To"


class BuilderView(BaseView):
    """The builder of one list's nested filter."""

    route_base = ""
    default_view = "builder"

    @expose("/<slice_name>/<noun>/filter", methods=["GET", "POST"])
    @record_door("list")
    def builder(self, slice_name: str, noun: str) -> Any:
        """The builder; a step changes the form, without one the filter is put in force."""
        screen = screen_for(slice_name, noun, "list")
        if request.method == "GET":
            rest = address("", request.args, without=[PARAMETER]).removeprefix("?")
            document = _shown(request.args.get(PARAMETER, ""))
            return _answer(builder_page(screen, document, arguments=rest))
        document = read_draft(request.form, screen)
        rest = address("", read_query(request.form.get("arguments", ""))).removeprefix("?")
        if step := request.form.get("do", ""):
            document, focus = changed(document, step)
            return _answer(builder_page(screen, document, arguments=rest, focus=focus))
        document = without_blanks(document)
        reading = Reading(screen)
        root = reading.read(document)
        text = Where(screen, root).text() if root is not None and root.members else ""
        try:
            if text:
                read_document(text)
        except Invalid as refusal:
            reading.problems[""] = refusal.errors[PARAMETER]
        if reading.problems:
            page = builder_page(screen, document, arguments=rest, checked=True)
            return _answer(page, 422)
        return _go(address(screen.path, read_query(rest), change={PARAMETER: text}))


def _shown(text: str) -> Document:
    """Return the document that an address holds as inputs can show it, one blank condition for none."""
    blank: Document = {"all": [["", ""]]}
    try:
        document: Document = normal(read_document(text)) if text else blank
    except (Invalid, ValueError):
        return blank
    return document


def _answer(page: BuilderPage, status: int = 200) -> tuple[str, int]:
    """Return the builder; a script asked for the form anew and gets it, whatever is wrong with what it holds."""
    if _BY_SCRIPT in request.headers:
        return render_template("_builder.html", page=page), 200
    return render_template("builder.html", page=page), status


def _go(url: str) -> Any:
    if _BY_SCRIPT in request.headers:
        return Response(status=204, headers={_GO_TO: url})
    return redirect(url, 303)
