"""The journal."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.mysql import MEDIUMTEXT

from app.core.clock import UtcDateTime
from app.core.database import TABLE_OPTIONS, Line
from app.core.keys import Key

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this version."""
    document = sa.Text().with_variant(MEDIUMTEXT(), "mysql", "mariadb")
    op.create_table(
        "journal_entry",
        sa.Column("id", Key(), nullable=False),
        sa.Column("moment", UtcDateTime(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("subject", Line(64), nullable=False),
        sa.Column("record", Line(200), nullable=False),
        sa.Column(
            "verb",
            sa.Enum(
                "added",
                "changed",
                "trashed",
                "restored",
                "deleted",
                name="verb",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("old_values", document, nullable=True),
        sa.Column("new_values", document, nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("batch_id", Key(), nullable=True),
        sa.Column("undoes_id", Key(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_entry")),
        **TABLE_OPTIONS,
    )
    with op.batch_alter_table("journal_entry", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_journal_entry_subject_record_id"), ["subject", "record", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_journal_entry_batch_id_id"), ["batch_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_journal_entry_actor_id_id"), ["actor_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_journal_entry_undoes_id_id"), ["undoes_id", "id"], unique=False)


def downgrade() -> None:
    """Go back one version."""
    op.drop_table("journal_entry")
