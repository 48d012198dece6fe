"""Clearing: the journal of a sample shop goes with the sample, and its anchors say that it was given up."""

from __future__ import annotations

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from app.core.kernel import kernel
from app.journal.anchoring import anchors_now, write_anchors
from app.journal.chaining import CHAIN, ENTRY, OWN_HAND
from app.journal.person_keys import TABLE as PERSON_KEY
from app.journal.person_keys import forget_all
from app.journal.writing import drop_pending

_EVERYTHING = 2**62


def clear_journal(session: Session) -> None:
    """Delete every entry, chain and key within the open transaction; what the transaction noted so far goes too."""
    drop_pending(session)
    connection = session.connection()
    ended = anchors_now(connection, ended=True)
    # As if everything lay in an archive: the triggers let nothing else go.
    opened = update(CHAIN).values(archived_place=_EVERYTHING)
    for statement in (opened, delete(ENTRY), delete(CHAIN), delete(PERSON_KEY)):
        connection.execute(statement.execution_options(**OWN_HAND))
    forget_all()
    if ended:
        write_anchors(kernel().home, ended)
