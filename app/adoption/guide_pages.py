"""The guided page: a database is connected, seen, chosen from and published, set up anew and let go of."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, redirect, render_template, request
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from werkzeug.wrappers import Response

from app.access.doors import door
from app.access.forms import Form
from app.access.signing.attempts import ADOPTING, TooManyTries, forgive, take_try
from app.adoption.connecting import parse
from app.adoption.declaring import ADOPT, OwnDatabase, TooManySources, Wish, address_of
from app.adoption.guide_form import (
    address_fields,
    address_texts,
    name_fields,
    read_address,
    schema_field,
    try_address,
)
from app.adoption.guide_lines import DoesNotAnswer, counts, lines_of, see, see_with_proposals, state_of
from app.adoption.models import AdoptedSource
from app.adoption.preparing import (
    NothingChosen,
    change_address,
    change_settings,
    choose,
    choose_all,
    connect,
    find_source,
    let_go,
    list_sources,
    look_anew,
    prepare,
    publish,
    tables_of,
    use,
)
from app.core.database import db
from app.core.errors import Invalid
from app.core.fields import clean_line
from app.core.keys import encode_token

PAGE = "/databases/"
PAGE_SIZE = 50
LONGEST_SEARCH = 100
# What makes an account that may look and no more.
_ON_POSTGRESQL = """CREATE ROLE kebu LOGIN PASSWORD '…';
GRANT USAGE ON SCHEMA public TO kebu;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO kebu;"""
_ON_MARIADB = """CREATE USER kebu IDENTIFIED BY '…';
GRANT SELECT ON shop.* TO kebu;"""
GRANTS = (("PostgreSQL", _ON_POSTGRESQL), ("MariaDB, MySQL", _ON_MARIADB))


class AdoptionView(BaseView):
    """The adopted databases."""

    route_base = "/databases"
    default_view = "list"

    @expose("/")
    @door(ADOPT)
    def list(self) -> Any:
        """Every adopted database, or what adopting means when there is none."""
        lines = [
            (source, state_of(source, len(tables)), sum(table.is_shown for table in tables), len(tables))
            for source in list_sources()
            for tables in [tables_of(source)]
        ]
        return render_template("adoption/list.html", lines=lines, grants=GRANTS)

    @expose("/connect", methods=["GET", "POST"])
    @door(ADOPT, step_up=True)
    def connect(self) -> Any:
        """Ask where a database is, try it, and write it down."""
        form = Form((*name_fields(), *address_fields(), schema_field()), {"read_only": False})
        if request.method == "GET":
            return _connect_page(form)
        try:
            values = form.read(request.form)
            url = read_address(values)
            _try(url)
            code = connect(
                Wish(
                    url,
                    name=values["name_en"],
                    schema=values["schema"] or "" if values["kind"] != "sqlite" else "",
                    read_only=values["read_only"],
                    name_zh=values["name_zh"] or "",
                    is_used=False,
                )
            )
        except Invalid as refusal:
            form.note(refusal)
            return _connect_page(form), refusal.status
        except (TooManyTries, TooManySources, OwnDatabase) as refusal:
            form.errors[""] = str(refusal)
            return _connect_page(form), refusal.status
        return redirect(f"{PAGE}{code}/")

    @expose("/<code>/")
    @door(ADOPT)
    def show(self, code: str) -> Any:
        """What is in a database, and which of it gets a screen."""
        source = find_source(code)
        tables = tables_of(source)
        db.session.rollback()
        source = find_source(code)
        found, silent = None, ""
        try:
            found = see(source)
        except DoesNotAnswer as refusal:
            silent = str(refusal)
        every = lines_of(source, found, tables_of(source))
        query = clean_line(request.args.get("q", ""))[:LONGEST_SEARCH]
        wanted = [line for line in every if query.lower() in f"{line.name} {line.label}".lower()]
        first = _page_number() * PAGE_SIZE
        return render_template(
            "adoption/source.html",
            source=source,
            source_token=encode_token([source.id]),
            state=state_of(source, len(tables)),
            silent=silent,
            counts=counts(every),
            is_declared=bool(tables),
            chosen=sum(line.is_shown for line in every),
            lines=wanted[first : first + PAGE_SIZE],
            query=query,
            page=_page_number(),
            has_more=len(wanted) > first + PAGE_SIZE,
        )

    @expose("/<code>/look", methods=["POST"])
    @door(ADOPT, step_up=True)
    def look(self, code: str) -> Any:
        """Look at a database's tables and at samples of rows, and write down what is proposed; later, look again."""
        source = find_source(code)
        if tables_of(source):
            look_anew(code)
            return redirect(f"{PAGE}{code}/")
        try:
            looked = see_with_proposals(source)
        except DoesNotAnswer as refusal:
            return _back(code, str(refusal))
        db.session.rollback()
        prepare(code, looked)
        return redirect(f"{PAGE}{code}/")

    @expose("/<code>/choose", methods=["POST"])
    @door(ADOPT, step_up=True)
    def choose(self, code: str) -> Any:
        """Keep the ticks of the page, tick all or none, and go on to publishing where that was pressed."""
        find_source(code)
        then = request.form.get("then", "")
        if then in ("all", "none"):
            choose_all(code, is_shown=then == "all")
            return redirect(f"{PAGE}{code}/")
        choose(code, _keys("asked"), _keys("shown"), _keys("locked"))
        if then != "publish":
            return _back(code, _("The choice is saved."), "success")
        try:
            publish(code)
        except NothingChosen as refusal:
            return _back(code, str(refusal))
        tables = sum(table.is_shown for table in tables_of(find_source(code)))
        return _back(
            code,
            ngettext(
                "%(num)d table has a screen now. Owners see it; give other roles rights to it.",
                "%(num)d tables have screens now. Owners see them; give other roles rights to them.",
                tables,
            ),
            "success",
        )

    @expose("/<code>/settings", methods=["GET", "POST"])
    @door(ADOPT, step_up=True)
    def settings(self, code: str) -> Any:
        """Give a database other names, or make it read-only."""
        source = find_source(code)
        form = Form(
            name_fields(),
            {"name_en": source.label_en, "name_zh": source.label_zh, "read_only": source.read_only},
        )
        if request.method == "GET":
            return _settings_page(source, form)
        try:
            values = form.read(request.form)
        except Invalid as refusal:
            form.note(refusal)
            return _settings_page(source, form), refusal.status
        change_settings(
            code, values["name_zh"] or values["name_en"], values["name_en"], read_only=values["read_only"]
        )
        return _back(code, _("The settings are saved."), "success")

    @expose("/<code>/address", methods=["GET", "POST"])
    @door(ADOPT, step_up=True)
    def address(self, code: str) -> Any:
        """Reach a database at another address or with another password; it is tried before it is kept."""
        source = find_source(code)
        form = Form(address_fields(), address_texts(parse(address_of(source))))
        if request.method == "GET":
            return _address_page(source, form)
        try:
            url = read_address(form.read(request.form))
            _try(url)
            change_address(code, url)
        except Invalid as refusal:
            form.note(refusal)
            return _address_page(source, form), refusal.status
        except (TooManyTries, OwnDatabase) as refusal:
            form.errors[""] = str(refusal)
            return _address_page(source, form), refusal.status
        return _back(code, _("The database is reached at its new address."), "success")

    @expose("/<code>/pause", methods=["POST"])
    @door(ADOPT, step_up=True)
    def pause(self, code: str) -> Any:
        """Hide a database's screens and keep all that was said of it."""
        use(code, is_used=False)
        return _back(code, _("Its screens are hidden. Everything that was chosen is kept."), "success")

    @expose("/<code>/let-go", methods=["POST"])
    @door(ADOPT, step_up=True)
    def let_go(self, code: str) -> Any:
        """Forget a database; nothing happens to the database itself."""
        let_go(code)
        flash(_("The database is let go of. Nothing was changed in it."), "success")
        return redirect(PAGE)


def _try(url: Any) -> None:
    """Connect once; whoever tries too often waits, so that nobody searches a network from here."""
    counted = (ADOPTING, str(current_user.id))
    take_try(counted)
    db.session.rollback()
    try_address(url)
    forgive(counted)


def _keys(name: str) -> set[uuid.UUID]:
    """Return the tables that a form names; what is no key is nobody's table."""
    found = set()
    for text in request.form.getlist(name)[:PAGE_SIZE]:
        try:
            found.add(uuid.UUID(hex=text))
        except ValueError:
            continue
    return found


def _page_number() -> int:
    text = request.args.get("page", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0


def _back(code: str, message: str, tone: str = "warning") -> Response:
    flash(message, tone)
    return redirect(f"{PAGE}{code}/")


def _connect_page(form: Form) -> str:
    return render_template("adoption/connect.html", form=form)


def _settings_page(source: AdoptedSource, form: Form) -> str:
    return render_template("adoption/settings.html", source=source, form=form)


def _address_page(source: AdoptedSource, form: Form) -> str:
    return render_template("adoption/address.html", source=source, form=form)
