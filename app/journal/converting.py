"""Converting: entries of before there were chains are sealed, then chained in their order, chunk by chunk.

Each chunk is one transaction and an entry without a place is one that waits, so a killed run goes on where it was.
Nothing is written to the journal before all are converted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from flask import current_app
from sqlalchemy import Table, bindparam, select, text, update
from sqlalchemy.orm import Session

from app.core.database import db
from app.core.errors import UnreadableToken
from app.core.keys import decode_token
from app.core.schema import sole_migrator
from app.core.transaction import transaction
from app.journal.about import Person, Whom, resolve, whom_of
from app.journal.chaining import CHAIN, ENTRY, EXTENSION, OWN_HAND, link, lock_head, refuse_foreign
from app.journal.coverage import Plan, plans
from app.journal.models import SHOP_CHAIN, Verb
from app.journal.person_keys import sealers
from app.journal.sealing import AFTER, BEFORE, REASON, seal, shop_cipher
from app.journal.values import decode, load

CHUNK = 1_000


def prepare() -> int:
    """Refuse a foreign instance key, convert what waits, and return how many entries were converted.

    One process converts, the others wait for it.
    """
    with db.engine.connect() as connection:
        refuse_foreign_heads(connection)
        if _is_done(connection):
            return 0
    done = 0
    with sole_migrator(db.engine):
        while count := _convert_chunk():
            done += count
        _sweep()
    return done


def refuse_foreign_heads(connection: Any) -> None:
    """Raise `ForeignKey` when a chain was made under another instance key; nothing is changed."""
    for name in connection.scalars(select(CHAIN.c.key_name).distinct().limit(10)):
        refuse_foreign(name)


def _is_done(connection: Any) -> bool:
    return connection.scalar(select(ENTRY.c.id).where(ENTRY.c.place.is_(None)).limit(1)) is None


def _convert_chunk() -> int:
    """Seal and chain the oldest entries that wait, and return how many."""
    state: dict[str, Any] = current_app.extensions[EXTENSION]
    with transaction():
        session = db.session()
        connection = session.connection()
        waiting = select(ENTRY).where(ENTRY.c.place.is_(None)).order_by(ENTRY.c.id).limit(CHUNK)
        # The head is locked by whoever may do so now, which is us alone.
        state["converted"] = True
        try:
            head = lock_head(connection, SHOP_CHAIN)
        finally:
            state.pop("converted")
        rows = [dict(row) for row in connection.execute(waiting).mappings()]
        if rows:
            _seal(session, rows)
            after = link(head, rows)
            connection.execute(_UPDATE, [_changes(row) for row in rows])
            moved = update(CHAIN).where(CHAIN.c.name == after.name)
            moved = moved.values(place=after.place, mac=after.mac)
            connection.execute(moved.execution_options(**OWN_HAND))
    return len(rows)


_CHANGED = ("old_values", "new_values", "reason", "key_id", "chain", "place", "mac")
_UPDATE = (
    update(ENTRY)
    .where(ENTRY.c.id == bindparam("entry"), ENTRY.c.place.is_(None))
    .values({name: bindparam(f"to_{name}") for name in _CHANGED})
    .execution_options(**OWN_HAND)
)


def _changes(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"entry": row["id"], **{f"to_{name}": row[name] for name in _CHANGED}}


def _seal(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    persons = _persons(session, rows)
    keys = sealers(session, session.connection(), persons.values())
    shop = shop_cipher()
    for row in rows:
        person = persons.get(row["id"])
        row["key_id"], cipher = keys[person] if person is not None else (None, shop)
        for name, tie in (("old_values", BEFORE), ("new_values", AFTER)):
            if row[name] is not None:
                row[name] = seal(cipher, row[name], tie + row["id"].bytes)
        row["reason"] = seal(shop, row["reason"], REASON) if row["reason"] else ""


def _persons(session: Session, rows: Sequence[Mapping[str, Any]]) -> dict[Any, Person]:
    """Return the person of each entry: by the record as it is, else by what its entries say of it."""
    known = {plan.subject: plan for plan in plans()}
    asked: dict[Any, Whom] = {}
    for row in rows:
        plan = known.get(row["subject"])
        if plan is not None and plan.about:
            key = _key(row["record"])
            about = whom_of(plan, key) if key is not None else None
            if about is not None:
                asked[row["id"]] = about
    found = resolve(session, asked.values())
    lost = [row for row in rows if row["id"] in asked and asked[row["id"]] not in found]
    persons = {entry: found[about] for entry, about in asked.items() if about in found}
    return persons | _persons_of_the_gone(session, lost, known)


def _persons_of_the_gone(
    session: Session, rows: Sequence[Mapping[str, Any]], known: Mapping[str, Plan]
) -> dict[Any, Person]:
    """Return the persons of deleted records, whose last entry holds what they were linked to."""
    last = _last_words(session, rows)
    asked: dict[Any, Whom] = {}
    for row in rows:
        plan = known[row["subject"]]
        name = _first_column(plan)
        values = last.get((row["subject"], row["record"])) or _values(row)
        value = decode(values.get(name))
        target = plan.mapper.relationships.get(plan.about[0])
        if value is None:
            continue
        if target is not None and len(plan.about) > 1:
            table = target.mapper.local_table
            assert isinstance(table, Table)
            asked[row["id"]] = Whom(table.name, value, target.mapper, plan.about[1:])
        else:
            foreign = next(iter(plan.columns[name].foreign_keys))
            asked[row["id"]] = Whom(foreign.column.table.name, value)
    found = resolve(session, asked.values())
    return {entry: found[about] for entry, about in asked.items() if about in found}


def _first_column(plan: Plan) -> str:
    first = plan.about[0]
    if first not in plan.mapper.relationships:
        return first
    (column,) = plan.mapper.relationships[first].local_columns
    return plan.mapper.get_property_by_column(column).key


def _last_words(session: Session, rows: Sequence[Mapping[str, Any]]) -> dict[tuple[str, str], Any]:
    """Return what deleted records held at last, from entries of their deletion that still wait."""
    by_subject: dict[str, set[str]] = {}
    for row in rows:
        by_subject.setdefault(row["subject"], set()).add(row["record"])
    found = {}
    for subject, records in by_subject.items():
        query = select(ENTRY.c.record, ENTRY.c.old_values).where(
            ENTRY.c.subject == subject,
            ENTRY.c.record.in_(sorted(records)),
            ENTRY.c.verb == Verb.DELETED,
            ENTRY.c.place.is_(None),
        )
        for record, values in session.connection().execute(query.limit(4 * CHUNK)):
            found[subject, record] = load(values) or {}
    return found


def _values(row: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        return load(row["new_values"]) or load(row["old_values"]) or {}
    except json.JSONDecodeError:
        return {}


def _key(token: str) -> Any:
    try:
        parts = decode_token(token)
    except UnreadableToken:
        return None
    return parts[0] if len(parts) == 1 else None


def _sweep() -> None:
    """Have the database let go of the rows as they were, which hold the values in the open."""
    dialect = db.engine.dialect.name
    statement = {
        "sqlite": "VACUUM",
        "postgresql": "VACUUM journal_entry",
    }.get(dialect, "OPTIMIZE TABLE journal_entry")
    if dialect == "sqlite":
        # By the driver, because the engine's hook would send BEGIN first.
        raw = db.engine.raw_connection()
        raw.cursor().execute(statement)
        raw.close()
        return
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))
