"""Signing in: sessions, second factors, codes, known browsers, links and counters of tries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.clock import UtcDateTime
from app.core.database import TABLE_OPTIONS, Line

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "access_attempt",
        sa.Column("key", Line(64), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.Column("blocked_until", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_access_attempt")),
        **TABLE_OPTIONS,
    )
    with op.batch_alter_table("access_attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_access_attempt_last_at"), ["last_at"], unique=False)

    op.create_table(
        "access_role_factor",
        sa.Column("role_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("need", Line(8), nullable=False),
        sa.ForeignKeyConstraint(
            ["role_id"], ["ab_role.id"], name=op.f("fk_access_role_factor_role_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("role_id", name=op.f("pk_access_role_factor")),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "access_device",
        sa.Column("digest", Line(64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("trusted_until", UtcDateTime(), nullable=True),
        sa.Column("browser", sa.String(length=80), nullable=False),
        sa.Column("address", Line(64), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["ab_user.id"], name=op.f("fk_access_device_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_access_device")),
        **TABLE_OPTIONS,
    )
    with op.batch_alter_table("access_device", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_access_device_person_id"), ["person_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_access_device_seen_at"), ["seen_at"], unique=False)

    op.create_table(
        "access_link",
        sa.Column("digest", Line(64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("purpose", Line(16), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["ab_user.id"], name=op.f("fk_access_link_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_access_link")),
        **TABLE_OPTIONS,
    )
    with op.batch_alter_table("access_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_access_link_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_access_link_person_id"), ["person_id"], unique=False)

    op.create_table(
        "access_recovery_code",
        sa.Column("digest", Line(64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["ab_user.id"], name=op.f("fk_access_recovery_code_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_access_recovery_code")),
        **TABLE_OPTIONS,
    )
    with op.batch_alter_table("access_recovery_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_access_recovery_code_person_id"), ["person_id"], unique=False)

    op.create_table(
        "access_second_factor",
        sa.Column("person_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", Line(8), nullable=False),
        sa.Column("secret", sa.LargeBinary(length=512), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["ab_user.id"], name=op.f("fk_access_second_factor_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_access_second_factor")),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "access_session",
        sa.Column("digest", Line(64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("stage", Line(8), nullable=False),
        sa.Column("amr", Line(32), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("stepped_up_at", UtcDateTime(), nullable=True),
        sa.Column("browser", sa.String(length=80), nullable=False),
        sa.Column("address", Line(64), nullable=False),
        sa.Column("offered", sa.LargeBinary(length=512), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["ab_user.id"], name=op.f("fk_access_session_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_access_session")),
        **TABLE_OPTIONS,
    )
    with op.batch_alter_table("access_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_access_session_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_access_session_person_id"), ["person_id"], unique=False)

    op.create_table(
        "access_sent_code",
        sa.Column("session_digest", Line(64), nullable=False),
        sa.Column("mac", Line(64), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_digest"],
            ["access_session.digest"],
            name=op.f("fk_access_sent_code_session_digest"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("session_digest", name=op.f("pk_access_sent_code")),
        **TABLE_OPTIONS,
    )


def downgrade() -> None:
    """Go back to the version before."""
    op.drop_table("access_sent_code")
    op.drop_table("access_session")
    op.drop_table("access_second_factor")
    op.drop_table("access_recovery_code")
    op.drop_table("access_link")
    op.drop_table("access_device")
    op.drop_table("access_role_factor")
    op.drop_table("access_attempt")
