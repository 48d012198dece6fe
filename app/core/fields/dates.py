"""Dates and moments, as people write and paste them."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

from flask_babel import get_locale
from flask_babel import gettext as _

from app.core.clock import local_to_utc
from app.core.fields.base import Field, FieldProblem, half_width
from app.core.shop import shop

_DATE = r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*[日号]?"
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SEPARATED = re.compile(_DATE)
_MOMENT = re.compile(
    _DATE + r"\s*[T ]?\s*(\d{1,2})\s*[:时点]\s*(\d{1,2})\s*分?(?::(\d{1,2})(?:\.\d+)?\s*秒?)?"
)
_ISO_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}.*(Z|[+-]\d{2}:?\d{2})")
EARLIEST_YEAR = 1800
LATEST_YEAR = 2999


def read_date(text: str) -> datetime.date:
    """Return the day a person meant by 2026-3-5, 2026/03/05, 2026年3月5日 or 20260305; raise `FieldProblem`."""
    plain = half_width(text)
    match = _SEPARATED.fullmatch(plain) or _COMPACT.fullmatch(plain)
    try:
        if match is None:
            raise ValueError(plain)
        day = datetime.date(*(int(part) for part in match.groups()))
    except ValueError as error:
        raise FieldProblem(_("This is not a date, such as 2026-03-05.")) from error
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        raise FieldProblem(_("The year must lie between 1800 and 2999."))
    return day


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def write_day(day: datetime.date) -> str:
    """Return a day in the one short form that readers of the present language take in at a glance."""
    locale = get_locale()
    if locale is not None and locale.language == "zh":
        return f"{day:%Y-%m-%d}"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


@dataclass(frozen=True)
class Date(Field):
    """A calendar day without a time of day."""

    _: KW_ONLY
    widget: ClassVar[str] = "date"

    def parse_text(self, text: str) -> datetime.date:
        return read_date(text)

    def raw(self, value: Any) -> list[str]:
        return [] if value is None else [value.isoformat()]

    def display(self, value: Any) -> str:
        return "" if value is None else write_day(value)

    def export(self, value: Any) -> str:
        return "" if value is None else value.isoformat()

    def to_json(self, value: Any) -> Any:
        return None if value is None else value.isoformat()

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date"}

    def mask_filled(self, value: Any) -> str:
        return f"{value.year}-**-**"

    def attributes(self) -> Mapping[str, str]:
        return {"min": f"{EARLIEST_YEAR}-01-01", "max": f"{LATEST_YEAR}-12-31"}


@dataclass(frozen=True)
class Moment(Field):
    """A point in time; typed and shown in the shop's zone, kept in UTC."""

    _: KW_ONLY
    widget: ClassVar[str] = "datetime"

    def parse_text(self, text: str) -> datetime.datetime:
        plain = half_width(text)
        if _ISO_MOMENT.fullmatch(plain):
            return self._read_iso(plain)
        match = _MOMENT.fullmatch(plain)
        try:
            if match is None:
                raise ValueError(plain)
            year, month, day, hour, minute, second = (int(part or 0) for part in match.groups())
            local = datetime.datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - the shop's wall clock
        except ValueError as error:
            raise FieldProblem(_("This is not a date with a time, such as 2026-03-05 14:30.")) from error
        if not EARLIEST_YEAR <= local.year <= LATEST_YEAR:
            raise FieldProblem(_("The year must lie between 1800 and 2999."))
        return local_to_utc(local, shop().zone)

    def _read_iso(self, text: str) -> datetime.datetime:
        try:
            moment = datetime.datetime.fromisoformat(text)
            if not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
                raise ValueError(text)
            return moment.astimezone(datetime.UTC)
        except (ValueError, OverflowError) as error:
            raise FieldProblem(_("This is not a date with a time, such as 2026-03-05 14:30.")) from error

    def raw(self, value: Any) -> list[str]:
        if value is None:
            return []
        local = value.astimezone(shop().zone).replace(tzinfo=None)
        return [local.isoformat(timespec="seconds" if local.second else "minutes")]

    def display(self, value: Any) -> str:
        if value is None:
            return ""
        local = value.astimezone(shop().zone)
        return f"{write_day(local.date())} {local:%H:%M}"

    def export(self, value: Any) -> str:
        return (
            ""
            if value is None
            else value.astimezone(shop().zone).replace(tzinfo=None).isoformat(sep=" ", timespec="seconds")
        )

    def to_json(self, value: Any) -> Any:
        return None if value is None else value.isoformat().replace("+00:00", "Z")

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}

    def mask_filled(self, value: Any) -> str:
        return f"{value.astimezone(shop().zone).year}-**-**"
