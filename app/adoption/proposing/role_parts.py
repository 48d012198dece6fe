"""What the finders of roles share: columns as expressions, units, evidence, the condition for rows that count."""

from __future__ import annotations

from app.adoption.proposing.expressions import quoted
from app.adoption.proposing.results import Epoch, Unit
from app.adoption.proposing.role_columns import Candidate, status_filter
from app.adoption.proposing.seeing import SeenColumn, SeenTable


def columns_of(**found: str) -> tuple[tuple[str, str], ...]:
    """Return the columns that were found, as a role keeps them."""
    return tuple((name, text) for name, text in found.items() if text)


def name_of(column: SeenColumn | None, *, of_parent: bool = False) -> str:
    """Return a column as an expression, '' for None."""
    return ("parent." if of_parent else "") + quoted(column.name) if column is not None else ""


def seen_of(table: Candidate | None) -> SeenTable | None:
    """Return the sketch behind a candidate."""
    return table.seen if table is not None else None


def unit_of(candidate: Candidate, *columns: SeenColumn | None) -> Unit:
    """Return the unit of the first of some columns that keeps money."""
    units = [candidate.marked(column).money.value for column in columns if column is not None]
    return next((unit for unit in units if unit), "")


def epoch_of(candidate: Candidate, column: SeenColumn | None) -> Epoch:
    """Return how a column counts time."""
    return candidate.marked(column).epoch.value if column is not None else ""


def evidence_of(**facts: object) -> tuple[str, ...]:
    """Return the codes of what holds."""
    return tuple(code for code, holds in facts.items() if holds)


def counting_rows(head: Candidate) -> str:
    """Return the condition for rows that count: by their status, and not deleted."""
    return both(status_filter(head), head.proposal.alive.value)


def both(*conditions: str) -> str:
    """Return conditions joined by and; empty ones are left out."""
    return " and ".join(condition for condition in conditions if condition)


def by_zh(candidate: Candidate, *texts: str) -> SeenColumn | None:
    """Return the first column whose label or name says one of `texts` in Chinese."""
    for text in texts:
        for column in candidate.seen.columns:
            if text in column.label or text in column.named:
                return column
    return None


def title_of(table: Candidate) -> str:
    """Return what names a row, as an expression."""
    title = table.proposal.title.value
    if not title:
        return ""
    return quoted(title[0]) if len(title) == 1 else f"concat({', '.join(_spaced(title))})"


def _spaced(names: tuple[str, ...]) -> list[str]:
    parts = [quoted(names[0])]
    for name in names[1:]:
        parts += ["' '", quoted(name)]
    return parts


def target_column(on: SeenColumn, head: Candidate) -> str:
    """Return the column of the head that a line's column names: a relation's, else the key."""
    for relation in on.table.sketch.relations:
        if relation.columns == (on.name,) and (relation.schema, relation.table) == head.seen.address:
            return relation.target_columns[0]
    return (head.seen.sketch.primary_key or head.seen.sketch.key)[0]
