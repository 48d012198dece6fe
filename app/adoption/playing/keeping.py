"""Keeping: a role as a row of the declaration, and as the mapping that reads it; neither loses what the other says."""

from __future__ import annotations

from typing import Any, cast

from flask_babel import gettext as _

from app.adoption.models import AdoptedRole, AdoptedSource, Role
from app.adoption.proposing.expression_nodes import Comparison, Joined, Name
from app.adoption.proposing.expressions import ExpressionProblem, parse_condition, quoted
from app.adoption.proposing.results import Epoch, Unit
from app.adoption.proposing.roles import MONEY, Parent, Refunds, RoleProposal
from app.adoption.proposing.roles import Role as RoleName
from app.core.keys import uuid7

Pairs = tuple[tuple[str, str], ...]
# A line break within a name in quotes must not become a line of its own.
_ESCAPES = (("\\", "\\\\"), ("\n", "\\n"), ("\r", "\\r"))


def new_row(source: AdoptedSource, proposal: RoleProposal, *, is_used: bool) -> AdoptedRole:
    """Return a row that keeps a mapping for a database."""
    row = AdoptedRole(id=uuid7(), source_id=source.id, role=Role(proposal.role))
    keep(row, proposal, is_used=is_used)
    return row


def keep(row: AdoptedRole, proposal: RoleProposal, *, is_used: bool) -> None:
    """Write a mapping into a row; currency and time zone are the database's and stand there."""
    parent = proposal.parent
    values: dict[str, Any] = {
        "schema_name": proposal.schema,
        "table_name": proposal.table,
        "parent_schema": parent.schema if parent else "",
        "parent_table": parent.table if parent else "",
        "parent_on": join_lines(parent.on) if parent else "",
        "columns": column_lines(proposal.columns),
        "filter": proposal.filter,
        "unit": proposal.unit,
        "refunds": proposal.refunds,
        "refund_filter": proposal.refund_filter,
        "epoch": proposal.epoch,
        "confidence": round(proposal.confidence * 100),
        "evidence": " ".join(proposal.evidence),
        "is_used": is_used,
    }
    for name, value in values.items():
        # An attribute that is set to what it holds already would count as a change.
        if getattr(row, name) != value:
            setattr(row, name, value)


def mapping_of(row: AdoptedRole, source: AdoptedSource) -> RoleProposal:
    """Return the mapping that a row keeps; raise `ExpressionProblem` where its lines can't be read."""
    columns = read_columns(row.columns)
    names = {name for name, _text in columns}
    parent = (
        Parent(row.parent_schema, row.parent_table, read_join(row.parent_on)) if row.parent_table else None
    )
    return RoleProposal(
        cast("RoleName", row.role.value),
        row.schema_name,
        row.table_name,
        columns,
        confidence=row.confidence / 100,
        evidence=tuple(row.evidence.split()),
        parent=parent,
        filter=row.filter,
        unit=cast("Unit", row.unit),
        refunds=cast("Refunds", row.refunds),
        refund_filter=row.refund_filter,
        epoch=cast("Epoch", row.epoch),
        currency=source.currency if row.unit or names & MONEY else "",
        time_zone=source.time_zone if "time" in names else "",
    )


def column_lines(columns: Pairs) -> str:
    """Return the columns of a mapping as lines of `contract column = expression`."""
    return "\n".join(f"{name} = {_escaped(text)}" for name, text in columns)


def read_columns(lines: str) -> Pairs:
    """Return the columns that such lines name; what is no such line is left out."""
    pairs = (line.partition("=") for line in lines.replace("\r\n", "\n").split("\n") if "=" in line)
    return tuple((name.strip(), _unescaped(text.strip())) for name, _sign, text in pairs)


def join_lines(on: Pairs) -> str:
    """Return the columns of a join as lines of `own column = parent's column`, quoted as expressions are."""
    return "\n".join(_escaped(f"{quoted(own)} = {quoted(other)}") for own, other in on)


def read_join(lines: str) -> Pairs:
    """Return the pairs of columns that such lines, or one line with `and`, name; raise `ExpressionProblem`."""
    found = []
    for line in lines.replace("\r\n", "\n").split("\n"):
        if not line.strip():
            continue
        node = parse_condition(_unescaped(line))
        parts = node.parts if isinstance(node, Joined) and node.word == "and" else (node,)
        found += [_pair(part) for part in parts]
    if not found:
        raise ExpressionProblem(_("Columns of both tables are needed here, such as order_id = id."))
    return tuple(found)


def _pair(node: Any) -> tuple[str, str]:
    if isinstance(node, Comparison) and node.sign == "=":
        left, right = node.left, node.right
        if isinstance(left, Name) and isinstance(right, Name) and not left.of_parent:
            return left.column, right.column
    raise ExpressionProblem(_("Columns of both tables are needed here, such as order_id = id."))


def _escaped(text: str) -> str:
    for plain, written in _ESCAPES:
        text = text.replace(plain, written)
    return text


def _unescaped(text: str) -> str:
    pieces = text.split("\\\\")
    return "\\".join(piece.replace("\\n", "\n").replace("\\r", "\r") for piece in pieces)
