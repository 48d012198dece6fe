"""The gate between a right password and a page: a second factor, its set-up, or straight on."""

from __future__ import annotations

from urllib.parse import urlencode

from flask import redirect
from werkzeug.wrappers import Response

from app.access.addresses import HOME
from app.access.models import Person
from app.access.signing.devices import is_trusted, keep_device
from app.access.signing.factors import ANY, NO, TOTP, factor_of, needed_factor
from app.access.signing.notices import notify
from app.access.signing.sent_codes import ways_to_send
from app.access.signing.sessions import CODE, ENROL, Pending, close_pending, open_pending, open_session
from app.core.transaction import joined_transaction

CODE_PAGE, ENROL_PAGE = "/login/code/", "/login/enrol/"


def go_on(person: Person, goal: str, how: str = "pwd", *, proved: bool = True) -> Response:
    """Take somebody whose password was right to `goal`, or first to the second factor; the one way in for all.

    `how` is what took the password's place: `pwd` our own, `ldap` a directory's, `oidc` a provider's word. `proved`
    says whether that was just now.
    """
    need, factor = needed_factor(person.id), factor_of(person.id)
    if factor is not None and (need != TOTP or factor.kind == TOTP):
        if need != TOTP and is_trusted(person.id):
            return enter(person, goal, f"{how} browser", proved=False)
        open_pending(person.id, CODE, how, goal)
        return redirect(CODE_PAGE)
    if need == ANY and ways_to_send(person):
        # Mail that works and an address are a second factor without any set-up.
        if is_trusted(person.id):
            return enter(person, goal, f"{how} browser", proved=False)
        open_pending(person.id, CODE, how, goal)
        return redirect(f"{CODE_PAGE}?way=sent")
    if need != NO:
        open_pending(person.id, ENROL, how, goal)
        return redirect(ENROL_PAGE)
    return enter(person, goal, how, proved=proved)


def enter(
    person: Person,
    goal: str,
    amr: str,
    *,
    proved: bool,
    waiting: Pending | None = None,
    trusted: bool = False,
) -> Response:
    """Sign `person` in and go to `goal`; of two requests that complete the same pending sign-in one gets in."""
    with joined_transaction():
        if waiting is not None and not close_pending(waiting.digest):
            return redirect("/login/")
        open_session(person.id, person.language, amr, proved=proved)
        if not keep_device(person.id, trusted=trusted):
            notify(person, "new_sign_in")
    return redirect(goal or HOME)


def may_trust(person_id: int) -> bool:
    """Say whether a browser may stand for this person's second factor for a month: never an owner's."""
    return needed_factor(person_id) in (NO, ANY)


def step_up_page(goal: str) -> str:
    """Return the address that asks who is there and leads to `goal`."""
    return "/step-up/" + ("" if goal == HOME else f"?{urlencode({'next': goal})}")
