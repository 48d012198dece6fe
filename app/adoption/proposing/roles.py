"""Which table plays a role (customers, sales …), by which columns, and the one SELECT that reads it so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from decimal import Decimal
from typing import Any, Literal

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Float, Numeric, Select, String, Table, and_, case, cast, func, select
from sqlalchemy.sql.selectable import FromClause

from app.adoption.proposing.expression_nodes import Name
from app.adoption.proposing.expression_sql import as_condition, as_value
from app.adoption.proposing.expressions import (
    ExpressionProblem,
    names_in,
    parse_condition,
    parse_value,
)
from app.adoption.proposing.moments import moment_of_seconds
from app.adoption.proposing.results import Epoch, Unit

Role = Literal["customers", "products", "sales", "sale_lines", "payments", "appointments", "stock", "costs"]
ROLES: tuple[Role, ...] = (
    "customers", "products", "sales", "sale_lines", "payments", "appointments", "stock", "costs",
)  # fmt: skip
Refunds = Literal["", "negative", "positive"]

# The columns of each role's SELECT, in order; what a database lacks stays out. `price` and `cost` are those of one
# piece, `amount` is the whole row's.
CONTRACTS: Mapping[Role, tuple[str, ...]] = {
    "customers": ("key", "name", "phone", "email", "birthday", "created", "branch"),
    "products": ("key", "name", "price", "cost", "category"),
    "sales": ("key", "time", "customer", "product", "quantity", "amount", "cost", "branch"),
    "sale_lines": ("key", "sale", "time", "customer", "product", "quantity", "amount", "cost", "branch"),
    "payments": ("key", "time", "sale", "customer", "amount", "method", "branch"),
    "appointments": ("key", "time", "customer", "product", "branch", "status"),
    "stock": ("key", "product", "quantity", "branch"),
    "costs": ("key", "time", "amount", "kind", "branch"),
}
# Without these nothing can be computed of a role.
NEEDED: Mapping[Role, tuple[str, ...]] = {
    "customers": ("key",),
    "products": ("key",),
    "sales": ("time", "amount"),
    "sale_lines": ("time", "amount"),
    "payments": ("time", "amount"),
    "appointments": ("time",),
    "stock": ("quantity",),
    "costs": ("time", "amount"),
}
MONEY = frozenset({"amount", "price", "cost"})
# Digits behind the point are enough for price x quantity x discount, each of two.
_EXACT: Numeric[Any] = Numeric(24, 6)

Tables = Mapping[tuple[str, str], Table]


@dataclass(frozen=True, slots=True)
class Parent:
    """The row that a line belongs to: its table and pairs of columns (the line's, the parent's)."""

    schema: str
    table: str
    on: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RoleProposal:
    """A table or join that plays a role.

    `columns` are pairs of a contract column (`CONTRACTS`) and an expression; `filter` is a condition that says which
    rows count, '' for all. Plain names are the table's own columns, `parent.name` those of `parent`. `unit` is that of
    all money. `refunds` says how money given back stands there: `negative` amounts of their own, or `positive` ones
    in rows that `refund_filter` finds, which then count against; '' where there seem to be none. `epoch` is set where
    time is a whole number. `time_zone` is the shop's, in which its days begin. `evidence` are codes, see `reason`.
    """

    role: Role
    schema: str
    table: str
    columns: tuple[tuple[str, str], ...]
    _: KW_ONLY
    confidence: float
    evidence: tuple[str, ...] = ()
    parent: Parent | None = None
    filter: str = ""
    unit: Unit = ""
    refunds: Refunds = ""
    refund_filter: str = ""
    epoch: Epoch = ""
    currency: str = ""
    time_zone: str = ""

    def expression(self, column: str) -> str:
        """Return the expression of a contract column, '' where it has none."""
        return dict(self.columns).get(column, "")

    @property
    def reason(self) -> str:
        """Why this table, in the reader's language."""
        return " ".join(told[code] for code in self.evidence if code in (told := _told()))

    def select(self, tables: Tables) -> Select[Any]:
        """Return the SELECT whose columns are the contract's, over reflected tables.

        Money comes in major units (yuan) as NUMERIC with six decimals, times of whole numbers as UTC without a zone;
        other times as they are kept. Raises `ExpressionProblem` for a column or table that is not there.
        """
        return _Reading(self, tables).select()


