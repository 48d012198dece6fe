"""The attack: a marked record of every declared kind, and everything that somebody may ask of it over the network."""

from __future__ import annotations

import datetime
import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from flask.testing import FlaskClient

import app
from app.core import fields
from app.core.capability import discover
from app.core.database import db
from app.core.declaration import RelatedPanel, Screen
from app.core.fields.dates import write_day
from app.core.keys import encode_token
from app.core.money import Money
from app.core.transaction import transaction
from tests.factories.adoption import needed

CAPABILITIES = discover(app)
SCREENS: dict[str, Screen] = {screen.name: screen for each in CAPABILITIES for screen in each.screens}
DAY = datetime.date(1953, 4, 7)
EARLIER = datetime.date(1961, 11, 23)

WHATEVER_DIFFERS = re.compile(
    r"(?i)csrf[^>]*>|nonce-[^']*'|nonce=\"[^\"]*\"|set-cookie:.*|content-length:.*|\"I[\w.-]{30,}\"|=[\w.~-]{20,}"
)


@dataclass
class Shop:
    """Marked records by screen, and by screen and field the texts that tell of their values."""

    records: dict[str, Any] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    keys: dict[str, Any] = field(default_factory=dict)
    marks: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    _count: int = 0

    def make(self, name: str, branch: Any = None) -> Any:
        """Return the marked record of a screen, made with everything that it links to; changed once."""
        if name in self.records:
            return self.records[name]
        screen = SCREENS[name]
        self._count += 1
        number = self._count
        first = self._values(screen, number, EARLIER, "VOR", branch)
        then = self._values(screen, number, DAY, "QZX", branch)
        record = screen.model(**{**self._besides(screen, number), **first})
        with transaction():
            db.session.add(record)
        with transaction():
            for attribute, value in then.items():
                setattr(record, attribute, value)
        self.records[name] = record
        self.tokens[name] = encode_token([record.id])
        self.keys[name] = record.id
        return record

    def _besides(self, screen: Screen, number: int) -> dict[str, Any]:
        called = f"marked{number}"
        if screen.name == "access:person":
            email = f"{called}@no-address.invalid"
            return {"username": called, "last_name": "", "email": email, "active": True}
        return needed(screen.name, called, self.make)

    def _values(
        self, screen: Screen, number: int, day: datetime.date, word: str, branch: Any
    ) -> dict[str, Any]:
        values = {}
        for place, entry in enumerate(screen.fields.values()):
            value, marks = self._value(screen, entry, number * 100 + place, day, word, branch)
            if value is None or (entry.read_only and not _is_told_elsewhere(screen, entry)):
                continue
            values[entry.name] = value
            kept = self.marks.setdefault(screen.name, {}).get(entry.name, ())
            self.marks[screen.name][entry.name] = (*kept, *marks)
        return values

    def _value(  # noqa: PLR0911, PLR0917 - one line a type of field
        self, screen: Screen, entry: fields.Field, number: int, day: datetime.date, word: str, branch: Any
    ) -> tuple[Any, tuple[str, ...]]:
        match entry:
            case fields.Phone():
                start = "15877" if word == "QZX" else "15866"
                text = f"{start}{number:04d}69"
                return text, (text, f"{text[:3]} {text[3:7]} {text[7:]}", text[3:9])
            case fields.Email():
                text = f"{word.lower()}{number}mark@example.cn"
                return text, (text, text.partition("@")[0])
            case fields.Text():
                text = f"{word}{number}geheim"
                return text, (text, text[:-2], f"{word}{number}")
            case fields.Date():
                own = day + datetime.timedelta(days=number)
                return own, (own.isoformat(), write_day(own))
            case fields.Money():
                amount = Money(48_271_00 + number, "CNY")
                return amount, (f"48271.{number % 100:02d}", f"48,271.{number % 100:02d}")
            case fields.Quantity():
                return Decimal(f"43{number % 10}.31"), (f"43{number % 10}.31",)
            case fields.Choice():
                return next(iter(entry.choices)), ()
            case fields.YesNo():
                return True, ()
            case fields.Link():
                if entry.to == "access:branch" and branch is not None:
                    return branch, ()
                return self.make(entry.to, branch), ()
            case fields.Links():
                return [self.make(entry.to, branch)], ()
        return None, ()

    def marks_of(self, name: str, names: Iterator[str] | list[str]) -> dict[str, str]:
        """Return the texts that tell of these fields of a screen, each with its field."""
        return {mark: each for each in names for mark in self.marks[name].get(each, ())}


def _is_told_elsewhere(screen: Screen, entry: fields.Field) -> bool:
    """Say whether a text that the record's own form does not take is typed on another page."""
    return screen.name == "adoption:role" and isinstance(entry, fields.Text) and entry.max_length > 20


def readable(answer: Any) -> str:
    """Return all that an answer says: status, headers and body; of a workbook what its sheets hold."""
    body = answer.data
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as book:
            body = b"\n".join(book.read(each) for each in book.namelist())
    heads = "\n".join(f"{name}: {value}" for name, value in answer.headers)
    return f"{answer.status}\n{heads}\n{body.decode('utf-8', 'replace')}"


