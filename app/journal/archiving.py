"""Archiving: old entries go to a signed file, their MACs with them, and a signed checkpoint stands in their place.

The file is whole before the checkpoint is set, and the checkpoint stands before anything is deleted; a run that was
killed is finished by the next one.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, select, update

from app.core.crypto import same
from app.core.database import db
from app.core.kernel import kernel
from app.core.transaction import transaction
from app.journal.chaining import CHAIN, COVERED, ENTRY, OWN_HAND, as_stored, chain_key, mac_of_values
from app.journal.happenings import record
from app.journal.verifying import Fault, checkpoint_sign

ROWS_AT_ONCE = 2_000
_PURPOSE = "journal archive"


class Broken(Exception):
    """A chain is not whole: what is not proven is not archived."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(f"chain {fault.chain}, place {fault.place}: {fault.why}")
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Old:
    """The entries of one chain that may go: how many, and the last one's place."""

    chain: str
    place: int
    count: int


def look(connection: Connection, until: datetime.datetime) -> list[Old]:
    """Return what an archive of everything before `until` would hold, chain by chain; nothing is changed."""
    found = []
    for head in connection.execute(select(CHAIN).order_by(CHAIN.c.name)):
        mine = ENTRY.c.chain == head.name
        # In the chain's own order only what is old is read, however much is young.
        young = select(ENTRY.c.place).where(
            mine, ENTRY.c.place > head.archived_place, ENTRY.c.moment >= until
        )
        first_kept = connection.scalar(young.order_by(ENTRY.c.place).limit(1))
        place = head.place if first_kept is None else first_kept - 1
        if place > head.archived_place:
            found.append(Old(head.name, place, place - head.archived_place))
    return found


def archive(old: Old) -> Path:
    """Archive one chain up to a place and return the file; raise `Broken` when the chain is not whole up to there."""
    with db.engine.connect() as connection:
        head = connection.execute(select(CHAIN).where(CHAIN.c.name == old.chain)).one()
        path, mac = _write(connection, head, old.place)
    with transaction():
        connection = db.session.connection()
        values = {"archived_place": old.place, "archived_mac": mac}
        values["archived_sign"] = checkpoint_sign(old.chain, head.born.hex, old.place, mac)
        moved = update(CHAIN).where(CHAIN.c.name == old.chain, CHAIN.c.archived_place == head.archived_place)
        if not connection.execute(moved.values(values).execution_options(**OWN_HAND)).rowcount:
            raise Broken(Fault(old.chain, old.place, "archived by another meanwhile"))
        facts = {"chain": old.chain, "from": head.archived_place + 1, "to": old.place, "file": path.name}
        record("journal:archived", facts=facts)
    clear_archived(old.chain)
    return path


def finish_archives() -> None:
    """Delete what lies before the checkpoints still, because whoever set them was killed."""
    with db.engine.connect() as connection:
        names = connection.scalars(select(CHAIN.c.name).where(CHAIN.c.archived_place > 0)).all()
    for name in names:
        clear_archived(name)


def clear_archived(chain: str) -> None:
    """Delete what lies before a chain's checkpoint, chunk by chunk."""
    while True:
        with transaction():
            connection = db.session.connection()
            until = select(CHAIN.c.archived_place).where(CHAIN.c.name == chain).scalar_subquery()
            mine = (ENTRY.c.chain == chain, ENTRY.c.place <= until)
            keys = connection.scalars(select(ENTRY.c.id).where(*mine).limit(ROWS_AT_ONCE)).all()
            if keys:
                gone = delete(ENTRY).where(ENTRY.c.id.in_(keys), ENTRY.c.chain == chain)
                connection.execute(gone.execution_options(**OWN_HAND))
        if len(keys) < ROWS_AT_ONCE:
            return


def archive_faults(connection: Connection) -> list[Fault]:
    """Walk the archives of every chain from its beginning to its checkpoint, and return what is missing or changed."""
    faults = []
    for head in connection.execute(select(CHAIN).where(CHAIN.c.archived_place > 0).order_by(CHAIN.c.name)):
        place, mac = 0, ""
        while place < head.archived_place:
            path = next(iter(kernel().home.glob(f"{_stem(head.name)}-{place + 1}-*.jsonl")), None)
            end = _end_of(path, head.born.hex) if path is not None else None
            if end is None or end["before"] != mac:
                why = "archive missing" if path is None else "archive changed"
                faults.append(Fault(head.name, place + 1, why))
                break
            place, mac = end["until"], end["mac"]
        if place == head.archived_place and mac != head.archived_mac:
            faults.append(Fault(head.name, place, "archive changed"))
    return faults


def _end_of(path: Path, born: str) -> dict[str, Any] | None:
    """Return a whole archive's last line when it is of this very chain; None otherwise."""
    try:
        verify_archive(path)
    except (Broken, ValueError):
        return None
    with path.open("rb") as file:
        for line in file:
            if line.startswith(b"{"):
                found: dict[str, Any] = json.loads(line)
                return found if found["born"] == born else None
    return None


def _stem(chain: str) -> str:
    return f"journal-archive-{chain}"


def _write(connection: Connection, head: Any, until: int) -> tuple[Path, str]:
    """Write the file whole or not at all; return it and the MAC of its last entry."""
    path = kernel().home / f"{_stem(head.name)}-{head.archived_place + 1}-{until}.jsonl"
    trial = path.with_suffix(f".{os.getpid()}")
    place, mac, digest = head.archived_place, head.archived_mac, hashlib.sha256()
    with os.fdopen(os.open(trial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        for row in _rows(connection, head.name, place, until):
            values = [as_stored(row[name]) for name in COVERED]
            mac = mac_of_values(chain_key(), mac, values)
            place += 1
            if row["place"] != place or mac != row["mac"]:
                raise Broken(Fault(head.name, place, "missing" if row["place"] != place else "changed"))
            line = json.dumps([*values, mac], ensure_ascii=False).encode() + b"\n"
            digest.update(line)
            file.write(line)
        end = {
            "chain": head.name,
            "born": head.born.hex,
            "before": head.archived_mac,
            "until": until,
            "mac": mac,
        }
        file.write(json.dumps({**end, "sign": _sign(digest.digest(), end)}).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    trial.replace(path)
    return path, mac


def _rows(connection: Connection, chain: str, after: int, until: int) -> Iterator[Any]:
    while after < until:
        query = select(ENTRY).where(ENTRY.c.chain == chain, ENTRY.c.place > after, ENTRY.c.place <= until)
        rows = connection.execute(query.order_by(ENTRY.c.place).limit(ROWS_AT_ONCE)).mappings().all()
        if not rows:
            raise Broken(Fault(chain, after + 1, "missing"))
        yield from rows
        after = rows[-1]["place"]


def _sign(digest: bytes, end: dict[str, Any]) -> str:
    text = json.dumps(end, sort_keys=True).encode()
    return base64.b64encode(kernel().keys.mac(_PURPOSE, digest + text)).decode()


def verify_archive(path: Path) -> int:
    """Return how many entries a file holds; raise `Broken` when it is not what was written."""
    digest, mac, count, last = hashlib.sha256(), "", 0, None
    with path.open("rb") as file:
        for line in file:
            if line.startswith(b"{"):
                last = json.loads(line)
                break
            digest.update(line)
            count += 1
            mac = json.loads(line)[-1]
    if last is None:
        raise Broken(Fault(path.name, count, "truncated"))
    sign = last.pop("sign", "")
    if not same(sign.encode(), _sign(digest.digest(), last).encode()) or last["mac"] != mac:
        raise Broken(Fault(path.name, count, "changed"))
    return count
