"""The pages on which a person says what stands for what: all databases with their roles, and the form of one role."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask import flash, redirect, render_template, request
from flask_appbuilder import BaseView, expose
from flask_babel import format_decimal, format_percent
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from app.access.doors import door
from app.adoption.connecting import CannotConnect
from app.adoption.declaring import ADOPT, MOST_SOURCES
from app.adoption.models import AdoptedRole, AdoptedSource
from app.adoption.playing.checking import ask, check
from app.adoption.playing.commands import answer_role, place_source, save_role, say_none_plays
from app.adoption.playing.forms import LABELS, RoleForm, place_form, role_label
from app.adoption.playing.previewing import Preview, Unpreviewed, differs, orphans_of, shown, summed
from app.adoption.playing.sight import seen_mappings, told_rows, why_unseen
from app.adoption.playing.workbench import Workbench, places_of, workbench_of
from app.adoption.proposing.roles import CONTRACTS, RoleProposal, is_whole
from app.core.database import db
from app.core.errors import Conflict, Invalid, KebuError, NotFound
from app.core.keys import decode_token, encode_token
from app.core.outside import engine_of

HOME = "/adoption/roles/"
_LONGEST_VERSION = 10


@dataclass(frozen=True, slots=True)
class RoleLine:
    """One role on the page of all: `state` and `tone` say what is known of it, `answers` are the buttons offered."""

    role: str
    label: str
    url: str
    table: str
    state: str
    tone: str
    confidence: str
    reason: str
    version: int
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A preview in the reader's language: facts, warnings, and a few rows under their heads."""

    facts: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()
    heads: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


class TableRolesView(BaseView):
    """What stands for what in each adopted database."""

    route_base = "/adoption/roles"
    default_view = "overview"

    @expose("/")
    @door(ADOPT)
    def overview(self) -> Any:
        """Every database with its roles."""
        codes = db.session.scalars(
            select(AdoptedSource.code)
            .where(AdoptedSource.is_used)
            .order_by(AdoptedSource.id)
            .limit(MOST_SOURCES)
        ).all()
        return _overview([workbench_of(code) for code in codes])

    @expose("/<code>/place", methods=["POST"])
    @door(ADOPT)
    def place(self, code: str) -> Any:
        """Say which currency and time zone a database counts in."""
        bench = workbench_of(code)
        form = place_form(bench)
        try:
            values = form.read(request.form)
            place_source(code, values["currency"] or "", values["time_zone"] or "", version=_version())
        except Invalid as problem:
            form.note(problem)
            return _overview([workbench_of(code)], {code: form}), problem.status
        flash(_("Saved."), "success")
        return redirect(HOME)

    @expose("/<code>/<role>", methods=["GET", "POST"])
    @door(ADOPT)
    def form(self, code: str, role: str) -> Any:
        """The form of a role, with a preview of what it comes to."""
        bench = workbench_of(code)
        if role not in CONTRACTS:
            raise NotFound
        form = RoleForm(bench, role)
        if request.method == "GET":
            mapping = bench.mapping(role) if request.args.get("preview") else None
            return _page(bench, form, mapping)
        return _posted(bench, form)

    @expose("/<code>/<role>/answer", methods=["POST"])
    @door(ADOPT)
    def answer(self, code: str, role: str) -> Any:
        """Say yes or no to what is kept, or that nothing in the database plays the role."""
        answer = request.form.get("answer", "")
        if answer == "none":
            say_none_plays(code, role, version=_version())
        elif answer in ("yes", "no"):
            try:
                answer_role(code, role, is_used=answer == "yes", version=_version())
            except Invalid:
                flash(_("This can't be used as it is. Please look at it."), "danger")
                return redirect(f"{HOME}{code}/{role}?preview=1")
        else:
            raise NotFound
        flash(_("Saved. Analyses know of it from now on."), "success")
        return redirect(HOME)


class TableRoleRecordView(BaseView):
    """The page on which a role's record is edited is the form of the role."""

    route_base = "/adoption/role/<token>"
    default_view = "edit"

    @expose("/edit")
    @door(ADOPT)
    def edit(self, token: str) -> Response:
        """Lead to the form of the role."""
        key = decode_token(token)[0]
        row = db.session.get(AdoptedRole, key) if not isinstance(key, int | str) else None
        if row is None:
            raise NotFound
        return redirect(f"{HOME}{row.source.code}/{row.role.value}")


# --- All of them ---------------------------------------------------------------------------------------


def _overview(benches: list[Workbench], forms: dict[str, Any] | None = None) -> str:
    databases = [
        (
            bench.source,
            [_line(bench, role) for role in CONTRACTS],
            (forms or {}).get(bench.source.code) or place_form(bench),
        )
        for bench in benches
    ]
    return render_template("adoption/roles.html", databases=databases, home=HOME)


def _line(bench: Workbench, role: str) -> RoleLine:
    row = bench.roles.get(role)
    mapping = bench.mapping(role)
    if row is None:
        state, tone = _("not known"), "neutral"
    elif not row.table_name:
        state, tone = _("not there"), "neutral"
    else:
        state, tone = (_("in use"), "good") if row.is_used else (_("proposed"), "warning")
    whole = mapping is not None and is_whole(mapping)
    none = () if row is not None and not row.table_name else ("none",)
    answers = ("no",) if row is not None and row.is_used else (*(("yes",) if whole else ()), *none)
    return RoleLine(
        role,
        role_label(role),
        f"{HOME}{bench.source.code}/{role}{'?preview=1' if whole else ''}",
        row.table_name if row is not None else "",
        state,
        tone,
        format_percent(mapping.confidence) if mapping is not None and mapping.confidence else "",
        mapping.reason if mapping is not None else "",
        row.row_version if row is not None else 0,
        answers,
    )


