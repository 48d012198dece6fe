"""The doors of the panel: pages that need somebody signed in, and those that need rights on the record they name."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec

from flask import request
from flask_babel import lazy_gettext as _l

from app.access.doors import Door
from app.access.present import present_person_id
from app.core.declaration import Screen
from app.core.errors import Forbidden, NotFound
from app.core.kernel import kernel
from app.core.permissions import require

P = ParamSpec("P")


class NotSignedIn(Forbidden):
    """Nobody is signed in; a page answers with the sign-in form, the API with 401."""

    status = 401
    code = "not-signed-in"
    message = _l("Please sign in.")


def require_signed_in() -> None:
    """Raise `NotSignedIn` for a stranger."""
    if present_person_id() is None:
        raise NotSignedIn()


def signed_in(function: Callable[P, Any]) -> Callable[P, Any]:
    """Open a page to everybody who is signed in; raise `NotSignedIn` for a stranger."""
    return record_door()(function)


def record_door(*verbs: str, also: str = "") -> Callable[[Callable[P, Any]], Callable[P, Any]]:
    """Open a page to people who may do all of `verbs` to the records that its address names (`slice_name`, `noun`).

    `also` is a permission besides, which speaks of no kind of record. Raises `NotSignedIn`, `NotFound` for records or
    verbs that the shop does not have, `Forbidden`.
    """

    def decorate(function: Callable[P, Any]) -> Callable[P, Any]:
        @functools.wraps(function)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> Any:
            require_signed_in()
            for verb in verbs:
                _require_verb(verb)
            if also:
                require(also)
            return function(*args, **kwargs)

        guarded.door = Door(also, verbs)  # type: ignore[attr-defined]
        return guarded

    return decorate


def screen_named(slice_name: str, noun: str) -> Screen:
    """Return the screen that an address names; raise `NotFound`, or why it is not there just now."""
    screen = kernel().screens.get(f"{slice_name}:{noun}")
    if screen is not None:
        return screen
    explain = kernel().explain_missing
    if explain is not None:
        explain(slice_name)
    raise NotFound


def _require_verb(verb: str) -> None:
    named = request.view_args or {}
    screen = screen_named(str(named.get("slice_name")), str(named.get("noun")))
    if verb not in screen.verbs:
        raise NotFound
    require(screen.permission(verb))
