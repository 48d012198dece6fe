"""Looking at the program as a role sees it; and which roles a shop was ever given."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.clock import UtcDateTime

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this version; the roles that were offered before the count began are known to the program."""
    with op.batch_alter_table("access_version", schema=None) as batch_op:
        batch_op.add_column(sa.Column("offered_roles", sa.Text(), nullable=True))
    with op.batch_alter_table("access_session", schema=None) as batch_op:
        batch_op.add_column(sa.Column("look_role_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("look_until", UtcDateTime(), nullable=True))


def downgrade() -> None:
    """Go back to the version before."""
    with op.batch_alter_table("access_session", schema=None) as batch_op:
        batch_op.drop_column("look_until")
        batch_op.drop_column("look_role_id")
    with op.batch_alter_table("access_version", schema=None) as batch_op:
        batch_op.drop_column("offered_roles")
