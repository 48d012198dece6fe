"""Verifying: every chain walked from its beginning, or from where it was last found whole, to its head and anchors."""

from __future__ import annotations

import base64
import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, literal_column, select

from app.core.crypto import same
from app.core.kernel import kernel
from app.journal.anchoring import Anchor, read_anchors
from app.journal.chaining import CHAIN, COVERED, ENTRY, chain_key, key_name, mac_of, mac_of_values

ROWS_AT_ONCE = 2_000
# How far around a row that does not fit one looks for where it belongs.
WINDOW = 500
_PURPOSE = "journal checkpoint"


@dataclass(frozen=True, slots=True)
class Fault:
    """The first bad entry of a chain: its place, and in one word why."""

    chain: str
    place: int
    why: str


@dataclass
class Verdict:
    """What a walk found: entries read, the faults, and per chain the place and MAC up to which it is whole."""

    rows: int = 0
    faults: list[Fault] = field(default_factory=list)
    whole: dict[str, tuple[str, int, str]] = field(default_factory=dict)

    @property
    def is_whole(self) -> bool:
        """Say whether nothing was found."""
        return not self.faults


def checkpoint_sign(chain: str, born: str, place: int, mac: str) -> str:
    """Return the signature of the checkpoint that stands for a chain's archived entries."""
    text = f"{chain}\x1f{born}\x1f{place}\x1f{mac}"
    return base64.b64encode(kernel().keys.mac(_PURPOSE, text.encode())).decode()


def verify(connection: Connection, since: Mapping[str, tuple[str, int, str]] | None = None) -> Verdict:
    """Walk all chains; with `since` (a verdict's `whole`) only what came after. Memory stays flat.

    Each chain's first fault is named. A chain that is gone is missed when an anchor tells of it.
    """
    verdict = Verdict()
    heads = {row.name: row for row in connection.execute(select(CHAIN).order_by(CHAIN.c.name))}
    anchors = _by_chain(read_anchors(kernel().home))
    for name, head in heads.items():
        known = (since or {}).get(name)
        start = (known[1], known[2]) if known and known[0] == head.born.hex else None
        _verify_chain(connection, head, anchors.pop(head.born.hex, {}), start, verdict)
    for left in anchors.values():
        verdict.faults.append(Fault(next(iter(left.values())).chain, 1, "chain missing"))
    _find_strays(connection, heads, verdict, whole=since is None)
    return verdict


def _by_chain(anchors: Iterable[Anchor]) -> dict[str, dict[int, Anchor]]:
    """Return the anchors by chain and place; of a chain that was given up only later ones."""
    found: dict[str, dict[int, Anchor]] = {}
    for each in anchors:
        if each.ended:
            found.pop(each.born, None)
        elif each.place:
            found.setdefault(each.born, {})[each.place] = each
    return found


def _verify_chain(
    connection: Connection,
    head: Any,
    anchors: Mapping[int, Anchor],
    start: tuple[int, str] | None,
    verdict: Verdict,
) -> None:
    walk = _Walk(head.name, *_beginning(head, start))
    if head.key_name != key_name():
        verdict.faults.append(Fault(head.name, 1, "another instance key"))
        return
    if head.archived_place and not _is_signed(head):
        verdict.faults.append(Fault(head.name, head.archived_place, "checkpoint forged"))
        return
    fault = walk.through(connection, anchors, verdict) or _at_the_end(head, walk, anchors)
    if fault is not None:
        verdict.faults.append(fault)
    else:
        verdict.whole[head.name] = (head.born.hex, walk.place, walk.mac)


def _beginning(head: Any, start: tuple[int, str] | None) -> tuple[int, str]:
    archived = (head.archived_place, head.archived_mac)
    return archived if start is None or start[0] < head.archived_place else start


def _is_signed(head: Any) -> bool:
    sign = checkpoint_sign(head.name, head.born.hex, head.archived_place, head.archived_mac)
    return same(sign.encode(), head.archived_sign.encode())


def _at_the_end(head: Any, walk: _Walk, anchors: Mapping[int, Anchor]) -> Fault | None:
    """Compare the end of a chain with its head and its furthest anchor."""
    furthest = max(anchors, default=0)
    if furthest > walk.place:
        return Fault(head.name, walk.place + 1, "truncated behind anchor")
    if head.place > walk.place:
        return Fault(head.name, walk.place + 1, "truncated")
    if (head.place, head.mac) != (walk.place, walk.mac):
        return Fault(head.name, head.place, "head changed")
    return None


