"""Saved views of lists, for whom they are, and what each person decided about them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.clock import UtcDateTime
from app.core.database import TABLE_OPTIONS, Line
from app.core.keys import Key

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "panel_view",
        sa.Column("id", Key(), nullable=False),
        sa.Column("name", Line(80), nullable=False),
        sa.Column("screen", Line(130), nullable=False),
        sa.Column("arguments", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column(
            "visibility",
            sa.Enum(
                "own",
                "roles",
                "everybody",
                name="visibility",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_pinned", sa.Boolean(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["ab_user.id"], name=op.f("fk_panel_view_owner_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_view")),
        **TABLE_OPTIONS,
    )
    op.create_index(
        op.f("ix_panel_view_owner_id_screen_name"), "panel_view", ["owner_id", "screen", "name"], unique=True
    )
    op.create_index(op.f("ix_panel_view_visibility_id"), "panel_view", ["visibility", "id"], unique=False)
    _make_links()


def _make_links() -> None:
    op.create_table(
        "panel_view_role",
        sa.Column("view_id", Key(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["view_id"], ["panel_view.id"], name=op.f("fk_panel_view_role_view_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["role_id"], ["ab_role.id"], name=op.f("fk_panel_view_role_role_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("view_id", "role_id", name=op.f("pk_panel_view_role")),
        **TABLE_OPTIONS,
    )
    op.create_index(op.f("ix_panel_view_role_role_id_view_id"), "panel_view_role", ["role_id", "view_id"])
    op.create_table(
        "panel_view_choice",
        sa.Column("view_id", Key(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("is_pinned", sa.Boolean(), nullable=True),
        sa.Column("is_default", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(
            ["view_id"], ["panel_view.id"], name=op.f("fk_panel_view_choice_view_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["ab_user.id"], name=op.f("fk_panel_view_choice_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("view_id", "person_id", name=op.f("pk_panel_view_choice")),
        **TABLE_OPTIONS,
    )
    op.create_index(
        op.f("ix_panel_view_choice_person_id_view_id"), "panel_view_choice", ["person_id", "view_id"]
    )


def downgrade() -> None:
    """Go back to the version before."""
    for name in ("panel_view_choice", "panel_view_role", "panel_view"):
        op.drop_table(name)
