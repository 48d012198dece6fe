"""Anchoring: the chains' heads told outside the database, so that entries cut off at the end are missed.

Each line of the file names a chain, a place and its MAC, and is signed: a line that was changed counts for nothing.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import Connection, select

from app.core.clock import utc_now
from app.core.crypto import same
from app.core.events import Event, publish
from app.core.kernel import kernel
from app.journal.chaining import CHAIN

FILE = "journal-anchors.jsonl"
MOST_CHAINS = 10_000
_PURPOSE = "journal anchor"


@dataclass(frozen=True, slots=True)
class Anchor:
    """A chain's head at a moment; `ended` says that the chain was given up with the sample it told of."""

    chain: str
    born: str
    place: int
    mac: str
    moment: str
    key_name: str
    ended: bool = False


@dataclass(frozen=True)
class JournalAnchored(Event):
    """The heads were written down; whoever can carry these lines elsewhere makes them worth more."""

    lines: tuple[str, ...]


def anchors_now(connection: Connection, *, ended: bool = False) -> list[Anchor]:
    """Return an anchor of each chain as it is now."""
    moment = utc_now().isoformat(timespec="seconds")
    query = select(CHAIN.c.name, CHAIN.c.born, CHAIN.c.place, CHAIN.c.mac, CHAIN.c.key_name)
    return [
        Anchor(row.name, row.born.hex, row.place, row.mac, moment, row.key_name, ended)
        for row in connection.execute(query.order_by(CHAIN.c.name).limit(MOST_CHAINS))
    ]


def write_anchors(home: Path, anchors: list[Anchor]) -> list[str]:
    """Append the anchors to the file, onto the disk itself, and return the lines."""
    lines = [_line(each) for each in anchors]
    if lines:
        descriptor = os.open(home / FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "ab") as file:
            file.write("".join(f"{line}\n" for line in lines).encode())
            file.flush()
            os.fsync(file.fileno())
    return lines


def anchor(connection: Connection) -> list[str]:
    """Anchor every chain that has moved since its last anchor; tell it, and return the new lines."""
    home = kernel().home
    latest = {each.born: each for each in read_anchors(home)}
    moved = [
        each
        for each in anchors_now(connection)
        if (last := latest.get(each.born)) is None or (last.place, last.mac) != (each.place, each.mac)
    ]
    lines = write_anchors(home, moved)
    if lines:
        publish(JournalAnchored(tuple(lines)))
    return lines


def read_anchors(home: Path) -> Iterator[Anchor]:
    """Yield the file's anchors, oldest first; lines that nobody with the key has written are passed over."""
    try:
        file = (home / FILE).open(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return
    with file:
        for line in file:
            found = _read(line)
            if found is not None:
                yield found


def _line(each: Anchor) -> str:
    content = asdict(each)
    return json.dumps({**content, "sign": _sign(content)}, separators=(",", ":"))


def _read(line: str) -> Anchor | None:
    try:
        content = json.loads(line)
        sign = content.pop("sign")
        return Anchor(**content) if same(sign.encode(), _sign(content).encode()) else None
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _sign(content: object) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return base64.b64encode(kernel().keys.mac(_PURPOSE, text.encode())).decode()
