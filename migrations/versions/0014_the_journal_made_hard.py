"""The journal, made hard: chains, the keys of persons, and triggers that keep what is written."""

from __future__ import annotations

import logging

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.mysql import MEDIUMTEXT
from sqlalchemy.exc import DBAPIError

from app.core.clock import UtcDateTime
from app.core.database import TABLE_OPTIONS, Line
from app.core.keys import Key

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

VERBS = ("added", "changed", "trashed", "restored", "deleted")
INDEXES = (
    ("ix_journal_entry_subject_record_id", ["subject", "record", "id"]),
    ("ix_journal_entry_batch_id_id", ["batch_id", "id"]),
    ("ix_journal_entry_actor_id_id", ["actor_id", "id"]),
    ("ix_journal_entry_undoes_id_id", ["undoes_id", "id"]),
)
NEW_INDEXES = (
    ("ix_journal_entry_chain_place", ["chain", "place"], True),
    ("ix_journal_entry_kind_id", ["kind", "id"], False),
    ("ix_journal_entry_address_id", ["address", "id"], False),
    ("ix_journal_entry_branch_id_id", ["branch_id", "id"], False),
)


def new_columns() -> tuple[sa.Column, ...]:
    """Return the columns that entries gain."""
    return (
        sa.Column("kind", Line(64), server_default="", nullable=False),
        sa.Column("session_id", Line(32), server_default="", nullable=False),
        sa.Column("address", Line(64), server_default="", nullable=False),
        sa.Column("branch_id", Key(), nullable=True),
        sa.Column("key_id", Key(), nullable=True),
        sa.Column("chain", Line(64), server_default="", nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=True),
        sa.Column("mac", Line(44), server_default="", nullable=False),
    )


