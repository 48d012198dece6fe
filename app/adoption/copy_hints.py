"""Copy hints: what is said of an adopted table's role proposes which columns make which field of a copy."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from app.adoption.mapping import OF_ROW
from app.adoption.models import AdoptedColumn, AdoptedRole, AdoptedSource, AdoptedTable
from app.adoption.proposing.expression_nodes import Call, Name, Node, names_in
from app.adoption.proposing.expressions import ExpressionProblem, parse_value
from app.core.database import db
from app.core.kernel import kernel

MOST_COLUMNS = 2_000


def copy_hints(screen: str, role: str) -> Mapping[str, tuple[str, ...]]:
    """Return by contract column the fields that make it, where `screen` plays `role` by columns or texts put together.

    An expression that computes is left out: its parts alone would say something else.
    """
    code, _colon, noun = screen.partition(":")
    found = db.session.execute(
        select(AdoptedTable.id, AdoptedRole.columns)
        .join(AdoptedSource, AdoptedTable.source_id == AdoptedSource.id)
        .join(AdoptedRole, AdoptedRole.source_id == AdoptedSource.id)
        .where(AdoptedSource.code == code, AdoptedTable.noun == noun, AdoptedRole.role == role)
        .where(
            AdoptedRole.schema_name == AdoptedTable.schema_name, AdoptedRole.table_name == AdoptedTable.name
        )
        .limit(1)
    ).first()
    if found is None or screen not in kernel().screens:
        return {}
    query = select(AdoptedColumn.name, AdoptedColumn.attribute).where(AdoptedColumn.table_id == found[0])
    attributes = {row.name: row.attribute for row in db.session.execute(query.limit(MOST_COLUMNS))}
    fields = kernel().screens[screen].fields
    hints = {}
    for column, names in _columns(found[1]):
        known = [attributes.get(name, "") for name in names]
        named = tuple(f"{each}{OF_ROW}" if f"{each}{OF_ROW}" in fields else each for each in known)
        if named and set(named) <= set(fields):
            hints[column] = named
    return hints


def _columns(lines: str) -> list[tuple[str, tuple[str, ...]]]:
    found = []
    for line in lines.splitlines():
        column, _sign, text = line.partition("=")
        try:
            node = parse_value(text.strip())
        except ExpressionProblem:
            continue
        if _is_plain(node):
            found.append((column.strip(), tuple(name.column for name in names_in(node))))
    return found


def _is_plain(node: Node) -> bool:
    """Say whether an expression is a column, or columns' texts one after the other."""
    if any(name.of_parent for name in names_in(node)):
        return False
    return isinstance(node, Name) or (isinstance(node, Call) and node.function == "concat")
