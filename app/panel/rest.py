"""REST: every declared record under `/api/v1/<slice>/<noun>`, with the panel's own filters, rules and permissions.

A signed-in session may call it; writes need the CSRF token in the header `X-CSRFToken` like any other. So may a program
with an API key in the header `Authorization: Bearer …`, which sends no cookies and needs no such token.
"""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app.access.present import present_key
from app.access.step_up import require_step_up
from app.core.declaration import Screen
from app.core.errors import Invalid, KebuError, NotFound
from app.panel.columns import read_key, token_maker
from app.panel.export_files import answer_export
from app.panel.exporting import wish_of
from app.panel.list_page import read_question
from app.panel.looking_through import note_shown
from app.panel.openapi import EXPORTS, describe
from app.panel.reading import COUNT_CAP, PAGE_SIZE, Question, Reader, capped_count
from app.panel.rest_documents import documents, read_shape, whole
from app.panel.rest_once import present_intent
from app.panel.rest_writes import add, bulk, change, delete
from app.panel.signed_in import record_door, require_signed_in, signed_in
from app.panel.telling import tell_lookup
from app.panel.views import screen_for
from app.panel.writing import find

MOST_ROWS = 100


class NotJson(KebuError):
    """A write came with a body of another type."""

    status = 415
    code = "unsupported-media-type"
    message = _l("Send JSON, with the header Content-Type: application/json.")


class RestView(BaseView):
    """The API's addresses."""

    route_base = "/api/v1"
    default_view = "collection"

    @expose("/openapi.json")
    @signed_in
    def openapi(self) -> Any:
        """The OpenAPI description of what the present person may use."""
        require_signed_in()
        return jsonify(describe())

    @expose("/<slice_name>/<noun>")
    @record_door("list")
    def collection(self, slice_name: str, noun: str) -> Any:
        """A page of records: filters, `where`, `sort`, `limit` (at most 100), `after`, `fields`, `include`, `count`."""
        screen = screen_for(slice_name, noun, "list")
        tell_lookup("api", request.args.get("q", ""))
        question, _terms = read_question(screen, request.args)
        shape = read_shape(screen, request.args)
        page = Reader(question, shape.loaded, _limit()).page(request.args.get("after", ""))
        body = {"data": documents(shape, page.records), "next": page.next or None}
        body |= _count(question)
        note_shown(screen, map(token_maker(screen), page.records))
        return jsonify(body)

    @expose("/<slice_name>/<noun>", methods=["POST"])
    @record_door("add")
    def create(self, slice_name: str, noun: str) -> Any:
        """Add a record."""
        screen = screen_for(slice_name, noun, "add")
        body = _body()
        answer = add(screen, body, present_intent())
        return _answer(screen, answer)

    @expose("/<slice_name>/<noun>/bulk", methods=["POST"])
    @record_door("list")
    def bulk(self, slice_name: str, noun: str) -> Any:
        """Add, change and delete many records; every entry gets its own answer."""
        screen = screen_for(slice_name, noun, "list")
        body = _body()
        return jsonify(results=bulk(screen, body, present_intent()))

    @expose("/<slice_name>/<noun>/export.<kind>")
    @record_door("export")
    def exported(self, slice_name: str, noun: str, kind: str) -> Any:
        """Every record that the filters find, for machines; a person proves who he is, on a key stands that it may."""
        screen = screen_for(slice_name, noun, "export")
        if present_key() is None:
            require_step_up()
        question, _terms = read_question(screen, request.args)
        wish = wish_of(screen, "all", "machine")
        if kind not in EXPORTS:
            raise NotFound
        return answer_export(question, wish, kind, request.args)

    @expose("/<slice_name>/<noun>/<token>")
    @record_door("show")
    def one(self, slice_name: str, noun: str, token: str) -> Any:
        """One record, from the trash too (`deleted_at` says so); `fields` and `include` as for a page."""
        screen = screen_for(slice_name, noun, "show")
        shape = read_shape(screen, request.args)
        record = find(screen, read_key(screen, token), in_trash=None, names=shape.loaded)
        return jsonify(documents(shape, [record])[0])

    @expose("/<slice_name>/<noun>/<token>", methods=["PATCH"])
    @record_door("edit")
    def change(self, slice_name: str, noun: str, token: str) -> Any:
        """Change the named members; `row_version` is the version that was read."""
        screen = screen_for(slice_name, noun, "edit")
        body = _body()
        return _answer(screen, change(screen, token, body, present_intent()))

    @expose("/<slice_name>/<noun>/<token>", methods=["DELETE"])
    @record_door("delete")
    def delete(self, slice_name: str, noun: str, token: str) -> Any:
        """Move to the trash, or delete for good what has none."""
        screen = screen_for(slice_name, noun, "delete")
        delete(screen, token, present_intent())
        return Response(status=204)


def _limit() -> int:
    text = request.args.get("limit", str(PAGE_SIZE))
    if not (text.isascii() and text.isdecimal() and len(text) <= 3 and 1 <= int(text) <= MOST_ROWS):
        raise Invalid({"limit": _("This must lie between %(least)d and %(most)d.", least=1, most=MOST_ROWS)})
    return int(text)


def _count(question: Question) -> dict[str, Any]:
    """Return how many rows match, counted to 10,000 and no further, when `count=true` asks for it."""
    wanted = request.args.get("count", "false")
    if wanted not in ("true", "false"):
        raise Invalid({"count": _("Please answer yes or no.")})
    if wanted == "false":
        return {}
    count = capped_count(question)
    return {"count": min(count, COUNT_CAP), "count_is_capped": count > COUNT_CAP}


def _body() -> dict[str, Any]:
    if not request.is_json:
        raise NotJson()
    try:
        body = request.get_json(silent=True)
    except RecursionError:
        body = None
    if not isinstance(body, dict):
        raise Invalid({"": _("Send a JSON object with the record's fields.")})
    return body


def _answer(screen: Screen, answer: dict[str, Any]) -> Response:
    """Return the record that a write was about, as it stands now."""
    token, status = answer["id"], answer["status"]
    record = find(screen, read_key(screen, token), in_trash=None)
    response = jsonify(documents(whole(screen), [record])[0])
    response.status_code = status
    if status == 201:
        response.headers["Location"] = f"/api/v1/{screen.slice}/{screen.noun}/{token}"
    return response
