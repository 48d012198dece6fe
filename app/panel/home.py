"""Home and global search: what matters now, and one field that finds any record."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import jsonify, render_template, request
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from app.core.clock import utc_now
from app.core.fields import clean_line
from app.core.kernel import kernel
from app.core.permissions import granted
from app.core.shop import shop, today
from app.panel.addresses import address
from app.panel.list_page import read_question, rows_of, shown_names
from app.panel.picking import suggest
from app.panel.reading import Reader
from app.panel.signed_in import require_signed_in
from app.panel.speech import mid_sentence

HITS_PER_SCREEN = 5
ROWS_IN_LIST = 6


@dataclass(frozen=True, slots=True)
class HomeFigure:
    """One KPI card."""

    label: str
    text: str
    note: str
    address: str
    tone: str


@dataclass(frozen=True, slots=True)
class FirstStep:
    """One thing to do in an empty shop."""

    label: str
    url: str
    icon: str


@dataclass(frozen=True, slots=True)
class RecordGroup:
    """A few records of one kind, and where all of them are: hits of a search, or a list on the home page."""

    label: str
    icon: str
    list_url: str
    items: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class HomePage:
    """The home page."""

    greeting: str
    today: datetime.date
    figures: tuple[HomeFigure, ...]
    lists: tuple[RecordGroup, ...]
    first_steps: tuple[FirstStep, ...]


@dataclass(frozen=True, slots=True)
class SearchPage:
    """The hits for a text over everything the person may see."""

    query: str
    groups: tuple[RecordGroup, ...]


class HomeView(BaseView):
    """The first page after signing in, and the search field in its head."""

    route_base = ""
    default_view = "home"

    @expose("/")
    def home(self) -> Any:
        """Figures of every capability the person may see."""
        require_signed_in()
        return render_template("home.html", page=home_page())

    @expose("/search")
    def search(self) -> Any:
        """Hits over all screens, at most five each, one statement a screen."""
        require_signed_in()
        page = search_page(clean_line(request.args.get("q", ""))[:100])
        if request.accept_mimetypes.best == "application/json":
            return jsonify(groups=[_as_json(group) for group in page.groups])
        return render_template("search.html", page=page)


def home_page() -> HomePage:
    """Return the home page of the present person."""
    cards = [card for capability in kernel().enabled for card in capability.cards if granted(card.permission)]
    figures = []
    for card in sorted(cards, key=lambda each: each.order):
        figure = card.load()
        figures.append(HomeFigure(str(card.label), figure.text, figure.note, figure.address, figure.tone))
    return HomePage(_greeting(), today(), tuple(figures), tuple(_lists()), tuple(_first_steps()))


def _lists() -> list[RecordGroup]:
    """Return the declared lists that have rows: one statement each."""
    declared = [one for capability in kernel().enabled for one in capability.home_lists]
    groups = []
    for one in sorted(declared, key=lambda each: each.order):
        screen = kernel().screens.get(one.screen)
        if screen is None or not granted(screen.permission("list")):
            continue
        arguments = MultiDict(one.arguments())
        question, _terms = read_question(screen, arguments)
        records = Reader(question, shown_names(screen), ROWS_IN_LIST).page().records
        items = tuple(
            {
                "title": row.title,
                "note": " · ".join(fact.text for fact in row.facts if fact.text),
                "url": row.url,
            }
            for row in rows_of(screen, screen.facts, records)
        )
        if items:
            groups.append(RecordGroup(str(one.label), screen.icon, address(screen.path, arguments), items))
    return groups


def search_page(text: str) -> SearchPage:
    """Return what `text` finds in each screen that can be searched."""
    groups = []
    for screen in kernel().screens.values() if text else ():
        if not screen.search or not granted(screen.permission("list")):
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


def _as_json(group: RecordGroup) -> dict[str, Any]:
    return {"label": group.label, "url": group.list_url, "items": list(group.items)}


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
