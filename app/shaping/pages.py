"""The manager's pages: what kinds of records there are, and the fields of each."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from flask import flash, redirect, render_template, request
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.access.doors import door
from app.core.database import db
from app.core.declaration import Screen
from app.core.errors import Conflict, Invalid, NotFound
from app.core.fields import Field, File, Link
from app.core.jobs import job_address
from app.core.kernel import kernel
from app.core.keys import decode_token, encode_token
from app.core.permissions import granted
from app.core.words import OwnWords
from app.panel.choosing import choices_of
from app.panel.form_models import FormField
from app.shaping import deleting, services
from app.shaping.checking import extensible_screen
from app.shaping.converting import KINDS, convert_field
from app.shaping.definitions import find_field, read_definitions
from app.shaping.forms import FieldForm
from app.shaping.kinds import field_of
from app.shaping.models import Kind, ShapingField, State
from app.shaping.plans import FieldPlan, plan_of
from app.shaping.rights import FIELD_CHANGE, TYPE_CHANGE
from app.shaping.sets import add_set, offered_sets
from app.shaping.work_lines import WorkLine, work_address, work_lines
from app.shaping.works import unfinished_works

HOME = "/shaping/"


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One own field on the page of its record type."""

    row: ShapingField
    token: str
    kind: str
    marks: tuple[str, ...]
    work: WorkLine | None


def field_key(token: str) -> uuid.UUID:
    """Return the key that a token names; raise `NotFound`."""
    parts = decode_token(token)
    if len(parts) != 1 or not isinstance(parts[0], uuid.UUID):
        raise NotFound()
    return parts[0]


def fields_address(screen_name: str) -> str:
    """Return the address of the page with a screen's fields."""
    return f"{HOME}fields/{screen_name.replace(':', '/')}/"


