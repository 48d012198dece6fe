"""Step-up: what is dear or final asks once more who is there, unless the person proved it just now."""

from __future__ import annotations

import datetime

from flask_babel import lazy_gettext as _l
from flask_login import current_user

from app.access.errors import NotByKey
from app.access.present import acting_now, present_key
from app.core.clock import utc_now
from app.core.errors import Forbidden

fresh_minutes = 10


class StepUpWanted(Forbidden):
    """The person has to prove once more who he is; a page leads there and back, a program gets a 401."""

    status = 401
    code = "step-up"
    message = _l("Please confirm that it is you.")


def is_fresh() -> bool:
    """Say whether the person at the screen proved within the last minutes who he is."""
    proved_at = getattr(current_user, "stepped_up_at", None)
    return proved_at is not None and utc_now() - proved_at < datetime.timedelta(minutes=fresh_minutes)


def require_step_up() -> None:
    """Raise `StepUpWanted` unless the person at the screen proved lately who he is; jobs need no more.

    A program that calls with an API key proves nothing: raises `NotByKey`.
    """
    if present_key() is not None:
        raise NotByKey
    if acting_now.get() is None and not is_fresh():
        raise StepUpWanted
