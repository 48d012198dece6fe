"""The manager's pages for whole record types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.access.doors import door
from app.access.forms import Form
from app.core.database import db
from app.core.errors import Conflict, Invalid, NotFound
from app.core.jobs import job_address
from app.core.words import OwnWords
from app.shaping import deleting, services
from app.shaping.definitions import find_type
from app.shaping.forms import type_inputs, type_plan, type_values
from app.shaping.models import ShapingType, State
from app.shaping.pages import HOME, fields_address, version_of_form
from app.shaping.plans import TypePlan
from app.shaping.rights import TYPE_CHANGE


class TypesView(BaseView):
    """Record types: make, rename, park, take back and delete them."""

    route_base = "/shaping/types"
    default_view = "add"

    @expose("/add", methods=["GET", "POST"])
    @door(TYPE_CHANGE)
    def add(self) -> Any:
        """The form for a new record type."""
        form = Form(type_inputs(is_new=True), type_values(None))
        if request.method == "GET":
            return _page(form)
        try:
            noun = services.add_type(type_plan(form.read(request.form)))
        except (Invalid, Conflict) as refusal:
            return _refused(form, refusal, None)
        flash(_("The record type is there and stands in the menu. Now add its fields."), "success")
        return redirect(fields_address(f"own:{noun}"))

    @expose("/<noun>/edit", methods=["GET", "POST"])
    @door(TYPE_CHANGE)
    def edit(self, noun: str) -> Any:
        """The form of a record type."""
        row = find_type(noun)
        form = Form(type_inputs(is_new=False), type_values(_plan(row)))
        if request.method == "GET":
            return _page(form, row)
        try:
            services.change_type(noun, version_of_form(), type_plan(form.read(request.form)))
        except (Invalid, Conflict) as refusal:
            db.session.rollback()
            return _refused(form, refusal, find_type(noun))
        flash(_("The record type is changed."), "success")
        return redirect(HOME)

    @expose("/<noun>/park", methods=["POST"])
    @door(TYPE_CHANGE)
    def park(self, noun: str) -> Response:
        """Hide the type and keep its records."""
        return _do(noun, services.park_type, _("The record type is parked with all its records."))

    @expose("/<noun>/take-back", methods=["POST"])
    @door(TYPE_CHANGE)
    def take_back(self, noun: str) -> Response:
        """Show the parked type again."""
        return _do(noun, services.take_back_type, _("The record type is back with all its records."))

    @expose("/<noun>/delete", methods=["GET", "POST"])
    @door(TYPE_CHANGE)
    def delete(self, noun: str) -> Any:
        """Delete a parked type with its records for good, after its name was typed."""
        row = find_type(noun)
        if row.state is not State.PARKED:
            raise NotFound()
        name = str(row.label)
        typed, error = request.form.get("typed", ""), ""
        if request.method == "POST":
            try:
                job = deleting.delete_type(noun, typed)
            except Invalid as refusal:
                error = " ".join(str(message) for message in refusal.errors.values())
            except Conflict as refusal:
                error = str(refusal)
            else:
                if job is not None:
                    return redirect(job_address(job))
                flash(_("“%(name)s” and all its records are gone for good.", name=name), "success")
                return redirect(HOME)
            row = find_type(noun)
        page = render_template(
            "shaping/delete.html",
            name=name,
            other_name=row.label_zh if name == row.label_en else row.label_en,
            count=deleting.records_of(row),
            cap=deleting.COUNT_CAP,
            action=request.path,
            back_url=HOME,
            typed=typed,
            error=error,
            of_type=True,
        )
        return page, 422 if error else 200


def _do(noun: str, verb: Callable[[str], Any], done: str) -> Response:
    try:
        verb(noun)
    except Conflict as refusal:
        flash(str(refusal), "danger")
    else:
        flash(done, "success")
    return redirect(HOME)


def _plan(row: ShapingType) -> TypePlan:
    return TypePlan(row.label, OwnWords(row.plural_zh, row.plural_en), row.title, row.icon)


def _page(form: Form, row: ShapingType | None = None, status: int = 200) -> Any:
    return render_template("shaping/type.html", form=form, row=row), status


def _refused(form: Form, refusal: Invalid | Conflict, row: ShapingType | None) -> Any:
    if isinstance(refusal, Invalid):
        form.note(refusal)
    else:
        form.errors[""] = refusal.message
    return _page(form, row, refusal.status)
