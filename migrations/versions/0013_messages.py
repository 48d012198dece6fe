"""messages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.clock import UtcDateTime
from app.core.database import TABLE_OPTIONS, Line
from app.core.keys import Key

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "messaging_message",
        sa.Column("id", Key(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum("mail", "sms", name="channel", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("kind", Line(40), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("intent", sa.String(length=64), nullable=False),
        sa.Column("locked", sa.LargeBinary(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "sending",
                "sent",
                "failed",
                "dead",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=32), nullable=False),
        sa.Column("answer", sa.String(length=32), nullable=False),
        sa.Column("reference", sa.String(length=320), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("lease_epoch", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("next_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messaging_message")),
        sa.UniqueConstraint("intent", name=op.f("uq_messaging_message_intent")),
        **TABLE_OPTIONS,
    )
    with op.batch_alter_table("messaging_message", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_messaging_message_ended_at_id"), ["ended_at", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_messaging_message_state_expires_at"), ["state", "expires_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_messaging_message_state_id"), ["state", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_messaging_message_state_next_at"), ["state", "next_at"], unique=False
        )

    op.create_table(
        "messaging_settings",
        sa.Column("id", Key(), nullable=False),
        sa.Column("single", sa.Integer(), nullable=False),
        sa.Column("sender", sa.String(length=254), nullable=False),
        sa.Column("smtp_host", sa.String(length=253), nullable=False),
        sa.Column("smtp_port", sa.Integer(), nullable=False),
        sa.Column(
            "smtp_security",
            sa.Enum(
                "starttls",
                "tls",
                "none",
                name="smtp_security",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("smtp_user", sa.String(length=254), nullable=False),
        sa.Column("smtp_password", sa.LargeBinary(), nullable=True),
        sa.Column(
            "sms_provider",
            sa.Enum(
                "none",
                "aliyun",
                "terminal",
                name="sms_provider",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("sms_key", sa.String(length=128), nullable=False),
        sa.Column("sms_secret", sa.LargeBinary(), nullable=True),
        sa.Column("sms_sign", sa.String(length=64), nullable=False),
        sa.Column("sms_template", sa.String(length=64), nullable=False),
        sa.Column("days_kept", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("single = 1", name=op.f("ck_messaging_settings_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messaging_settings")),
        sa.UniqueConstraint("single", name=op.f("uq_messaging_settings_single")),
        **TABLE_OPTIONS,
    )


def downgrade() -> None:
    """Go back to the version before."""
    op.drop_table("messaging_settings")
    op.drop_table("messaging_message")
