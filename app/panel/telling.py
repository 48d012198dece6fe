"""Telling: what people take out of the shop by its pages is told to the journal, before they get it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

from app.core import fields
from app.core.database import db, writing
from app.core.declaration import Screen
from app.core.happenings import HappeningKind
from app.core.keys import KeyPart, encode_token
from app.core.outside import subject_of
from app.core.reach import present_reach
from app.core.transaction import joined_transaction
from app.journal.happenings import record

_EXPORTED = {
    "format": _l("Format"),
    "columns": _l("Columns"),
    "filters": _l("Filters"),
    "search": _l("Searched for a text"),
    "file": _l("File"),
    "rows": _l("Rows"),
    "sha256": "SHA-256",
}
_REVEALED = {
    "field": _l("Which field"),
    "reason": _l("What it was needed for"),
    "words": _l("In a few words"),
}
_PLACES = {"list": _l("List"), "search": _l("Search"), "palette": _l("Palette"), "api": "API"}
EXPORT = HappeningKind("panel:export", _l("Exported"), "warning", _EXPORTED)
PRINT = HappeningKind("panel:print", _l("Printed"), "info")
IMPORT = HappeningKind("panel:import", _l("Imported"), "info", {"import": _l("Number of the import")})
REVEAL = HappeningKind("panel:reveal", _l("Revealed"), "warning", _REVEALED)
LOOKUP = HappeningKind(
    "panel:lookup", _l("Looked up by a whole phone number"), "info", {"place": _l("Where")}, _PLACES
)
LOOKED_THROUGH = HappeningKind(
    "panel:looked_through", _l("Looked through very many records"), "warning", {"records": _l("Records")}
)
OUT_OF_REACH = HappeningKind("panel:out_of_reach", _l("Asked for a record out of reach"), "warning")
HAPPENINGS = (EXPORT, PRINT, IMPORT, REVEAL, LOOKUP, LOOKED_THROUGH, OUT_OF_REACH)
Key = tuple[KeyPart, ...]
_NO_QUESTION = frozenset({"which", "form", "columns", "csrf_token", "q"})


def tell_export(
    screen: Screen, kind: str, arguments: Mapping[str, str], columns: Iterable[str], taken: Mapping[str, Any]
) -> None:
    """Tell of an export: which columns, by which filters, and what was taken; not what was looked for.

    `taken` are the finished file's name, number of rows and SHA-256: a file that turns up somewhere is found by them.
    """
    asked = sorted(name for name in arguments if name not in _NO_QUESTION and arguments[name])
    facts = {"format": kind, "columns": list(columns), "filters": asked, "search": bool(arguments.get("q"))}
    _tell(EXPORT, screen, "", {**facts, **taken})


def tell_print(screen: Screen, token: str) -> None:
    """Tell that a record was shown for paper."""
    _tell(PRINT, screen, token, {})


def tell_import(screen: Screen, facts: Mapping[str, Any]) -> None:
    """Tell that an import has ended, and with which numbers."""
    _tell(IMPORT, screen, "", facts)


def tell_reveal(screen: Screen, token: str, name: str, reason: str, words: str) -> None:
    """Tell that a masked value was shown, and why; never the value."""
    facts = {"field": name, "reason": reason, **({"words": words} if words else {})}
    _tell(REVEAL, screen, token, facts)


def tell_lookup(place: str, text: str) -> None:
    """Tell that somebody was looked for by a whole phone number, and in which `place`; never the number.

    Who has the number masked learns by it whose it is: trying many shows in the journal.
    """
    if fields.Phone.is_whole(text):
        with joined_transaction():
            record(LOOKUP.name, facts={"place": place})


def tell_looked_through(screen: Screen, records: int) -> None:
    """Tell that somebody has been shown `records` different records of one kind in lists today."""
    _tell(LOOKED_THROUGH, screen, "", {"records": records})


def tell_out_of_reach(screen: Screen, key: Key) -> None:
    """Tell that somebody whose rows are confined asked for a record that is not there for him.

    Whether there is one at all is not even asked: neither the answer nor its time would differ.
    """
    if screen.model not in present_reach().conditions or writing.get():
        return
    if db.session.new or db.session.dirty or db.session.deleted:
        return
    _tell(OUT_OF_REACH, screen, encode_token(key), {})


def _tell(kind: HappeningKind, screen: Screen, token: str, facts: Mapping[str, Any]) -> None:
    with joined_transaction():
        record(kind.name, subject_of(screen.model), token, facts)
