"""Signing in from elsewhere: who a person is at a provider, and which sign-ins there came back already."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.clock import UtcDateTime
from app.core.database import TABLE_OPTIONS, Line

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "access_used_state",
        sa.Column("digest", Line(64), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_access_used_state")),
        **TABLE_OPTIONS,
    )
    with op.batch_alter_table("access_used_state", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_access_used_state_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "access_outside_link",
        sa.Column("digest", Line(64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("issuer", Line(64), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["ab_user.id"], name=op.f("fk_access_outside_link_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_access_outside_link")),
        sa.UniqueConstraint("person_id", "issuer", name=op.f("uq_access_outside_link_person_id_issuer")),
        **TABLE_OPTIONS,
    )


def downgrade() -> None:
    """Go back to the version before."""
    op.drop_table("access_outside_link")
    op.drop_table("access_used_state")
