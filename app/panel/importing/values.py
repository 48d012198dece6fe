"""Values: what a cell says, turned into what one would have typed into the form; the field's own type reads that.

So every rule of the form holds for an import too. In the machine form nothing is guessed: cells are exact.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from decimal import Decimal
from functools import singledispatch
from typing import Any

from flask_babel import gettext as _

from app.core import fields
from app.core.fields.base import FieldProblem, clean_line, half_width
from app.panel.exporting import without_mark
from app.panel.importing.mapping import DateStyle
from app.panel.importing.words import plain, units_of, values_of

MOST_REMEMBERED = 5_000
Reader = Callable[[str], Any]
_SHORTENED = re.compile(r"([+-]?\d)(?:\.(\d+))?E\+?(\d{2,})", re.IGNORECASE)
_YEAR_LAST = re.compile(r"(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(\d{4})(\s+\d{1,2}:\d{1,2}(?::\d{1,2})?)?")
_SERIAL = re.compile(r"\d{4,5}(\.\d+)?")
_MIDNIGHT = re.compile(r"[T ]\s*0{1,2}:00(:00(\.0+)?)?$")
_DAY_ONLY = re.compile(r"(\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*[日号]?|\d{8})")
_FIRST_SERIAL, _LAST_SERIAL = 3_654, 73_050  # 1910 to 2099: below is a year or an age, above no day of a shop
_EPOCH = datetime.date(1899, 12, 30)
_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"})
_YES = frozenset({"√", "✓", "✔", "☑", "有", "对", "真", "是的", "t", "ok", "已", "x√", "启用", "营业中"})
_NO = frozenset({"×", "✗", "✘", "☐", "无", "没有", "不", "不是", "假", "f", "未", "停用", "歇业"})


def reader_of(field: fields.Field, dates: DateStyle = "auto", *, exact: bool = False) -> Reader:
    """Return the function from a cell's text to the field's value; it raises `FieldProblem` with what is wrong.

    A blank cell is the value of an empty input, None for most.
    """
    meant: Callable[[str], str] = _as_it_stands if exact else as_typed(field, dates)

    def read(text: str) -> Any:
        if is_blank(text):
            return field.parse([])
        cell = without_mark(text)
        if not exact and cell[:1] == "#" and cell.strip() in _ERRORS:
            raise FieldProblem(_("The spreadsheet shows an error here: %(error)s.", error=cell.strip()))
        return field.parse([meant(cell)])

    return _remembering(read) if isinstance(field, fields.Choice | fields.YesNo | fields.Date) else read


def is_blank(text: str) -> bool:
    """Say whether a cell holds nothing that anybody could see."""
    return not text or (not text[0].isalnum() and not clean_line(without_mark(text)))


def _remembering(read: Reader) -> Reader:
    """Read each text of a column with few different ones once."""
    known: dict[str, Any] = {}

    def remembered(text: str) -> Any:
        if text not in known:
            if len(known) >= MOST_REMEMBERED:
                known.clear()
            known[text] = read(text)
        return known[text]

    return remembered


def _as_it_stands(text: str) -> str:
    return text


@singledispatch
def as_typed(field: fields.Field, dates: DateStyle) -> Callable[[str], str]:  # noqa: ARG001 - the dispatch's shape
    """Return the function from a cell's text to what one would type for it; the same text unless a type says more."""
    return _as_it_stands


@as_typed.register(fields.Text)
def _text(field: fields.Text, dates: DateStyle) -> Callable[[str], str]:  # noqa: ARG001
    return _as_it_stands if isinstance(field, fields.LongText) else whole_number


def whole_number(text: str) -> str:
    """Return a number that the spreadsheet shortened to 1.38001380000E+10 in full; refuse it when digits are gone."""
    match = _SHORTENED.fullmatch(text.strip())
    if match is None:
        return text
    if len(match[2] or "") < int(match[3]):
        raise FieldProblem(
            _(
                "The spreadsheet shortened this number to %(number)s and its last digits are lost. Format the column "
                "as text, enter the number again and save.",
                number=text.strip()[:30],
            )
        )
    return f"{Decimal(text.strip()):f}"