def version_of_form() -> int:
    """Return the version that the form says it started from; one that nothing has when it says none."""
    text = request.form.get("row_version", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1


class ShapingView(BaseView):
    """All kinds of records that can be shaped, and the live preview of a field."""

    route_base = "/shaping"
    default_view = "overview"

    @expose("/")
    @door()
    def overview(self) -> Any:
        """The kinds of records and how many own fields each has."""
        if not granted(FIELD_CHANGE) and not granted(TYPE_CHANGE):
            raise NotFound()
        definitions = read_definitions()
        screens = [screen for screen in kernel().screens.values() if screen.extensible]
        lines = [
            (screen, fields_address(screen.name), len(definitions.of(screen.name, State.ACTIVE)))
            for screen in screens
        ]
        parked = [row for row in definitions.types if row.state is State.PARKED]
        works = work_lines()
        return render_template(
            "shaping/overview.html",
            works=works,
            busy={row.screen: works[row.id] for row in definitions.fields if row.id in works},
            lines=lines,
            parked=parked,
            types={row.screen_name: row for row in definitions.types},
            can_fields=granted(FIELD_CHANGE),
            can_types=granted(TYPE_CHANGE),
        )


class FieldsView(BaseView):
    """The own fields of one kind of record."""

    route_base = "/shaping/fields/<slice_name>/<noun>"
    default_view = "list"

    @expose("/")
    @door(FIELD_CHANGE)
    def list(self, slice_name: str, noun: str) -> Any:
        """The declared fields and the own ones, by heading."""
        screen = extensible_screen(f"{slice_name}:{noun}")
        return _list_page(screen)

    @expose("/add", methods=["GET", "POST"])
    @door(FIELD_CHANGE)
    def add(self, slice_name: str, noun: str) -> Any:
        """The form for a new field."""
        screen = extensible_screen(f"{slice_name}:{noun}")
        form = FieldForm(screen)
        if request.method == "GET":
            return _field_page(screen, form)
        try:
            key = services.add_field(screen.name, form.read_plan(request.form))
        except (Invalid, Conflict) as refusal:
            return _refused(screen, form, refusal)
        flash(_("The field is there: in the form, on the page and where else you ticked it."), "success")
        _tell_of_index(key)
        return redirect(fields_address(screen.name))

    @expose("/set", methods=["POST"])
    @door(FIELD_CHANGE)
    def add_set(self, slice_name: str, noun: str) -> Any:
        """Add the fields of a ready-made set that are not there yet."""
        screen = extensible_screen(f"{slice_name}:{noun}")
        try:
            added = add_set(screen.name, request.form.get("set", ""))
        except (Invalid, Conflict) as refusal:
            flash(message_of(refusal), "danger")
        else:
            flash(
                _("%(count)d fields were added. Change or park what you don't need.", count=added), "success"
            )
        return redirect(fields_address(screen.name))

    @expose("/preview", methods=["POST"])
    @door(FIELD_CHANGE)
    def preview(self, slice_name: str, noun: str) -> Any:
        """The input as it will look, from what is typed so far; nothing is checked or stored."""
        screen = extensible_screen(f"{slice_name}:{noun}")
        form = FieldForm(screen, _plan_at(request.form.get("field", "")))
        try:
            plan = form.read_plan(request.form)
        except Invalid:
            plan = None
        return render_template("shaping/preview.html", f=_preview(plan) if plan else None)


class FieldView(BaseView):
    """One own field: change it, move, park, take back, convert and delete it."""

    route_base = "/shaping/field"
    default_view = "edit"

    @expose("/<token>", methods=["GET", "POST"])
    @door(FIELD_CHANGE)
    def edit(self, token: str) -> Any:
        """The form of a field."""
        key = field_key(token)
        row = find_field(key)
        screen = extensible_screen(row.screen)
        form = FieldForm(screen, plan_of(row), row.name)
        if request.method == "GET":
            return _field_page(screen, form, row)
        try:
            services.change_field(key, version_of_form(), form.read_plan(request.form))
        except (Invalid, Conflict) as refusal:
            db.session.rollback()
            return _refused(screen, form, refusal, find_field(key))
        flash(_("The field is changed."), "success")
        _tell_of_index(key)
        return redirect(fields_address(screen.name))

    @expose("/<token>/move/<direction>", methods=["POST"])
    @door(FIELD_CHANGE)
    def move(self, token: str, direction: str) -> Response:
        """Let the field change places with its neighbour."""
        if direction not in ("up", "down"):
            raise NotFound()
        return _do(token, lambda key: services.move_field(key, "up" if direction == "up" else "down"), "")

    @expose("/<token>/park", methods=["POST"])
    @door(FIELD_CHANGE)
    def park(self, token: str) -> Response:
        """Hide the field and keep its values."""
        done = _("The field is parked with all its values. You can take it back below.")
        return _do(token, services.park_field, done)

    @expose("/<token>/take-back", methods=["POST"])
    @door(FIELD_CHANGE)
    def take_back(self, token: str) -> Response:
        """Show the parked field again."""
        return _do(token, services.take_back_field, _("The field is back with all its values."))

    @expose("/<token>/delete", methods=["GET", "POST"])
    @door(FIELD_CHANGE)
    def delete(self, token: str) -> Any:
        """Delete a parked field with its values for good, after its name was typed."""
        key = field_key(token)
        row = find_field(key)
        if row.state is not State.PARKED:
            raise NotFound()
        name, back = str(row.label), fields_address(row.screen)
        typed, error = request.form.get("typed", ""), ""
        if request.method == "POST":
            try:
                job = deleting.delete_field(key, typed)
            except (Invalid, Conflict) as refusal:
                error = message_of(refusal)
                row = find_field(key)
            else:
                if job is not None:
                    return redirect(job_address(job))
                flash(_("“%(name)s” and its values are gone for good.", name=name), "success")
                return redirect(back)
        page = render_template(
            "shaping/delete.html",
            name=name,
            other_name=row.label_zh if name == row.label_en else row.label_en,
            count=deleting.filled(row),
            cap=deleting.COUNT_CAP,
            action=request.path,
            back_url=back,
            typed=typed,
            error=error,
            of_type=False,
        )
        return page, 422 if error else 200

    @expose("/<token>/convert", methods=["POST"])
    @door(FIELD_CHANGE)
    def convert(self, token: str) -> Any:
        """Make a field of another kind out of this one and show what did not fit."""
        key = field_key(token)
        find_field(key)
        kinds = {kind.value: kind for kind in Kind}
        kind = kinds.get(request.form.get("to_kind", ""))
        if kind is None:
            raise NotFound()
        try:
            work, job = convert_field(key, kind)
        except (Invalid, Conflict) as refusal:
            flash(message_of(refusal), "danger")
            return redirect(f"{HOME}field/{token}")
        return redirect(work_address(work) if job is None else job_address(job))


def _do(token: str, verb: Callable[[uuid.UUID], Any], done: str) -> Response:
    key = field_key(token)
    back = fields_address(find_field(key).screen)
    try:
        verb(key)
    except (Invalid, Conflict) as refusal:
        flash(message_of(refusal), "danger")
    else:
        if done:
            flash(done, "success")
    return redirect(back)


def message_of(refusal: Invalid | Conflict) -> str:
    """Return a refusal in a sentence or two."""
    if isinstance(refusal, Invalid):
        return " ".join(str(message) for message in refusal.errors.values())
    return str(refusal)


def _tell_of_index(key: uuid.UUID) -> None:
    if key in unfinished_works():
        flash(
            _("There are many records: sorting and searching by it begins as soon as that is prepared."),
            "info",
        )


def _list_page(screen: Screen) -> Any:
    definitions, works = read_definitions(), work_lines()
    own = {row.name for row in definitions.of(screen.name)}
    declared = [entry for entry in screen.fields.values() if entry.name not in own]
    groups: dict[OwnWords, list[FieldLine]] = {}
    for row in definitions.of(screen.name, State.ACTIVE):
        groups.setdefault(row.group, []).append(_line(row, screen, works.get(row.id)))
    return render_template(
        "shaping/fields.html",
        screen=screen,
        declared=[str(entry.label) for entry in declared],
        groups=groups,
        parked=[_line(row, screen, works.get(row.id)) for row in definitions.of(screen.name, State.PARKED)],
        base=fields_address(screen.name),
        sets=offered_sets(screen.name),
        noun=screen.noun if screen.slice == "own" and granted(TYPE_CHANGE) else "",
    )


def _line(row: ShapingField, screen: Screen, work: WorkLine | None) -> FieldLine:
    plan = plan_of(row)
    said = (
        (plan.required, _("has to be filled in")),
        (plan.is_unique, _("no value twice")),
        (plan.in_list, _("in the list")),
        (plan.sortable, _("sorted by")),
        (plan.searchable, _("searched")),
    )
    marks = [words for holds, words in said if holds]
    other = screen.fields.get(plan.settings.when)
    if other is not None:
        marks.append(_("depends on “%(field)s”", field=other.label))
    kind = str(row.kind.label)
    target = kernel().screens.get(plan.settings.to)
    if target is not None:
        kind = f"{kind}: {target.plural}"
    return FieldLine(row, encode_token([row.id]), kind, tuple(marks), work)


def _field_page(screen: Screen, form: FieldForm, row: ShapingField | None = None, status: int = 200) -> Any:
    work = work_lines().get(row.id) if row is not None else None
    page = render_template(
        "shaping/field.html",
        screen=screen,
        form=form,
        row=row,
        token=encode_token([row.id]) if row is not None else "",
        base=fields_address(screen.name),
        kinds=[(kind.value, str(kind.label)) for kind in KINDS.get(row.kind, ())]
        if row is not None and row.state is State.ACTIVE and work is None
        else [],
        work=work,
        preview=_preview(plan_of(row)) if row is not None else None,
    )
    return page, status


def _refused(
    screen: Screen, form: FieldForm, refusal: Invalid | Conflict, row: ShapingField | None = None
) -> Any:
    if isinstance(refusal, Invalid):
        form.note(refusal)
    else:
        form.errors[""] = refusal.message
    return _field_page(screen, form, row, refusal.status)


def _plan_at(token: str) -> FieldPlan | None:
    return plan_of(find_field(field_key(token))) if token else None


def _preview(plan: FieldPlan) -> FormField:
    """Return the input of a plan as the form will show it, empty or with its first value."""
    label = plan.label or OwnWords("…", "…")
    entry: Field = field_of("preview", replace(plan, label=label))
    raw = tuple(entry.default)
    return FormField(
        name="preview",
        label=str(entry.label),
        widget="text" if isinstance(entry, File) else entry.widget,
        values=raw,
        help=str(entry.help),
        required=entry.required,
        multiple=entry.multiple,
        unit=entry.symbol() if plan.kind is Kind.MONEY else str(plan.settings.unit),  # type: ignore[attr-defined]
        choices=choices_of(entry, raw),
        pick_url=kernel().screens[entry.to].path + "pick"
        if isinstance(entry, Link) and entry.to in kernel().screens
        else "",
        attributes=dict(entry.attributes()),
    )
