"""Answered requests."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.clock import UtcDateTime
from app.core.database import TABLE_OPTIONS, Line
from app.core.keys import Key

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "panel_answered_request",
        sa.Column("id", Key(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("key_digest", Line(64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("request_digest", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["ab_user.id"],
            name=op.f("fk_panel_answered_request_person_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_answered_request")),
        **TABLE_OPTIONS,
    )
    with op.batch_alter_table("panel_answered_request", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_panel_answered_request_answered_at_id"), ["answered_at", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_panel_answered_request_person_id_key_digest_position"),
            ["person_id", "key_digest", "position"],
            unique=True,
        )


def downgrade() -> None:
    """Go back to the version before."""
    op.drop_table("panel_answered_request")
