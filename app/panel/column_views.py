"""Choosing the columns of a list: a page that works without scripts, and the widths that dragging sends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, flash, redirect, render_template, request
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from app.core.declaration import Screen
from app.core.errors import Invalid
from app.panel.addresses import COLUMNS, address
from app.panel.column_layout import (
    NARROWEST,
    WIDEST,
    forget_layout,
    keep_columns,
    keep_width,
    layout_of,
    possible_columns,
)
from app.panel.signed_in import record_door
from app.panel.views import screen_for

_DIGITS = 4


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """One field that can be a column; `is_title` is the one that a list can't do without."""

    name: str
    label: str
    shown: bool
    is_title: bool
    width: str
    first: bool
    last: bool
    moved: str = ""


@dataclass(frozen=True, slots=True)
class ChooserPage:
    """The columns of a list, shown ones first and in their order."""

    screen: Any
    title: str
    action: str
    back_url: str
    choices: tuple[ColumnChoice, ...]
    least: int = NARROWEST
    most: int = WIDEST
    problem: str = ""


class ColumnsView(BaseView):
    """Which columns, in which order, how wide."""

    route_base = ""
    default_view = "choose"

    @expose("/<slice_name>/<noun>/columns")
    @record_door("list")
    def choose(self, slice_name: str, noun: str) -> Any:
        """The columns of the list as it is now."""
        screen = screen_for(slice_name, noun, "list")
        try:
            layout = layout_of(screen, request.args.get(COLUMNS, ""))
        except Invalid as refusal:
            flash(str(refusal.errors[COLUMNS]), "warning")
            layout = layout_of(screen)
        widths = {name: str(width) for name, width in layout.widths.items()}
        page = _page(screen, layout.names, _order(screen, layout.names), widths)
        return render_template("columns.html", page=page)

    @expose("/<slice_name>/<noun>/columns", methods=["POST"])
    @record_door("list")
    def keep(self, slice_name: str, noun: str) -> Any:
        """Keep the choice, use it once, move a column, or go back to what was declared."""
        screen = screen_for(slice_name, noun, "list")
        if request.form.get("reset"):
            forget_layout(screen)
            flash(_("The list is as it was at first."), "success")
            return redirect(address(screen.path, request.args, without=(COLUMNS,)))
        order, shown, widths = _chosen(screen, request.form)
        direction, _bar, moved = request.form.get("move", "")[:200].partition("|")
        if direction in ("up", "down") and moved in shown:
            shown = _moved(shown, moved, -1 if direction == "up" else 1)
            page = _page(screen, shown, _order(screen, shown, order), widths, moved=(moved, direction))
            return render_template("columns.html", page=page)
        try:
            return _answer(screen, shown, widths)
        except Invalid as refusal:
            problem = " ".join(str(message) for message in refusal.errors.values())
            page = _page(screen, shown, _order(screen, shown, order), widths, problem=problem)
            return render_template("columns.html", page=page), 422

    @expose("/<slice_name>/<noun>/columns", methods=["PATCH"])
    @record_door("list")
    def widen(self, slice_name: str, noun: str) -> AnyResponse:
        """Keep one column's width."""
        screen = screen_for(slice_name, noun, "list")
        name, width = request.form.get("name", ""), _number(request.form.get("width", ""))
        if width is None or name not in {entry.name for entry in possible_columns(screen)}:
            raise Invalid({"width": _("This is not a width.")})
        keep_width(screen, name, width)
        return Response(status=204)


def _answer(screen: Screen, shown: Sequence[str], widths: dict[str, str]) -> AnyResponse:
    if not shown:
        raise Invalid({"": _("Choose at least one column.")})
    if request.form.get("once"):
        return redirect(address(screen.path, request.args, change={COLUMNS: ",".join(shown)}))
    numbers = {}
    for name, text in widths.items():
        width = _number(text)
        if width is None or (width and not NARROWEST <= width <= WIDEST):
            raise Invalid(
                {name: _("A width lies between %(least)d and %(most)d.", least=NARROWEST, most=WIDEST)}
            )
        numbers[name] = width
    keep_columns(screen, shown, numbers)
    flash(_("The list shows these columns to you from now on."), "success")
    return redirect(address(screen.path, request.args, without=(COLUMNS,)))


def _number(text: str) -> int | None:
    """Return a width; 0 for none, None for what is no number."""
    text = text.strip()
    if not text:
        return 0
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _DIGITS else None


def _chosen(screen: Screen, form: MultiDict[str, str]) -> tuple[list[str], list[str], dict[str, str]]:
    """Return all columns in the form's order, those that are ticked, and the widths as typed."""
    known = [entry.name for entry in possible_columns(screen)]
    order = [name for name in dict.fromkeys(form.getlist("order")) if name in known]
    ticked = {*form.getlist("shown"), *([screen.title] if screen.title in known else [])}
    widths = {name: form[f"w.{name}"] for name in known if form.get(f"w.{name}", "").strip()}
    return order, [name for name in order if name in ticked], widths


def _moved(names: Sequence[str], name: str, step: int) -> list[str]:
    moved = list(names)
    at = moved.index(name)
    if 0 <= (to := at + step) < len(moved):
        moved.insert(to, moved.pop(at))
    return moved


def _order(screen: Screen, shown: Sequence[str], order: Sequence[str] = ()) -> list[str]:
    """Return all columns: the shown ones in their order, then the others."""
    others = order or [entry.name for entry in possible_columns(screen)]
    return [*shown, *(name for name in others if name not in shown)]


def _page(
    screen: Screen,
    shown: Sequence[str],
    order: Sequence[str],
    widths: dict[str, str],
    *,
    moved: tuple[str, str] = ("", ""),
    problem: str = "",
) -> ChooserPage:
    choices = tuple(
        ColumnChoice(
            name,
            str(screen.fields[name].label),
            name in shown,
            name == screen.title,
            widths.get(name, ""),
            first=name == shown[0] if shown else True,
            last=name == shown[-1] if shown else True,
            moved=moved[1] if name == moved[0] else "",
        )
        for name in order
    )
    return ChooserPage(
        screen,
        _("Columns: %(plural)s", plural=screen.plural),
        address(screen.path + "columns", request.args),
        address(screen.path, request.args),
        choices,
        problem=problem,
    )
