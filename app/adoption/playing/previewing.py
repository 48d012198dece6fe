"""Previewing: what a mapping comes to, before anybody says yes to it; a few statements, each with a time limit."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Connection, DateTime, Numeric, Select, case, func, select
from sqlalchemy.exc import SQLAlchemyError

from app.adoption.drifting import TableChanged
from app.adoption.playing.checking import SECONDS
from app.adoption.playing.reading import Readable, contract_of
from app.adoption.proposing.expressions import ExpressionProblem
from app.adoption.proposing.roles import NEEDED, RoleProposal
from app.adoption.proposing.sampling import limited

ROWS_SHOWN = 5
# Lines that come to another total than their sales hold something else than what was paid, such as list prices.
MOST_APART = Decimal("0.005")
# From here on so much is missing that a total says nothing.
MOST_MISSING = Decimal("0.5")
_SUMMED = {"stock": "quantity"}
# Which role says whether the rows exist that a column names.
_NAMED = {"customer": "customers", "product": "products", "sale": "sales"}
_EXACT: Numeric[Any] = Numeric(38, 6)


class Unpreviewed(Exception):
    """The database did not answer in time, or refused."""


@dataclass(frozen=True, slots=True)
class Missing:
    """How many rows have nothing in a column."""

    column: str
    rows: int
    share: Decimal


@dataclass(frozen=True, slots=True)
class Orphans:
    """How many rows name something in a column that is not among its role's rows; None where that took too long."""

    column: str
    rows: int | None


@dataclass(frozen=True, slots=True)
class Preview:
    """What a mapping comes to: `total` of its amounts (of stock, the quantities) in major units, None without such.

    `missing` are columns that are empty in some rows. `rows` are a few, by the columns of the mapping.
    """

    count: int
    total: Decimal | None
    first: datetime.datetime | None
    last: datetime.datetime | None
    missing: tuple[Missing, ...]
    orphans: tuple[Orphans, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()

    def doubts(self, role: str) -> list[str]:
        """Return what speaks against using the mapping, in the reader's language."""
        return [
            _("“%(column)s” is empty in most rows.", column=each.column)
            for each in self.missing
            if each.column in NEEDED[role] and each.share > MOST_MISSING  # type: ignore[index]
        ]


def summed(connection: Connection, mapping: RoleProposal, among: Readable) -> Preview:
    """Return count, total, first and last time and what is empty, by one statement; raise `Unpreviewed`."""
    names = [name for name, _text in mapping.columns]
    rows = contract_of(mapping, among).subquery("rows_")
    made: list[ColumnElement[Any]] = [func.count()]
    total = _SUMMED.get(mapping.role, "amount")
    made.append(func.sum(rows.c[total], type_=_EXACT) if total in names else func.count())
    made += _ends(rows.c.time) if "time" in rows.c else [func.count(), func.count()]
    made += [func.count(rows.c[name]) for name in names]
    (found,) = fetched(connection, select(*made).select_from(rows))
    count = found[0]
    missing = tuple(
        Missing(name, count - filled, Decimal(count - filled) / count)
        for name, filled in zip(names, found[4:], strict=True)
        if filled < count
    )
    dated = "time" in names
    return Preview(
        count,
        (found[1] or Decimal()) if total in names else None,
        found[2] if dated else None,
        found[3] if dated else None,
        missing,
    )


def _ends(time: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    return [func.min(time, type_=DateTime()), func.max(time, type_=DateTime())]


def orphans_of(
    connection: Connection, mapping: RoleProposal, others: Mapping[str, RoleProposal], among: Readable
) -> tuple[Orphans, ...]:
    """Return how many rows name customers, products or sales that are not there, for each that has a role."""
    found = []
    for name, role in _NAMED.items():
        other = others.get(role)
        if (
            other is None
            or role == mapping.role
            or not mapping.expression(name)
            or not other.expression("key")
        ):
            continue
        try:
            statement = _orphans(
                contract_of(mapping, among, [name]), contract_of(other, among, ["key"]), name
            )
            found.append(Orphans(name, fetched(connection, statement)[0][0]))
        except (Unpreviewed, ExpressionProblem):
            found.append(Orphans(name, None))
    return tuple(found)


def _orphans(rows: Select[Any], others: Select[Any], name: str) -> Select[Any]:
    mine, theirs = rows.subquery("rows_"), others.subquery("others_")
    known = select(theirs.c.key).where(theirs.c.key.is_not(None))
    value = mine.c[name]
    return select(func.count(case((value.is_not(None) & value.not_in(known), 1)))).select_from(mine)


def shown(connection: Connection, mapping: RoleProposal, among: Readable) -> Sequence[Sequence[Any]]:
    """Return a few rows, by the columns of the mapping; raise `Unpreviewed`."""
    names = [name for name, _text in mapping.columns]
    return fetched(connection, contract_of(mapping, among, names).limit(ROWS_SHOWN))


def fetched(connection: Connection, statement: Select[Any]) -> Sequence[Any]:
    """Return the rows of a statement that ends within seconds; raise `Unpreviewed`. No transaction stays open."""
    try:
        with limited(connection, SECONDS):
            return connection.execute(statement).all()
    except TableChanged:
        raise
    except (SQLAlchemyError, ValueError, TypeError, ArithmeticError):
        raise Unpreviewed from None
    finally:
        connection.rollback()


def roles_that_hold(
    connection: Connection, proposals: Sequence[RoleProposal], among: Readable
) -> frozenset[str]:
    """Return the roles whose mapping can be read, is not mostly empty and agrees with the others."""
    totals: dict[str, Decimal | None] = {}
    for each in proposals:
        if each.role in totals:
            continue
        try:
            preview = summed(connection, each, among)
        except (Unpreviewed, ExpressionProblem):
            continue
        if not preview.doubts(each.role):
            totals[each.role] = preview.total
    if differs(totals.get("sales"), totals.get("sale_lines")):
        del totals["sale_lines"]
    return frozenset(totals)


def differs(sales: Decimal | None, lines: Decimal | None) -> bool:
    """Say whether lines come to another total than their sales; where one is not known, nothing speaks against it."""
    if sales is None or lines is None:
        return False
    return abs(sales - lines) > abs(sales) * MOST_APART
