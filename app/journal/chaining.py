"""Chaining: each entry's MAC is made of the MAC before it and of the whole row, under a key outside the database.

Whoever holds the database can change rows, but not make the MAC that would fit; a head per chain, locked by each
writer until its commit, gives every entry its place: 1, 2, 3 …, without a gap.
"""

from __future__ import annotations

import base64
import datetime
import enum
import hmac
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app
from sqlalchemy import Connection, insert, select, update
from sqlalchemy.dialects import mysql, postgresql, sqlite

from app.core.kernel import kernel
from app.core.keys import uuid7
from app.journal.models import JournalChain, JournalEntry
from config import KnownFailure

EXTENSION = "kebu_journal"
# Marks the journal's own statements; the guard lets nobody else write to its tables.
OWN_HAND: Mapping[str, Any] = {"journal_itself": True}
_PURPOSE = "journal chain"
CHAIN = JournalChain.__table__
ENTRY = JournalEntry.__table__


class ForeignKey(KnownFailure):
    """The journal was written under another instance key than this program's."""


class Unconverted(KnownFailure):
    """The journal still holds entries of before there were chains."""


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain: the place and the MAC of its last entry."""

    name: str
    place: int
    mac: str


# What a MAC covers beside the one before it, in this order.
COVERED = (
    *(
        "chain",
        "place",
        "id",
        "moment",
        "actor_id",
        "subject",
        "record",
        "verb",
        "kind",
        "old_values",
        "new_values",
    ),
    *("reason", "batch_id", "undoes_id", "session_id", "address", "branch_id", "key_id"),
)
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def mac_of(key: bytes, before: str, row: Mapping[str, Any]) -> str:
    """Return the MAC of an entry's row whose predecessor has the MAC `before`."""
    return mac_of_values(key, before, [row[name] for name in COVERED])


def mac_of_values(key: bytes, before: str, values: Sequence[Any]) -> str:
    """Return the MAC of the covered values in order, whether they come from the program or raw from a driver."""
    text = _encode([before, *(each if type(each) in _PLAIN else as_stored(each) for each in values)])
    return base64.b64encode(hmac.digest(key, text.encode(), "sha256")).decode()


_PLAIN = frozenset({str, int, type(None)})


def as_stored(value: Any) -> Any:
    """Return a value the same whichever database keeps it: keys as digits, moments in UTC, words as stored."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, uuid.UUID):
        return value.hex
    if isinstance(value, datetime.datetime):
        utc = value.astimezone(datetime.UTC).replace(tzinfo=None) if value.tzinfo else value
        return utc.isoformat(" ", "microseconds")
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, str):
        return str(value)
    return bytes(value).hex()


def chain_key() -> bytes:
    """Return the key of all chains."""
    return kernel().keys.derive(_PURPOSE)


def key_name() -> str:
    """Return the name of this program's instance key, as the heads keep it."""
    return kernel().keys.name.hex()


def link(head: Head, rows: Iterable[dict[str, Any]]) -> Head:
    """Give each row its chain, place and MAC, and return the head after them."""
    key, place, mac = chain_key(), head.place, head.mac
    for row in rows:
        place += 1
        row["chain"], row["place"] = head.name, place
        row["mac"] = mac = mac_of(key, mac, row)
    return Head(head.name, place, mac)


def lock_head(connection: Connection, name: str) -> Head:
    """Lock a chain's head until the commit and return it, made when there is none."""
    refuse_unconverted(connection)
    columns = (CHAIN.c.name, CHAIN.c.place, CHAIN.c.mac, CHAIN.c.key_name)
    query = select(*columns).where(CHAIN.c.name == name).limit(1).with_for_update()
    found = connection.execute(query).one_or_none()
    if found is None:
        connection.execute(_new_head(connection.dialect.name, name))
        found = connection.execute(query).one()
    refuse_foreign(found.key_name)
    return Head(found.name, found.place, found.mac)


def _new_head(dialect: str, name: str) -> Any:
    """Return a statement that makes a chain unless another writer has just made it."""
    values = {"name": name, "born": uuid7(), "place": 0, "mac": "", "key_name": key_name()}
    values |= {"archived_place": 0, "archived_mac": "", "archived_sign": ""}
    if dialect in ("mysql", "mariadb"):
        made: Any = mysql.insert(CHAIN).values(values).prefix_with("IGNORE")
    else:
        kind = postgresql if dialect == "postgresql" else sqlite
        made = kind.insert(CHAIN).values(values).on_conflict_do_nothing()
    return made.execution_options(**OWN_HAND)


def keep(connection: Connection, head: Head, rows: list[dict[str, Any]]) -> None:
    """Write linked rows and their chain's new head."""
    connection.execute(insert(ENTRY).execution_options(**OWN_HAND), rows)
    moved = update(CHAIN).where(CHAIN.c.name == head.name).values(place=head.place, mac=head.mac)
    connection.execute(moved.execution_options(**OWN_HAND))


def refuse_foreign(name: str) -> None:
    """Raise `ForeignKey` unless this is the name of the program's instance key."""
    if name != key_name():
        raise ForeignKey(
            f"This shop's journal was written under another instance key (named {name}, not {key_name()}): put back "
            f"the copy of instance.key, or KEBU_INSTANCE_KEY. Nothing was changed."
        )


def refuse_unconverted(connection: Connection) -> None:
    """Raise `Unconverted` while entries of before there were chains wait; asked once in a process."""
    state: dict[str, Any] = current_app.extensions[EXTENSION]
    if state.get("converted"):
        return
    if connection.scalar(select(ENTRY.c.id).where(ENTRY.c.place.is_(None)).limit(1)) is not None:
        raise Unconverted("The journal waits to be converted; run `python3 run.py migrate`.")
    state["converted"] = True
