"""The door: pages that need somebody signed in, and the way to the sign-in page and back."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_login import current_user

from app.core.errors import Forbidden


class NotSignedIn(Forbidden):
    """Nobody is signed in; a page answers with the sign-in form, the API with 401."""

    status = 401
    code = "not-signed-in"
    message = _l("Please sign in.")


def require_signed_in() -> None:
    """Raise `NotSignedIn` for a stranger."""
    if not current_user.is_authenticated:
        raise NotSignedIn()
