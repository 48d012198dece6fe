"""Emptying: every record of every slice goes, because all of them belonged to the sample shop."""

from __future__ import annotations

from sqlalchemy import delete, update

from app.access.models import AccessVersion, Person, ShopSettings
from app.core.database import db
from app.journal.clearing import clear_journal

_GONE_TOGETHER = {"unjournalled": "the sample goes as a whole, and its journal with it"}


def empty_tables() -> None:
    """Empty all tables but the accounts and the shop itself, inside the open transaction.

    Rows go table by table, those that point to others first; a new slice cannot be forgotten. What says of itself
    that it outlives the sample (`info={"outlives_sample": True}`) stays.
    """
    kept = {AccessVersion.__tablename__, ShopSettings.__tablename__}
    clear_journal(db.session())
    db.session.execute(update(Person).values(branch_id=None).execution_options(**_GONE_TOGETHER))
    for table in reversed(db.metadata.sorted_tables):
        if table.name in kept or table.name.startswith("ab_") or table.info.get("outlives_sample"):
            continue
        for column in table.columns:
            # MariaDB checks a table's links to itself row by row.
            if column.nullable and any(key.column.table is table for key in column.foreign_keys):
                emptied = update(table).values({column.name: None})
                db.session.execute(emptied.execution_options(**_GONE_TOGETHER))
        db.session.execute(delete(table).execution_options(**_GONE_TOGETHER))
