"""Days and moments of adopted tables: to the microsecond, of any year, also those that are no date at all."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import Any, ClassVar

from flask_babel import gettext as _

from app.adoption.column_types import read_date, read_moment
from app.adoption.fields.base import Faithful
from app.core import fields
from app.core.clock import local_to_utc
from app.core.fields.base import FieldProblem, half_width
from app.core.fields.dates import write_day
from app.core.shop import shop

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(?::\d{2}(?:\.(\d{1,6}))?)?")
_OFFSET = re.compile(r"(.+?)\s*(Z|[+-]\d{2}(?::?\d{2}(?::?\d{2})?)?)")
_STORED = re.compile(r"\d{4}-\d{2}-\d{2}(?: \d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")
_FIRST_READABLE_YEAR = 1000


def _no_moment() -> FieldProblem:
    return FieldProblem(_("This is not a date with a time, such as 2026-03-05 14:30."))


def _day_words(day: datetime.date) -> str:
    return write_day(day) if day.year >= _FIRST_READABLE_YEAR else day.isoformat()


def _wall_text(moment: datetime.datetime) -> str:
    """Return a naive moment for an input: a browser's own one, unless that would drop parts of a second."""
    if moment.microsecond or moment.year < _FIRST_READABLE_YEAR:
        return moment.isoformat(sep=" ")
    return moment.isoformat(timespec="seconds" if moment.second else "minutes")


def _read_wall(text: str, digits: int) -> datetime.datetime | None:
    """Return the naive moment of an exact text, None for any other; raise `FieldProblem` for too many digits."""
    match = _MOMENT.fullmatch(text)
    if match is None:
        return None
    if len((match[1] or "").rstrip("0")) > digits:
        raise FieldProblem(_("At most %(places)d decimal places.", places=digits))
    moment = read_moment(text)
    if isinstance(moment, str):
        raise _no_moment()
    return moment


def _read_instant(text: str, digits: int) -> datetime.datetime | None:
    """Return the UTC moment of an exact text with an offset, None for any other; raise `FieldProblem`."""
    match = _OFFSET.fullmatch(text)
    if match is None or _read_wall(match[1], digits) is None:
        return None
    try:
        return datetime.datetime.fromisoformat(match[1] + match[2]).astimezone(datetime.UTC)
    except (ValueError, OverflowError) as error:
        raise _no_moment() from error


@dataclass(frozen=True)
class ExactDate(Faithful, fields.Date):
    """A day of any year; what is no day (`0000-00-00`, `infinity`) is written in quotes and stays as it is."""

    kinds: ClassVar[tuple[type, ...]] = (datetime.date,)

    def parse_text(self, text: str) -> Any:
        plain = half_width(text)
        day = read_date(plain) if _DAY.fullmatch(plain) else plain
        return super().parse_text(text) if isinstance(day, str) else day

    def display(self, value: Any) -> str:
        if value is None or self.is_odd(value):
            return super().display(value)
        return _day_words(value)

    def attributes(self) -> Mapping[str, str]:
        return {}


@dataclass(frozen=True)
class _ExactMoment(Faithful, fields.Moment):
    """What moments with and without a zone share; `digits` is how many of a second's fraction the column keeps."""

    _: KW_ONLY
    digits: int = 6
    kinds: ClassVar[tuple[type, ...]] = (datetime.datetime,)

    def wall(self, value: datetime.datetime) -> datetime.datetime | None:
        """Return what a clock on the wall shows, None where the calendar ends."""
        return value

    def display(self, value: Any) -> str:
        if value is None or self.is_odd(value):
            return super().display(value)
        local = self.wall(value)
        return f"{_day_words(local.date())} {local:%H:%M}" if local is not None else str(value)

    def to_json(self, value: Any) -> Any:
        if value is None or self.is_odd(value):
            return super().to_json(value)
        return value.isoformat().replace("+00:00", "Z")

    def mask_filled(self, value: Any) -> str:
        return super().mask_filled(value) if self.is_odd(value) else f"{value.year:04}-**-**"


@dataclass(frozen=True)
class WallMoment(_ExactMoment):
    """A date with a time as a clock on the wall shows it; the column knows no zone, so none is added or taken away."""

    def parse_text(self, text: str) -> Any:
        plain = half_width(text)
        moment = _read_wall(plain, self.digits)
        if moment is None:
            instant = _read_instant(plain, self.digits) or super().parse_text(text)
            moment = instant.astimezone(shop().zone).replace(tzinfo=None)
        return moment

    def raw(self, value: Any) -> list[str]:
        return super().raw(value) if value is None or self.is_odd(value) else [_wall_text(value)]

    def export(self, value: Any) -> str:
        return super().export(value) if value is None or self.is_odd(value) else value.isoformat(sep=" ")

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "description": "YYYY-MM-DDThh:mm:ss, without a zone"}


