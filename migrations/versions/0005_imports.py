"""Imports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.mysql import MEDIUMTEXT

from app.core.clock import UtcDateTime
from app.core.database import TABLE_OPTIONS, Line
from app.core.keys import Key

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

LONG = sa.Text().with_variant(MEDIUMTEXT(), "mysql", "mariadb")


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "panel_import_shape",
        sa.Column("id", Key(), nullable=False),
        sa.Column("shape", sa.String(length=64), nullable=False),
        sa.Column("mapping_json", LONG, nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_import_shape")),
        **TABLE_OPTIONS,
    )
    with op.batch_alter_table("panel_import_shape", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_panel_import_shape_shape"), ["shape"], unique=True)

    op.create_table(
        "panel_import",
        sa.Column("id", Key(), nullable=False),
        sa.Column("screen", Line(80), nullable=False),
        sa.Column("upload_id", Key(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "uploaded",
                "checking",
                "checked",
                "writing",
                "done",
                "stopped",
                "failed",
                "undone",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "mode",
            sa.Enum("accepted", "all", name="mode", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("layout_json", LONG, nullable=False),
        sa.Column("headers_json", LONG, nullable=False),
        sa.Column("mapping_json", LONG, nullable=False),
        sa.Column("batch_id", Key(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("inserted", sa.BigInteger(), nullable=False),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.Column("same", sa.BigInteger(), nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.Column("totals", sa.BigInteger(), nullable=False),
        sa.Column("stop_wanted", sa.Boolean(), nullable=False),
        sa.Column("message", sa.String(length=300), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["upload_id"], ["core_upload.id"], name=op.f("fk_panel_import_upload_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_import")),
        **TABLE_OPTIONS,
    )
    with op.batch_alter_table("panel_import", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_panel_import_created_by_id"), ["created_by", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_panel_import_upload_id"), ["upload_id"], unique=False)


def downgrade() -> None:
    """Go back to the version before."""
    op.drop_table("panel_import")
    op.drop_table("panel_import_shape")
