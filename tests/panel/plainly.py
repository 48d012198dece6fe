"""Filters answered by plain Python: what a nested filter means, written a second time without a database."""

from __future__ import annotations

import datetime
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.core import fields
from app.core.clock import business_date
from app.core.declaration import Screen
from app.core.keys import encode_token
from app.core.money import Money

DENIALS = {
    "lacks": "has",
    "not": "is",
    "ne": "eq",
    "none": "any",
    "no": "yes",
    "empty": "filled",
}


def plain(text: str) -> str:
    """Return a text without differences of case and width, letter by letter."""
    found = ""
    for letter in text:
        usual = (
            unicodedata.normalize("NFKC", letter) if unicodedata.east_asian_width(letter) in "FH" else letter
        )
        usual = usual if len(usual) == 1 else letter
        lower = usual.lower()
        found += lower if len(lower) == 1 else usual
    return found


@dataclass
class Evaluator:
    """Answers filters over `records` (by screen) in the shop's `zone`, whose day `starts` late, on the day `today`."""

    screens: dict[str, Screen]
    records: dict[str, list[Any]]
    zone: Any
    starts: datetime.time
    today: datetime.date
    currency: str = "CNY"

    def admits(self, document: Any, record: Any, screen: Screen) -> bool:
        """Say whether a record fits a condition or group."""
        if isinstance(document, list):
            return self._fits(document, record, screen)
        joined = all if "all" in document else any
        members = document.get("all", document.get("any", []))
        relation = document.get("has") or document.get("lacks")
        if relation is None:
            return joined(self.admits(each, record, screen) for each in members)
        target, others = self._related(relation, record, screen)
        found = any(
            not members or joined(self.admits(each, other, target) for each in members) for other in others
        )
        return found == ("has" in document)

    def _related(self, path: str, record: Any, screen: Screen) -> tuple[Screen, list[Any]]:
        if "." not in path:
            target = self.screens[screen.fields[path].to]  # type: ignore[attr-defined]
            others = getattr(record, path)
        else:
            name, via = path.split(".")
            target = self.screens[name]
            others = [
                each
                for each in self.records[name]
                if record is (value := getattr(each, via)) or (isinstance(value, list) and record in value)
            ]
        return target, [each for each in others if getattr(each, "deleted_at", None) is None]

    def _fits(self, document: list[Any], record: Any, screen: Screen) -> bool:
        path, operator, *texts = document
        first, _dot, second = path.partition(".")
        if not second:
            return self.holds(screen.fields[first], getattr(record, first), operator, [str(t) for t in texts])
        other = getattr(record, first)
        field = self.screens[screen.fields[first].to].fields[second]  # type: ignore[attr-defined]
        value = getattr(other, second) if other is not None else ([] if field.multiple else None)
        return self.holds(field, value, operator, [str(text) for text in texts])

    def holds(self, field: fields.Field, value: Any, operator: str, texts: list[str]) -> bool:
        """Say whether `value` answers the question."""
        if operator in DENIALS:
            return not self.holds(field, value, DENIALS[operator], texts)
        if operator == "filled":
            return value not in (None, "", [])
        if value in (None, []):
            return False
        return self._question(field)(field, value, operator, texts)

    def _question(self, field: fields.Field) -> Callable[..., bool]:
        match field:
            case fields.Date() | fields.Moment():
                return self._day
            case fields.WholeNumber() | fields.Quantity() | fields.Money():
                return self._number
            case fields.Choice():
                return lambda _field, value, _operator, texts: value.value in texts
            case fields.YesNo():
                return lambda _field, value, _operator, _texts: bool(value)
            case fields.Link():
                return lambda _field, value, _operator, texts: encode_token([value.id]) in texts
            case fields.Links():
                return self._links
            case _:
                return self._text

    def _links(self, _field: Any, value: list[Any], operator: str, texts: list[str]) -> bool:
        held = {encode_token([each.id]) for each in value}
        return set(texts) <= held if operator == "all" else bool(set(texts) & held)

    def _text(self, field: Any, value: str, operator: str, texts: list[str]) -> bool:
        typed = texts[0]
        if isinstance(field, fields.Phone):
            typed = "".join(sign for sign in typed if sign.isdigit() or sign == "+").removeprefix("+86")
        have, want = plain(value), plain(" ".join(typed.split()))
        return {
            "is": have == want,
            "has": want in have,
            "begins": have.startswith(want),
            "ends": have.endswith(want),
        }[operator]

    def _number(self, _field: Any, value: Any, operator: str, texts: list[str]) -> bool:
        if isinstance(value, Money):
            if value.currency != self.currency:
                return False
            value = value.amount
        return compared(Decimal(value), operator, [Decimal(text) for text in texts])

    def _day(self, _field: Any, value: Any, operator: str, texts: list[str]) -> bool:
        is_moment = isinstance(value, datetime.datetime)
        day = business_date(value, self.zone, self.starts) if is_moment else value
        if operator == "last":
            return 0 <= (self.today - day).days < int(texts[0])
        if operator == "next":
            return 0 <= (day - self.today).days < int(texts[0])
        if operator == "within":
            return self._in_period(day, texts[0])
        return compared(day, operator, [self._named(text) for text in texts])

    def _named(self, text: str) -> datetime.date:
        if text == "today":
            return self.today
        if text.endswith("d"):
            return self.today + datetime.timedelta(days=int(text[:-1]))
        return datetime.date.fromisoformat(text)

    def _in_period(self, day: datetime.date, name: str) -> bool:
        single = {"yesterday": -1, "today": 0, "tomorrow": 1}
        if name in single:
            return (day - self.today).days == single[name]
        which, unit = name.split("_")
        number: Callable[[datetime.date], int] = {
            "week": lambda each: (each.toordinal() - 1) // 7,
            "month": lambda each: each.year * 12 + each.month,
            "quarter": lambda each: each.year * 4 + (each.month - 1) // 3,
            "year": lambda each: each.year,
        }[unit]
        return number(day) - number(self.today) == {"last": -1, "this": 0, "next": 1}[which]


def compared(value: Any, operator: str, ends: list[Any]) -> bool:
    """Compare a value with one end or two."""
    first, last = ends[0], ends[-1]
    return {
        "eq": value == first,
        "lt": value < first,
        "le": value <= first,
        "gt": value > first,
        "ge": value >= first,
        "between": first <= value <= last,
    }[operator]
