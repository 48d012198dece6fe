"""Pinned and recent records, and how each person likes to work."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.clock import UtcDateTime
from app.core.database import TABLE_OPTIONS, Line

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this version."""
    op.add_column("ab_user", sa.Column("single_keys", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("ab_user", sa.Column("home", sa.Text(), nullable=True))
    op.create_table(
        "panel_mark",
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "kind",
            sa.Enum("pinned", "recent", name="kind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("screen", Line(64), nullable=False),
        sa.Column("token", Line(190), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("moment", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["ab_user.id"], name=op.f("fk_panel_mark_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "kind", "screen", "token", name=op.f("pk_panel_mark")),
        **TABLE_OPTIONS,
    )
    with op.batch_alter_table("panel_mark", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_panel_mark_person_id_kind_moment"), ["person_id", "kind", "moment"], unique=False
        )


def downgrade() -> None:
    """Go back to the version before."""
    op.drop_table("panel_mark")
    op.drop_column("ab_user", "home")
    op.drop_column("ab_user", "single_keys")