def entries(verbs: tuple[str, ...], reason: sa.types.TypeEngine, *more: sa.Column) -> sa.Table:
    """Return the table as SQLite is to copy it: it tells Alembic nothing of its checks."""
    document = sa.Text().with_variant(MEDIUMTEXT(), "mysql", "mariadb")
    return sa.Table(
        "journal_entry",
        sa.MetaData(),
        sa.Column("id", Key(), nullable=False),
        sa.Column("moment", UtcDateTime(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("subject", Line(64), nullable=False),
        sa.Column("record", Line(200), nullable=False),
        sa.Column("verb", sa.String(32), nullable=False),
        sa.Column("old_values", document, nullable=True),
        sa.Column("new_values", document, nullable=True),
        sa.Column("reason", reason, nullable=False),
        sa.Column("batch_id", Key(), nullable=True),
        sa.Column("undoes_id", Key(), nullable=True),
        *more,
        sa.PrimaryKeyConstraint("id", name="pk_journal_entry"),
        sa.CheckConstraint(one_of(verbs), name="ck_journal_entry_verb"),
        *(sa.Index(name, *columns) for name, columns in INDEXES),
        *(sa.Index(name, *columns, unique=single) for name, columns, single in NEW_INDEXES if more),
    )


def one_of(verbs: tuple[str, ...]) -> str:
    """Return the check of the column `verb`."""
    return "verb IN ({})".format(", ".join(f"'{verb}'" for verb in verbs))


def upgrade() -> None:
    """Go to this version; the entries of before are sealed and chained by the program, which has the key."""
    op.create_table(
        "journal_person_key",
        sa.Column("id", Key(), nullable=False),
        sa.Column("subject", Line(64), nullable=False),
        sa.Column("record", Line(200), nullable=False),
        sa.Column("wrapped", Line(200), nullable=True),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("destroyed_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_person_key")),
        **TABLE_OPTIONS,
    )
    with op.batch_alter_table("journal_person_key", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_journal_person_key_subject_record"), ["subject", "record"], unique=False
        )
    op.create_table(
        "journal_chain",
        sa.Column("name", Line(64), nullable=False),
        sa.Column("born", Key(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.Column("mac", Line(44), nullable=False),
        sa.Column("key_name", Line(16), nullable=False),
        sa.Column("archived_place", sa.BigInteger(), nullable=False),
        sa.Column("archived_mac", Line(44), nullable=False),
        sa.Column("archived_sign", Line(44), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_journal_chain")),
        **TABLE_OPTIONS,
    )
    old = entries(VERBS, sa.String(300))
    with op.batch_alter_table("journal_entry", copy_from=old) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_journal_entry_verb"), type_="check")
        batch_op.create_check_constraint(
            batch_op.f("ck_journal_entry_verb"), sa.text(one_of((*VERBS, "happened")))
        )
        batch_op.alter_column(
            "reason", existing_type=sa.String(300), type_=sa.Text(), existing_nullable=False
        )
        for column in new_columns():
            batch_op.add_column(column)
        for name, columns, single in NEW_INDEXES:
            batch_op.create_index(batch_op.f(name), columns, unique=single)
    add_triggers()


SQLITE = """
CREATE TRIGGER journal_entry_unchanged BEFORE UPDATE ON journal_entry WHEN OLD.place IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'journal entries are never changed or deleted'); END;
CREATE TRIGGER journal_entry_undeleted BEFORE DELETE ON journal_entry
WHEN NOT EXISTS (SELECT 1 FROM journal_chain WHERE name = OLD.chain AND archived_place >= OLD.place)
BEGIN SELECT RAISE(ABORT, 'journal entries are never changed or deleted'); END;
CREATE TRIGGER journal_entry_unreplaced BEFORE INSERT ON journal_entry
WHEN EXISTS (SELECT 1 FROM journal_entry WHERE id = NEW.id)
  OR EXISTS (SELECT 1 FROM journal_entry WHERE chain = NEW.chain AND place = NEW.place)
BEGIN SELECT RAISE(ABORT, 'journal entries are never changed or deleted'); END
"""
POSTGRESQL = """
CREATE FUNCTION journal_entry_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.place IS NULL THEN RETURN NEW; END IF;
  IF TG_OP = 'DELETE' AND EXISTS
    (SELECT 1 FROM journal_chain WHERE name = OLD.chain AND archived_place >= OLD.place)
  THEN RETURN OLD; END IF;
  RAISE EXCEPTION 'journal entries are never changed or deleted';
END $$;
CREATE TRIGGER journal_entry_kept BEFORE UPDATE OR DELETE ON journal_entry
FOR EACH ROW EXECUTE FUNCTION journal_entry_kept();
CREATE TRIGGER journal_entry_whole BEFORE TRUNCATE ON journal_entry
FOR EACH STATEMENT EXECUTE FUNCTION journal_entry_kept()
"""
MARIADB = (
    (
        "CREATE TRIGGER journal_entry_unchanged BEFORE UPDATE ON journal_entry FOR EACH ROW BEGIN "
        "IF OLD.place IS NOT NULL THEN "
        "SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'journal entries are never changed or deleted'; END IF; END"
    ),
    (
        "CREATE TRIGGER journal_entry_undeleted BEFORE DELETE ON journal_entry FOR EACH ROW BEGIN "
        "IF NOT EXISTS (SELECT 1 FROM journal_chain WHERE name = OLD.chain AND archived_place >= OLD.place) "
        "THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'journal entries are never changed or deleted'; END IF; END"
    ),
)


def add_triggers() -> None:
    """Let the database itself refuse to change what is chained, and to delete what is not archived."""
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        for statement in SQLITE.split(";\nCREATE"):
            text = statement if statement.lstrip().startswith("CREATE") else f"CREATE{statement}"
            connection.exec_driver_sql(text.strip().removesuffix(";"))
    elif connection.dialect.name == "postgresql":
        connection.exec_driver_sql(POSTGRESQL)
    else:
        for statement in MARIADB:
            try:
                connection.exec_driver_sql(statement)
            except DBAPIError as error:
                # With a binary log, MariaDB lets nobody but an administrator make triggers.
                logging.getLogger("kebu").warning(
                    "MariaDB refuses this account triggers (%s): the journal's chain still shows every change, but the "
                    "database does not refuse it. Let an administrator set log_bin_trust_function_creators=1 and make "
                    "the triggers of the handbook's page on the audit.",
                    error.orig.args[0] if error.orig else "",
                )
                return


def downgrade() -> None:
    """Go back to the version before; what is sealed stays sealed, and happenings go."""
    connection = op.get_bind()
    names = {
        "sqlite": ("journal_entry_unchanged", "journal_entry_undeleted", "journal_entry_unreplaced"),
        "postgresql": (),
    }.get(connection.dialect.name, ("journal_entry_unchanged", "journal_entry_undeleted"))
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            "DROP TRIGGER journal_entry_kept ON journal_entry; DROP TRIGGER journal_entry_whole ON journal_entry; "
            "DROP FUNCTION journal_entry_kept()"
        )
    for name in names:
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
    connection.exec_driver_sql("DELETE FROM journal_entry WHERE verb = 'happened'")
    new = entries((*VERBS, "happened"), sa.Text(), *new_columns())
    with op.batch_alter_table("journal_entry", copy_from=new) as batch_op:
        for name, _columns, _single in NEW_INDEXES:
            batch_op.drop_index(batch_op.f(name))
        for column in new_columns():
            batch_op.drop_column(column.name)
        batch_op.drop_constraint(batch_op.f("ck_journal_entry_verb"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_journal_entry_verb"), sa.text(one_of(VERBS)))
    op.drop_table("journal_chain")
    op.drop_table("journal_person_key")
