"""Looking as a role: a person sees the program with a role's rights, never with more than the own, and changes nothing.

The session's row says so: it counts in every process at once, ends with the session, and no browser can prolong it.
"""

from __future__ import annotations

import datetime

from flask import Response, g, request
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from sqlalchemy import update

from app.access.grants import held_by_role
from app.access.present import looked_at_role
from app.access.roles import find_role, role_label
from app.access.signing.sessions import end_look
from app.access.signing.statements import met
from app.access.signing.tables import SignInSession
from app.access.telling import tell
from app.core.clock import utc_now
from app.core.database import db
from app.core.errors import Conflict, Forbidden
from app.core.transaction import command

LASTS = datetime.timedelta(minutes=15)
LEAVE = "/look/leave"
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
# The way back, the way out, and the one question that is asked by POST because what is typed may be somebody's name.
_STILL_OPEN = frozenset({LEAVE, "/logout/", "/palette"})


class OnlyLooking(Forbidden):
    """Whoever looks as a role changes nothing."""

    code = "only-looking"
    message = _l("You are only looking. Go back to your own rights to change something.")


class LookOver(Conflict):
    """The look ended by itself; what was asked for while looking is not done with the own rights."""

    code = "look-over"
    message = _l("The look is over and you have your own rights again. Please look at the page once more.")


@command("access:role:look")
def begin_look(role_id: int) -> None:
    """See the program as this role does from the next click on, for a quarter of an hour; raise `NotFound`."""
    role, row = find_role(role_id), SignInSession
    mine = update(row).where(row.digest == current_user.session_digest)
    met(mine.values(look_role_id=role.id, look_until=utc_now() + LASTS))
    tell("access:look_begun", person_id=current_user.id, role=role.name)


@command(None)
def leave_look() -> None:
    """Go back to the own rights."""
    _end("left")


def looked_as() -> str:
    """Return what the role is called that the present person looks as; '' for a look with the own rights."""
    role_id = looked_at_role()
    if role_id is None:
        return ""
    role = held_by_role(role_id).roles.get(role_id)
    return role_label(role.name) if role is not None else ""


def look_gate() -> None:
    """Refuse every request that could change something while its person only looks, or did until just now."""
    if request.method in _READING or request.path in _STILL_OPEN or not current_user.is_authenticated:
        return
    if looked_at_role() is not None:
        raise OnlyLooking
    if "kebu_look_over" in g:
        raise LookOver


def end_over_look(response: Response) -> Response:
    """Write down that a look ended by itself, once the page is made."""
    if "kebu_look_over" in g and not response.is_streamed:
        g.pop("kebu_look_over")
        db.session.rollback()
        _end_over()
    return response


@command(None)
def _end_over() -> None:
    _end("over")


def _end(how: str) -> None:
    if end_look(current_user.session_digest):
        tell("access:look_ended", person_id=current_user.id, how=how)
