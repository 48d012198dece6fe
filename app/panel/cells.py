"""Cells: one stored value as a person reads it, with where it leads and how it is set."""

from __future__ import annotations

import datetime
from functools import singledispatch
from typing import Any

from flask_babel import format_datetime, get_locale
from flask_babel import gettext as _

from app.core import fields
from app.core.declaration import Screen
from app.core.kernel import kernel, shop
from app.core.permissions import granted
from app.panel.columns import record_url, title_of, token_of
from app.panel.pages import Cell

LONGEST = 80


def cell_of(screen: Screen, field: fields.Field, record: Any) -> Cell:
    """Return the cell of one field of a record."""
    value = getattr(record, field.column if isinstance(field, fields.File) else field.name)
    if value is None or value == "" or value == []:
        return Cell("")
    return make_cell(field, value, screen, record)


@singledispatch
def make_cell(field: fields.Field, value: Any, screen: Screen, record: Any) -> Cell:
    """Return the cell for a value that is not empty; a plain text unless its field type says otherwise."""
    return Cell(field.display(value))


@make_cell.register
def _long_text(field: fields.LongText, value: Any, screen: Screen, record: Any) -> Cell:
    return Cell(value, "longtext", title=value if len(value) > LONGEST else "")


@make_cell.register(fields.WholeNumber)
@make_cell.register(fields.Quantity)
def _number(field: fields.Field, value: Any, screen: Screen, record: Any) -> Cell:
    unit = str(getattr(field, "unit", ""))
    return Cell(f"{field.display(value)} {unit}".rstrip(), "number")


@make_cell.register
def _money(field: fields.Money, value: Any, screen: Screen, record: Any) -> Cell:
    return Cell(field.display(value), "money")


@make_cell.register
def _date(field: fields.Date, value: Any, screen: Screen, record: Any) -> Cell:
    return Cell(short_date(value), "date", title=field.display(value))


@make_cell.register
def _moment(field: fields.Moment, value: Any, screen: Screen, record: Any) -> Cell:
    return Cell(short_date(value.astimezone(shop().zone).date()), "date", title=format_datetime(value, "medium"))


def short_date(day: datetime.date) -> str:
    """Return a day in the short numeric form that Chinese and English readers take in at a glance."""
    locale = get_locale()
    if locale is not None and locale.language == "zh":
        return f"{day:%Y-%m-%d}"
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@make_cell.register
def _choice(field: fields.Choice, value: Any, screen: Screen, record: Any) -> Cell:
    if field.name == screen.state:
        return Cell(field.display(value), "state", tone=value.tone)
    return Cell(field.display(value))


@make_cell.register
def _link(field: fields.Link, value: Any, screen: Screen, record: Any) -> Cell:
    target = kernel().screens.get(field.to)
    if target is None:
        return Cell("—")
    url = record_url(target, value) if granted(target.permission("show")) else ""
    return Cell(title_of(target, value), "link" if url else "text", url)


@make_cell.register
def _links(field: fields.Links, value: Any, screen: Screen, record: Any) -> Cell:
    target = kernel().screens.get(field.to)
    if target is None:
        return Cell("")
    address = f"{screen.path}?f.{field.name}=" if field.name in screen.filters else ""
    items = tuple((title_of(target, each), address + token_of(target, each) if address else "") for each in value)
    return Cell(", ".join(text for text, _url in items), "tags", items=items)


@make_cell.register
def _file(field: fields.File, value: Any, screen: Screen, record: Any) -> Cell:
    upload = getattr(record, field.name)
    url = f"{record_url(screen, record)}/file/{field.name}"
    return Cell(upload.file_name if upload is not None else _("File"), "file", url)


@make_cell.register
def _image(field: fields.Image, value: Any, screen: Screen, record: Any) -> Cell:
    # The list never loads the upload's row: the thumbnail's address needs the record's key alone.
    return Cell(str(field.label), "image", f"{record_url(screen, record)}/thumb/{field.name}")
