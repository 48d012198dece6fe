"""Cells of adopted columns: how a list shows what no own record holds; importing this module registers them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.adoption.fields import Bytes, ExactLongText, InstantMoment, StoredDate, StoredMoment, WallMoment
from app.core import fields
from app.core.declaration import Screen
from app.panel.cells import LONGEST, value_maker
from app.panel.pages import Cell


@value_maker.register
def _long_text(field: ExactLongText, screen: Screen) -> Callable[[Any], Cell]:  # noqa: ARG001 - the dispatch's shape
    def cell(value: Any) -> Cell:
        text = field.display(value)
        return Cell(text, "longtext", title=text if len(text) > LONGEST else "")

    return cell


@value_maker.register(InstantMoment)
@value_maker.register(StoredDate)
@value_maker.register(StoredMoment)
@value_maker.register(WallMoment)
def _moment(field: fields.Field, screen: Screen) -> Callable[[Any], Cell]:  # noqa: ARG001 - the dispatch's shape
    # The exact value, to the microsecond, stands beside what is read at a glance.
    return lambda value: Cell(field.display(value), "date", title=field.export(value))


# Wherever a file lies, its cell is made of the record and leads to the download; here the bytes are the value.
@value_maker.register
def _bytes(field: Bytes, screen: Screen) -> Callable[[Any], Cell]:  # noqa: ARG001 - the dispatch's shape
    def cell(record: Any) -> Cell:
        value = getattr(record, field.name, record)
        return Cell(field.display(value))

    return cell
