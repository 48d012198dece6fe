"""Telling: the one place where access says what happened besides changes of records."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.core.happenings import HappeningKind
from app.core.keys import encode_token
from app.core.record import actor_id
from app.journal.happenings import record

SIGN_IN = "access:sign_in"
KEY_USED = "access:key_used"
KEY_REFUSED = "access:key_refused"
# Who does these is nobody yet when they are told, and does them all the same.
_BY_THE_PERSON = (SIGN_IN, KEY_USED)
HAPPENINGS = (
    HappeningKind(SIGN_IN, _l("Signed in"), "good"),
    HappeningKind("access:sign_in_refused", _l("Sign-in refused"), "warning"),
    HappeningKind("access:locked", _l("Locked for a while after wrong tries"), "warning"),
    HappeningKind("access:sign_out", _l("Signed out")),
    HappeningKind("access:session_ended", _l("Sign-ins ended"), "info"),
    HappeningKind("access:link_made", _l("One-time link made"), "info"),
    HappeningKind("access:password_changed", _l("Password changed"), "warning"),
    HappeningKind("access:look_begun", _l("Looked as a role"), "info"),
    HappeningKind("access:look_ended", _l("Went back to the own rights")),
    HappeningKind("access:factor_enrolled", _l("Second step set up"), "good"),
    HappeningKind("access:factor_removed", _l("Second step removed"), "warning"),
    HappeningKind("access:code_sent", _l("Sign-in code sent")),
    HappeningKind("access:mobile_changed", _l("Mobile number for codes changed"), "warning"),
    HappeningKind("access:outside_linked", _l("Linked to a sign-in service"), "info"),
    HappeningKind("access:key_made", _l("API key made"), "warning"),
    HappeningKind("access:key_revoked", _l("API key revoked"), "info"),
    HappeningKind(KEY_USED, _l("API key used")),
    HappeningKind(KEY_REFUSED, _l("API key refused"), "warning"),
)


def tell(kind: str, *, person_id: int | None = None, **facts: str) -> None:
    """Write down that something happened (`access:sign_in` …), inside the open transaction; never with a secret in it.

    `person_id` is whose account it happened to.
    """
    token = encode_token([person_id]) if person_id is not None else ""
    actor = person_id if kind in _BY_THE_PERSON else actor_id()
    record(kind, "ab_user" if token else "", token, facts, actor_id=actor)
