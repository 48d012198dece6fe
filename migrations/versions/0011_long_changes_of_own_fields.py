"""Long changes of own fields: what is under way, how far it is and what came of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.clock import UtcDateTime
from app.core.database import TABLE_OPTIONS, Line
from app.core.keys import Key

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def _choice(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "shaping_work",
        sa.Column("id", Key(), nullable=False),
        sa.Column("task", _choice("task", "convert", "index", "empty", "discard"), nullable=False),
        sa.Column("state", _choice("state", "running", "stopped", "done"), nullable=False),
        sa.Column("screen", Line(80), nullable=False),
        sa.Column("subject_id", Key(), nullable=False),
        sa.Column("code", Line(8), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("phase", sa.String(16), nullable=False),
        sa.Column("after", Key(), nullable=True),
        sa.Column("since", UtcDateTime(), nullable=True),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("fitted", sa.BigInteger(), nullable=False),
        sa.Column("left_over", sa.BigInteger(), nullable=False),
        sa.Column("named", sa.Text(), nullable=False),
        sa.Column("job_id", Key(), nullable=True),
        sa.Column("message", sa.String(500), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shaping_work")),
        **TABLE_OPTIONS,
    )
    with op.batch_alter_table("shaping_work", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_shaping_work_subject_id_id"), ["subject_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_shaping_work_state_id"), ["state", "id"], unique=False)


def downgrade() -> None:
    """Go back to the version before."""
    op.drop_table("shaping_work")