# --- One -----------------------------------------------------------------------------------------------


def _posted(bench: Workbench, form: RoleForm) -> Any:
    act = request.form.get("act", "preview")
    if act == "look":
        form.texts = {name: request.form.getlist(name) for name in form.fields}
        return _page(bench, form, None)
    try:
        mapping = form.read_mapping(request.form)
        _check(bench, mapping)
        if act not in ("use", "keep"):
            return _page(bench, form, mapping)
        save_role(bench.source.code, mapping, is_used=act == "use", version=_version())
    except Invalid as problem:
        form.note(problem)
        return _page(bench, form, None), problem.status
    except Conflict as problem:
        form.errors[""] = problem.message
        return _page(bench, form, None), problem.status
    flash(_("Saved. Analyses know of it from now on."), "success")
    return redirect(HOME)


def _check(bench: Workbench, mapping: RoleProposal) -> None:
    """Raise `Invalid` for what can't be read, as far as it is known here and by the database itself."""
    among = bench.readable(places_of(mapping))
    errors = check(mapping, among)
    if not errors:
        with engine_of(bench.source.code).connect() as connection:
            errors = ask(connection, mapping, among)
    if errors:
        raise Invalid(errors)


def _page(bench: Workbench, form: RoleForm, mapping: RoleProposal | None) -> str:
    row = bench.roles.get(form.role)
    posted = request.form.get("row_version", "") if request.method == "POST" else ""
    return render_template(
        "adoption/role.html",
        bench=bench,
        form=form,
        role=form.role,
        label=role_label(form.role),
        suggestions=form.suggestions(),
        told=_preview(bench, mapping) if mapping is not None else None,
        version=posted or (row.row_version if row is not None else 0),
        token=encode_token([row.id]) if row is not None else "",
        home=HOME,
    )


def _preview(bench: Workbench, mapping: RoleProposal) -> Told:
    others = {role: each for role, each in bench.others().items() if role != mapping.role}
    columns = bench.columns(places_of(mapping))
    try:
        among = bench.readable(places_of(mapping, *others.values()))
        own = replace(
            among, tables={place: among.tables[place] for place in columns if place in among.tables}
        )
        if errors := check(mapping, among):
            return Told(warnings=tuple(errors.values()))
        if unseen := why_unseen(mapping, own, columns):
            return Told(warnings=(unseen,))
        others = seen_mappings(others, among)
        with engine_of(bench.source.code).connect() as connection:
            preview = summed(connection, mapping, among)
            orphans = orphans_of(connection, mapping, others, among)
            rows = told_rows(mapping, among, columns, shown(connection, mapping, among))
            doubts = _doubts(connection, mapping, others, preview, among)
    except Unpreviewed:
        return Told(warnings=(_("The database did not answer in time, or can't compute this."),))
    except (CannotConnect, SQLAlchemyError):
        return Told(warnings=(_("This database does not answer at the moment."),))
    except KebuError as problem:
        return Told(warnings=(str(problem),))
    heads = tuple(str(LABELS[name]) for name, _text in mapping.columns)
    return Told(_facts(bench, mapping, preview, orphans), tuple(doubts), heads, rows)


def _doubts(
    connection: Any, mapping: RoleProposal, others: dict[str, RoleProposal], preview: Preview, among: Any
) -> list[str]:
    found = [str(each) for each in preview.doubts(mapping.role)]
    if not preview.count:
        found.append(_("No row counts."))
    sales = others.get("sales")
    if mapping.role == "sale_lines" and sales is not None:
        try:
            total = summed(connection, sales, among).total
        except (Unpreviewed, KebuError):
            return found
        if differs(total, preview.total):
            told = _("The lines come to another total than the sales: %(sales)s.", sales=_money(total, ""))
            found.append(told)
    return found


def _facts(
    bench: Workbench, mapping: RoleProposal, preview: Preview, orphans: Any
) -> tuple[tuple[str, str], ...]:
    facts = [(_("Rows"), str(format_decimal(preview.count)))]
    if preview.total is not None:
        is_money = mapping.role != "stock"
        facts.append((_("Total"), _money(preview.total, bench.source.currency if is_money else "")))
    if preview.first is not None and preview.last is not None:
        facts += [
            (_("First"), f"{preview.first:%Y-%m-%d %H:%M}"),
            (_("Last"), f"{preview.last:%Y-%m-%d %H:%M}"),
        ]
    facts += [
        (_("Empty: %(column)s", column=LABELS[each.column]), str(format_percent(each.share, "#,##0.#%")))
        for each in preview.missing
    ]
    facts += [
        (
            _("Not found: %(column)s", column=LABELS[each.column]),
            _("not counted, it took too long") if each.rows is None else str(format_decimal(each.rows)),
        )
        for each in orphans
    ]
    return tuple(facts)


def _money(amount: Any, currency: str) -> str:
    return f"{format_decimal(amount, format='#,##0.00####')} {currency}".strip()


def _version() -> int:
    text = request.form.get("row_version", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < _LONGEST_VERSION else -1
