"""Cells: one stored value as a person reads it, with where it leads and how it is set.

A list shows the same field in every row, so what depends on the field alone (where links lead, what the
person may open, which language) is settled once by `maker_of`, and the maker is called row by row.
"""

from __future__ import annotations

import datetime
import functools
from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _

from app.core import fields
from app.core.declaration import Screen
from app.core.kernel import kernel
from app.core.permissions import granted
from app.panel.columns import token_maker
from app.panel.pages import Cell

LONGEST = 80
EMPTY = Cell("")
Maker = Callable[[Any], Cell]


def cell_of(screen: Screen, field: fields.Field, record: Any) -> Cell:
    """Return the cell of one field of a record."""
    return maker_of(screen, field)(record)


def maker_of(screen: Screen, field: fields.Field) -> Maker:
    """Return the function from a record to the field's cell, for this request's person and language."""
    make = _masked(field) if field.masked else value_maker(field, screen)
    attribute = field.column if isinstance(field, fields.File) else field.name
    takes_record = isinstance(field, fields.File) and not field.masked

    def cell(record: Any) -> Cell:
        value = getattr(record, attribute)
        if value is None or value in ("", []):
            return EMPTY
        return make(record if takes_record else value)

    return cell


def _masked(field: fields.Field) -> Maker:
    """Return the function from a value to the cell of its mask, which is all that a masked field shows anywhere."""
    return lambda value: Cell(field.mask(value), "masked")


@functools.singledispatch
def value_maker(field: fields.Field, screen: Screen) -> Callable[[Any], Cell]:
    """Return the function from a value (for files, the record) to its cell; plain text unless a type says more."""
    return lambda value: Cell(field.display(value))


@value_maker.register
def _long_text(field: fields.LongText, screen: Screen) -> Callable[[Any], Cell]:
    def cell(value: Any) -> Cell:
        text = field.display(value)
        return Cell(text, "longtext", title=text if len(text) > LONGEST else "")

    return cell


@value_maker.register(fields.WholeNumber)
@value_maker.register(fields.Quantity)
def _number(field: fields.Field, screen: Screen) -> Callable[[Any], Cell]:
    unit = str(getattr(field, "unit", ""))
    return lambda value: Cell(f"{field.display(value)} {unit}".rstrip(), "number")


@value_maker.register
def _money(field: fields.Money, screen: Screen) -> Callable[[Any], Cell]:
    return lambda value: Cell(field.display(value), "money")


@value_maker.register
def _date(field: fields.Date, screen: Screen) -> Callable[[Any], Cell]:
    return lambda value: Cell(field.display(value), "date")


@value_maker.register
def _moment(field: fields.Moment, screen: Screen) -> Callable[[Any], Cell]:
    def cell(value: datetime.datetime) -> Cell:
        exact = field.display(value)
        return Cell(exact[:-6], "date", title=exact[-5:])

    return cell


@value_maker.register
def _choice(field: fields.Choice, screen: Screen) -> Callable[[Any], Cell]:
    labels = {member: str(member.label) for member in field.choices}
    if field.name == screen.state:
        return lambda value: Cell(labels[value], "state", tone=value.tone)
    return lambda value: Cell(labels[value])


@value_maker.register
def _many_choices(field: fields.ManyChoices, screen: Screen) -> Callable[[Any], Cell]:
    labels = {option.value: str(option.label) for option in field.choices}

    def cell(value: tuple[str, ...]) -> Cell:
        items = tuple((labels.get(key, key), "") for key in value)
        return Cell(", ".join(text for text, _url in items), "tags", items=items)

    return cell


@value_maker.register
def _link(field: fields.Link, screen: Screen) -> Callable[[Any], Cell]:
    target = kernel().screens.get(field.to)
    if target is None:
        return lambda _value: Cell("—")
    title, called = target.title, target.called
    if "show" not in target.verbs or not granted(target.permission("show")):
        return lambda value: Cell(called(getattr(value, title)))
    path, token = target.path, token_maker(target)
    # Many rows lead to the same few records: branches, colleagues.
    return functools.cache(lambda value: Cell(called(getattr(value, title)), "link", path + token(value)))


@value_maker.register
def _links(field: fields.Links, screen: Screen) -> Callable[[Any], Cell]:
    target = kernel().screens.get(field.to)
    if target is None:
        return lambda _value: EMPTY
    title, called, token = target.title, target.called, token_maker(target)
    address = f"{screen.path}?f.{field.name}=" if field.name in screen.filters else ""

    item = functools.cache(lambda one: (called(getattr(one, title)), address + token(one) if address else ""))

    def cell(value: list[Any]) -> Cell:
        items = tuple(item(each) for each in value)
        return Cell(", ".join(text for text, _url in items), "tags", items=items)

    return cell


@value_maker.register
def _file(field: fields.File, screen: Screen) -> Callable[[Any], Cell]:
    token = token_maker(screen)

    def cell(record: Any) -> Cell:
        upload = getattr(record, field.name)
        name = upload.file_name if upload is not None else _("File")
        return Cell(name, "file", f"{screen.path}{token(record)}/file/{field.name}")

    return cell


@value_maker.register
def _image(field: fields.Image, screen: Screen) -> Callable[[Any], Cell]:
    # The list never loads the upload's row: the thumbnail's address needs the record's key alone.
    label, token = str(field.label), token_maker(screen)
    return lambda record: Cell(label, "image", f"{screen.path}{token(record)}/thumb/{field.name}")
