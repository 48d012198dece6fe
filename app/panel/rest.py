"""REST: every declared record under `/api/v1/<slice>/<noun>`, with the panel's own filters, rules and permissions.

A signed-in session may call it; writes need the CSRF token in the header `X-CSRFToken` like any other.
"""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify, request
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _

from app.core import fields
from app.core.declaration import Screen
from app.core.errors import Invalid
from app.core.kernel import kernel
from app.core.permissions import granted
from app.panel.columns import read_key, title_of, token_of
from app.panel.list_page import read_question
from app.panel.openapi import describe
from app.panel.reading import PAGE_SIZE, Reader
from app.panel.removing import remove
from app.panel.signed_in import require_signed_in
from app.panel.views import screen_for
from app.panel.writing import find, read_json, save

MOST_ROWS = 100


class RestView(BaseView):
    """The API's addresses."""

    route_base = "/api/v1"
    default_view = "collection"

    @expose("/openapi.json")
    def openapi(self) -> Any:
        """The OpenAPI description of what the present person may use."""
        require_signed_in()
        return jsonify(describe())

    @expose("/<slice_name>/<noun>")
    def collection(self, slice_name: str, noun: str) -> Any:
        """A page of records: `q`, `f.<field>`, `where`, `sort`, `limit` (at most 100) and the cursor `after`."""
        screen = screen_for(slice_name, noun, "list")
        question, _terms = read_question(screen, request.args)
        names = tuple(screen.fields)
        page = Reader(question, names, _limit()).page(request.args.get("after", ""))
        return jsonify(data=[as_json(screen, record) for record in page.records], next=page.next or None)

    @expose("/<slice_name>/<noun>", methods=["POST"])
    def create(self, slice_name: str, noun: str) -> Any:
        """Add a record."""
        screen = screen_for(slice_name, noun, "add")
        record = save(screen, read_json(screen, _body()))
        return _answer(screen, record, 201)

    @expose("/<slice_name>/<noun>/<token>")
    def one(self, slice_name: str, noun: str, token: str) -> Any:
        """One record, from the trash too (`deleted_at` says so)."""
        screen = screen_for(slice_name, noun, "show")
        return _answer(screen, find(screen, read_key(screen, token), in_trash=None))

    @expose("/<slice_name>/<noun>/<token>", methods=["PATCH"])
    def change(self, slice_name: str, noun: str, token: str) -> Any:
        """Change the named members; `row_version` is the version that was read."""
        screen = screen_for(slice_name, noun, "edit")
        key = read_key(screen, token)
        body = _body()
        version = body.get("row_version")
        if not isinstance(version, int) or isinstance(version, bool):
            raise Invalid({"row_version": _("Send the row_version that you read.")})
        record = save(screen, read_json(screen, body, find(screen, key)), key, version)
        return _answer(screen, record)

    @expose("/<slice_name>/<noun>/<token>", methods=["DELETE"])
    def delete(self, slice_name: str, noun: str, token: str) -> Any:
        """Move to the trash, or delete for good what has none."""
        screen = screen_for(slice_name, noun, "delete")
        remove(screen, read_key(screen, token))
        return Response(status=204)


def _limit() -> int:
    text = request.args.get("limit", str(PAGE_SIZE))
    if not (text.isascii() and text.isdecimal() and len(text) <= 3 and 1 <= int(text) <= MOST_ROWS):
        raise Invalid({"limit": _("This must lie between %(least)d and %(most)d.", least=1, most=MOST_ROWS)})
    return int(text)


def _body() -> dict[str, Any]:
    try:
        body = request.get_json(silent=True)
    except RecursionError:
        body = None
    if not isinstance(body, dict):
        raise Invalid({"": _("Send a JSON object with the record's fields.")})
    return body


def _answer(screen: Screen, record: Any, status: int = 200) -> Response:
    token = token_of(screen, record)
    fresh = find(screen, read_key(screen, token), in_trash=None)
    response = jsonify(as_json(screen, fresh))
    response.status_code = status
    if status == 201:
        response.headers["Location"] = f"/api/v1/{screen.slice}/{screen.noun}/{token}"
    return response


def as_json(screen: Screen, record: Any) -> dict[str, Any]:
    """Return a record as the API gives it: `id`, `row_version` and every declared field."""
    document: dict[str, Any] = {"id": token_of(screen, record)}
    if hasattr(record, "row_version"):
        document["row_version"] = record.row_version
    for entry in screen.fields.values():
        document[entry.name] = _value(entry, record)
    if screen.has_trash:
        document["deleted_at"] = fields.Moment("deleted_at", "").to_json(record.deleted_at)
    return document


def _value(entry: fields.Field, record: Any) -> Any:
    if isinstance(entry, fields.Link | fields.Links):
        target = kernel().screens.get(entry.to)
        value = getattr(record, entry.name)
        if target is None or value is None:
            return [] if entry.multiple else None
        if isinstance(value, list):
            return [_link(target, each) for each in value]
        return _link(target, value)
    return entry.to_json(getattr(record, entry.name))


def _link(target: Screen, record: Any) -> dict[str, str]:
    title = title_of(target, record) if granted(target.permission("list")) else ""
    return {"id": token_of(target, record), "title": title}
