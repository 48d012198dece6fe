"""SQLite's columns: what a table declares is a wish, and any value may stand in any column.

So each column is read as it is, its declared type decides only which field shows it, and a value of another kind is
written in quotes (`notation`). See "Datatypes In SQLite", sections 3 and 3.1, for what becomes of a value that is
stored.
"""

from __future__ import annotations

from sqlalchemy.dialects import sqlite

from app.adoption.column_types import SqliteNumeric, SqliteText, SqliteValue
from app.adoption.fields import (
    AnyLine,
    AnyValue,
    Bytes,
    ExactNumber,
    Flag,
    FloatNumber,
    LooseWhole,
    StoredDate,
    StoredMoment,
)
from app.adoption.fits import LONGEST_LINE, Fit, TypeName, text_fit
from app.adoption.postgresql_columns import spelled
from app.adoption.sketches import ColumnSketch

_DIALECT = sqlite.dialect()
_WHOLE = {"least": -(2**63), "most": 2**63 - 1}


def sqlite_fit(column: ColumnSketch) -> Fit:
    """Return the fit of a column of SQLite, before generated columns and the like are looked at."""
    name = TypeName.of(column.type_text or spelled(column.type, _DIALECT))
    return _usual(name) or _by_affinity(name)


def _usual(name: TypeName) -> Fit | None:
    """Return the fit of a type that SQLite has not but programs declare all the same."""
    declared = name.name
    if "bool" in declared:
        return Fit(SqliteValue(), Flag, _WHOLE)
    if declared.startswith(("datetime", "timestamp")):
        return Fit(SqliteValue(), StoredMoment)
    if declared == "date":
        return Fit(SqliteValue(), StoredDate)
    if declared.startswith(("dec", "num", "money")):
        return Fit(SqliteNumeric(), ExactNumber)
    if declared.startswith(("binary", "varbinary", "image", "bytea")):
        return _file()
    return None


def _by_affinity(name: TypeName) -> Fit:
    declared = name.name
    if "int" in declared:
        return Fit(SqliteValue(), LooseWhole, _WHOLE)
    if any(part in declared for part in ("char", "clob", "text")):
        # A length is not kept by SQLite: a longer text may stand there already.
        is_line = "char" in declared and name.argument(0, LONGEST_LINE) <= LONGEST_LINE
        made = text_fit(SqliteText(), 0)
        return made.as_line() if is_line else made
    if "blob" in declared:
        return _file()
    if any(part in declared for part in ("real", "floa", "doub")):
        return Fit(SqliteValue(), FloatNumber)
    return Fit(SqliteValue(), AnyValue if declared in ("", "json", "any") else AnyLine, filterable=False)


def _file() -> Fit:
    return Fit(SqliteValue(), Bytes, sortable=False, filterable=False, large=True)
