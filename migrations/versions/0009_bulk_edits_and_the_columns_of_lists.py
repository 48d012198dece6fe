"""Bulk edits and the columns of lists."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.mysql import MEDIUMTEXT

from app.core.clock import UtcDateTime
from app.core.database import TABLE_OPTIONS, Line
from app.core.keys import Key

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

LONG = sa.Text().with_variant(MEDIUMTEXT(), "mysql", "mariadb")


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "panel_bulk_edit",
        sa.Column("id", Key(), nullable=False),
        sa.Column("screen", Line(64), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "running",
                "done",
                "stopped",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "scope_json",
            LONG,
            nullable=False,
        ),
        sa.Column(
            "wish_json",
            LONG,
            nullable=False,
        ),
        sa.Column(
            "refused_json",
            LONG,
            nullable=False,
        ),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("until", sa.Text(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("same", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_bulk_edit")),
        **TABLE_OPTIONS,
    )
    with op.batch_alter_table("panel_bulk_edit", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_panel_bulk_edit_created_by_id"), ["created_by", "id"], unique=False
        )

    op.create_table(
        "panel_list_layout",
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("screen", Line(64), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("widths", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["ab_user.id"], name=op.f("fk_panel_list_layout_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "screen", name=op.f("pk_panel_list_layout")),
        **TABLE_OPTIONS,
    )


def downgrade() -> None:
    """Go back to the version before."""
    op.drop_table("panel_list_layout")
    op.drop_table("panel_bulk_edit")
