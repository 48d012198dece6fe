"""The way a person came to a record: the list's address goes along, so that the neighbours are one step away.

Nothing is kept anywhere: `at` is the row's place on its page, `no` its number in the list where that is known, and
`from` what the list was asked, read again by the list's own reader. What can't be read is no trail.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode

from werkzeug.datastructures import MultiDict

from app.core.declaration import Screen
from app.core.errors import KebuError
from app.core.permissions import granted
from app.panel.addresses import LONGEST, PLACES, address, read_query
from app.panel.columns import record_url, token_of
from app.panel.current_branch import with_branch
from app.panel.list_page import readable_question
from app.panel.reading import PAGE_SIZE, Question, Reader

# Twenty-five rows carry it: a filter that is longer even when packed gives its records no neighbours.
LONGEST_TRAIL = 800
_TRASH = "trash"
_PACKED = "~"


@dataclass(frozen=True)
class Trail:
    """What a list was asked when a record was opened from it, and where in it that record stood."""

    question: Question
    arguments: MultiDict[str, str]
    at: int
    number: int | None = None

    @property
    def suffix(self) -> str:
        """The query string that carries this trail to another page of the record."""
        text = packed(self.arguments, in_trash=self.question.in_trash)
        known = f"&no={self.number}" if self.number not in (None, self.at) else ""
        return f"?at={self.at}{known}{text}"

    def back_url(self, token: str = "") -> str:
        """Return the address of the very page of the list; its row `token` gets the focus."""
        path = self.question.screen.path + (_TRASH if self.question.in_trash else "")
        places = {name: self.arguments[name] for name in PLACES if self.arguments.get(name)}
        plain = address(path, self.arguments)
        more = urlencode(places)
        joined = f"{plain}{'&' if '?' in plain else '?'}{more}" if more else plain
        return f"{joined}#{token}" if token else joined

    def beside(self, record: Any) -> tuple[Any | None, Any | None]:
        """Return the rows before and after `record`, by where it belongs whether or not the list still shows it."""
        return Reader(self.question, ()).beside(record)

    def stepped(self, record: Any, step: int) -> Trail:
        """Return the trail of the neighbour: one place on, or on the page beyond, which begins at `record`."""
        number = self.number + step if self.number else None
        at = self.at + step
        if 1 <= at <= PAGE_SIZE:
            return replace(self, at=at, number=number)
        arguments = MultiDict(
            [(name, value) for name, value in self.arguments.items(multi=True) if name not in PLACES]
        )
        arguments["after" if step > 0 else "before"] = Reader(self.question, ()).cursor_of(record)
        return replace(self, arguments=arguments, at=1 if step > 0 else PAGE_SIZE, number=number)


@dataclass(frozen=True, slots=True)
class Way:
    """Where a record's page or form leads within the list; '' where there is no neighbour."""

    previous: str
    next: str
    back: str
    suffix: str
    number: int | None


def packed(arguments: MultiDict[str, str], *, in_trash: bool = False) -> str:
    """Return what a list was asked as the rest of a query string, '' for a list that is asked nothing."""
    asked = address("", arguments)[1:]
    places = urlencode([(name, value) for name in sorted(PLACES) if (value := arguments.get(name))])
    text = "&".join(filter(None, (asked, places, f"{_TRASH}=1" if in_trash else "")))
    if not text:
        return ""
    plain = quote(text, safe="")
    short = _PACKED + base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")
    return f"&from={min(plain, short, key=len)}"


def unpacked(text: str) -> MultiDict[str, str]:
    """Return what `packed` was given; raise `ValueError` for what it never wrote."""
    if not text.startswith(_PACKED):
        return read_query(text)
    try:
        code = text[1:]
        raw = base64.b64decode(code + "=" * (-len(code) % 4), altchars=b"-_", validate=True)
        # A small text must not unpack into a large one.
        return read_query(zlib.decompressobj().decompress(raw, LONGEST).decode())
    except (binascii.Error, zlib.error) as error:
        raise ValueError("no trail") from error


def trail_of_list(arguments: MultiDict[str, str], *, in_trash: bool) -> str | None:
    """Return what each row's address carries behind its place; None where the question is too long for that."""
    text = packed(arguments, in_trash=in_trash)
    return text if len(text) <= LONGEST_TRAIL else None


def read_trail(screen: Screen, arguments: MultiDict[str, str]) -> Trail | None:
    """Return the trail that an address carries; None for none, an unreadable one, or a list not for this person."""
    at, number = _number(arguments.get("at", "")), _number(arguments.get("no", ""))
    text = arguments.get("from", "")
    if at is None or at > PAGE_SIZE or len(text) > 2 * LONGEST_TRAIL:
        return None
    try:
        asked = unpacked(text)
        in_trash = bool(asked.get(_TRASH))
        if not _may_list(screen, in_trash=in_trash):
            return None
        asked = asked if in_trash else with_branch(screen, asked)
        question, _terms, _problem = readable_question(screen, asked, in_trash=in_trash)
    except (ValueError, KebuError):
        return None
    if number is None and not any(asked.get(name) for name in PLACES):
        number = at
    return Trail(question, asked, at, number)


def way_of(screen: Screen, arguments: MultiDict[str, str], record: Any, page: str = "") -> Way | None:
    """Return the way on from `record`, to the same `page` ("/edit") of its neighbours: two statements."""
    trail = read_trail(screen, arguments)
    if trail is None or (page and trail.question.in_trash):
        return None
    before, after = trail.beside(record)
    return Way(
        previous=_address(screen, trail.stepped(record, -1), before, page),
        next=_address(screen, trail.stepped(record, +1), after, page),
        back=trail.back_url(token_of(screen, record)),
        suffix=trail.suffix,
        number=trail.number,
    )


def _address(screen: Screen, trail: Trail, record: Any, page: str) -> str:
    return "" if record is None else f"{record_url(screen, record)}{page}{trail.suffix}"


def _may_list(screen: Screen, *, in_trash: bool) -> bool:
    verb = "delete" if in_trash else "list"
    there = screen.has_trash if in_trash else True
    return there and verb in screen.verbs and granted(screen.permission(verb))


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 8 and int(text) > 0 else None
