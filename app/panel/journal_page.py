"""The auditor's page: the whole journal, searched; to read it is itself written down."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from flask import current_app, render_template, request
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _
from sqlalchemy import select

from app.access.doors import door
from app.access.models import Branch, Person
from app.core.clock import day_begins
from app.core.database import db
from app.core.errors import UnreadableToken
from app.core.kernel import kernel
from app.core.keys import decode_token, encode_token
from app.core.outside import subject_of
from app.core.shop import shop
from app.core.transaction import transaction
from app.journal.happenings import kinds, record
from app.journal.models import Verb
from app.journal.searching import SEARCH_PERMISSION, Search, search
from app.journal.undoing import within_reach
from app.panel.history import PastEntry, read_place
from app.panel.journal_entries import past_entries
from app.panel.journal_export import TooMany, journal_file
from app.panel.people import person_names

PATH = "/journal/"
MOST_OFFERED = 500
Choice = tuple[str, str]


@dataclass(frozen=True, slots=True)
class JournalPage:
    """What the address asks (`asked`), what can be chosen, the entries found and the way to older ones."""

    asked: Mapping[str, str]
    people: Sequence[Choice]
    whats: Sequence[Choice]
    subjects: Sequence[Choice]
    branches: Sequence[Choice]
    entries: tuple[PastEntry, ...]
    older_url: str = ""
    wrong: str = ""
    years: int = 0


class JournalView(BaseView):
    """The journal as a whole."""

    route_base = ""
    default_view = "journal"

    @expose(PATH)
    @door(SEARCH_PERMISSION)
    def journal(self) -> Any:
        """Search everything that was written down."""
        asked = _asked()
        with transaction():
            record("journal:read", facts={"by": [name for name in NAMES if asked[name]]})
        page = journal_page(asked, request.args.get("before", ""))
        is_fragment = request.headers.get("X-Requested-With") == "fetch"
        return render_template("_history.html" if is_fragment else "journal.html", page=page)

    @expose(f"{PATH}export.<kind>")
    @door(SEARCH_PERMISSION, step_up=True)
    def export(self, kind: str) -> Any:
        """What a search finds as a file."""
        asked = _asked()
        try:
            wish = read_search(asked)
            return journal_file(wish, kind, [name for name in NAMES if asked[name]]).response()
        except TooMany as refusal:
            page = replace(journal_page(asked, ""), wrong=str(refusal.errors[""]))
        except (ValueError, UnreadableToken):
            page = journal_page(asked, "")
        return render_template("journal.html", page=page), 422


def _asked() -> dict[str, str]:
    return {name: request.args.get(name, "").strip()[:200] for name in NAMES}


NAMES = ("since", "until", "who", "what", "subject", "record", "batch", "branch", "address")


def journal_page(asked: Mapping[str, str], before: str) -> JournalPage:
    """Return the page for what an address asks."""
    wrong = ""
    try:
        wish = read_search(asked)
    except (ValueError, UnreadableToken):
        wish, wrong = None, str(_("This is not understood. Check the dates and numbers."))
    page = search(wish, read_place(before)) if wish is not None else None
    entries = tuple(within_reach(page.entries)) if page is not None else ()
    older = {name: value for name, value in asked.items() if value}
    if page is not None and page.next is not None:
        older["before"] = encode_token([page.next])
    return JournalPage(
        asked,
        _people(),
        _whats(),
        _subjects(),
        _branches(),
        past_entries(entries),
        f"{PATH}?{urlencode(older)}" if "before" in older else "",
        wrong,
        current_app.config["KEBU_SETTINGS"].journal_years,
    )


def read_search(asked: Mapping[str, str]) -> Search:
    """Return what the texts of an address ask; raise `ValueError` or `UnreadableToken`."""
    return Search(
        since=_day(asked["since"]),
        until=_day(asked["until"], days=1),
        actor_id=_number(asked["who"]),
        what=asked["what"],
        subject=asked["subject"],
        record=asked["record"],
        batch_id=_key(asked["batch"]),
        branch_id=_key(asked["branch"]),
        address=asked["address"],
    )


def _number(text: str) -> int | None:
    if not text:
        return None
    number = int(text)
    if not 0 <= number < 2**31:
        raise ValueError(text)
    return number


def _day(text: str, days: int = 0) -> datetime.datetime | None:
    if not text:
        return None
    day = datetime.date.fromisoformat(text)
    if not 1980 <= day.year <= 9000:
        raise ValueError(text)
    return day_begins(day + datetime.timedelta(days=days), shop().zone)


def _key(text: str) -> uuid.UUID | None:
    if not text:
        return None
    (part,) = decode_token(text)
    if not isinstance(part, uuid.UUID):
        raise UnreadableToken
    return part


def _people() -> list[Choice]:
    query = select(Person.id).order_by(Person.id).limit(MOST_OFFERED)
    return sorted(
        ((str(number), name) for number, name in person_names(db.session.scalars(query)).items()),
        key=lambda each: each[1],
    )


def _whats() -> list[Choice]:
    changes = [(verb.value, str(verb.label)) for verb in Verb if verb is not Verb.HAPPENED]
    return changes + [(kind.name, str(kind.label)) for kind in kinds().values()]


def _subjects() -> list[Choice]:
    found = {subject_of(screen.model): str(screen.plural) for screen in kernel().screens.values()}
    return sorted(found.items(), key=lambda each: each[1])


def _branches() -> list[Choice]:
    query = select(Branch.id, Branch.name).order_by(Branch.name).limit(MOST_OFFERED)
    called = kernel().screens["access:branch"].called
    return [(encode_token([key]), called(name)) for key, name in db.session.execute(query)]
