"""API keys: programs that call the API with a part of their maker's rights."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.clock import UtcDateTime
from app.core.database import TABLE_OPTIONS, Line
from app.core.keys import Key

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "access_api_key",
        sa.Column("id", Key(), nullable=False),
        sa.Column("public_id", Line(16), nullable=False),
        sa.Column("digest", Line(64), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("branch_id", Key(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("replaced_at", UtcDateTime(), nullable=True),
        sa.Column("revoked_at", UtcDateTime(), nullable=True),
        sa.Column("last_used_at", UtcDateTime(), nullable=True),
        sa.Column("last_address", Line(64), nullable=False),
        sa.Column("minute", sa.BigInteger(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["branch_id"],
            ["access_branch.id"],
            name=op.f("fk_access_api_key_branch_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["ab_user.id"], name=op.f("fk_access_api_key_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_api_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_access_api_key_public_id")),
        **TABLE_OPTIONS,
    )
    with op.batch_alter_table("access_api_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_access_api_key_branch_id"), ["branch_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_access_api_key_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_access_api_key_person_id"), ["person_id"], unique=False)


def downgrade() -> None:
    """Go back to the version before."""
    op.drop_table("access_api_key")
