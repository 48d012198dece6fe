"""Writing: what a transaction has done becomes sealed and chained rows, right before its commit."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import has_request_context
from sqlalchemy.orm import Session

from app.core.clock import utc_now
from app.core.kernel import kernel
from app.core.keys import encode_token, uuid7
from app.core.occasion import Whereabouts
from app.journal.about import Person, Whom, resolve
from app.journal.chaining import keep, link, lock_head
from app.journal.changes import Change, Happening
from app.journal.models import LONGEST_REASON, SHOP_CHAIN, Verb
from app.journal.person_keys import sealers
from app.journal.sealing import AFTER, BEFORE, REASON, seal, shop_cipher
from app.journal.values import dump

_INFO = "journal_chain"
_NOWHERE = Whereabouts()
LONGEST_ADDRESS = 64


def write(session: Session, changes: Sequence[Change | Happening]) -> None:
    """Write changes as entries of one chain, within the open transaction; the chain's head stays locked after it."""
    here = _whereabouts()
    persons = resolve(session, (each.about for each in changes if each.about is not None))
    rows = _Rows(session, persons, changes).made(here)
    connection = session.connection()
    head = lock_head(connection, _chain(session, rows))
    keep(connection, link(head, rows), rows)


def _whereabouts() -> Whereabouts:
    provider = kernel().whereabouts
    return provider() if provider is not None and has_request_context() else _NOWHERE


def _chain(session: Session, rows: Sequence[dict[str, Any]]) -> str:
    """Return the chain of the transaction: that of the branch its first entry came from.

    All entries of a transaction go there: who holds the head of one chain never waits for another's.
    """
    if _INFO not in session.info:
        branch: uuid.UUID | None = rows[0]["branch_id"]
        session.info[_INFO] = SHOP_CHAIN if branch is None else encode_token([branch])
    found: str = session.info[_INFO]
    return found


def forget_chain(session: Session) -> None:
    """Let the next transaction choose a chain of its own."""
    session.info.pop(_INFO, None)


def drop_pending(session: Session) -> None:
    """Drop what the open transaction has noted so far: the journal that it would go into is cleared."""
    session.info.pop("journal", None)
    forget_chain(session)


class _Rows:
    """Makes the rows of one transaction's changes."""

    def __init__(
        self, session: Session, persons: dict[Whom, Person], changes: Sequence[Change | Happening]
    ) -> None:
        self.persons = persons
        self.changes = changes
        self.shop = shop_cipher()
        self.moment = utc_now()
        self.reasons: dict[str, str] = {"": ""}
        # Who has just come has no key yet; who was put back may have.
        fresh = [
            person
            for each in changes
            if each.verb is Verb.ADDED
            and each.occasion.undoes_id is None
            and (person := self._person(each)) == (each.subject, each.record)
        ]
        self.keys = sealers(session, session.connection(), persons.values(), fresh) if persons else {}

    def made(self, here: Whereabouts) -> list[dict[str, Any]]:
        """Return a row for each change, without its place in the chain."""
        return [self._row(each, here) for each in self.changes]

    def _person(self, change: Change | Happening) -> Person | None:
        return self.persons.get(change.about) if change.about is not None else None

    def _row(self, change: Change | Happening, here: Whereabouts) -> dict[str, Any]:
        entry_id, occasion, verb = uuid7(), change.occasion, change.verb
        person = self._person(change)
        key_id, cipher = self.keys[person] if person is not None else (None, self.shop)
        explicit = change.branch_id if isinstance(change, Happening) else None
        return {
            "id": entry_id,
            "moment": self.moment,
            "actor_id": change.actor_id,
            "subject": change.subject,
            "record": change.record,
            "verb": verb,
            "old_values": _sealed(cipher, dump(change.before), BEFORE, entry_id),
            "new_values": _sealed(cipher, dump(change.after), AFTER, entry_id),
            "reason": self._reason(occasion.reason[:LONGEST_REASON]),
            "batch_id": occasion.batch_id,
            "undoes_id": occasion.undoes_id,
            "kind": change.kind,
            "session_id": occasion.session_id or here.session_id,
            "address": (occasion.address or here.address)[:LONGEST_ADDRESS],
            "branch_id": explicit or occasion.branch_id or here.branch_id,
            "key_id": key_id,
        }

    def _reason(self, reason: str) -> str:
        """Return a reason sealed: ten thousand entries of a batch share one."""
        if reason not in self.reasons:
            self.reasons[reason] = seal(self.shop, reason, REASON)
        return self.reasons[reason]


def _sealed(cipher: AESGCM, text: str | None, column: bytes, entry_id: uuid.UUID) -> str | None:
    return None if text is None else seal(cipher, text, column + entry_id.bytes)
