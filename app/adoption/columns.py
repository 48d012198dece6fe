"""Columns: every column of an adopted table is shown and edited faithfully, or shown with the reason why not edited."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from app.adoption.fields import (
    Bytes,
    ClockTime,
    ExactText,
    Flag,
    HexBytes,
    JsonText,
    Pattern,
    StoredChoices,
)
from app.adoption.fits import COMPUTED, NUMBERED, RENEWED, Fit
from app.adoption.mariadb_columns import mariadb_fit
from app.adoption.postgresql_columns import postgresql_fit
from app.adoption.sketches import ColumnSketch
from app.adoption.sqlite_columns import sqlite_fit
from app.core import fields

__all__ = ["Fit", "fit"]

_FITS: Mapping[str, Callable[[ColumnSketch], Fit]] = {
    "sqlite": sqlite_fit,
    "postgresql": postgresql_fit,
    "mariadb": mariadb_fit,
    "mysql": mariadb_fit,
}
_KNOW_NONE = (ExactText, HexBytes, StoredChoices)


def fit(column: ColumnSketch, dialect: str) -> Fit:
    """Return how a column of a database of `dialect` is mapped, shown and edited; never raises for a strange type.

    `type_text` of a PostgreSQL domain is best that of the type below it (`numeric(20,8)`, not `price`): SQLAlchemy
    leaves out its lengths, and takes a `timestamp(3) with time zone` for one without a zone.

    What the database computes, numbers or renews itself is not writable. A field is required where the column takes
    no NULL, has no default and an empty input would mean NULL.
    """
    made = _FITS[dialect](column)
    made = replace(made, settings={**made.settings, **_settings(column, made)})
    if column.nullable or not issubclass(made.field_class, fields.Answer) or made.field_class is Flag:
        settled = made
    else:
        settled = replace(made, field_class=fields.YesNo, settings={})
    reason = _reason(column)
    return settled.read_only(reason) if reason else settled


def _settings(column: ColumnSketch, made: Fit) -> dict[str, Any]:
    settings: dict[str, Any] = {}
    if issubclass(made.field_class, _KNOW_NONE):
        settings["nullable"] = column.nullable
    if not column.nullable and not column.default and not _takes_empty(made):
        settings["required"] = True
    return settings


def _takes_empty(made: Fit) -> bool:
    """Say whether an empty input means a value of a column that takes no NULL."""
    if issubclass(made.field_class, JsonText | ClockTime):
        return False
    if issubclass(made.field_class, Pattern):
        return re.fullmatch(made.settings["form"], "") is not None
    return issubclass(made.field_class, (*_KNOW_NONE, Bytes))


def _reason(column: ColumnSketch) -> Any:
    if column.generated:
        return COMPUTED
    if column.numbered:
        return NUMBERED
    return RENEWED if column.renewed else ""
