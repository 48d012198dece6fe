"""Limits of fields, rows and branches."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.clock import UtcDateTime
from app.core.database import TABLE_OPTIONS, Line
from app.core.keys import Key

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "access_field_rule",
        sa.Column("id", Key(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.Column("screen", Line(100), nullable=False),
        sa.Column("field", Line(100), nullable=False),
        sa.Column(
            "sight",
            sa.Enum(
                "visible",
                "masked",
                "hidden",
                name="sight",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["role_id"], ["ab_role.id"], name=op.f("fk_access_field_rule_role_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_field_rule")),
        sa.UniqueConstraint(
            "role_id", "screen", "field", name=op.f("uq_access_field_rule_role_id_screen_field")
        ),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "access_row_rule",
        sa.Column("id", Key(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.Column("screen", Line(100), nullable=False),
        sa.Column("where_document", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["role_id"], ["ab_role.id"], name=op.f("fk_access_row_rule_role_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_row_rule")),
        sa.UniqueConstraint("role_id", "screen", name=op.f("uq_access_row_rule_role_id_screen")),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "access_person_branch",
        sa.Column("id", Key(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("branch_id", Key(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["access_branch.id"], name=op.f("fk_access_person_branch_branch_id")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["ab_user.id"], name=op.f("fk_access_person_branch_person_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_person_branch")),
        sa.UniqueConstraint(
            "person_id", "branch_id", name=op.f("uq_access_person_branch_person_id_branch_id")
        ),
        **TABLE_OPTIONS,
    )
    with op.batch_alter_table("access_person_branch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_access_person_branch_branch_id"), ["branch_id"], unique=False)

    op.create_table(
        "access_reveal_count",
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reveals", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["ab_user.id"], name=op.f("fk_access_reveal_count_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", "day", name=op.f("pk_access_reveal_count")),
        **TABLE_OPTIONS,
    )
    with op.batch_alter_table("access_reveal_count", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_access_reveal_count_day"), ["day"], unique=False)

    op.add_column(
        "access_shop", sa.Column("shares_customers", sa.Boolean(), server_default=sa.true(), nullable=False)
    )
    op.add_column(
        "access_shop", sa.Column("reveals_a_day", sa.Integer(), server_default="50", nullable=False)
    )


def downgrade() -> None:
    """Go back to the version before."""
    op.drop_column("access_shop", "reveals_a_day")
    op.drop_column("access_shop", "shares_customers")
    op.drop_table("access_reveal_count")
    op.drop_table("access_person_branch")
    op.drop_table("access_row_rule")
    op.drop_table("access_field_rule")
