"""Tickets: the form for a new record already carries the record's key, so sending it twice adds it once."""

from __future__ import annotations

import uuid

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from app.core.declaration import Screen
from app.core.keys import uuid7
from app.core.record import Record


def _serializer(screen: Screen) -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=f"ticket {screen.name}")


def new_ticket(screen: Screen) -> str:
    """Return a signed ticket for one new record of `screen`; '' where keys are not ours to give."""
    return _serializer(screen).dumps(uuid7().hex) if issubclass(screen.model, Record) else ""


def read_ticket(screen: Screen, ticket: str) -> uuid.UUID | None:
    """Return the key that a ticket stands for; None for none, a foreign or a forged one."""
    try:
        return uuid.UUID(hex=_serializer(screen).loads(ticket)) if ticket else None
    except (BadSignature, ValueError, TypeError, AttributeError):
        return None
