"""The door: pages that need somebody signed in, and the way to the sign-in page and back."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.access.present import present_person_id
from app.core.errors import Forbidden


class NotSignedIn(Forbidden):
    """Nobody is signed in; a page answers with the sign-in form, the API with 401."""

    status = 401
    code = "not-signed-in"
    message = _l("Please sign in.")


def require_signed_in() -> None:
    """Raise `NotSignedIn` for a stranger."""
    if present_person_id() is None:
        raise NotSignedIn()
