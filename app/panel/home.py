"""Home and global search: what matters now, and one field that finds any record."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import flash, redirect, render_template, request
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _
from flask_login import current_user

from app.core.clock import utc_now
from app.core.fields import clean_line
from app.core.kernel import kernel
from app.core.permissions import granted
from app.core.shop import shop, today
from app.panel.arranging import Arrangement, keep, kept_fields, own_arrangement
from app.panel.blocks import HomeFigure, Offer, RecordGroup, offered_blocks, offered_cards, shown
from app.panel.marks import marked
from app.panel.models import MarkKind
from app.panel.picking import suggest
from app.panel.signed_in import require_signed_in, signed_in
from app.panel.speech import mid_sentence
from app.panel.telling import tell_lookup

HITS_PER_SCREEN = 5
ARRANGE = "/home/arrange"


@dataclass(frozen=True, slots=True)
class FirstStep:
    """One thing to do in an empty shop."""

    label: str
    url: str
    icon: str


@dataclass(frozen=True, slots=True)
class HomePage:
    """The home page; `blocks` are record groups and small tables in the order in which they stand."""

    greeting: str
    today: datetime.date
    figures: tuple[HomeFigure, ...]
    blocks: tuple[Any, ...]
    first_steps: tuple[FirstStep, ...]
    arrange_url: str = ARRANGE


@dataclass(frozen=True, slots=True)
class ArrangeRow:
    """One block on the arranging page; `moved` is up or down when its button was pressed last."""

    name: str
    label: str
    shown: bool
    first: bool
    last: bool
    moved: str = ""


@dataclass(frozen=True, slots=True)
class SearchPage:
    """The hits for a text over everything the person may see."""

    query: str
    groups: tuple[RecordGroup, ...]


class HomeView(BaseView):
    """The first page after signing in, how a person arranges it, and the search field in its head."""

    route_base = ""
    default_view = "home"

    @expose("/")
    @signed_in
    def home(self) -> Any:
        """Figures, lists and tables of every capability the person may see."""
        require_signed_in()
        return render_template("home.html", page=home_page())

    @expose(ARRANGE)
    @signed_in
    def arrange(self) -> Any:
        """Which blocks stand on the home page, in which order."""
        require_signed_in()
        moved = request.args.get("moved", "")
        groups = [
            (_("Numbers"), _rows(offered_cards(), moved)),
            (_("Lists and tables"), _rows(offered_blocks(), moved)),
        ]
        pins = [
            (one.title, str(one.screen.label), one.url, f"/marks{one.url}") for one in marked(MarkKind.PINNED)
        ]
        return render_template("arrange.html", groups=groups, pins=pins)

    @expose(ARRANGE, methods=["POST"])
    @signed_in
    def keep_arrangement(self) -> Any:
        """Keep what is shown, and move one block if its button was pressed; no more is believed of the form."""
        require_signed_in()
        if "reset" in request.form:
            keep(Arrangement())
            flash(_("Your home page is as it was at first."), "success")
            return redirect(ARRANGE)
        seen, name, step = kept_fields(request.form)
        arrangement = own_arrangement()
        for offers in (offered_cards(), offered_blocks()):
            names = [each for each, _block in offers]
            arrangement = arrangement.showing(names, seen)
            if name in names:
                arrangement = arrangement.moved(names, name, step)
        keep(arrangement)
        if name:
            return redirect(f"{ARRANGE}?{urlencode({'moved': request.form['move']})}")
        flash(_("Your home page is arranged."), "success")
        return redirect("/")

    @expose("/search")
    @signed_in
    def search(self) -> Any:
        """Hits over all screens, at most five each, one statement a screen."""
        require_signed_in()
        text = clean_line(request.args.get("q", ""))[:100]
        tell_lookup("search", text)
        page = search_page(text)
        return render_template("search.html", page=page)


def home_page() -> HomePage:
    """Return the home page of the present person."""
    return HomePage(
        _greeting(),
        today(),
        shown(offered_cards()),
        shown(offered_blocks()),
        tuple(_first_steps()),
    )


def _rows(offers: list[tuple[str, Offer]], moved: str) -> list[ArrangeRow]:
    hidden = own_arrangement().hidden
    last = len(offers) - 1
    direction, _bar, moved_name = moved.partition("|")
    return [
        ArrangeRow(
            name,
            str(offer.label),
            name not in hidden,
            place == 0,
            place == last,
            direction if name == moved_name else "",
        )
        for place, (name, offer) in enumerate(offers)
    ]


def search_page(text: str) -> SearchPage:
    """Return what `text` finds in each screen that can be searched."""
    groups = []
    for screen in kernel().screens.values() if text else ():
        if not screen.found_everywhere or not screen.search or not granted(screen.permission("list")):
            continue
        items = tuple(
            {"title": hit.title, "note": hit.note, "url": screen.path + hit.token}
            for hit in suggest(screen, text, HITS_PER_SCREEN)
        )
        if items:
            groups.append(
                RecordGroup(str(screen.plural), screen.icon, f"{screen.path}?{urlencode({'q': text})}", items)
            )
    return SearchPage(text, tuple(groups))


def _greeting() -> str:
    hour = utc_now().astimezone(shop().zone).hour
    name = current_user.full_name
    if hour < 11:
        return _("Good morning, %(name)s", name=name)
    if hour < 18:
        return _("Good afternoon, %(name)s", name=name)
    return _("Good evening, %(name)s", name=name)


def _first_steps() -> list[FirstStep]:
    return [
        FirstStep(_("Add %(what)s", what=mid_sentence(screen.label)), screen.path + "add", screen.icon)
        for screen in kernel().screens.values()
        if screen.in_menu and "add" in screen.verbs and granted(screen.permission("add"))
    ][:4]
