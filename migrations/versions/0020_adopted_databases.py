"""Adopted databases: what a shop says of tables that other programs made."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.mysql import MEDIUMTEXT

from app.core.clock import UtcDateTime
from app.core.database import TABLE_OPTIONS, Line
from app.core.keys import Key

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def stamps() -> list[sa.Column[Any]]:
    """Return the columns that every record ends with."""
    return [
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("row_version", sa.Integer(), nullable=False),
    ]


def choice(name: str, *values: str) -> sa.Column[Any]:
    """Return a column that holds one of these values."""
    kind = sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)
    return sa.Column(name, kind, nullable=False)


def upgrade() -> None:
    """Go to this version."""
    op.create_table(
        "adoption_source",
        sa.Column("id", Key(), nullable=False),
        sa.Column("code", Line(20), nullable=False),
        sa.Column("label_zh", sa.String(60), nullable=False),
        sa.Column("label_en", sa.String(60), nullable=False),
        sa.Column("locked_address", sa.LargeBinary(), nullable=False),
        sa.Column("shown_address", sa.String(300), nullable=False),
        sa.Column("only_schema", Line(128), nullable=False),
        sa.Column("read_only", sa.Boolean(), nullable=False),
        sa.Column("is_used", sa.Boolean(), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("time_zone", sa.String(64), nullable=False),
        *stamps(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adoption_source")),
        **TABLE_OPTIONS,
    )
    op.create_index(op.f("ix_adoption_source_code"), "adoption_source", ["code"], unique=True)
    op.create_index(op.f("ix_adoption_source_code_id"), "adoption_source", ["code", "id"])
    op.create_table(
        "adoption_table",
        sa.Column("id", Key(), nullable=False),
        sa.Column("source_id", Key(), nullable=False),
        sa.Column("schema_name", Line(128), nullable=False),
        sa.Column("name", Line(128), nullable=False),
        sa.Column("noun", Line(40), nullable=False),
        sa.Column("label_zh", sa.String(60), nullable=False),
        sa.Column("label_en", sa.String(60), nullable=False),
        sa.Column("title_column", Line(128), nullable=False),
        sa.Column("key_columns", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_shown", sa.Boolean(), nullable=False),
        sa.Column("read_only", sa.Boolean(), nullable=False),
        sa.Column("sort", Line(129), nullable=False),
        sa.Column("alive", sa.Text(), nullable=False),
        *stamps(),
        sa.ForeignKeyConstraint(
            ["source_id"], ["adoption_source.id"], name=op.f("fk_adoption_table_source_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adoption_table")),
        **TABLE_OPTIONS,
    )
    op.create_index(
        op.f("ix_adoption_table_source_id_noun"), "adoption_table", ["source_id", "noun"], unique=True
    )
    op.create_index(op.f("ix_adoption_table_name_id"), "adoption_table", ["name", "id"])
    op.create_table(
        "adoption_column",
        sa.Column("id", Key(), nullable=False),
        sa.Column("table_id", Key(), nullable=False),
        sa.Column("name", Line(128), nullable=False),
        sa.Column("attribute", Line(128), nullable=False),
        sa.Column("label_zh", sa.String(60), nullable=False),
        sa.Column("label_en", sa.String(60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_shown", sa.Boolean(), nullable=False),
        sa.Column("in_list", sa.Boolean(), nullable=False),
        sa.Column("read_only", sa.Boolean(), nullable=False),
        choice("personal", "none", "contact", "identity", "health", "financial"),
        choice(
            "meaning",
            *("plain", "money", "cents", "seconds", "milliseconds"),
            *("image", "email", "phone", "link"),
        ),
        sa.Column("group_zh", sa.String(60), nullable=False),
        sa.Column("group_en", sa.String(60), nullable=False),
        sa.Column("type_text", sa.String(300), nullable=False),
        sa.Column("choices", sa.Text(), nullable=False),
        sa.Column("links_to", Line(40), nullable=False),
        sa.Column("is_parked", sa.Boolean(), nullable=False),
        *stamps(),
        sa.ForeignKeyConstraint(
            ["table_id"], ["adoption_table.id"], name=op.f("fk_adoption_column_table_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adoption_column")),
        **TABLE_OPTIONS,
    )
    op.create_index(
        op.f("ix_adoption_column_table_id_attribute"),
        "adoption_column",
        ["table_id", "attribute"],
        unique=True,
    )
    op.create_index(
        op.f("ix_adoption_column_table_id_position_id"), "adoption_column", ["table_id", "position", "id"]
    )
    op.create_index(op.f("ix_adoption_column_name_id"), "adoption_column", ["name", "id"])
    op.create_index(op.f("ix_adoption_column_position_id"), "adoption_column", ["position", "id"])
    _roles()
    _looks()
    _copying()


def _looks() -> None:
    op.create_table(
        "adoption_look",
        sa.Column("id", Key(), nullable=False),
        sa.Column("source_id", Key(), nullable=False),
        sa.Column("fingerprint", Line(64), nullable=False),
        *stamps(),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["adoption_source.id"],
            name=op.f("fk_adoption_look_source_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adoption_look")),
        **TABLE_OPTIONS,
    )
    op.create_index(op.f("ix_adoption_look_source_id"), "adoption_look", ["source_id"], unique=True)


def _roles() -> None:
    op.create_table(
        "adoption_role",
        sa.Column("id", Key(), nullable=False),
        sa.Column("source_id", Key(), nullable=False),
        choice(
            "role",
            *("customers", "products", "sales", "sale_lines", "payments", "appointments", "stock", "costs"),
        ),
        sa.Column("schema_name", Line(128), nullable=False),
        sa.Column("table_name", Line(128), nullable=False),
        sa.Column("parent_schema", Line(128), nullable=False),
        sa.Column("parent_table", Line(128), nullable=False),
        sa.Column("parent_on", sa.Text(), nullable=False),
        sa.Column("columns", sa.Text(), nullable=False),
        sa.Column("filter", sa.Text(), nullable=False),
        sa.Column("unit", sa.String(8), nullable=False),
        sa.Column("refunds", sa.String(8), nullable=False),
        sa.Column("refund_filter", sa.Text(), nullable=False),
        sa.Column("epoch", sa.String(2), nullable=False),
        sa.Column("confidence", sa.Integer(), nullable=False),
        sa.Column("evidence", sa.String(200), nullable=False),
        sa.Column("is_used", sa.Boolean(), nullable=False),
        *stamps(),
        sa.ForeignKeyConstraint(
            ["source_id"], ["adoption_source.id"], name=op.f("fk_adoption_role_source_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adoption_role")),
        **TABLE_OPTIONS,
    )
    op.create_index(
        op.f("ix_adoption_role_source_id_role"), "adoption_role", ["source_id", "role"], unique=True
    )


def _copying() -> None:
    long = sa.Text().with_variant(MEDIUMTEXT(), "mysql", "mariadb")
    op.add_column("panel_import", sa.Column("origin_json", long, nullable=True))
    op.create_table(
        "panel_copied",
        sa.Column("id", Key(), nullable=False),
        sa.Column("target", Line(80), nullable=False),
        sa.Column("source", Line(80), nullable=False),
        sa.Column("source_key", sa.String(64), nullable=False),
        sa.Column("record_id", Key(), nullable=False),
        sa.Column("import_id", Key(), nullable=False),
        *stamps(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_panel_copied")),
        **TABLE_OPTIONS,
    )
    key = ["target", "source", "source_key"]
    op.create_index(op.f("ix_panel_copied_target_source_source_key"), "panel_copied", key, unique=True)
    op.create_index(op.f("ix_panel_copied_import_id"), "panel_copied", ["import_id"])


def downgrade() -> None:
    """Go back to the version before."""
    op.drop_table("adoption_look")
    op.drop_table("panel_copied")
    with op.batch_alter_table("panel_import") as batch_op:
        batch_op.drop_column("origin_json")
    op.drop_table("adoption_role")
    op.drop_table("adoption_column")
    op.drop_table("adoption_table")
    op.drop_table("adoption_source")
