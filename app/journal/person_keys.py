"""Persons' keys: one random key for each person whom the journal tells of, so that erasing it erases what was told."""

from __future__ import annotations

import uuid
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app
from sqlalchemy import Connection, insert, select, update
from sqlalchemy.orm import Session

from app.core.clock import utc_now
from app.core.keys import uuid7
from app.journal.about import Person
from app.journal.chaining import EXTENSION, OWN_HAND
from app.journal.models import PersonKey
from app.journal.sealing import Unreadable, new_key, person_cipher, wrap

TABLE = PersonKey.__table__
MOST_REMEMBERED = 20_000
_AT_ONCE = 500
_INFO = "journal_new_keys"

# A key's row and its cipher.
Sealer = tuple[uuid.UUID, AESGCM]


def sealers(
    session: Session, connection: Connection, persons: Iterable[Person], fresh: Iterable[Person] = ()
) -> dict[Person, Sealer]:
    """Return what seals values about these persons, keys made where there are none; `fresh` ones have none yet.

    One statement asks for the keys that this process does not remember, one adds those that are missing.
    """
    wanted = set(persons)
    remembered, pending = _remembered(), session.info.get(_INFO, {})
    found = {
        each: sealer for each in wanted if (sealer := pending.get(each) or remembered.get(each)) is not None
    }
    new = set(fresh) - found.keys()
    asked = wanted - found.keys() - new
    stored = _stored(connection, asked)
    found |= stored
    made, rows = {}, []
    for each in sorted(wanted - found.keys()):
        key_id, key = uuid7(), new_key()
        made[each] = (key_id, AESGCM(key))
        rows.append(_row(each, key_id, key))
    if rows:
        connection.execute(insert(TABLE).execution_options(**OWN_HAND), rows)
    # Remembered once they are committed: what is rolled back has no row.
    session.info.setdefault(_INFO, {}).update({**stored, **made})
    return found | made


def _row(person: Person, key_id: uuid.UUID, key: bytes) -> dict[str, Any]:
    return {
        "id": key_id,
        "subject": person[0],
        "record": person[1],
        "wrapped": wrap(key_id, key),
        "made_at": utc_now(),
        "destroyed_at": None,
    }


def _stored(connection: Connection, persons: Iterable[Person]) -> dict[Person, Sealer]:
    by_table: dict[str, list[str]] = {}
    for subject, record in sorted(persons):
        by_table.setdefault(subject, []).append(record)
    found: dict[Person, Sealer] = {}
    columns = (TABLE.c.id, TABLE.c.subject, TABLE.c.record, TABLE.c.wrapped)
    for subject, records in by_table.items():
        for start in range(0, len(records), _AT_ONCE):
            chunk = records[start : start + _AT_ONCE]
            query = select(*columns).where(TABLE.c.subject == subject, TABLE.c.record.in_(chunk))
            # Two writers at once may have made two; the oldest is as good as the other.
            for row in connection.execute(query.order_by(TABLE.c.id.desc()).limit(4 * _AT_ONCE)):
                found[row.subject, row.record] = (row.id, _cipher(row.id, row.wrapped))
    return found


def _cipher(key_id: uuid.UUID, wrapped: str | None) -> AESGCM:
    """Return a key's cipher; of a destroyed or damaged one a throwaway: what is told of the person stays untold."""
    try:
        return person_cipher(key_id, wrapped) if wrapped is not None else AESGCM(new_key())
    except Unreadable:
        return AESGCM(new_key())


def _remembered() -> OrderedDict[Person, Sealer]:
    state: dict[str, Any] = current_app.extensions[EXTENSION]
    found: OrderedDict[Person, Sealer] = state.setdefault("keys", OrderedDict())
    return found


def remember_new(session: Session) -> None:
    """Remember the keys that the transaction just committed has used."""
    new: Mapping[Person, Sealer] = session.info.pop(_INFO, {})
    if new:
        remembered = _remembered()
        remembered |= new
        while len(remembered) > MOST_REMEMBERED:
            remembered.popitem(last=False)


def forget_new(session: Session) -> None:
    """Forget the keys of a transaction that was rolled back."""
    session.info.pop(_INFO, None)


def forget_all() -> None:
    """Remember no key any more."""
    _remembered().clear()


def destroy_keys(session: Session, person: Person) -> int:
    """Destroy a person's keys within the open transaction, and with them all that the journal says of the person.

    Returns how many there were. The chains stay whole: they were made of what was sealed, not of what it says.
    """
    subject, record = person
    gone = update(TABLE).where(
        TABLE.c.subject == subject, TABLE.c.record == record, TABLE.c.wrapped.is_not(None)
    )
    gone = gone.values(wrapped=None, destroyed_at=utc_now()).execution_options(**OWN_HAND)
    return int(session.connection().execute(gone).rowcount)
