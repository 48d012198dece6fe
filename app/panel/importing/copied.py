"""Copied: which rows of a table have become which records, asked and kept for a whole chunk at a time."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, select

from app.core.database import db
from app.core.keys import encode_token
from app.core.reach import free_of_reach
from app.panel.importing.models import Copied


def digest_of(token: str) -> str:
    """Return what is kept of a row's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def tokens_of(target: str, source: str, tokens: Sequence[str]) -> dict[str, str]:
    """Return by a row's token that of the record of screen `target` which it has become."""
    found = Memory(target, source, uuid.UUID(int=0)).keys_of(tokens)
    return {token: encode_token((key,)) for token, key in found.items()}


@dataclass(frozen=True)
class Memory:
    """What is remembered of the rows of `source` that became records of `target`; `import_id` is the present copy."""

    target: str
    source: str
    import_id: uuid.UUID

    def keys_of(self, tokens: Iterable[str]) -> dict[str, uuid.UUID]:
        """Return by a row's token the key of its record; one statement."""
        digests = {digest_of(token): token for token in tokens}
        if not digests:
            return {}
        query = select(Copied.source_key, Copied.record_id).where(*self._among(digests)).limit(len(digests))
        return {digests[digest]: key for digest, key in db.session.execute(query)}

    def keep(self, records: Mapping[str, uuid.UUID]) -> None:
        """Remember within the open transaction what rows have become, by token; at most two statements, mostly."""
        known = self.keys_of(records)
        new = [token for token in records if token not in known]
        if new:
            db.session.execute(insert(Copied), [self._row(token, records[token]) for token in new])
        moved = {digest_of(token): records[token] for token in known if known[token] != records[token]}
        if moved:
            query = select(Copied).where(*self._among(moved)).limit(len(moved))
            for row in db.session.scalars(query):
                row.record_id, row.import_id = moved[row.source_key], self.import_id

    def _row(self, token: str, key: uuid.UUID) -> dict[str, object]:
        return {
            "target": self.target,
            "source": self.source,
            "source_key": digest_of(token),
            "record_id": key,
            "import_id": self.import_id,
        }

    def _among(self, digests: Iterable[str]) -> tuple[ColumnElement[bool], ...]:
        return (
            Copied.target == self.target,
            Copied.source == self.source,
            Copied.source_key.in_(list(digests)),
        )


def still_there(model: type[Any], keys: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Return which records exist at all, within anybody's reach: what somebody else sees is not made anew."""
    if not keys:
        return set()
    with free_of_reach():
        return set(db.session.scalars(select(model.id).where(model.id.in_(list(keys))).limit(len(keys))))


def forget_copied(import_id: uuid.UUID) -> None:
    """Forget within the open transaction what a copy has made: its records are gone."""
    db.session.execute(delete(Copied).where(Copied.import_id == import_id))
