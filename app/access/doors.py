"""Doors: who gets to a page at all, and where the others are sent."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec
from urllib.parse import urlencode

from flask import redirect, request
from flask_login import current_user
from werkzeug.wrappers import Response

from app.access.addresses import HOME, this_page
from app.access.shop import load_shop
from app.access.step_up import require_step_up
from app.core.permissions import require

P = ParamSpec("P")
FIRST_RUN = "/first-run/"
_OPEN_BEFORE_FIRST_RUN = (FIRST_RUN, "/preferences/", "/static/", "/assets/", "/healthz")


def door(
    permission: str | None = None, *, step_up: bool = False
) -> Callable[[Callable[P, Any]], Callable[P, Any]]:
    """Open a page to people who are signed in and hold `permission`; strangers are asked to sign in first.

    With `step_up` they have to have proved lately who they are.
    """

    def decorate(function: Callable[P, Any]) -> Callable[P, Any]:
        @functools.wraps(function)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> Any:
            if not current_user.is_authenticated:
                return to_sign_in()
            if permission is not None:
                require(permission)
            if step_up:
                require_step_up()
            return function(*args, **kwargs)

        return guarded

    return decorate


def to_sign_in() -> Response:
    """Return the redirect to the sign-in page, which leads back here."""
    target = this_page()
    return redirect("/login/" if target == HOME else f"/login/?{urlencode({'next': target})}")


def first_run_gate() -> Response | None:
    """Lead everybody to the first-run page until the shop is open."""
    if request.path.startswith(_OPEN_BEFORE_FIRST_RUN) or load_shop().is_open:
        return None
    return redirect(FIRST_RUN)
