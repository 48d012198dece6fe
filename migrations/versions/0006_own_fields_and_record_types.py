"""Managers define fields and record types of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.clock import UtcDateTime
from app.core.database import TABLE_OPTIONS, Line
from app.core.keys import Key

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "shaping_field",
        sa.Column("id", Key(), nullable=False),
        sa.Column("screen", Line(80), nullable=False),
        sa.Column("code", Line(8), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "text",
                "long_text",
                "number",
                "money",
                "date",
                "choice",
                "choices",
                "answer",
                "link",
                "file",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("label_zh", sa.String(length=60), nullable=False),
        sa.Column("label_en", sa.String(length=60), nullable=False),
        sa.Column("help_zh", sa.String(length=300), nullable=False),
        sa.Column("help_en", sa.String(length=300), nullable=False),
        sa.Column("group_zh", sa.String(length=60), nullable=False),
        sa.Column("group_en", sa.String(length=60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("is_unique", sa.Boolean(), nullable=False),
        sa.Column("sortable", sa.Boolean(), nullable=False),
        sa.Column("searchable", sa.Boolean(), nullable=False),
        sa.Column("filterable", sa.Boolean(), nullable=False),
        sa.Column("in_list", sa.Boolean(), nullable=False),
        sa.Column(
            "personal",
            sa.Enum(
                "none",
                "contact",
                "identity",
                "health",
                "financial",
                name="personal",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("settings", sa.Text(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "active", "parked", "gone", name="state", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shaping_field")),
        **TABLE_OPTIONS,
    )
    with op.batch_alter_table("shaping_field", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_shaping_field_code"), ["code"], unique=True)
        batch_op.create_index(
            batch_op.f("ix_shaping_field_screen_position_id"), ["screen", "position", "id"], unique=False
        )

    op.create_table(
        "shaping_type",
        sa.Column("id", Key(), nullable=False),
        sa.Column("code", Line(8), nullable=False),
        sa.Column("noun", Line(40), nullable=False),
        sa.Column("label_zh", sa.String(length=60), nullable=False),
        sa.Column("label_en", sa.String(length=60), nullable=False),
        sa.Column("plural_zh", sa.String(length=60), nullable=False),
        sa.Column("plural_en", sa.String(length=60), nullable=False),
        sa.Column("title_zh", sa.String(length=60), nullable=False),
        sa.Column("title_en", sa.String(length=60), nullable=False),
        sa.Column("icon", Line(40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "active", "parked", "gone", name="state", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shaping_type")),
        **TABLE_OPTIONS,
    )
    with op.batch_alter_table("shaping_type", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_shaping_type_code"), ["code"], unique=True)
        batch_op.create_index(batch_op.f("ix_shaping_type_noun"), ["noun"], unique=True)


def downgrade() -> None:
    """Go back to the version before."""
    op.drop_table("shaping_type")
    op.drop_table("shaping_field")
