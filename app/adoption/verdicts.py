"""Verdicts: may the rows of a table be edited, only read or not even that; why, and what would mend it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import ARRAY, JSON, Float, Interval, Time
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import NullType, TypeEngine

from app.adoption.sketches import Right, TableSketch

# In the order in which a GRANT names them; deleting may well be left to others.
_NEEDED: tuple[Right, ...] = ("insert", "update")
# Equal values of these need not compare as equal, or an address can't carry them (`app.core.keys`).
_INEXACT = (
    Float,
    ARRAY,
    JSON,
    NullType,
    Interval,
    Time,
    postgresql.INTERVAL,
    postgresql.MONEY,
    postgresql.ranges.AbstractRange,
)


class Kind(StrEnum):
    """What may be done with a table's rows."""

    EDITABLE = "editable"
    READ_ONLY = "read-only"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`reason` and `mend` are lazy texts in the reader's language; `mend` is '' where there is nothing to mend."""

    kind: Kind
    reason: Any
    mend: Any = ""


def verdict(table: TableSketch, *, read_only: bool = False) -> Verdict:
    """Return the verdict on one table or view; `read_only` is what a person asked for, whatever the table allows."""
    return _refused(table) or _read_only(table, asked=read_only) or _editable(table)


def in_both_languages(text: Any) -> dict[str, str]:
    """Return a lazy text as `{"zh": …, "en": …}`; needs an application context."""
    told = {}
    for name, locale in (("zh", "zh_Hans"), ("en", "en")):
        with force_locale(locale):
            told[name] = str(text)
    return told


def _refused(table: TableSketch) -> Verdict | None:
    if table.problem:
        return Verdict(
            Kind.REFUSED,
            _l("It can't be read: %(problem)s", problem=table.problem),
            _l("Mend or drop the view in the database, then look again.")
            if table.kind == "view"
            else _l("Mend the table in the database, then look again."),
        )
    if "select" not in table.rights:
        return Verdict(
            Kind.REFUSED,
            _l("The account may not read it."),
            _l("Give the account the right: GRANT SELECT ON %(table)s.", table=_place(table)),
        )
    if not table.columns:
        return Verdict(
            Kind.REFUSED, _l("It has no columns."), _l("Give it a column in the database, then look again.")
        )
    return None


def _read_only(table: TableSketch, *, asked: bool) -> Verdict | None:
    if table.kind == "view":
        return _only(
            _l("It is a view: what it shows is changed in the tables behind it."),
            _l("Edit the tables that it is made of."),
        )
    if table.managed:
        return _only(_l("The database keeps this table by itself, for a search index or the like."))
    if not table.key:
        return _only(
            _l(
                "It has no primary key and no unique column that is always filled, so no row can be told from another."
            ),
            _l("Say which columns tell its rows apart, or give the table a primary key in the database."),
        )
    if inexact := _inexact(table):
        return _only(
            _l(
                "Its key has the column %(column)s of the type %(type)s, by which a row can't be found again exactly.",
                column=inexact[0],
                type=inexact[1],
            ),
            _l("Say which other columns tell its rows apart."),
        )
    if missing := [right.upper() for right in _NEEDED if right not in table.rights]:
        return _without_right(table, missing)
    if asked:
        return _only(
            _l("You asked to read this database only."), _l("Adopt it without “read only” to edit its rows.")
        )
    return None


def _without_right(table: TableSketch, missing: list[str]) -> Verdict:
    rights = ", ".join(missing)
    return _only(
        _l("The account may read it, but lacks the right %(rights)s.", rights=rights),
        _l(
            "Give the account the right: GRANT %(rights)s ON %(table)s. A SQLite file and its folder must be writable "
            "for Kebu; a replica takes no changes.",
            rights=rights,
            table=_place(table),
        ),
    )


def _editable(table: TableSketch) -> Verdict:
    told = ", ".join(table.key)
    if table.key == table.primary_key:
        reason = _l("Rows are told apart by the primary key: %(columns)s.", columns=told)
    else:
        reason = _l(
            "It has no primary key; rows are told apart by what is unique and always filled: %(columns)s.",
            columns=told,
        )
    if "delete" in table.rights:
        return Verdict(Kind.EDITABLE, reason)
    return Verdict(
        Kind.EDITABLE,
        reason,
        _l("To delete rows too, give the account the right: GRANT DELETE ON %(table)s.", table=_place(table)),
    )


def _only(reason: Any, mend: Any = "") -> Verdict:
    return Verdict(Kind.READ_ONLY, reason, mend)


def _place(table: TableSketch) -> str:
    return f"{table.schema}.{table.name}" if table.schema else table.name


def has_usable_key(table: TableSketch) -> bool:
    """Say whether every row of a table can be found again by its key, exactly."""
    return table.kind == "table" and bool(table.key) and _inexact(table) is None


def _inexact(table: TableSketch) -> tuple[str, str] | None:
    """Return the name and type of a key's column whose values can't be compared exactly."""
    for name in table.key:
        column = table.column(name)
        if column is not None and column.type_text and _is_inexact(column.type):
            return name, column.type_text
    return None


def _is_inexact(kind: TypeEngine[Any]) -> bool:
    inner = getattr(kind, "data_type", None)  # of a DOMAIN
    if isinstance(inner, TypeEngine):
        return _is_inexact(inner)
    return isinstance(kind, _INEXACT)
