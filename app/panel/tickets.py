"""Tickets: the form for a new record already carries the record's key, so sending it twice adds it once."""

from __future__ import annotations

import uuid

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from app.core.declaration import Screen
from app.core.keys import uuid7
from app.core.record import Record


def _serializer(screen: Screen, purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=f"{purpose} {screen.name}")


def new_ticket(screen: Screen, purpose: str = "ticket") -> str:
    """Return a signed ticket for one new record of `screen`; '' where keys are not ours to give."""
    return _serializer(screen, purpose).dumps(uuid7().hex) if issubclass(screen.model, Record) else ""


def new_bulk_ticket(screen: Screen) -> str:
    """Return a signed ticket for one bulk edit of records of `screen`."""
    return _serializer(screen, "bulk").dumps(uuid7().hex)


def read_ticket(screen: Screen, ticket: str, purpose: str = "ticket") -> uuid.UUID | None:
    """Return the key that a ticket stands for; None for none, a foreign or a forged one."""
    try:
        return uuid.UUID(hex=_serializer(screen, purpose).loads(ticket)) if ticket else None
    except (BadSignature, ValueError, TypeError, AttributeError):
        return None
