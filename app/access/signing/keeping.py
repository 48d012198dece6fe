"""After a page is made: the session is noted as in use, and the browser gets the number it is known by."""

from __future__ import annotations

import logging

from flask import Response, g
from sqlalchemy.exc import OperationalError

from app.access.signing.devices import send_cookie
from app.access.signing.sessions import note_seen
from app.core.database import db

log = logging.getLogger(__name__)


def keep_signed_in(response: Response) -> Response:
    """Write down every few minutes that the session is in use; a busy database only makes it sooner forgotten."""
    digest = g.pop("kebu_session_seen", None)
    if digest is not None and not response.is_streamed:
        db.session.rollback()
        try:
            note_seen(digest)
        except OperationalError:
            db.session.rollback()
            log.warning("The database was too busy to note that a session is in use.")
    return send_cookie(response)
