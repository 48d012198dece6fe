"""Mobile numbers of accounts, locked, for codes by text message."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this version."""
    with op.batch_alter_table("ab_user", schema=None) as batch_op:
        batch_op.add_column(sa.Column("mobile", sa.LargeBinary(256), nullable=True))
    with op.batch_alter_table("access_sent_code", schema=None) as batch_op:
        batch_op.add_column(sa.Column("mobile", sa.LargeBinary(256), nullable=True))


def downgrade() -> None:
    """Go back to the version before."""
    with op.batch_alter_table("access_sent_code", schema=None) as batch_op:
        batch_op.drop_column("mobile")
    with op.batch_alter_table("ab_user", schema=None) as batch_op:
        batch_op.drop_column("mobile")
