"""The way to the provider and back: it ends at the same gate as a password."""

from __future__ import annotations

import datetime
from typing import Any

from flask import flash, redirect, request, session, url_for
from flask_appbuilder import BaseView, expose
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from app.access import step_up
from app.access.addresses import safe_next
from app.access.doors import stands_open
from app.access.models import Person
from app.access.signing.attempts import BY_ADDRESS, TooManyTries, forgive, take_try
from app.access.signing.gate import go_on
from app.access.signing.oidc import (
    NotBelieved,
    Outsider,
    ProviderDown,
    address_of_provider,
    issuer,
    label,
    outsider,
)
from app.access.signing.outside_links import person_of
from app.access.signing.statements import met
from app.access.signing.tables import UsedState
from app.access.signing.tokens import digest_of, network, new_secret
from app.access.signing_in import count_try
from app.core.clock import utc_now
from app.core.crypto import same
from app.core.deadlock import committed
from app.core.errors import NotFound

BEGUN_FOR = datetime.timedelta(minutes=10)
_KEPT = "oidc"


class OidcView(BaseView):
    """Signing in through an OpenID Connect provider; there is no such page where none is set."""

    route_base = "/login/oidc"
    default_view = "start"

    @expose("/", methods=["GET"])
    @stands_open("signing in")
    def start(self) -> Any:
        """Lead to the provider; writes nothing but this browser's cookie."""
        _require_provider()
        goal = safe_next(request.args.get("next"))
        again = current_user.is_authenticated and request.args.get("again") == "1"
        if current_user.is_authenticated and not again:
            return redirect(goal)
        state = new_secret()
        try:
            address = address_of_provider(state, _back_address(), again=again)
        except ProviderDown as refusal:
            return _refused(str(refusal))
        until = int((utc_now() + BEGUN_FOR).timestamp())
        session[_KEPT] = {"state": state, "until": until, "goal": goal}
        return redirect(address)

    @expose("/back", methods=["GET"])
    @stands_open("signing in")
    def back(self) -> Any:
        """Take what the provider's page sent along, once, and go on as after a right password."""
        _require_provider()
        counted = (BY_ADDRESS, network())
        try:
            take_try(counted)
            who, goal = _come_back()
        except (TooManyTries, ProviderDown) as refusal:
            return _refused(str(refusal))
        except NotBelieved as refusal:
            count_try(None, success=False, how="oidc")
            return _refused(str(refusal))
        person = person_of(who)
        count_try(person, success=person is not None, how="oidc")
        if person is None:
            return _refused(_("Nobody here has an account for this sign-in. Ask who manages the accounts."))
        forgive(counted)
        return _go_on(person, goal, who)


def _go_on(person: Person, goal: str, who: Outsider) -> Response:
    # Somebody whom the provider waved through has not proved just now who sits there.
    lately = datetime.timedelta(minutes=step_up.fresh_minutes)
    fresh = who.proved_at is not None and utc_now() - who.proved_at < lately
    return go_on(person, goal, "oidc", proved=fresh)


def _come_back() -> tuple[Outsider, str]:
    """Return who came back and where he wanted to go; raise `NotBelieved` or `ProviderDown`."""
    begun, given = session.pop(_KEPT, None), request.args
    if not begun or begun["until"] < utc_now().timestamp():
        raise NotBelieved
    state = str(begun["state"])
    ours = same(state.encode(), given.get("state", "").encode("utf-8", "replace"))
    # RFC 9207: a provider that says who it is must be ours.
    other = given.get("iss", issuer()) != issuer()
    if not ours or other or "error" in given or not given.get("code"):
        raise NotBelieved
    _use_up(state)
    return outsider(given["code"], state, _back_address()), safe_next(begun["goal"])


def _use_up(state: str) -> None:
    """Let a state count once, whatever cookie is shown again; of two requests at the same moment one gets on."""
    row = {"digest": digest_of(state), "expires_at": utc_now() + 2 * BEGUN_FOR}
    try:
        committed(lambda: met(insert(UsedState).values(**row)))
    except IntegrityError:
        raise NotBelieved from None


def _back_address() -> str:
    return url_for("OidcView.back", _external=True)


def _require_provider() -> None:
    if not label():
        raise NotFound


def _refused(message: str) -> Response:
    flash(message, "danger")
    return redirect("/login/")
