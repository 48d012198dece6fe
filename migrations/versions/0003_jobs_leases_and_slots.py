"""Jobs leases and slots."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.clock import UtcDateTime
from app.core.database import TABLE_OPTIONS, Line
from app.core.json_text import JsonText
from app.core.keys import Key

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "operations_job",
        sa.Column("id", Key(), nullable=False),
        sa.Column("kind", Line(80), nullable=False),
        sa.Column("arguments", JsonText(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "running",
                "done",
                "failed",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("resume_state", JsonText(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("result", JsonText(), nullable=False),
        sa.Column("message_code", sa.String(length=64), nullable=False),
        sa.Column("message", sa.String(length=500), nullable=False),
        sa.Column("incident", sa.String(length=16), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("intent", sa.String(length=64), nullable=True),
        sa.Column("holder", sa.String(length=40), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("heartbeat_at", UtcDateTime(), nullable=True),
        sa.Column("cancel_asked_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operations_job")),
        sa.UniqueConstraint("intent", name=op.f("uq_operations_job_intent")),
        **TABLE_OPTIONS,
    )
    with op.batch_alter_table("operations_job", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_operations_job_asked_by_id"), ["asked_by", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_operations_job_finished_at_id"), ["finished_at", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_operations_job_state_id"), ["state", "id"], unique=False)

    op.create_table(
        "operations_lease",
        sa.Column("name", Line(80), nullable=False),
        sa.Column("holder", sa.String(length=40), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_operations_lease")),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "operations_slot",
        sa.Column("id", Key(), nullable=False),
        sa.Column("name", Line(80), nullable=False),
        sa.Column("slot", UtcDateTime(), nullable=False),
        sa.Column("job_id", Key(), nullable=True),
        sa.ForeignKeyConstraint(
            ["job_id"], ["operations_job.id"], name=op.f("fk_operations_slot_job_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_operations_slot")),
        sa.UniqueConstraint("name", "slot", name=op.f("uq_operations_slot_name_slot")),
        **TABLE_OPTIONS,
    )
    with op.batch_alter_table("operations_slot", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_operations_slot_job_id"), ["job_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_operations_slot_slot"), ["slot"], unique=False)


def downgrade() -> None:
    """Go back to the version before."""
    op.drop_table("operations_slot")
    op.drop_table("operations_lease")
    op.drop_table("operations_job")