def requests_about(shop: Shop, screen: Screen) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield (method, address, arguments) of everything that may tell of a screen's marked record."""
    base, token = screen.path, shop.tokens[screen.name]
    api = f"/api/v1/{screen.slice}/{screen.noun}"
    names = list(screen.fields)
    yield from (("GET", base, {}), ("GET", base + "trash", {}), ("GET", base + "count", {}))
    yield from (("GET", f"{base}?columns={name}", {}) for name in names)
    yield from (("GET", f"{base}pick?q={quote(word)}", {}) for word in ("", "QZX"))
    for kind in ("csv", "xlsx", "json"):
        for form in ("person", "machine"):
            yield "GET", f"{base}export.{kind}?which=all&form={form}", {}
    for page in ("", "/edit", "/print", "/preview", "/history", "/duplicate"):
        yield "GET", f"{base}{token}{page}", {}
    for name in names:
        yield "GET", f"{base}{token}/cell/{name}", {}
        yield "GET", f"{base}{token}/file/{name}", {}
        yield "GET", f"{base}{token}/thumb/{name}", {}
        yield "GET", f"{base}{token}/reveal/{name}", {}
        yield "PATCH", f"{base}{token}/cell/{name}", {"data": {name: "\x00", "cell.base": "x"}}
    yield "POST", f"{base}{token}/edit", {"data": {"row_version": "1"}}
    yield "POST", f"{base}{token}/edit", {"data": {"row_version": "999", "name": "x" * 9999}}
    yield "POST", base + "bulk", {"data": {"what": "trash", "chosen": token, "look": "1"}}
    yield "POST", base + "bulk?all=1", {"data": {"what": "edit"}}
    yield "GET", api, {}
    yield "GET", f"{api}/{token}", {}
    yield "GET", f"{api}?include={','.join(names)}", {}
    yield "PATCH", f"{api}/{token}", {"json": {"row_version": 1, **dict.fromkeys(names, None)}}
    yield "POST", api, {"json": dict.fromkeys(names, "\x00")}
    yield "POST", f"{api}/bulk", {"json": {"entries": [{"op": "delete", "id": token}] * 2}}
    yield "GET", "/api/v1/openapi.json", {}
    yield from (("POST", "/palette", {"data": {"q": text}}) for text in ("QZX", "VOR", "15877"))
    yield from (
        ("GET", address, {}) for address in ("/", "/search?q=QZX", "/journal/", f"/journal/?record={token}")
    )
    yield "POST", f"/marks{base}{token}/pin", {}
    yield "GET", "/", {}
    yield from _about_linked(shop, screen)


def _about_linked(shop: Shop, screen: Screen) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield what shows the record by its title on pages of others: those that link to it, and those it belongs to."""
    panels = [one for each in CAPABILITIES for one in each.panels if isinstance(one, RelatedPanel)]
    near = {
        other.name
        for other in SCREENS.values()
        for each in other.fields.values()
        if getattr(each, "to", "") == screen.name
    }
    near |= {panel.on for panel in panels if panel.screen == screen.name}
    for name in sorted(near & set(shop.tokens)):
        other, token = SCREENS[name], shop.tokens[name]
        for page in (
            "",
            f"{token}",
            f"{token}/edit",
            f"{token}/history",
            f"{token}/preview",
            "pick",
            "export.csv?form=person",
        ):
            yield "GET", other.path + page, {}
        api = f"/api/v1/{other.slice}/{other.noun}"
        yield "GET", f"{api}?include={screen.name},{','.join(other.fields)}", {}


def leaks(client: FlaskClient, shop: Shop, screen: Screen, marks: dict[str, str]) -> list[str]:
    """Return what tells a mark, and what fails instead of refusing."""
    found = []
    for method, address, arguments in requests_about(shop, screen):
        answer = client.open(address, method=method, **arguments)
        said = readable(answer)
        if answer.status_code >= 500:
            found.append(f"{method} {address}: {answer.status}")
        told = {each: mark for mark, each in marks.items() if mark in said}
        found += [f"{method} {address}: {each} ({mark})" for each, mark in told.items()]
    return found


def guesses(screen: Screen, name: str, right: str, wrong: str) -> Iterator[tuple[str, str]]:
    """Yield addresses with a right and a wrong guess of a field's value, for all that filters, sorts or searches."""
    api = f"/api/v1/{screen.slice}/{screen.noun}"
    for base in (screen.path, api, screen.path + "export.json", screen.path + "count"):
        for parameter in (f"f.{name}", f"f.{name}.from", f"f.{name}.to"):
            yield f"{base}?{parameter}={quote(right)}", f"{base}?{parameter}={quote(wrong)}"
        for operator in (
            "is",
            "has",
            "begins",
            "ends",
            "on",
            "before",
            "after",
            "over",
            "under",
            "any",
            "filled",
            "equals",
        ):
            pair = [quote(json.dumps({"all": [[name, operator, guess]]})) for guess in (right, wrong)]
            yield f"{base}?where={pair[0]}", f"{base}?where={pair[1]}"
        half = max(3, len(right) // 2)
        yield f"{base}?q={quote(right[:half])}", f"{base}?q={quote(wrong[:half])}"
        yield f"{base}?sort={name}", f"{base}?sort=-{name}"
    yield f"{screen.path}pick?q={quote(right[:half])}", f"{screen.path}pick?q={quote(wrong[:half])}"
