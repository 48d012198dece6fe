"""The house."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app.core.clock import UtcDateTime
from app.core.database import TABLE_OPTIONS, Line
from app.core.keys import Key

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "ab_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("label", sa.String(length=150), nullable=True),
        sa.Column("description", sa.String(length=512), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ab_group")),
        sa.UniqueConstraint("name", name=op.f("uq_ab_group_name")),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "ab_permission",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ab_permission")),
        sa.UniqueConstraint("name", name=op.f("uq_ab_permission_name")),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "ab_register_user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_name", sa.String(length=64), nullable=False),
        sa.Column("last_name", sa.String(length=64), nullable=False),
        sa.Column("username", sa.String(length=128), nullable=False),
        sa.Column("password", sa.String(length=256), nullable=True),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("registration_date", sa.DateTime(), nullable=True),
        sa.Column("registration_hash", sa.String(length=256), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ab_register_user")),
        sa.UniqueConstraint("email", name=op.f("uq_ab_register_user_email")),
        sa.UniqueConstraint("username", name=op.f("uq_ab_register_user_username")),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "ab_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ab_role")),
        sa.UniqueConstraint("name", name=op.f("uq_ab_role_name")),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "ab_view_menu",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=250), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ab_view_menu")),
        sa.UniqueConstraint("name", name=op.f("uq_ab_view_menu_name")),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "access_branch",
        sa.Column("id", Key(), nullable=False),
        sa.Column("code", Line(20), nullable=True),
        sa.Column("name", Line(80), nullable=False),
        sa.Column("phone", Line(24), nullable=True),
        sa.Column("address", sa.String(length=200), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", UtcDateTime(), nullable=True),
        sa.Column("deleted_by", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_branch")),
        sa.UniqueConstraint("name", name=op.f("uq_access_branch_name")),
        **TABLE_OPTIONS,
    )
    with op.batch_alter_table("access_branch", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_access_branch_code_id"), ["code", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_access_branch_deleted_at_id"),
            ["deleted_at", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_at IS NOT NULL"),
            postgresql_where=sa.text("deleted_at IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_access_branch_name_id"), ["name", "id"], unique=False)

    op.create_table(
        "access_shop",
        sa.Column("id", Key(), nullable=False),
        sa.Column("single", sa.Integer(), nullable=False),
        sa.Column("name", Line(80), nullable=False),
        sa.Column("profile", Line(32), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("day_starts", sa.Time(), nullable=False),
        sa.Column("is_sample", sa.Boolean(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.CheckConstraint("single = 1", name=op.f("ck_access_shop_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_shop")),
        sa.UniqueConstraint("single", name=op.f("uq_access_shop_single")),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "access_version",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("permissions_digest", sa.String(length=64), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_access_version_only_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_version")),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "core_upload",
        sa.Column("id", Key(), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_upload")),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "people_tag",
        sa.Column("id", Key(), nullable=False),
        sa.Column("name", Line(40), nullable=False),
        sa.Column(
            "colour",
            sa.Enum(
                "grey",
                "green",
                "amber",
                "red",
                "blue",
                name="colour",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people_tag")),
        **TABLE_OPTIONS,
    )
    with op.batch_alter_table("people_tag", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_people_tag_created_at_id"), ["created_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_people_tag_name"), ["name"], unique=True)

    op.create_table(
        "ab_group_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.Column("role_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["group_id"], ["ab_group.id"], name=op.f("fk_ab_group_role_group_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["role_id"], ["ab_role.id"], name=op.f("fk_ab_group_role_role_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ab_group_role")),
        sa.UniqueConstraint("group_id", "role_id", name=op.f("uq_ab_group_role_group_id_role_id")),
        **TABLE_OPTIONS,
    )
    with op.batch_alter_table("ab_group_role", schema=None) as batch_op:
        batch_op.create_index("idx_group_id", ["group_id"], unique=False)
        batch_op.create_index("idx_group_role_id", ["role_id"], unique=False)

    op.create_table(
        "ab_permission_view",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("permission_id", sa.Integer(), nullable=False),
        sa.Column("view_menu_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["permission_id"], ["ab_permission.id"], name=op.f("fk_ab_permission_view_permission_id")
        ),
        sa.ForeignKeyConstraint(
            ["view_menu_id"], ["ab_view_menu.id"], name=op.f("fk_ab_permission_view_view_menu_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ab_permission_view")),
        sa.UniqueConstraint(
            "permission_id", "view_menu_id", name=op.f("uq_ab_permission_view_permission_id_view_menu_id")
        ),
        **TABLE_OPTIONS,
    )
    with op.batch_alter_table("ab_permission_view", schema=None) as batch_op:
        batch_op.create_index("idx_permission_id", ["permission_id"], unique=False)
        batch_op.create_index("idx_view_menu_id", ["view_menu_id"], unique=False)

    op.create_table(
        "ab_user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_name", Line(64), nullable=False),
        sa.Column("last_name", sa.String(length=64), nullable=False),
        sa.Column("username", Line(128), nullable=False),
        sa.Column("password", sa.String(length=256), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=True),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("last_login", sa.DateTime(), nullable=True),
        sa.Column("login_count", sa.Integer(), nullable=True),
        sa.Column("fail_login_count", sa.Integer(), nullable=True),
        sa.Column("created_on", sa.DateTime(), nullable=True),
        sa.Column("changed_on", sa.DateTime(), nullable=True),
        sa.Column("created_by_fk", sa.Integer(), nullable=True),
        sa.Column("changed_by_fk", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(length=16), nullable=True),
        sa.Column("theme", sa.String(length=8), nullable=True),
        sa.Column("branch_id", Key(), nullable=True),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["access_branch.id"], name=op.f("fk_ab_user_branch_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["changed_by_fk"], ["ab_user.id"], name=op.f("fk_ab_user_changed_by_fk")),
        sa.ForeignKeyConstraint(["created_by_fk"], ["ab_user.id"], name=op.f("fk_ab_user_created_by_fk")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ab_user")),
        sa.UniqueConstraint("email", name=op.f("uq_ab_user_email")),
        sa.UniqueConstraint("username", name=op.f("uq_ab_user_username")),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "people_customer",
        sa.Column("id", Key(), nullable=False),
        sa.Column("name", Line(100), nullable=False),
        sa.Column("name_key", Line(200), nullable=False),
        sa.Column("code", Line(30), nullable=True),
        sa.Column(
            "sex",
            sa.Enum(
                "female", "male", "other", name="sex", native_enum=False, create_constraint=True, length=32
            ),
            nullable=True,
        ),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("phone", Line(24), nullable=True),
        sa.Column("phone_last4", Line(4), nullable=True),
        sa.Column("wechat", Line(60), nullable=True),
        sa.Column("email", Line(120), nullable=True),
        sa.Column("address", sa.String(length=300), nullable=True),
        sa.Column(
            "source",
            sa.Enum(
                "walk_in",
                "referral",
                "wechat",
                "platform",
                "social",
                "phone",
                "website",
                "event",
                "other",
                name="source",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("branch_id", Key(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", UtcDateTime(), nullable=True),
        sa.Column("deleted_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["branch_id"], ["access_branch.id"], name=op.f("fk_people_customer_branch_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people_customer")),
        **TABLE_OPTIONS,
    )
    with op.batch_alter_table("people_customer", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_people_customer_birth_date_id"), ["birth_date", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_people_customer_branch_id_id"), ["branch_id", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_people_customer_code"), ["code"], unique=True)
        batch_op.create_index(
            batch_op.f("ix_people_customer_created_at_id"), ["created_at", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_people_customer_deleted_at_id"),
            ["deleted_at", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_at IS NOT NULL"),
            postgresql_where=sa.text("deleted_at IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_people_customer_name_id"), ["name", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_people_customer_name_key_id"), ["name_key", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_people_customer_phone_id"), ["phone", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_people_customer_phone_last4_id"), ["phone_last4", "id"], unique=False
        )

    op.create_table(
        "ab_api_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=256), nullable=False),
        sa.Column("key_hash", sa.String(length=256), nullable=False),
        sa.Column("lookup_hash", sa.String(length=256), nullable=True),
        sa.Column("key_prefix", sa.String(length=16), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_on", sa.DateTime(), nullable=True),
        sa.Column("expires_on", sa.DateTime(), nullable=True),
        sa.Column("revoked_on", sa.DateTime(), nullable=True),
        sa.Column("last_used_on", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["ab_user.id"], name=op.f("fk_ab_api_key_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ab_api_key")),
        sa.UniqueConstraint("lookup_hash", name=op.f("uq_ab_api_key_lookup_hash")),
        sa.UniqueConstraint("uuid", name=op.f("uq_ab_api_key_uuid")),
        **TABLE_OPTIONS,
    )
    with op.batch_alter_table("ab_api_key", schema=None) as batch_op:
        batch_op.create_index("idx_api_key_lookup_hash", ["lookup_hash"], unique=True)
        batch_op.create_index("idx_api_key_prefix", ["key_prefix"], unique=False)
        batch_op.create_index("idx_api_key_user_id", ["user_id"], unique=False)

    op.create_table(
        "ab_permission_view_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("permission_view_id", sa.Integer(), nullable=True),
        sa.Column("role_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["permission_view_id"],
            ["ab_permission_view.id"],
            name=op.f("fk_ab_permission_view_role_permission_view_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["role_id"], ["ab_role.id"], name=op.f("fk_ab_permission_view_role_role_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ab_permission_view_role")),
        sa.UniqueConstraint(
            "permission_view_id",
            "role_id",
            name=op.f("uq_ab_permission_view_role_permission_view_id_role_id"),
        ),
        **TABLE_OPTIONS,
    )
    with op.batch_alter_table("ab_permission_view_role", schema=None) as batch_op:
        batch_op.create_index("idx_permission_view_id", ["permission_view_id"], unique=False)
        batch_op.create_index("idx_role_id", ["role_id"], unique=False)

    op.create_table(
        "ab_user_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("group_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["group_id"], ["ab_group.id"], name=op.f("fk_ab_user_group_group_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["ab_user.id"], name=op.f("fk_ab_user_group_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ab_user_group")),
        sa.UniqueConstraint("user_id", "group_id", name=op.f("uq_ab_user_group_user_id_group_id")),
        **TABLE_OPTIONS,
    )
    with op.batch_alter_table("ab_user_group", schema=None) as batch_op:
        batch_op.create_index("idx_user_group_id", ["group_id"], unique=False)
        batch_op.create_index("idx_user_id", ["user_id"], unique=False)

    op.create_table(
        "ab_user_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("role_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["role_id"], ["ab_role.id"], name=op.f("fk_ab_user_role_role_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["ab_user.id"], name=op.f("fk_ab_user_role_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ab_user_role")),
        sa.UniqueConstraint("user_id", "role_id", name=op.f("uq_ab_user_role_user_id_role_id")),
        **TABLE_OPTIONS,
    )
    op.create_table(
        "people_contact",
        sa.Column("id", Key(), nullable=False),
        sa.Column("customer_id", Key(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "inquiry",
                "complaint",
                "suggestion",
                "follow_up",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "channel",
            sa.Enum(
                "phone",
                "chat",
                "email",
                "visit",
                name="channel",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("subject", Line(120), nullable=False),
        sa.Column("details", sa.Text(), nullable=True),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "open",
                "in_progress",
                "done",
                "dropped",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("amount_currency", sa.String(length=3), nullable=True),
        sa.Column("attachment_id", Key(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", UtcDateTime(), nullable=True),
        sa.Column("deleted_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(amount_minor IS NULL) = (amount_currency IS NULL)", name=op.f("ck_people_contact_amount_whole")
        ),
        sa.ForeignKeyConstraint(
            ["attachment_id"], ["core_upload.id"], name=op.f("fk_people_contact_attachment_id")
        ),
        sa.ForeignKeyConstraint(
            ["customer_id"], ["people_customer.id"], name=op.f("fk_people_contact_customer_id")
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["ab_user.id"], name=op.f("fk_people_contact_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people_contact")),
        **TABLE_OPTIONS,
    )
    with op.batch_alter_table("people_contact", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_people_contact_attachment_id"), ["attachment_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_people_contact_created_at_id"), ["created_at", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_people_contact_customer_id_id"), ["customer_id", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_people_contact_deleted_at_id"),
            ["deleted_at", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_at IS NOT NULL"),
            postgresql_where=sa.text("deleted_at IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_people_contact_due_on_id"), ["due_on", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_people_contact_owner_id_state_due_on_id"),
            ["owner_id", "state", "due_on", "id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_people_contact_state_due_on_id"), ["state", "due_on", "id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_people_contact_subject_id"), ["subject", "id"], unique=False)

    op.create_table(
        "people_customer_tag",
        sa.Column("customer_id", Key(), nullable=False),
        sa.Column("tag_id", Key(), nullable=False),
        sa.ForeignKeyConstraint(
            ["customer_id"],
            ["people_customer.id"],
            name=op.f("fk_people_customer_tag_customer_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tag_id"], ["people_tag.id"], name=op.f("fk_people_customer_tag_tag_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("customer_id", "tag_id", name=op.f("pk_people_customer_tag")),
        **TABLE_OPTIONS,
    )
    with op.batch_alter_table("people_customer_tag", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_people_customer_tag_tag_id_customer_id"), ["tag_id", "customer_id"], unique=False
        )

    op.create_table(
        "pets_pet",
        sa.Column("id", Key(), nullable=False),
        sa.Column("name", Line(60), nullable=False),
        sa.Column("name_key", Line(200), nullable=False),
        sa.Column("owner_id", Key(), nullable=False),
        sa.Column(
            "species",
            sa.Enum(
                "dog",
                "cat",
                "rabbit",
                "bird",
                "reptile",
                "other",
                name="species",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("breed", Line(60), nullable=True),
        sa.Column(
            "sex",
            sa.Enum("female", "male", name="sex", native_enum=False, create_constraint=True, length=32),
            nullable=True,
        ),
        sa.Column("neutered", sa.Boolean(), nullable=False),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("weight", sa.BigInteger(), nullable=True),
        sa.Column("colour", Line(40), nullable=True),
        sa.Column(
            "temperament",
            sa.Enum(
                "calm",
                "lively",
                "shy",
                "nervous",
                "bites",
                name="temperament",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("diet", sa.Text(), nullable=True),
        sa.Column("allergies", sa.Text(), nullable=True),
        sa.Column("chip_number", Line(30), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("photo_id", Key(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", UtcDateTime(), nullable=True),
        sa.Column("deleted_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("weight > 0", name=op.f("ck_pets_pet_weight_positive")),
        sa.ForeignKeyConstraint(["owner_id"], ["people_customer.id"], name=op.f("fk_pets_pet_owner_id")),
        sa.ForeignKeyConstraint(["photo_id"], ["core_upload.id"], name=op.f("fk_pets_pet_photo_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pets_pet")),
        **TABLE_OPTIONS,
    )
    with op.batch_alter_table("pets_pet", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pets_pet_birth_date_id"), ["birth_date", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_pets_pet_chip_number_id"), ["chip_number", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_pets_pet_created_at_id"), ["created_at", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_pets_pet_deleted_at_id"),
            ["deleted_at", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_at IS NOT NULL"),
            postgresql_where=sa.text("deleted_at IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_pets_pet_name_id"), ["name", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_pets_pet_name_key_id"), ["name_key", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_pets_pet_owner_id_id"), ["owner_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_pets_pet_photo_id"), ["photo_id"], unique=False)

    op.create_table(
        "pets_vaccination",
        sa.Column("id", Key(), nullable=False),
        sa.Column("pet_id", Key(), nullable=False),
        sa.Column("vaccine", Line(80), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("batch", Line(40), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
        sa.Column("deleted_at", UtcDateTime(), nullable=True),
        sa.Column("deleted_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("due_on >= given_on", name=op.f("ck_pets_vaccination_due_after_given")),
        sa.ForeignKeyConstraint(["pet_id"], ["pets_pet.id"], name=op.f("fk_pets_vaccination_pet_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pets_vaccination")),
        **TABLE_OPTIONS,
    )
    with op.batch_alter_table("pets_vaccination", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pets_vaccination_batch_id"), ["batch", "id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_pets_vaccination_deleted_at_id"),
            ["deleted_at", "id"],
            unique=False,
            sqlite_where=sa.text("deleted_at IS NOT NULL"),
            postgresql_where=sa.text("deleted_at IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_pets_vaccination_due_on_id"), ["due_on", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_pets_vaccination_given_on_id"), ["given_on", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_pets_vaccination_pet_id_id"), ["pet_id", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_pets_vaccination_vaccine_id"), ["vaccine", "id"], unique=False)


def downgrade() -> None:
    """Go back to the version before."""
    op.drop_table("pets_vaccination")
    op.drop_table("pets_pet")
    op.drop_table("people_customer_tag")
    op.drop_table("people_contact")
    op.drop_table("ab_user_role")
    op.drop_table("ab_user_group")
    op.drop_table("ab_permission_view_role")
    op.drop_table("ab_api_key")
    op.drop_table("people_customer")
    op.drop_table("ab_user")
    op.drop_table("ab_permission_view")
    op.drop_table("ab_group_role")
    op.drop_table("people_tag")
    op.drop_table("core_upload")
    op.drop_table("access_version")
    op.drop_table("access_shop")
    op.drop_table("access_branch")
    op.drop_table("ab_view_menu")
    op.drop_table("ab_role")
    op.drop_table("ab_register_user")
    op.drop_table("ab_permission")
    op.drop_table("ab_group")
