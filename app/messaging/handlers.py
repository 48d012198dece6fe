"""What messaging answers: a row in the outbox, within the transaction that made the link or code."""

from __future__ import annotations

from app.access.events import SecurityMail, SecurityText
from app.messaging.models import Channel
from app.messaging.outbox import put_message


def write_security_mail(event: SecurityMail) -> None:
    """Write the mail; the same link is mailed once, however often the event comes."""
    put_message(
        Channel.MAIL,
        event.kind,
        event.address,
        event.language,
        event.facts,
        person_id=event.person_id,
        key=_key(event.kind, event.person_id, event.facts.get("link", "")),
    )


def write_security_text(event: SecurityText) -> None:
    """Write the text message."""
    put_message(Channel.SMS, event.kind, event.phone, event.language, event.facts, person_id=event.person_id)


def _key(kind: str, person_id: int, link: str) -> str:
    # A code may by chance be one that the person had before; a link never is.
    return f"{kind} {person_id} {link}" if link else ""
