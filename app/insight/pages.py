"""The page of revenue: its chart, table, best customers and products, and the same as files."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from flask import render_template, request
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _

from app.access.doors import door
from app.access.shop import branch_choices
from app.core.declaration import Screen
from app.core.errors import KebuError, NotFound
from app.core.facts import OWN_BOOK
from app.core.fields.base import FieldProblem
from app.core.fields.dates import read_date
from app.core.keys import KeyPart, decode_token, encode_token
from app.insight.books import SEE, Book, books, names_of, provider_of, record_screen
from app.insight.errors import BadWish, FactNotProvided, UnknownBook
from app.insight.figures import NARROW, WIDE, bar_chart
from app.insight.files import taken_file
from app.insight.frames import EVERY_DAY, SalesFrames, Span
from app.insight.reports import UNITS, Result, Wish, run_report
from app.insight.telling import cell_text, sentence
from app.panel.columns import fits, key_columns

PATH = "/insight/revenue/"
FACT = "sales"
NAMES = ("source", "from", "to", "by", "branch")
# Which fact holds the records that a report's keys name.
_NAMED_BY = {"top-customers": "customers", "top-products": "products"}
Choice = tuple[str, str]


@dataclass(frozen=True)
class RevenuePage:
    """What the address asks, what can be chosen, what is wrong by field, and the answers."""

    asked: Mapping[str, str]
    books: Sequence[Book]
    branches: Sequence[Choice] = ()
    wrong: Mapping[str, str] = field(default_factory=dict)
    revenue: Result | None = None
    tops: Sequence[Result] = ()

    @property
    def offered(self) -> list[Choice]:
        """The books as choices; one that the address names and that is not there stands first, so that it is seen."""
        choices = [(each.name, each.label) for each in self.books]
        source = self.asked["source"]
        return choices if source in {name for name, _label in choices} else [(source, source), *choices]

    @property
    def charts(self) -> Sequence[Any]:
        """The picture for windows and for phones."""
        return (
            [bar_chart(self.revenue, width) for width in (WIDE, NARROW)] if self.revenue is not None else []
        )

    def file_url(self, report: str, kind: str) -> str:
        """Return the address of an answer as a file."""
        asked = {name: value for name, value in self.asked.items() if value}
        return f"{PATH}{report}.{kind}?{urlencode(asked)}"


class RevenueView(BaseView):
    """Revenue of a book."""

    route_base = ""
    default_view = "revenue"

    @expose(PATH)
    @door(SEE)
    def revenue(self) -> Any:
        """Revenue by period, best customers and best-selling products."""
        page = revenue_page(_asked())
        status = 422 if page.wrong else 200
        return render_template(
            "insight/revenue.html", page=page, cell=cell_text, sentence=sentence, record_url=record_url
        ), status

    @expose(f"{PATH}<report>.<kind>")
    @door(SEE)
    def file(self, report: str, kind: str) -> Any:
        """One of the answers as a file."""
        if report not in ("revenue", *_NAMED_BY):
            raise NotFound()
        wish = read_wish(_asked())
        return taken_file(run_report(report, _for(report, wish)), kind).response()


def revenue_page(asked: Mapping[str, str]) -> RevenuePage:
    """Return the page for what an address asks; what can't be read or answered is said beside its field."""
    offered = books(FACT)
    if not offered and not asked["source"]:
        return RevenuePage(asked, offered)
    asked = {**asked, "source": asked["source"] or offered[0].name}
    page = RevenuePage(asked, offered)
    try:
        provider = provider_of(asked["source"], FACT)
        page = replace(page, branches=_branches(asked["source"], SalesFrames(provider, EVERY_DAY).branches()))
        wish = read_wish(asked)
        answers = [run_report(name, _for(name, wish)) for name in ("revenue", *_NAMED_BY)]
    except BadWish as refusal:
        return replace(page, wrong={name: str(message) for name, message in refusal.errors.items()})
    except (UnknownBook, FactNotProvided) as refusal:
        return replace(page, wrong={"source": str(refusal)})
    except KebuError as refusal:
        if refusal.status != 422:
            raise
        return replace(page, wrong={"": str(refusal)})
    return replace(page, revenue=answers[0], tops=answers[1:])


def read_wish(asked: Mapping[str, str]) -> Wish:
    """Return what the texts of an address ask; raise `BadWish` by field."""
    wrong: dict[str, Any] = {}
    days = {name: _day(asked[name], name, wrong) for name in ("from", "to")}
    since, until = days["from"], days["to"]
    if since is not None and until is not None and until < since:
        wrong["to"] = _("The last day lies before the first one.")
    by = asked["by"] or "month"
    if by not in UNITS:
        wrong["by"] = _("Choose month, quarter or year.")
    if wrong:
        raise BadWish(wrong)
    return Wish(asked["source"], Span(since, until), asked["branch"], {"by": by})


def record_url(result: Result, key: str) -> str:
    """Return the address of the record that a row is about; '' where there is none that the person may see."""
    provider = names_of(result.wish.source, _NAMED_BY[result.name]) if key else None
    screen = record_screen(provider) if provider is not None else None
    part = _typed(screen, key) if screen is not None else None
    return screen.path + encode_token([part]) if screen is not None and part is not None else ""


def _typed(screen: Screen, key: str) -> KeyPart:
    """Return a key's text as the type that the screen's key has; None where it can't be one."""
    columns = key_columns(screen)
    if len(columns) != 1:
        return None
    try:
        kind = columns[0].type.python_type
        part: KeyPart = kind(key)
    except (NotImplementedError, ValueError, TypeError, ArithmeticError):
        return None
    return part if fits(columns[0], part) else None


def _asked() -> dict[str, str]:
    return {name: request.args.get(name, "").strip()[:200] for name in NAMES}


def _for(report: str, wish: Wish) -> Wish:
    return wish if report == "revenue" else replace(wish, parameters={})


def _day(text: str, name: str, wrong: dict[str, Any]) -> datetime.date | None:
    try:
        return read_date(text) if text else None
    except FieldProblem as problem:
        wrong[name] = str(problem)
        return None


def _branches(source: str, keys: Sequence[str]) -> list[Choice]:
    """Return the branches that can be chosen, by the shop's names where they are its own."""
    called = (
        {str(decode_token(token)[0]): name for token, name in branch_choices()} if source == OWN_BOOK else {}
    )
    return [(key, called.get(key, key)) for key in keys]
