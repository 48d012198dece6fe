"""One cell of a list, changed where it stands: its input, and the saving of it by the form's own rules."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import jsonify, render_template, request
from flask_appbuilder import BaseView, expose
from werkzeug.wrappers import Response as AnyResponse

from app.core import fields
from app.core.declaration import Group, Screen
from app.core.errors import Invalid, NotFound
from app.panel.cells import cell_of
from app.panel.columns import read_key, title_of
from app.panel.form_inputs import FormInputs
from app.panel.inline import inline_fields
from app.panel.people import person_name
from app.panel.signed_in import record_door
from app.panel.views import screen_for
from app.panel.words_of import words_of
from app.panel.writing import Draft, Stale, digest, find, raw_of, read_form, save


class CellView(BaseView):
    """Changing single cells."""

    route_base = ""
    default_view = "show"

    @expose("/<slice_name>/<noun>/<token>/cell/<name>")
    @record_door("edit")
    def show(self, slice_name: str, noun: str, token: str, name: str) -> Any:
        """The input for one cell, with what stands there now."""
        screen, entry = _editable(slice_name, noun, name)
        record = find(screen, read_key(screen, token))
        inputs = FormInputs(screen, {}, record)
        # One field stands alone here: whether it applies is asked when it is saved.
        one = replace(inputs.of(Group("", (entry,)))[0], when="", when_values=(), help="", add_url="")
        return render_template(
            "_cell_form.html",
            field_input=one,
            title=title_of(screen, record),
            version=getattr(record, "row_version", ""),
            base=_base(entry, record),
        )

    @expose("/<slice_name>/<noun>/<token>/cell/<name>", methods=["PATCH"])
    @record_door("edit")
    def save(self, slice_name: str, noun: str, token: str, name: str) -> Any:
        """Save one cell, unless somebody has changed the same value since it was shown."""
        screen, entry = _editable(slice_name, noun, name)
        key = read_key(screen, token)
        record = find(screen, key)
        draft = read_form(screen, request.form, {}, record, names=(name,))
        if request.form.get("cell.base") != _base(entry, record):
            return _conflict(screen, entry, record, draft)
        # What others did to the record's other fields meanwhile is no conflict with this one.
        version = getattr(record, "row_version", None)
        try:
            record = save(screen, draft, key, version)
        except Stale as stale:
            return _conflict(screen, entry, stale.record, draft)
        except Invalid as refusal:
            return jsonify(errors=[str(message) for message in refusal.errors.values()]), 422
        cell = cell_of(screen, entry, record)
        return jsonify(
            html=render_template("_cell.html", c=cell), text=cell.text, title=title_of(screen, record)
        )


def _base(entry: fields.Field, record: Any) -> str:
    """Return what tells whether the value changed since it was shown; of a masked one, whether the record did."""
    if entry.masked:
        return digest([str(getattr(record, "row_version", ""))])
    return digest(raw_of(entry, record))


def _editable(slice_name: str, noun: str, name: str) -> tuple[Screen, fields.Field]:
    screen = screen_for(slice_name, noun, "edit")
    for entry in inline_fields(screen):
        if entry.name == name:
            return screen, entry
    raise NotFound()


def _conflict(screen: Screen, entry: fields.Field, record: Any, draft: Draft) -> tuple[AnyResponse, int]:
    """Answer with both values, and with what the person must send to save theirs over the other one."""
    if draft.errors:
        return jsonify(errors=[str(message) for message in draft.errors.values()]), 422
    cell = cell_of(screen, entry, record)
    return jsonify(
        theirs=words_of(entry, getattr(record, entry.name)),
        yours=words_of(entry.unmasked(), draft.values[entry.name])
        if entry.name in draft.values
        else words_of(entry, getattr(record, entry.name)),
        by=person_name(getattr(record, "changed_by", None)),
        base=_base(entry, record),
        html=render_template("_cell.html", c=cell),
        text=cell.text,
    ), 409
