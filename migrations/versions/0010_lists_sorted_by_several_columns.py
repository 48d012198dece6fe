"""Indexes for lists that are sorted by several columns."""

from __future__ import annotations

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

INDEXES = (
    ("people_customer", ("branch_id", "name", "id")),
    ("people_customer", ("source", "name", "id")),
    ("pets_pet", ("species", "name", "id")),
    ("pets_vaccination", ("due_on", "vaccine", "id")),
    ("pets_vaccination", ("vaccine", "due_on", "id")),
)


def upgrade() -> None:
    """Go to this version."""
    for table, columns in INDEXES:
        op.create_index(op.f(_name(table, columns)), table, list(columns), unique=False)


def downgrade() -> None:
    """Go back to the version before."""
    for table, columns in reversed(INDEXES):
        op.drop_index(op.f(_name(table, columns)), table_name=table)


def _name(table: str, columns: tuple[str, ...]) -> str:
    return f"ix_{table}_{'_'.join(columns)}"
