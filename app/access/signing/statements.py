"""One conditional statement, and how many rows it met: what decides races between processes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CursorResult

from app.core.database import db, writing
from app.core.errors import ProgrammingError


def met(statement: Any) -> int:
    """Run an UPDATE, INSERT or DELETE inside the open transaction and return how many rows it met."""
    if not writing.get():
        raise ProgrammingError("sessions, factors and links change inside a transaction only")
    result = db.session.execute(statement, execution_options={"synchronize_session": False})
    assert isinstance(result, CursorResult), "an UPDATE or DELETE counts its rows"
    return int(result.rowcount)
