"""Doors: who gets to a page at all, and where the others are sent; without one on every page nothing starts."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ParamSpec
from urllib.parse import urlencode

from flask import Flask, current_app, redirect, request
from flask_login import current_user
from werkzeug.wrappers import Response

from app.access.addresses import HOME, this_page
from app.access.shop import load_shop
from app.access.step_up import require_step_up
from app.core.errors import Forbidden, ProgrammingError
from app.core.permissions import require

P = ParamSpec("P")
FIRST_RUN = "/first-run/"
_OPEN_BEFORE_FIRST_RUN = (FIRST_RUN, "/preferences/", "/static/", "/assets/", "/healthz")


@dataclass(frozen=True, slots=True)
class Door:
    """Whom a page opens to: somebody signed in, with `permission`, or with rights to do `verbs` to the record it names.

    `open_because` is set on pages for strangers and says why.
    """

    permission: str = ""
    verbs: tuple[str, ...] = ()
    step_up: bool = False
    open_because: str = ""


# Flask's own files: styles, scripts and signs, without anybody's data.
_FILES = Door(open_because="the sign-in page has styles too")


def door_of(app: Flask, endpoint: str) -> Door | None:
    """Return the door of a page; None for one that declares none."""
    if endpoint == "static":
        return _FILES
    found: Door | None = getattr(app.view_functions[endpoint], "door", None)
    return found


def require_doors(app: Flask) -> None:
    """Raise `ProgrammingError` unless every page says whom it opens to; called once all are registered."""
    missing = sorted(endpoint for endpoint in app.view_functions if door_of(app, endpoint) is None)
    if missing:
        raise ProgrammingError(
            f"pages without a door (@door, @record_door, @stands_open): {', '.join(missing)}"
        )


def default_deny() -> None:
    """Refuse a page that was added later and says nothing of whom it opens to."""
    if request.endpoint is not None and door_of(current_app, request.endpoint) is None:
        raise Forbidden


def stands_open(because: str) -> Callable[[Callable[P, Any]], Callable[P, Any]]:
    """Declare that a page opens to strangers, and why."""

    def decorate(function: Callable[P, Any]) -> Callable[P, Any]:
        function.door = Door(open_because=because)  # type: ignore[attr-defined]
        return function

    return decorate


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

        guarded.door = Door(permission or "", step_up=step_up)  # type: ignore[attr-defined]
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