# Without their types, so that nothing is made of what the driver returns.
_RAW: tuple[Any, ...] = tuple(literal_column(f"journal_entry.{name}") for name in (*COVERED, "mac"))
_PLACE, _MOMENT = COVERED.index("place"), COVERED.index("moment")
_WHOLE_MOMENT = len("2026-01-02 03:04:05.000006")


def _with_microseconds(row: Any) -> Any:
    """Return a row of SQLite, where a moment is text, with that text complete."""
    if len(row[_MOMENT]) == _WHOLE_MOMENT:
        return row
    values = list(row)
    values[_MOMENT] = datetime.datetime.fromisoformat(row[_MOMENT])
    return values


class _Walk:
    """One chain walked in order; `place` and `mac` are those of the last entry that fits."""

    def __init__(self, chain: str, place: int, mac: str) -> None:
        self.chain = chain
        self.place = place
        self.mac = mac
        self.key = chain_key()

    def through(
        self, connection: Connection, anchors: Mapping[int, Anchor], verdict: Verdict
    ) -> Fault | None:
        """Read on to the end or to the first entry that does not fit, which is returned."""
        while rows := self._raw(connection):
            for *values, stored in rows:
                if values[_PLACE] != self.place + 1:
                    return Fault(self.chain, self.place + 1, "missing")
                mac = mac_of_values(self.key, self.mac, values)
                if mac != stored:
                    return Fault(self.chain, values[_PLACE], self._why(connection))
                self.place, self.mac = values[_PLACE], mac
                anchored = anchors.get(self.place)
                if anchored is not None and anchored.mac != mac:
                    return Fault(self.chain, self.place, "not what the anchor says")
            verdict.rows += len(rows)
        return None

    def _raw(self, connection: Connection) -> Sequence[Any]:
        """Return the next rows as the driver has them: to make values of our own types takes longer than the MAC."""
        query = select(*_RAW).select_from(ENTRY)
        query = query.where(ENTRY.c.chain == self.chain, ENTRY.c.place > self.place)
        rows = connection.execute(query.order_by(ENTRY.c.place).limit(ROWS_AT_ONCE)).all()
        return rows if connection.dialect.name != "sqlite" else [_with_microseconds(row) for row in rows]

    def _next(self, connection: Connection, limit: int) -> list[Mapping[str, Any]]:
        query = select(ENTRY).where(ENTRY.c.chain == self.chain, ENTRY.c.place > self.place)
        rows = connection.execute(query.order_by(ENTRY.c.place).limit(limit)).mappings().all()
        return [dict(row) for row in rows]

    def _why(self, connection: Connection) -> str:
        """Say what was done to the next entry: it came from elsewhere, was pushed in, or was changed."""
        window = self._next(connection, WINDOW)
        first = window[0]
        macs = [self.mac, *(row["mac"] for row in window)]
        for distance in range(1, len(window)):
            moved = {**first, "place": self.place + 1 + distance}
            if mac_of(self.key, macs[distance], moved) in (first["mac"], macs[distance + 1]):
                return "reordered"
        if len(window) > 1:
            own = {**window[1], "place": self.place + 1}
            if mac_of(self.key, self.mac, own) == window[1]["mac"]:
                return "inserted"
        return "changed"


def _find_strays(connection: Connection, heads: Mapping[str, Any], verdict: Verdict, *, whole: bool) -> None:
    """Name entries that belong to no chain; all of them are looked for by a whole walk only."""
    loose = select(ENTRY.c.chain).where(ENTRY.c.place.is_(None)).limit(1)
    if connection.scalar(loose) is not None:
        verdict.faults.append(Fault("", 0, "not chained"))
    if whole:
        for name in _chains_of_entries(connection):
            if name not in heads:
                verdict.faults.append(Fault(name, 1, "head missing"))


def _chains_of_entries(connection: Connection) -> Iterator[str]:
    """Yield the chains that entries name, each found by one look into the index."""
    query = select(ENTRY.c.chain).where(ENTRY.c.place.is_not(None)).order_by(ENTRY.c.chain).limit(1)
    found = connection.scalar(query)
    while found is not None:
        yield found
        found = connection.scalar(query.where(ENTRY.c.chain > found))