class _Reading:
    """A role with its tables at hand, becoming a SELECT."""

    def __init__(self, proposal: RoleProposal, tables: Tables) -> None:
        self.proposal = proposal
        self.own: FromClause = _table(tables, proposal.schema, proposal.table).alias("own")
        parent = proposal.parent
        self.parent = _table(tables, parent.schema, parent.table).alias("parent") if parent else None

    def select(self) -> Select[Any]:
        columns = [self._column(name, text).label(name) for name, text in self.proposal.columns]
        statement = select(*columns).select_from(self._source())
        if self.proposal.filter:
            statement = statement.where(as_condition(parse_condition(self.proposal.filter), self._plain))
        return statement

    def _source(self) -> FromClause:
        if self.parent is None or self.proposal.parent is None:
            return self.own
        pairs = [
            _column(self.own, own) == _column(self.parent, other) for own, other in self.proposal.parent.on
        ]
        return self.own.join(self.parent, and_(*pairs))

    def _column(self, name: str, text: str) -> ColumnElement[Any]:
        node = parse_value(text)
        if name in MONEY:
            return self._money(as_value(node, self._exact), is_amount=name == "amount")
        if name == "quantity":
            return cast(as_value(node, self._exact), _EXACT)
        value = as_value(node, self._plain)
        if name == "time" and self.proposal.epoch:
            return moment_of_seconds(func.floor(value / 1000) if self.proposal.epoch == "ms" else value)
        return value

    def _money(self, amount: ColumnElement[Any], *, is_amount: bool) -> ColumnElement[Any]:
        proposal = self.proposal
        amount = cast(amount, _EXACT)
        if proposal.unit == "minor":
            amount = amount * cast(Decimal("0.01"), _EXACT)
        if is_amount and proposal.refunds == "positive" and proposal.refund_filter:
            back = as_condition(parse_condition(proposal.refund_filter), self._plain)
            amount = case((back, -amount), else_=amount)
        return cast(amount, _EXACT)

    def _plain(self, name: Name) -> ColumnElement[Any]:
        if name.of_parent and self.parent is None:
            raise ExpressionProblem(_("This table has no parent row: %(column)s.", column=name.column))
        source = self.parent if name.of_parent and self.parent is not None else self.own
        return _column(source, name.column)

    def _exact(self, name: Name) -> ColumnElement[Any]:
        """Return a column to compute with: what is kept as a float or as text takes part as an exact number."""
        column = self._plain(name)
        return cast(column, _EXACT) if isinstance(column.type, Float | Numeric | String) else column


def _table(tables: Tables, schema: str, name: str) -> Table:
    try:
        return tables[schema, name]
    except KeyError:
        raise ExpressionProblem(_("There is no table %(table)s.", table=name)) from None


def _column(source: FromClause, name: str) -> ColumnElement[Any]:
    """Return a column by its exact name, or by the only one that differs in letter case alone."""
    if name in source.c:
        return source.c[name]
    alike = [column for column in source.c if column.name.lower() == name.lower()]
    if len(alike) != 1:
        raise ExpressionProblem(_("There is no column %(column)s.", column=name))
    return alike[0]


def is_whole(proposal: RoleProposal) -> bool:
    """Return whether a mapping has all columns without which nothing can be computed."""
    return all(proposal.expression(name) for name in NEEDED[proposal.role])


def problems(proposal: RoleProposal) -> list[str]:
    """Return what keeps a mapping from being used, in the reader's language: missing columns, unreadable text."""
    found = [
        _("“%(column)s” is needed.", column=name)
        for name in NEEDED[proposal.role]
        if not proposal.expression(name)
    ]
    for _name, text in proposal.columns:
        try:
            parse_value(text)
        except ExpressionProblem as problem:
            found.append(str(problem))
    if proposal.filter:
        try:
            parse_condition(proposal.filter)
        except ExpressionProblem as problem:
            found.append(str(problem))
    return found


def columns_used(proposal: RoleProposal) -> frozenset[tuple[bool, str]]:
    """Return the columns a mapping reads, each with whether it is the parent's: what drift must not take away."""
    nodes: list[Any] = [parse_value(text) for _name, text in proposal.columns]
    nodes += [parse_condition(text) for text in (proposal.filter, proposal.refund_filter) if text]
    return frozenset((name.of_parent, name.column) for node in nodes for name in names_in(node))


def _told() -> dict[str, str]:
    return {
        "name": _("The table's name says so."),
        "people": _("It has names and telephone numbers or addresses of people."),
        "referred": _("Sales point to it."),
        "price": _("It has a price."),
        "time": _("It has a time."),
        "amount": _("It has an amount of money."),
        "computed": _("Price and quantity give the amount."),
        "quantity": _("It has a quantity."),
        "customer": _("It points to customers."),
        "product": _("It points to products."),
        "lines": _("Other rows are its lines."),
        "parent": _("Each row is a line of a sale."),
        "status": _("A status says which rows count."),
        "unread": _("Nothing says what its status means: please say which rows count."),
        "deleted": _("Rows marked as deleted are left out."),
        "columns": _("The products themselves say how many are in stock."),
    }