@as_typed.register(fields.Choice)
def _choice(field: fields.Choice, dates: DateStyle) -> Callable[[str], str]:  # noqa: ARG001
    meant = values_of(field)
    return lambda text: meant.get(plain(text), text)


@as_typed.register(fields.YesNo)
def _yes_no(field: fields.YesNo, dates: DateStyle) -> Callable[[str], str]:  # noqa: ARG001
    yes = {plain(word) for word in (*_YES, *field.synonyms)} | {"已" + plain(word) for word in field.synonyms}
    no = {plain(word) for word in _NO} | {"未" + plain(word) for word in field.synonyms}

    def meant(text: str) -> str:
        word = plain(text) or text.strip()
        return "1" if word in yes else "0" if word in no else half_width(text)

    return meant


@as_typed.register(fields.Quantity)
def _quantity(field: fields.Quantity, dates: DateStyle) -> Callable[[str], str]:  # noqa: ARG001
    units = units_of(field)

    def meant(text: str) -> str:
        shown = half_width(text)
        unit = next((unit for unit in units if shown.casefold().endswith(unit)), "")
        return shown[: len(shown) - len(unit)] if unit else text

    return meant


@as_typed.register(fields.Date)
def _date(field: fields.Date, dates: DateStyle) -> Callable[[str], str]:  # noqa: ARG001
    def meant(text: str) -> str:
        day = _MIDNIGHT.sub("", half_width(text))
        if (match := _YEAR_LAST.fullmatch(day)) and not match[4]:
            return year_first(match, dates)
        return _serial_day(day) or day

    return meant


@as_typed.register(fields.Moment)
def _moment(field: fields.Moment, dates: DateStyle) -> Callable[[str], str]:  # noqa: ARG001
    def meant(text: str) -> str:
        moment = half_width(text)
        if match := _YEAR_LAST.fullmatch(moment):
            return f"{year_first(match, dates)} {(match[4] or '00:00').strip()}"
        if day := _serial_day(moment):
            return f"{day} {_serial_time(moment)}"
        return f"{_full(moment)} 00:00" if _DAY_ONLY.fullmatch(moment) else moment

    return meant


def _full(day: str) -> str:
    return f"{day[:4]}-{day[4:6]}-{day[6:]}" if day.isdigit() else day


def year_first(match: re.Match[str], dates: DateStyle) -> str:
    """Return a date whose year comes last with its year first; refuse one that could mean two days."""
    first, second, year = int(match[1]), int(match[2]), match[3]
    style = dates
    if style == "auto":
        if first <= 12 and second <= 12 and first != second:
            raise FieldProblem(
                _(
                    "This could be two different days. Choose for this column whether the day or the month comes first."
                )
            )
        style = "day_first" if first > 12 else "month_first"
    month, day = (second, first) if style == "day_first" else (first, second)
    return f"{year}-{month:02}-{day:02}"


def year_last_parts(text: str) -> tuple[int, int] | None:
    """Return the two numbers before the year, None when the text is not such a date."""
    match = _YEAR_LAST.fullmatch(half_width(text)) if 8 <= len(text) <= 30 else None
    return (int(match[1]), int(match[2])) if match else None


def _serial_day(text: str) -> str:
    """Return the day that a spreadsheet counts as this number, '' when it is no such number."""
    if not _SERIAL.fullmatch(text) or not _FIRST_SERIAL <= float(text) <= _LAST_SERIAL:
        return ""
    return (_EPOCH + datetime.timedelta(days=int(float(text)))).isoformat()


def _serial_time(text: str) -> str:
    seconds = round(float(Decimal(text) % 1) * 86_400)
    return f"{min(seconds, 86_399) // 3600:02}:{min(seconds, 86_399) // 60 % 60:02}:{min(seconds, 86_399) % 60:02}"
