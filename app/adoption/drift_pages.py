"""The pages of drift: which databases have changed, in what, and what of it is to be taken up."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import select

from app.access.doors import door
from app.adoption.declaring import ADOPT, MOST_SOURCES
from app.adoption.drift_noting import PAGE, look_at, present_drift
from app.adoption.drift_taking import Sort, offers_of, take_up
from app.adoption.models import AdoptedSource
from app.adoption.publishing import look_again
from app.core.database import db
from app.core.errors import Conflict, NotFound
from app.core.words import OwnWords

HEADINGS: dict[Sort, Any] = {
    "renamed_table": _l("Tables that were likely renamed"),
    "table": _l("New tables"),
    "gone_table": _l("Tables that are no more"),
    "renamed": _l("Columns that were likely renamed"),
    "column": _l("New columns"),
    "type": _l("Columns of another type"),
    "parked": _l("Columns that are no more"),
}
NOTES: dict[Sort, Any] = {
    "renamed_table": _l("Ticked, everything said of the table holds for the new name."),
    "table": _l("Ticked, they get a screen with everything as proposed."),
    "gone_table": _l("What was said of them is kept until they come back. Ticked, it is taken out."),
    "renamed": _l("Ticked, everything said of the column holds for the new name."),
    "column": _l("Ticked, they are shown at the end of the form, with everything as proposed."),
    "type": _l("They are read and written by the new type already. Ticked, this note goes."),
    "parked": _l("What was said of them is kept until they come back. Ticked, it is taken out."),
}


class DriftView(BaseView):
    """Changes in adopted databases: seen, and taken up."""

    route_base = "/adoption/drift"
    default_view = "index"

    @expose("/")
    @door(ADOPT)
    def index(self) -> Any:
        """Every adopted database with the number of its differences."""
        sources = db.session.scalars(
            select(AdoptedSource).order_by(AdoptedSource.code).limit(MOST_SOURCES)
        ).all()
        lines = [(each, present_drift(each)) for each in sources]
        return render_template("adoption/databases_changed.html", lines=lines)

    @expose("/<code>")
    @door(ADOPT)
    def show(self, code: str) -> Any:
        """In what one database differs."""
        return _page(_source(code))

    @expose("/<code>/look", methods=["POST"])
    @door(ADOPT)
    def look(self, code: str) -> Any:
        """Look at the database now, not only when the worker does."""
        source = _source(code)
        look_at(source.id)
        look_again(code)
        return redirect(f"{PAGE}{code}")

    @expose("/<code>/take", methods=["POST"])
    @door(ADOPT)
    def take(self, code: str) -> Any:
        """Take up what is ticked."""
        source = _source(code)
        tokens = request.form.getlist("offer")[:10_000]
        try:
            count = take_up(code, tokens)
        except Conflict as refusal:
            db.session.rollback()
            return _page(source, str(refusal), frozenset(tokens)), refusal.status
        flash(ngettext("%(num)d change taken up.", "%(num)d changes taken up.", count), "success")
        return redirect(f"{PAGE}{code}")


def _source(code: str) -> AdoptedSource:
    source = db.session.scalar(select(AdoptedSource).where(AdoptedSource.code == code).limit(1))
    if source is None:
        raise NotFound
    return source


def _page(source: AdoptedSource, problem: str = "", ticked: frozenset[str] | None = None) -> str:
    code, label = source.code, OwnWords(source.label_zh, source.label_en)
    drift = present_drift(source)
    offers = offers_of(drift) if drift is not None else ()
    groups = [
        (sort, HEADINGS[sort], NOTES[sort], found)
        for sort in HEADINGS
        if (found := [each for each in offers if each.sort == sort])
    ]
    return render_template(
        "adoption/drift.html",
        code=code,
        label=label,
        title=_("Changes in %(name)s", name=str(label)),
        is_away=drift is None,
        groups=groups,
        problem=problem,
        is_ticked=lambda offer: offer.is_ticked if ticked is None else offer.token in ticked,
    )
