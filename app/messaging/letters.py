"""Letters: to whom and what, locked for the one row they belong to."""

from __future__ import annotations

import dataclasses
import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.core.fields import Email, FieldProblem, Phone
from app.core.kernel import kernel
from app.messaging.models import Channel

PURPOSE = "outbox"
HIDDEN = "***"


@dataclass(frozen=True)
class Letter:
    """One message as a person gets it; its words stand in no log, so neither does it."""

    to: str = field(repr=False)
    subject: str = field(default="", repr=False)
    text: str = field(default="", repr=False)
    html: str = field(default="", repr=False)
    facts: Mapping[str, str] = field(default_factory=dict, repr=False)
    shop: str = ""
    language: str = ""

    def without_content(self) -> Letter:
        """Return what is kept once it is sent: to whom."""
        return Letter(self.to)


def lock_letter(letter: Letter, message_id: uuid.UUID) -> bytes:
    """Return the letter locked for the message of this key."""
    plain = json.dumps(dataclasses.asdict(letter)).encode()
    return kernel().keys.lock(PURPOSE, plain, _place(message_id))


def open_letter(locked: bytes, message_id: uuid.UUID) -> Letter:
    """Return the letter of the message of this key; raise `Damaged`."""
    return Letter(**json.loads(kernel().keys.unlock(PURPOSE, locked, _place(message_id))))


def _place(message_id: uuid.UUID) -> str:
    return f"messaging_message.locked|{message_id}"


def checked_recipient(channel: Channel, to: str) -> str:
    """Return an address or a number in the form in which it is sent to; '' when nothing can be sent there."""
    kind = Email("to", "") if channel is Channel.MAIL else Phone("to", "")
    if to != to.strip() or re.search(r"[\x00-\x1f\x7f]", to):
        return ""
    try:
        return str(kind.parse([to]) or "")
    except FieldProblem:
        return ""


def masked(to: str) -> str:
    """Return an address or a number as a page shows it: `138****1234`, `w***@example.com`."""
    if "@" in to:
        name, _at, domain = to.rpartition("@")
        return f"{name[:1]}{HIDDEN}@{domain}"
    if len(to) < 8 or not to.removeprefix("+").isdigit():
        return HIDDEN
    return f"{to[:3]}****{to[-4:]}" if len(to) >= 11 else f"{to[:2]}****{to[-2:]}"