@dataclass(frozen=True)
class InstantMoment(_ExactMoment):
    """A point in time in the shop's zone, to the microsecond; in UTC where the zone's clock shows it twice."""

    def wall(self, value: datetime.datetime) -> datetime.datetime | None:
        try:
            return value.astimezone(shop().zone).replace(tzinfo=None)
        except OverflowError:
            return None

    def parse_text(self, text: str) -> Any:
        plain = half_width(text)
        instant = _read_instant(plain, self.digits)
        if instant is not None:
            return instant
        local = _read_wall(plain, self.digits)
        if local is None:
            return super().parse_text(text)
        try:
            return local_to_utc(local, shop().zone)
        except OverflowError as error:
            raise _no_moment() from error

    def raw(self, value: Any) -> list[str]:
        if value is None or self.is_odd(value):
            return super().raw(value)
        return [self._text(value, _wall_text)]

    def export(self, value: Any) -> str:
        if value is None or self.is_odd(value):
            return super().export(value)
        return self._text(value, lambda local: local.isoformat(sep=" "))

    def _text(self, value: datetime.datetime, write: Any) -> str:
        local = self.wall(value)
        try:
            same = local is not None and local_to_utc(local, shop().zone) == value
        except OverflowError:
            same = False
        return write(local) if same else value.astimezone(datetime.UTC).isoformat(sep=" ")


@dataclass(frozen=True)
class _StoredTime(Faithful):
    """What days and moments of SQLite share: the value is the text or number that stands there, kept as it is."""

    kinds: ClassVar[tuple[type, ...]] = (str, int, float)

    def is_odd(self, value: Any) -> bool:
        if isinstance(value, str):
            return not is_stored_time(value)
        if isinstance(value, float):
            return not _NUMBER.fullmatch(repr(value))
        return super().is_odd(value)

    def raw(self, value: Any) -> list[str]:
        return super().raw(value) if value is None or self.is_odd(value) else [str(value)]

    def export(self, value: Any) -> str:
        return super().export(value) if value is None or self.is_odd(value) else str(value)

    def to_json(self, value: Any) -> Any:
        return super().to_json(value) if value is None or self.is_odd(value) else value

    def mask_filled(self, value: Any) -> str:
        found = read_moment(value) if isinstance(value, str) else value
        return f"{found.year:04}-**-**" if isinstance(found, datetime.datetime) else "***"

    def schema(self) -> dict[str, Any]:
        return {"type": ["string", "number"]}


def is_stored_time(text: str) -> bool:
    """Say whether a text is a day or moment that an input can hold as it is and a browser leaves alone."""
    return _STORED.fullmatch(text) is not None and not isinstance(read_moment(text), str)


def read_stored(text: str) -> Any:
    """Return what SQLite is given for an exact text or number, None for anything else that a person may type."""
    plain = half_width(text)
    if is_stored_time(plain):
        return plain
    if _NUMBER.fullmatch(plain):
        return int(plain) if plain.lstrip("-").isdigit() else float(plain)
    return None


@dataclass(frozen=True)
class StoredDate(_StoredTime, fields.Date):
    """A day in SQLite: the text (or the number of seconds, of Julian days) as it stands there."""

    def parse_text(self, text: str) -> Any:
        found = read_stored(text)
        return super().parse_text(text).isoformat() if found is None else found

    def display(self, value: Any) -> str:
        found = read_moment(value) if isinstance(value, str) else None
        if not isinstance(found, datetime.datetime) or found.time() != datetime.time() or found.tzinfo:
            return "" if value is None else super().display(value) if self.is_odd(value) else str(value)
        return _day_words(found.date())

    def attributes(self) -> Mapping[str, str]:
        return {}


@dataclass(frozen=True)
class StoredMoment(_StoredTime, fields.Moment):
    """A moment in SQLite: the text (or number) as it stands there; texts without a zone are the wall clock's."""

    def parse_text(self, text: str) -> Any:
        found = read_stored(text)
        if found is not None:
            return found
        plain = half_width(text)
        local = _read_wall(plain, 6)
        if local is None:
            local = super().parse_text(text).astimezone(shop().zone).replace(tzinfo=None)
        return str(local)

    def display(self, value: Any) -> str:
        found = read_moment(value) if isinstance(value, str) else None
        if not isinstance(found, datetime.datetime) or found.tzinfo:
            return "" if value is None else super().display(value) if self.is_odd(value) else str(value)
        return f"{_day_words(found.date())} {found:%H:%M}"
