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
_HOW = {"how": _l("How")}
_WAYS = {
    "pwd": _l("password"),
    "own password": _l("password asked for again"),
    "ldap": _l("password of the directory"),
    "oidc": _l("sign-in service"),
    "totp": _l("code of the app"),
    "app": _l("code of the app"),
    "recovery": _l("paper code"),
    "paper": _l("paper code"),
    "sent": _l("code that was sent"),
    "mail": _l("by mail"),
    "sms": _l("by text message"),
    "browser": _l("remembered counter"),
}
_LEFT = {
    "left": _l("by themselves"),
    "over": _l("time was up"),
    "signed_out": _l("by signing out"),
}
_LIMIT = {"limit": _l("Which limit"), "seconds": _l("Seconds to wait")}
_LIMITS = {
    "pair": _l("an account from one address"),
    "device": _l("an account at one counter"),
    "address": _l("one address"),
    "account": _l("an account from everywhere"),
    "code-pair": _l("codes of a person from one address"),
    "code-person": _l("codes of a person"),
    "own-password": _l("own password"),
    "first-run": _l("opening the shop"),
    "link": _l("one-time links"),
    "adopting": _l("connecting a database"),
    "sent-person": _l("codes sent to a person"),
    "sent-address": _l("codes asked for from one address"),
    "texts-number": _l("text messages to a number"),
    "texts-number-day": _l("text messages to a number in a day"),
    "texts-person-day": _l("text messages to a person in a day"),
    "texts-address-day": _l("text messages from one address in a day"),
    "texts-day": _l("text messages in a day"),
}
_PURPOSES = {"invitation": _l("invitation"), "reset": _l("new password")}
_KEY = {"key": _l("API key"), "public_id": _l("Its number")}
HAPPENINGS = (
    HappeningKind(SIGN_IN, _l("Signed in"), "good", _HOW, _WAYS),
    HappeningKind("access:sign_in_refused", _l("Sign-in refused"), "warning", _HOW, _WAYS),
    HappeningKind("access:locked", _l("Locked for a while after wrong tries"), "warning", _LIMIT, _LIMITS),
    HappeningKind("access:sign_out", _l("Signed out")),
    HappeningKind("access:session_ended", _l("Sign-ins ended"), "info"),
    HappeningKind(
        "access:link_made", _l("One-time link made"), "info", {"purpose": _l("What for")}, _PURPOSES
    ),
    HappeningKind("access:password_changed", _l("Password changed"), "warning"),
    HappeningKind("access:look_begun", _l("Looked as a role"), "info", {"role": _l("Role")}),
    HappeningKind("access:look_ended", _l("Went back to the own rights"), facts=_HOW, words=_LEFT),
    HappeningKind("access:factor_enrolled", _l("Second step set up"), "good", _HOW, _WAYS),
    HappeningKind("access:factor_removed", _l("Second step removed"), "warning"),
    HappeningKind("access:code_sent", _l("Sign-in code sent"), facts=_HOW, words=_WAYS),
    HappeningKind("access:mobile_changed", _l("Mobile number for codes changed"), "warning"),
    HappeningKind("access:outside_linked", _l("Linked to a sign-in service"), "info"),
    HappeningKind("access:key_made", _l("API key made"), "warning", _KEY | {"scopes": _l("What it may do")}),
    HappeningKind("access:key_revoked", _l("API key revoked"), "info", _KEY),
    HappeningKind(KEY_USED, _l("API key used"), facts=_KEY),
    HappeningKind(KEY_REFUSED, _l("API key refused"), "warning", _KEY),
)


def tell(kind: str, *, person_id: int | None = None, **facts: str) -> None:
    """Write down that something happened (`access:sign_in` …), inside the open transaction; never with a secret in it.

    `person_id` is whose account it happened to.
    """
    token = encode_token([person_id]) if person_id is not None else ""
    actor = person_id if kind in _BY_THE_PERSON else actor_id()
    record(kind, "ab_user" if token else "", token, facts, actor_id=actor)
